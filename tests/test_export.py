"""A sandbox written down and read back goes on as if nothing had been, wherever it is read."""

import gc
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
import requests
from immutables import Map

from sandbox.apis.control.operations import import_sandbox
from sandbox.apis.control.rules import documents
from sandbox.config import Settings
from sandbox.engine.document import Kept, States
from sandbox.engine.forms import Forms, MisfitError
from sandbox.engine.state import Resource
from sandbox.engine.steps import finished
from sandbox.scenario.proving.rehearsal import Request, rehearse
from sandbox.web import scenario_files
from sandbox.web.app import build_app
from sandbox.web.rehearsing import InProcess

SCENARIOS = sorted(path.stem for path in (Path(__file__).parents[1] / "scenarios").glob("*.yaml"))
MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)
STORY = "late-failure-and-chargeback"
COLLECT = {
    "generatedInvoiceId": 102,
    "amountInMajorCurrency": 100,
    "description": "June",
    "paymentMethod": "GO_CARDLESS",
}


# In one process: in the middle of every scenario, again and again


@pytest.fixture(scope="module")
def here():
    return scenario_files.server(Settings())


@pytest.fixture(scope="module")
def elsewhere():
    """Another server, which has read everything for itself."""
    return scenario_files.server(Settings())


class Staying(InProcess):
    """A client that notes what its advances were answered."""

    def __init__(self, app, name):
        app.process.server.sandboxes.at(name, MONDAY)
        super().__init__(app, name)
        self.receipts = []

    def advance_to(self, instant):
        """In two steps: there is a middle."""
        middle = self.sandbox.now + (instant - self.sandbox.now) / 2
        super().advance_to(middle.replace(microsecond=0))
        super().advance_to(instant)

    def send(self, request):
        reply = super().send(request)
        if "/clock/" in request.path:
            self.receipts.append(reply.body)
        return reply


class Travelling(Staying):
    """One whose sandbox is carried to another server and back after each request."""

    def __init__(self, app, name, other):
        super().__init__(app, name)
        self.places = [other.process.server.states, app.process.server.states]
        self.pending = 0

    def send(self, request):
        reply = super().send(request)
        for states in self.places:
            before = self.sandbox.state
            carried = orjson.dumps(states.write(before))
            self.sandbox.state = states.read(orjson.loads(carried))
            assert self.sandbox.state == before
            assert orjson.dumps(states.write(self.sandbox.state)) == carried
        self.pending = max(self.pending, len(self.sandbox.state.jobs))
        return reply


def play(app, client, name):
    scenarios = app.process.server.scenarios
    bound = scenarios.bound(name)
    return rehearse(bound, client, scenarios.vocabulary, app.process.server.expectations)


@pytest.mark.parametrize("name", SCENARIOS)
def test_in_the_middle_of_a_scenario_it_goes_on_as_if_nothing_had_been(name, here, elsewhere):
    staying = Staying(here, name)
    stayed = play(here, staying, name)
    here.process.server.sandboxes.forget(name)

    travelling = Travelling(here, name, elsewhere)
    travelled = play(here, travelling, name)

    here.process.server.sandboxes.forget(name)
    assert travelled.trace == stayed.trace
    assert travelled.timeline == stayed.timeline
    assert travelling.receipts == staying.receipts
    assert travelling.pending or not any("submitted" in line for line in stayed.timeline)


# In a fresh process


def ask(address, method, path, body=None, name="ada"):
    headers = {"Authorization": f"Bearer {name}"}
    answer = requests.request(method, address + path, json=body, headers=headers, timeout=10)
    answer.raise_for_status()
    return answer


def with_a_payment_under_way(address, name="ada"):
    """Its export, four days in, with steps to come, a moment kept, and settings of its own."""
    ask(address, "DELETE", "/_sandbox", name=name)
    ask(address, "PATCH", "/_sandbox", {"elevateVersion": "1.37"}, name)
    ask(address, "PUT", "/_sandbox/scenario", {"name": STORY, "params": {"claim": "DDICA-1"}}, name)
    ask(address, "POST", "/_sandbox/snapshots", {"name": "fresh"}, name)
    ask(address, "POST", "/v1/invoice-payments", COLLECT, name)
    ask(address, "POST", "/_sandbox/clock/advance", {"by": "4 days"}, name)
    return ask(address, "GET", "/_sandbox/export", name=name)


