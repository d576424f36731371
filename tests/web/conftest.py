"""A shop: a small API of the tests' own, served by a real server in a thread of the test's."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
import requests

from sandbox.apis import Answer, reading
from sandbox.config import Settings
from sandbox.engine.journal import Entry
from sandbox.engine.sandbox import EndlessJobsError, Sandbox, UnknownResourceError
from sandbox.engine.scheduler import Job, Subject
from sandbox.engine.state import State
from sandbox.web.api import Api
from sandbox.web.app import App, build_app

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def refusal(status, message, violations=()):
    """The shop's errors say everything, so that the tests can see it."""
    wrong = [f"{each.where} {each.pointer}: {each.message}" for each in violations]
    return Answer({"why": HTTPStatus(status).phrase, "message": message, "wrong": wrong}, status)


def answer_to(error):
    return Answer({"why": str(error)}, 404) if isinstance(error, UnknownResourceError) else None


def get_open(server, wall):
    return Answer({"ready": server.ready, "wall": wall})


def counted(sandbox: Sandbox) -> int:
    return sandbox.part("orders", 0)


def create_order(sandbox, body):
    sandbox.keep_part("orders", counted(sandbox) + 1)
    if body["item"] == "nothing":
        raise UnknownResourceError("item", "nothing")
    if body["item"] == "endless":
        raise EndlessJobsError(Job(MONDAY, 1, "spin", Subject("item", 1)))
    return Answer({"id": counted(sandbox), "item": body["item"], "of": sandbox.origin}, 201)


def get_my_order():
    return Answer({"id": 7, "item": "mine"})


def get_order(order_id, media):
    if media == "text/plain":
        return Answer(f"order {order_id}", media=media)
    if order_id == 404:
        raise UnknownResourceError("order", order_id)
    return Answer({"id": order_id, "item": "pen"})


def delete_order(sandbox, order_id):
    sandbox.keep_part("orders", 0)
    return Answer(status=204, headers=(("X-Deleted", str(order_id)),))


def get_line(order_id, name):
    return Answer({"order": order_id, "name": name})


def break_something(sandbox, body):
    sandbox.keep_part("orders", 99)
    match body["how"]:
        case "crash":
            raise ZeroDivisionError("by zero")
        case "answer":
            return Answer({"id": "one"})
        case "status":
            return Answer({"id": 1, "item": "x"}, 202)


def put_notes(sandbox, body):
    sandbox.notes.append(f"kept {body}")
    return Answer(status=204)


def work_long(sandbox, body):
    """Works in as many steps as it is asked for, and then fails if it is asked to."""
    for step in range(body["steps"]):
        sandbox.keep_part("orders", step + 1)
        for _ in range(20_000):
            pass
        yield
    if body.get("fail"):
        raise UnknownResourceError("work", "done")
    numbers: list[Any] = [{"number": number} for number in range(body.get("items", 0))]
    if "broken" in body:
        numbers[body["broken"]]["number"] = "many"
    listed = {"items": numbers, "none": []} if numbers else {}
    return Answer({**listed, "orders": counted(sandbox)})


@reading
def get_news(sandbox, wait):
    orders = counted(sandbox)
    yield
    return Answer({"orders": orders}, wait=0 if orders else wait)


def list_orders(page, page_size, least, paid, open, state, ids, x_client):  # noqa: PLR0913, PLR0917  the document's parameters
    given = {"page": page, "page_size": page_size, "least": least, "paid": paid, "open": open}
    given |= {"state": state, "ids": ids, "x_client": x_client}
    return Answer([{"id": 1, "item": "pen", "given": given}])


@dataclass
class Shop:
    """A client of the shop, in a sandbox of its own."""

    app: App
    address: str
    name: str = "tests"
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.name}"} | more.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        return requests.request(
            method, self.address + path, json=json, headers=headers, timeout=10, **more
        )

    def named(self, name: str) -> "Shop":
        return replace(self, name=name)

    @property
    def sandbox(self) -> Sandbox:
        return self.app.process.server.sandboxes.at(self.name, MONDAY)

    def entry(self, response: requests.Response) -> Entry:
        """What the journal has of a request."""
        id = response.headers["X-Sandbox-Request"]
        server = self.app.process.server
        journal = server.journal if id.startswith("s") else self.sandbox.journal
        entry = journal.find(id)
        assert entry
        return entry


def build_shop() -> App:
    operations = SimpleNamespace(
        get_open=get_open,
        list_orders=list_orders,
        create_order=create_order,
        get_my_order=get_my_order,
        get_order=get_order,
        delete_order=delete_order,
        get_line=get_line,
        break_something=break_something,
        put_notes=put_notes,
        work_long=work_long,
        get_news=get_news,
    )
    errors = SimpleNamespace(refusal=refusal, answer_to=answer_to)
    api = Api("shop", "/shop", operations, errors, ("/shop",), "/shop/openapi.json", slashes=True)
    settings = Settings(specs=Path(__file__).parent, max_body=2000, scenario="happy-path")
    return build_app(settings, apis=[api], wall=lambda: MONDAY)


@pytest.fixture(scope="session")
def shop_app(serve: Callable[..., AbstractContextManager[str]]) -> Iterator[tuple[App, str]]:
    app = build_shop()
    with serve(app) as address:
        yield app, address


@pytest.fixture
def shop(shop_app: tuple[App, str], request: pytest.FixtureRequest) -> Shop:
    """Each test has a sandbox of its name."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    return Shop(*shop_app, name=name[:64])


class Asked:
    """A shop without a socket, for tests in which several requests meet on one loop."""

    def __init__(self) -> None:
        self.app = build_shop()

    async def ask(self, method: str, path: str, json: Any = None, name: str = "one") -> Any:
        """The answer's JSON."""
        body = orjson.dumps(json) if json is not None else b""
        headers = [(b"authorization", b"Bearer " + name.encode())]
        if body:
            headers += [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
            ]
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return orjson.loads(sent[1]["body"])

    def orders(self, name: str = "one") -> int:
        return counted(self._sandbox(name))

    def state(self, name: str = "one") -> State:
        return self._sandbox(name).state

    def last(self, name: str = "one") -> Entry:
        """The last request in the journal."""
        return next(reversed(self._sandbox(name).journal))

    def _sandbox(self, name: str) -> Sandbox:
        return self.app.process.server.sandboxes.at(name, MONDAY)


@pytest.fixture
def asked() -> Asked:
    return Asked()
