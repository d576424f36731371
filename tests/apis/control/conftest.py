"""The control API's operations on a sandbox with provider, scenarios and one API that only listens.

Each answer is held against the document, as web/ does it.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from jsonschema import Draft202012Validator

from sandbox import provider
from sandbox.apis import Answer, Server
from sandbox.apis.control import errors, operations
from sandbox.engine.journal import Entry
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.sandboxes import Sandboxes
from sandbox.provider import mandates, notices, payments
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment
from sandbox.scenario.language import specs
from sandbox.scenario.language.schema import ScenarioSchema
from sandbox.scenario.proving.expectations import Expectations
from sandbox.scenario.running import binding, planning, steps
from sandbox.scenario.running.library import Library
from sandbox.scenario.running.timelines import STEP

ROOT = Path(__file__).parents[3]
WALL = datetime(2026, 9, 14, 9, tzinfo=UTC)  # a Monday
OK = range(200, 300)


@cache
def document(name: str) -> Any:
    return yaml.safe_load((ROOT / "specs" / f"{name}.yaml").read_text())


@cache
def library() -> Library:
    schema = ScenarioSchema((ROOT / "specs/scenario.schema.json").read_text())
    documents = {api: document(api) for api in ("elevate", "backend", "socotra")}
    words = specs.vocabulary(schema, documents, provider.LIFECYCLES.values())
    return Library(words, shipped=ROOT / "scenarios")


@cache
def operation(name: str) -> Any:
    """An operation of the document, by its function's name."""
    for path in document("control")["paths"].values():
        for method in ("get", "put", "post", "patch", "delete"):
            own = path.get(method, {}).get("operationId", "")
            if "".join(f"_{one.lower()}" if one.isupper() else one for one in own) == name:
                return path[method]
    raise LookupError(name)


@cache
def validator(name: str, status: int) -> Draft202012Validator | None:
    control = document("control")
    answer = operation(name)["responses"][str(status)]
    if "$ref" in answer:
        answer = control["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    return Draft202012Validator(specs.standalone(schema, control)) if schema else None


def wiring(expectations: Expectations) -> Wiring:
    laws = provider.laws()
    return Wiring(
        handlers={STEP: steps.take, **notices.HANDLERS},
        reactions={event: (*laws.get(event, ()), planning.react) for event in provider.events()},
        leaving=expectations.leaving,
        hearers={"elevate": lambda *_: None},
    )


@dataclass
class Desk:
    """A tester's desk: call an operation by its name, get its body."""

    server: Server
    sandbox: Sandbox
    wall: datetime = WALL
    last: Answer = field(default_factory=Answer)

    def ask(self, name: str, /, **arguments: Any) -> Any:
        """The body of a success; the state is as it was where it is none."""
        answer = self.answer(name, **arguments)
        assert answer.status in OK, answer.body
        return answer.body

    def refused(self, name: str, /, **arguments: Any) -> tuple[int, Any]:
        """The status and the error, and that nothing has changed."""
        before = self.sandbox.state
        answer = self.answer(name, **arguments)
        assert answer.status not in OK, answer.body
        assert self.sandbox.state is before
        return answer.status, answer.body["error"]

    def answer(self, name: str, /, **arguments: Any) -> Answer:
        function = getattr(operations, name)
        given = {"sandbox": self.sandbox, "server": self.server, "wall": self.wall, **arguments}
        known = inspect.signature(function).parameters
        self.sandbox.request = self.sandbox.journal.next_id()
        try:
            with self.sandbox.attempt():
                answer = run(function, {one: given[one] for one in known if one in given})
                self.sandbox.settle()
        except Exception as error:
            found = errors.answer_to(error)
            if found is None:
                raise
            answer = found
        self.note(Entry(self.sandbox.request, self.sandbox.now, "POST", f"/{name}", api="control"))
        check = validator(name, answer.status)
        if check and answer.media == "application/json":
            check.validate(answer.body)
        self.last = answer
        return answer

    def note(self, entry: Entry) -> None:
        self.sandbox.journal.keep(entry)

    def bind(self, name: str, **more: Any) -> Any:
        return self.ask("bind_scenario", body={"name": name, **more})

    def use(self, name: str, **more: Any) -> Any:
        """Post one of these tests' scenarios, and bind it."""
        text = (Path(__file__).parent / "scenarios" / f"{name}.yaml").read_text()
        self.ask("add_scenario", body=text)
        return self.bind(name, **more)

    def mandate(self) -> Mandate:
        """One that was asked for just now; the payer has the page."""
        made = mandates.request(self.sandbox, site=1, customer=1, api="elevate")
        self.sandbox.settle()
        return made

    def payment(self, amount: int = 42_00, **more: Any) -> Payment:
        """One to be collected on a mandate that has been active from the start."""
        active = self.sandbox.get(Mandate, 1)
        made = payments.create(self.sandbox, active, amount=amount, api="elevate", **more)
        self.sandbox.settle()
        return made

    def advance(self, by: str) -> Any:
        return self.ask("advance_clock", body={"by": by})

    def other(self, name: str) -> "Desk":
        return Desk(self.server, self.server.sandboxes.at(name, WALL), self.wall)


def run(function: Callable[..., Any], arguments: dict[str, Any]) -> Answer:
    """An operation's answer; one that yields is driven to its end."""
    made = function(**arguments)
    if not inspect.isgenerator(made):
        return made
    try:
        while True:
            next(made)
    except StopIteration as end:
        return end.value


@pytest.fixture
def desk() -> Desk:
    expectations = Expectations()
    wired = wiring(expectations)

    def found(name: str, wall: datetime) -> Sandbox:
        return binding.found(name, wall, wiring=wired, happy=library().happy)

    server = Server(
        sandboxes=Sandboxes(found),
        scenarios=library(),
        jwt_key="",
        links_key="",
        spellings={"elevate": lambda _, resource: resource.id},
        expectations=expectations,
    )
    return Desk(server, server.sandboxes.at("ci-7", WALL))


class Client:
    """Whoever tests in a sandbox of their own."""

    def __init__(self, address: str, name: str) -> None:
        self.url = f"{address}/_sandbox"
        self.session = requests.Session()
        self.session.headers["X-Sandbox"] = name

    def call(self, method, path, **more):
        return self.session.request(method, f"{self.url}{path}", timeout=10, **more)

    def ask(self, method, path, **more):
        answer = self.call(method, path, **more)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def elevate(self, method, path, body, media="application/json"):
        """What the client under test would call."""
        url = self.url.replace("/_sandbox", f"/v1/{path}")
        headers = {"Authorization": "Bearer x", "Content-Type": media}
        return self.session.request(method, url, json=body, headers=headers, timeout=10)


@pytest.fixture
def tester_in(address):
    """Whoever tests in the sandbox of a name."""
    return lambda name: Client(address, name)


@pytest.fixture
def tester(tester_in, request):
    """Each test has its sandbox: its own name, or the digest of a name that is too long."""
    tester = tester_in(request.node.name)
    with tester.session:
        yield tester
