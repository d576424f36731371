"""A receipt: all that happened while the clock moved, in order, each with its cause."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.apis import Json
from sandbox.apis.control.views.events import event, of_provider
from sandbox.apis.control.views.jobs import next_due
from sandbox.apis.control.views.skipped import skipped_since, skips
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Start:
    """Where a receipt begins: the instant, and how much had happened and been skipped by then."""

    at: datetime
    events: int
    skips: int


def start(sandbox: Sandbox) -> Start:
    """From here on."""
    return Start(sandbox.now, len(sandbox.state.events), skips(sandbox))


def receipt(sandbox: Sandbox, since: Start) -> Json:
    """What happened since, and what is still to come."""
    happened = sandbox.state.events.since(since.events)
    return {
        "from": written(since.at),
        "to": written(sandbox.now),
        "workingDaysCrossed": sandbox.calendar.working_days_between(since.at, sandbox.now),
        "fired": [event(sandbox, one) for one in happened if of_provider(one)],
        "skipped": skipped_since(sandbox, since.skips),
        "pending": len(sandbox.state.jobs),
        "nextDue": next_due(sandbox),
    }
