"""A client of the backend API and of the testers' API, on a real server in a thread of the test."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox.config import read
from sandbox.engine.sandbox import Sandbox
from sandbox.web.api import Api
from sandbox.web.app import App, build_app

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)  # ten o'clock in London
BASE = "/backend/api/v1"
ALAN, GRACE = "123", "124"


@pytest.fixture(scope="session")
def served(
    serve: Callable[..., AbstractContextManager[str]],
    counting: Callable[[App], AbstractContextManager[None]],
) -> Iterator[tuple[App, str]]:
    apis = (
        Api.shipped("backend", BASE, slashes=True),
        Api.shipped("control", "/_sandbox", touches=False, slashes=True),
    )
    app = build_app(read({"scenario": "happy-path"}, {}), apis=apis, wall=lambda: MONDAY)
    with serve(app) as address, counting(app):
        yield app, address


@dataclass
class Backend:
    """Somebody who calls the backend API in a sandbox of their own, and moves its clock."""

    app: App
    address: str
    name: str
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.name}"} | more.pop("headers", {})
        return self.session.request(
            method, self.address + path, json=json, headers=headers, timeout=10, **more
        )

    def told(self, method: str, path: str, json: Any = None, **more: Any) -> Any:
        """The body of a success."""
        answer = self.ask(method, f"{BASE}{path}", json, **more)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, json: Any = None, **more: Any) -> tuple[int, Any]:
        """The status and the error of a refusal, which changes nothing."""
        before = self.held
        answer = self.ask(method, f"{BASE}{path}", json, **more)
        assert not answer.ok, answer.text
        assert self.held == before
        return answer.status_code, answer.json()["error"]

    @property
    def sandbox(self) -> Sandbox:
        return self.app.process.server.sandboxes.at(self.name, MONDAY)

    @property
    def held(self) -> tuple[Any, ...]:
        """All that the sandbox holds but its count of requests, as values that never change."""
        state = self.sandbox.state
        return state.tables, state.events, state.jobs, state.clock, state.parts.get("backend")

    def add(self, customer: str = ALAN, amount: str = "120.00", **fields: Any) -> Any:
        body = {"paymentAmount": amount, **fields}
        return self.told("POST", f"/customers/{customer}/payments", body)

    def record(self, **fields: Any) -> str:
        """The id of a payment that is not collected."""
        return self.add(GRACE, **fields)["id"]

    def get(self, id: str) -> Any:
        return self.told("GET", f"/payments/{id}")

    def change(self, id: str, **fields: Any) -> Any:
        return self.told("PATCH", f"/payments/{id}", fields)

    def listed(self, query: str = "", **params: Any) -> list[str]:
        """The ids of what a list has, in its order."""
        path = f"/payments?{query}" if query else "/payments"
        return [payment["id"] for payment in self.told("GET", path, params=params)]

    def attempts(self, id: str, means: str = "directDebit") -> Any:
        return self.told("GET", f"/payments/{id}/{means}Payments")

    @staticmethod
    def attempt(**fields: Any) -> dict[str, Any]:
        """A first attempt to collect from the shipped customer's account, as `shown` shows it."""
        return {
            "ourReference": None,
            "customerReference": None,
            "directDebitAccountID": "1",
            "directDebitRun": None,
            "directDebitPaymentAmount": "120.00",
            "collectionDate": None,
            "status": "Requested",
            "directDebitPaymentSetupStamp": "2026-06-01",
            "directDebitPaymentTakenStamp": None,
            "directDebitPaymentFailedStamp": None,
            "providerStatus": "created",
            "providerStatusDetail": None,
            "id": "1",
            **fields,
        }

    def shown(self, id: str = "1") -> Any:
        """The attempts at a payment by Direct Debit, without the provider's references."""
        attempts = self.attempts(id)
        for each in attempts:
            del each["providerPaymentReference"]
        return attempts

    def tell(self, method: str, path: str, json: Any = None, **more: Any) -> Any:
        """What the testers' API says."""
        answer = self.ask(method, f"/_sandbox{path}", json, **more)
        assert answer.ok, answer.text
        return answer.json()

    def advance(self, by: str) -> list[str]:
        """The names of the provider's events that happen meanwhile."""
        receipt = self.tell("POST", "/clock/advance", {"by": by})
        return [fired["event"] for fired in receipt["fired"]]

    def use_steps(self, *steps: str, match: str = "{}", notices: Iterable[str] = ()) -> None:
        """Bind a scenario in which these steps follow the creation of a payment; or none do."""
        then = f"[{', '.join(f'{{ {step} }}' for step in steps)}]" if steps else "nothing"
        matching = "" if match == "{}" else f" match: {match},"
        lines = [f"scenario: {self.name[:40].lower().strip('-')}", "version: 1", "rules:"]
        lines.append(f"  - {{ when: payment.created,{matching} then: {then} }}")
        lines += ["notices:"] if notices else []
        lines += [f"  - {{ {notice} }}" for notice in notices]
        self.use("\n".join(lines))

    def use(self, scenario: str) -> None:
        """Bind a scenario that is given as text."""
        name = scenario.partition("scenario:")[2].split()[0]
        self.tell(
            "POST",
            "/scenarios",
            data=scenario.encode(),
            headers={"Content-Type": "application/yaml"},
        )
        self.tell("PUT", "/scenario", {"name": name})


@pytest.fixture
def backend(
    served: tuple[App, str],
    request: pytest.FixtureRequest,
    by_prism: Callable[[requests.Session, str, str], None],
) -> Iterator[Backend]:
    """Each test has a sandbox of its name, on the happy path, at ten on a Monday."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    client = Backend(*served, name=name[:64])
    by_prism(client.session, "backend", client.address)
    yield client
    client.session.close()
    served[0].process.server.sandboxes.forget(client.name)