def gone_on(address, name="ada"):
    """All that a sandbox says from here on, with the headers that are its own."""
    answers = [
        ask(address, "POST", "/_sandbox/clock/next", name=name),
        ask(address, "GET", "/_sandbox/timeline", name=name),
        ask(address, "POST", "/v1/invoice-payments", COLLECT, name),
        ask(address, "POST", "/_sandbox/clock/run-until-idle", name=name),
        ask(address, "GET", "/_sandbox/events", name=name),
        ask(address, "GET", "/_sandbox/explain/payment/1", name=name),
        ask(address, "GET", "/_sandbox/report", name=name),
        ask(address, "GET", "/_sandbox/scenario/result", name=name),
        ask(address, "GET", "/_sandbox/requests/r4", name=name),
        ask(address, "POST", "/_sandbox/snapshots/fresh/restore", name=name),
        ask(address, "GET", "/_sandbox", name=name),
    ]
    return [
        (one.headers["X-Sandbox-Request"], one.headers["X-Sandbox-Seed"], one.content)
        for one in answers
    ]


def test_a_fresh_process_goes_on_byte_for_byte_as_the_one_that_never_stopped(address, server):
    document = with_a_payment_under_way(address).json()

    with server() as (_, other):
        ask(other, "POST", "/_sandbox/import", document)
        elsewhere = gone_on(other)

    assert gone_on(address) == elsewhere


def test_a_server_begins_with_the_sandboxes_that_it_is_told_to_load(address, server, tmp_path):
    files = []
    for name in ("ada", "grace"):
        files += ["--load", tmp_path / name]
        (tmp_path / name).write_bytes(with_a_payment_under_way(address, name).content)

    with server(*map(str, files)) as (_, other):
        ada, grace = (ask(other, "GET", "/_sandbox/clock", name=name) for name in ("ada", "grace"))

    assert ada.json() == grace.json() == ask(address, "GET", "/_sandbox/clock").json()


def test_the_name_stays_the_callers(address):
    document = with_a_payment_under_way(address).json()

    world = ask(address, "POST", "/_sandbox/import", document, "grace").json()

    own = ask(address, "GET", "/_sandbox").json()
    assert world["name"] == "grace"
    assert (world["clock"], world["counts"]["events"]) == (own["clock"], own["counts"]["events"])


def test_a_document_has_no_credentials_in_it(address):
    with_a_payment_under_way(address, "s3cret")
    token = ask(address, "POST", "/v1/authenticate", LOGIN, "s3cret").json()["token"]

    text = ask(address, "GET", "/_sandbox/export", name="s3cret").text

    secrets = ("Bearer s3cret", "open sesame", token)
    assert [secret for secret in secrets if secret in text] == []
    assert json.loads(text)["name"] == "s3cret"


LOGIN = {"brand": "acme", "username": "s3cret", "password": "open sesame"}


# What cannot be read changes nothing


def at(document, *path):
    for step in path:
        document = document[step]
    return document


