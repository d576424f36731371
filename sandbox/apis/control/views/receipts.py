"""A receipt: all that happened while the clock moved, in order, each with its cause."""

from collections.abc import Generator
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


def receipt(sandbox: Sandbox, since: Start) -> Generator[None, None, Json]:
    """What happened since, and what is still to come. A long one lets others go on in between."""
    fired = []
    for one in sandbox.state.events.since(since.events):
        if of_provider(one):
            fired.append(event(sandbox, one))
            yield
    return {
        "from": written(since.at),
        "to": written(sandbox.now),
        "workingDaysCrossed": sandbox.calendar.working_days_between(since.at, sandbox.now),
        "fired": fired,
        "skipped": skipped_since(sandbox, since.skips),
        "pending": len(sandbox.state.jobs),
        "nextDue": next_due(sandbox),
    }
