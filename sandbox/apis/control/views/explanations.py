"""Why a resource is as it is: request, rule, move, event, notice; and what was skipped."""

from collections.abc import Generator, Iterator
from typing import Any

from sandbox.apis import Json
from sandbox.apis.control.views.events import reason
from sandbox.apis.control.views.jobs import timeline
from sandbox.apis.control.views.lists import listed
from sandbox.apis.control.views.resources import resource
from sandbox.apis.control.views.skipped import skipped
from sandbox.engine.clock import written
from sandbox.engine.events import CLIENT, GIVEN, Event
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import LIFECYCLES, notices
from sandbox.provider.notices import Fate, Notice
from sandbox.provider.truth import Truth
from sandbox.scenario.running.underway import scenario_of

FATES = {
    Fate.TOLD: "was told of",
    Fate.STALE: "was told too late to matter of",
    Fate.LATE: "will be told late of",
    Fate.LOST: "is never told of",
    Fate.HELD: "is not yet told of",
}


def explanation(sandbox: Sandbox, truth: Truth) -> Generator[None, None, Json]:
    """The chain of causes, what each API has been told, what is to come, and what may be made."""
    return {
        "resource": resource(sandbox, truth),
        "sees": sees(sandbox, truth),
        "causes": (yield from _causes(sandbox, truth)),
        "timeline": (yield from listed(timeline(sandbox, truth.subject))),
        "moves": list(_moves(truth)),
    }


def _moves(truth: Truth) -> Iterator[Json]:
    """The moves that its lifecycle has from here."""
    lifecycle = LIFECYCLES[truth.type]
    for move in lifecycle.allowed(getattr(truth, lifecycle.field)):
        yield {"to": move.to, "as": move.event}


def sees(sandbox: Sandbox, truth: Truth) -> dict[str, str]:
    """The status that each API has been told of."""
    apis = [api for api in sorted(sandbox.wiring.hearers) if api in truth.known_to((api,))]
    told = {api: notices.heard(sandbox, api, truth.subject) for api in apis}
    return {api: event.became for api, event in told.items() if event}


def _causes(sandbox: Sandbox, truth: Truth) -> Generator[None, None, list[Json]]:
    """What happened to it and what was skipped, by instant; a notice follows its event."""
    told: dict[int, list[Notice]] = {}  # by the event that they tell of
    happened: list[tuple[Any, Iterator[Json]]] = []
    for event in sandbox.state.events:
        if event.subject == truth.subject:
            told[event.number] = []
            happened.append((event.at, _of_event(sandbox, event, told[event.number])))
        yield
    for notice in _notices(sandbox):
        if notice.event in told:
            told[notice.event].append(notice)
        yield
    for skip in scenario_of(sandbox).skipped:
        if skip.subject == truth.subject:
            happened.append((skip.at, iter([_skip(sandbox, skip)])))
        yield
    happened.sort(key=lambda pair: pair[0])
    return (yield from listed(cause for _, causes in happened for cause in causes))


def _notices(sandbox: Sandbox) -> Iterator[Notice]:
    """Those that came, and those owed."""
    kept = notices.of(sandbox)
    yield from kept.told
    for _, notice in sorted(kept.owed.items(), key=lambda item: item[0]):
        yield notice


def _of_event(sandbox: Sandbox, event: Event, told: list[Notice]) -> Iterator[Json]:
    at = written(event.at)
    yield _origin(sandbox, event)
    if event.was != event.became and event.was:
        yield {
            "at": at,
            "what": "move",
            "text": f"{event.was} became {event.became}",
            "rule": event.cause.rule,
            "from": event.was,
            "to": event.became,
            "reason": reason(event.reason),
        }
    yield {
        "at": at,
        "what": "event",
        "text": event.name,
        "number": event.number,
        "event": event.name,
    }
    yield from (_notice(event, notice) for notice in told)


def _origin(sandbox: Sandbox, event: Event) -> Json:
    """On whose word it happened."""
    rule, at = event.cause.rule, written(event.at)
    if event.cause == GIVEN:
        return {"at": at, "what": "given", "text": "it was there from the start"}
    if ":" in rule:
        return {"at": at, "what": "rule", "text": _named(sandbox, rule), "rule": rule}
    if rule.startswith("law"):
        return {"at": at, "what": "law", "text": f"the provider's {rule}", "rule": rule}
    entry = sandbox.journal.find(event.request)
    known = bool(entry and entry.operation)
    asked = f"{entry.api}.{entry.operation}" if entry and known else f"a {rule}"
    found = {"at": at, "what": "request", "text": f"{asked} asked for it", "rule": rule}
    if event.request:
        found["request"] = event.request
    if entry and event.cause == CLIENT and entry.api in sandbox.wiring.hearers:
        found["api"] = entry.api
    return found


def _named(sandbox: Sandbox, where: str) -> str:
    """The name of the rule whose step this is, where it has one."""
    state = scenario_of(sandbox)
    file, _, line = where.rpartition(":")
    for bound in (state.bound, state.happy, *(state.earlier[one] for one in sorted(state.earlier))):
        if bound is None or bound.scenario.file != file:
            continue
        before = [rule for rule in bound.scenario.rules if rule.line <= int(line)]
        rule = max(before, key=lambda one: one.line, default=None)
        if rule is not None and rule.name:
            return rule.name
    return f"the scenario's step at {where}"


def _notice(event: Event, notice: Notice) -> Json:
    rule = {"rule": notice.rule} if notice.rule else {}
    behind = f", but after {notice.behind}" if notice.behind else ""
    return {
        "at": written(notice.at),
        "what": "notice",
        "text": f"{notice.api} {FATES[notice.fate]} {event.name}{behind}",
        "event": event.name,
        "api": notice.api,
        **rule,
    }


def _skip(sandbox: Sandbox, skip: Any) -> Json:
    said = skipped(sandbox, skip)
    optional = {name: said[name] for name in ("event", "to") if said[name] is not None}
    return {
        "at": said["at"],
        "what": "skipped",
        "text": said["message"],
        "rule": said["rule"],
        "from": said["from"],
        "allowed": said["allowed"],
        **optional,
    }
