"""Steps that were not legal when they were due: what was asked, and what could have been."""

from sandbox.apis import Json
from sandbox.apis.control.views.events import about
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import LIFECYCLES
from sandbox.scenario.running.underway import Skip, scenario_of


def skips(sandbox: Sandbox) -> int:
    """How many steps were skipped so far."""
    return len(scenario_of(sandbox).skipped)


def skipped_since(sandbox: Sandbox, count: int = 0) -> list[Json]:
    """Those skipped after the first `count`, in order."""
    return [skipped(sandbox, skip) for skip in scenario_of(sandbox).skipped.since(count)]


def skipped(sandbox: Sandbox, skip: Skip) -> Json:
    """One of them. What it asked for is a status, an event, or something that moves nothing."""
    event, to = _asked(skip)
    return {
        "at": written(skip.at),
        "event": event,
        **about(sandbox, skip.subject),
        "from": skip.status,
        "to": to,
        "rule": skip.rule,
        "allowed": _statuses(skip.subject.type, skip.allowed),
        "message": skip.message,
    }


def _asked(skip: Skip) -> tuple[str | None, str | None]:
    """The event that it would have made, and the status that it asked for, as far as known."""
    lifecycle = LIFECYCLES[skip.subject.type]
    for move in lifecycle.moves():
        if move.event == skip.asked:
            return move.event, str(move.to)
    if any(row.event == skip.asked for row in lifecycle.announcements()):
        return skip.asked, None
    return None, skip.asked if skip.asked in set(type(lifecycle.initial)) else None


def _statuses(type: str, events: tuple[str, ...]) -> list[str]:
    """Where these moves lead to."""
    reached = (str(move.to) for move in LIFECYCLES[type].moves() if move.event in events)
    return list(dict.fromkeys(reached))