WORLD = ("state", "world")
ROWS = (*WORLD, "tables", "payment", "rows")
REQUEST = ("state", "requests", "entries", 0)
BROKEN = {
    "another version": ((), "version", 2, "/version: "),
    "no state": ((), "state", {}, "/state: must have world and requests"),
    "no such status": ((*ROWS, 0), "status", "gone", "/status: must be one of created, submitted"),
    "a number for a name": ((*ROWS, 0), "ref", 1, "/ref: must be text"),
    "an unknown field": ((*ROWS, 0), "colour", "red", "/rows/0: Payment has no colour"),
    "an unknown table": ((*WORLD, "tables"), "os.system", {"rows": []}, "nobody here keeps such"),
    "a number that comes again": (
        (*WORLD, "tables", "payment"), "gone", [2], "2 has been an id, so counted must be more",
    ),
    "an unknown part": ((*WORLD, "parts"), "pickle", "x", "nobody here keeps such a thing"),
    "events that are not counted": (WORLD, "happened", {}, "/happened: as many have happened as"),
    "no scenario": (WORLD, "parts", {}, "/state/world/parts: there is no scenario"),
    "a time that is none": ((), "now", "soon", "must be a datetime as ISO 8601 writes it"),
    "a job that is overdue": ((), "now", "2030-01-01T00:00:00Z", "which is over"),
    "a job that nobody does": (
        (*WORLD, "jobs", "pending", 0), "kind", "dance", "nobody here does what job 2 is, dance",
    ),
    "a request of another kind": (REQUEST, "id", "s1", "/entries/0/id: must be one of r1 to r"),
    "a request that is still to come": (REQUEST, "id", "r99", "/0/id: must be one of r1 to r"),
    "a status that is none": (REQUEST, "status", -1, "/status: must be the status of an answer"),
    "a scenario that is wrong": (
        (*WORLD, "parts", "scenario", "bound"), "source", "rules: 1", "is no right scenario",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def exported(address):
    return with_a_payment_under_way(address).json()


@pytest.mark.parametrize("what", BROKEN)
def test_a_document_that_does_not_fit_is_refused_with_its_place(what, exported, here):
    path, key, value, said = BROKEN[what]
    document = json.loads(json.dumps(exported))
    at(document, *path)[key] = value
    sandbox = here.process.server.sandboxes.at("broken", here.process.wall())
    before, journal = sandbox.state, sandbox.journal
    states, wall = here.process.server.states, here.process.wall()

    with pytest.raises(MisfitError) as refused:
        finished(documents.putting(sandbox, document, states, wall))

    assert said in str(refused.value)
    assert (sandbox.state, sandbox.journal) == (before, journal)
    assert sandbox.state is before


def test_a_document_from_which_there_is_no_going_on_leaves_the_sandbox_as_it_was(exported, here):
    document = json.loads(json.dumps(exported))
    job = at(document, *WORLD, "jobs", "pending", 0)
    job["arguments"]["run"], job["due"] = 999, document["now"]
    client = InProcess(here, "left")
    before, journal = client.sandbox.state, client.sandbox.journal
    headers = {"content-type": "application/json"}

    reply = client.send(Request("POST", "/_sandbox/import", headers, document))

    assert reply.status == 500
    assert client.sandbox.state is before
    assert client.sandbox.journal is journal


def test_the_state_whose_place_a_document_takes_is_let_go_of(exported, here):
    left = []
    server, now = replace(here.process.server, let_go=left.append), here.process.wall()
    sandbox = server.sandboxes.at("replaced", now)
    before = sandbox.state

    finished(import_sandbox(sandbox, server, now, exported))

    assert len(left) == 1
    assert left[0] is before
    assert sandbox.state.seed == exported["seed"]


def test_a_tester_reads_what_is_wrong_and_the_sandbox_is_as_it_was(address, exported):
    document = json.loads(json.dumps(exported))
    at(document, *ROWS, 0)["status"] = "gone"
    before = ask(address, "GET", "/_sandbox/clock", name="other").content

    answer = requests.post(
        f"{address}/_sandbox/import", json=document, headers={"X-Sandbox": "other"}, timeout=10
    )

    place = "/state/world/tables/payment/rows/0/status"
    statuses = "created, submitted, confirmed, paid_out, failed, charged_back, cancelled"
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "code": "invalid_request",
        "message": f"The document cannot be read: {place}: must be one of {statuses}.",
        "details": [{"in": "body", "pointer": place, "message": f"must be one of {statuses}"}],
    }
    assert ask(address, "GET", "/_sandbox/clock", name="other").content == before


def test_a_document_may_have_the_groups_that_once_were_written(address, exported):
    document = json.loads(json.dumps(exported))
    at(document, *ROWS[:-1])["groups"] = [[["ref", "payment-1"], [1]]]

    taken = ask(address, "POST", "/_sandbox/import", document, "grouped")

    assert taken.status_code == 200, taken.text
    assert ask(address, "GET", "/_sandbox/resources/payment/payment-1", name="grouped").ok


def test_another_version_is_refused(address, exported):
    answer = requests.post(
        f"{address}/_sandbox/import",
        json={**exported, "version": 2},
        headers={"X-Sandbox": "other"},
        timeout=10,
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [
        {"in": "body", "pointer": "/version", "message": "must be 1"}
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "it has no name of a sandbox"), ("{", "unexpected end of data")],
    ids=("no document", "no JSON"),
)
def test_a_server_does_not_start_with_a_file_that_it_cannot_read(text, said, tmp_path):
    from sandbox.web.loading import NotLoadedError, put

    file = tmp_path / "broken.json"
    file.write_text(text)

    with pytest.raises(NotLoadedError, match=said):
        put(build_app(Settings()), file)


# Everything that is kept is registered


def test_every_type_of_resource_can_be_written_down(here):
    known = here.process.server.states._resources

    gc.collect()
    every = {one for one in _below(Resource) if getattr(one, "type", None)}

    assert {one.type for one in every if one.__module__.startswith("sandbox.")} <= set(known)
    assert here.process.server.states.forms.of(tuple[next(iter(known.values())), ...])


def _below(cls):
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


def test_what_nobody_has_registered_is_not_written_down():
    with pytest.raises(TypeError, match="cannot be written down"):
        Forms().of(timedelta)
    with pytest.raises(TypeError, match="is not registered"):
        Forms().of(object).write(timedelta())


@pytest.mark.parametrize(
    "value",
    [
        Map({"a": (1, "two", None, True, 2.5)}),
        Map({1: "one", ("a", 2): Map()}),
        Map({"$tag": "no tag"}),
    ],
    ids=("plain", "keys of other types", "a key like a tag"),
)
def test_where_a_hint_says_any_every_json_value_comes_back_as_it_was(value):
    form = States().forms.of(object)

    assert form.read(orjson.loads(orjson.dumps(form.write(value)))) == value


def test_a_document_too_deep_to_be_read_is_refused():
    document = {
        "clock": {"now": "2026-06-01T08:00:00Z"},
        "parts": {"deep": orjson.loads(b"[" * 900 + b"]" * 900)},
    }

    with pytest.raises(MisfitError, match="in one another"):
        States([DEEP]).read(document)


DEEP = Kept(parts={"deep": object})
