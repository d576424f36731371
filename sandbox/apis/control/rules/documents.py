"""A whole sandbox as one document, and a document in the place of a sandbox.

Beside the state it has the journal, without the secrets of its requests: a report of a bug is then
one file. What cannot be read is a MisfitError, and changes nothing.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from sandbox.apis import Json
from sandbox.apis.control.views.journal import without_secrets
from sandbox.engine.clock import written
from sandbox.engine.document import VERSION, States
from sandbox.engine.forms import Form, MisfitError, read_in_steps, write_in_steps
from sandbox.engine.journal import Entry, Journal
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import State
from sandbox.engine.steps import Steps
from sandbox.scenario.running.underway import SCENARIO

ID = re.compile("r([1-9][0-9]{0,14})")  # of a request
STATUSES = range(100, 600)


@dataclass(frozen=True, slots=True)
class Document:
    """The form of a document. `state` has all that is not said beside it."""

    version: int
    name: str
    seed: int
    now: str
    state: Any


@dataclass(frozen=True, slots=True)
class Requests:
    """The journal, as it is written down: how many requests there were, and the last of them."""

    count: int
    entries: tuple[Entry, ...]


def writing(sandbox: Sandbox, states: States) -> Steps:
    """The whole sandbox as JSON, in steps."""
    world = yield from states.writing(sandbox.state)
    world.pop("seed", None)
    del world["clock"]["now"]
    entries = []
    for entry in sandbox.journal:
        entries.append(without_secrets(entry))
        yield
    shape = Requests(sandbox.journal.count, tuple(entries))
    requests = yield from write_in_steps(states.forms.of(Requests), shape)
    return {
        "version": VERSION,
        "name": sandbox.name,
        "seed": sandbox.state.seed,
        "now": written(sandbox.now),
        "state": {"world": world, "requests": requests},
    }


def putting(sandbox: Sandbox, document: Json, states: States, wall: datetime) -> Steps:
    """Make `sandbox` what the document says, under its own name. A clock that runs, runs on."""
    state, requests = yield from _reading(sandbox, document, states)
    clock = state.clock
    sandbox.state = replace(state, clock=clock.run(wall)) if clock.since else state
    sandbox.journal = Journal.of(requests.entries, requests.count)


def _reading(sandbox: Sandbox, document: Json, states: States) -> Steps:
    said = document if isinstance(document, dict) else {}
    if "version" in said and said["version"] != VERSION:
        text = f"the document is of version {said['version']}; this server reads {VERSION} only"
        raise MisfitError(text).under("version")
    as_it_is = Form(lambda value: value, lambda data: data)
    whole: Document = states.forms.record(Document, {"state": as_it_is}).read(document)
    inner = _members(whole.state, "world", "requests")
    world = _object(inner["world"], "world")
    clock = _object(world.get("clock"), "world", "clock")
    complete = {**world, "seed": whole.seed, "clock": {**clock, "now": whole.now}}
    world_form = Form(states.write, states.read, states.writing, states.reading)
    state = yield from _below("world", world_form, complete)
    requests = yield from _below("requests", states.forms.of(Requests), inner["requests"])
    _check(sandbox, state)
    _check_requests(requests)
    return state, requests


def _check(sandbox: Sandbox, state: State) -> None:
    """What the types cannot say: that this server can go on from there."""
    if SCENARIO not in state.parts:
        raise _at(MisfitError("there is no scenario"), "state", "world", "parts")
    for job in state.jobs:
        if job.kind not in sandbox.wiring.handlers:
            misfit = MisfitError(f"nobody here does what job {job.number} is, {job.kind}")
            raise _at(misfit, "state", "world", "jobs", "pending")


def _check_requests(requests: Requests) -> None:
    """What the types cannot say of the journal: that it can be read, and goes on from there."""
    for place, entry in enumerate(requests.entries):
        path = ("state", "requests", "entries", str(place))
        id = ID.fullmatch(entry.id)
        if not id or int(id[1]) > requests.count:
            raise _at(MisfitError(f"must be one of r1 to r{requests.count}"), *path, "id")
        if entry.status and entry.status not in STATUSES:  # 0: there was no answer
            raise _at(MisfitError("must be the status of an answer, or 0"), *path, "status")


def _members(value: Json, *names: str) -> dict[str, Json]:
    members = _object(value)
    if members.keys() != set(names):
        raise _at(MisfitError(f"must have {' and '.join(names)}, and nothing else"), "state")
    return members


def _object(value: Json, *path: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise _at(MisfitError("must be an object"), "state", *path)
    return value


def _below(name: str, form: Form, data: Json) -> Steps:
    try:
        return (yield from read_in_steps(form, data, name))
    except MisfitError as misfit:
        raise _at(misfit, "state") from None


def _at(misfit: MisfitError, *path: str) -> MisfitError:
    for step in reversed(path):
        misfit.under(step)
    return misfit
