"""The sandbox as a whole, and its clock."""

from datetime import datetime

from sandbox.apis import Json
from sandbox.apis.control.rules import moments, settings
from sandbox.apis.control.views.jobs import next_due
from sandbox.apis.control.views.scenarios import values
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import State
from sandbox.provider import RESOURCES, TYPES
from sandbox.scenario.running.underway import scenario_of

MICROSECONDS = 1_000_000
A_MINUTE = 60 * MICROSECONDS


def clock(sandbox: Sandbox) -> Json:
    """The time in it, and what is due next."""
    return {
        "now": written(sandbox.now),
        "mode": "running" if sandbox.state.clock.since else "stopped",
        "pending": len(sandbox.state.jobs),
        "nextDue": next_due(sandbox),
    }


def revision(sandbox: Sandbox, wall: datetime | None = None) -> str:
    """Another one whenever anything may have changed; where the clock runs, each minute too.

    `wall` is asked for where the clock may not have been brought up to date.
    """
    state, requests = sandbox.state, sandbox.journal.count
    jobs, clock = state.jobs, state.clock
    now = int((clock.target(wall) if wall else clock.now).timestamp() * MICROSECONDS)
    if clock.since:
        now -= now % A_MINUTE
    numbers = (requests, len(state.events), jobs.last_number, len(jobs), now)
    return "-".join(f"{number:x}" for number in numbers)


def world(sandbox: Sandbox, defaults: settings.Defaults) -> Json:
    """Name, seed, clock, scenario, counts and settings."""
    scenario = scenario_of(sandbox).scenario
    return {
        "name": sandbox.name,
        "revision": revision(sandbox),
        "seed": sandbox.state.seed,
        "clock": clock(sandbox),
        "scenario": {"name": scenario.name, "params": values(scenario)},
        "counts": counts(sandbox),
        "settings": settings.of(sandbox, defaults),
        "snapshots": moments.names(sandbox),
        **({"recreated": True} if sandbox.recreated else {}),
    }


def counts(sandbox: Sandbox) -> Json:
    """How much there is of what. The request under way is counted."""
    return {
        "resources": {type: len(sandbox.ids(RESOURCES[type])) for type in TYPES},
        "events": events(sandbox.state),
        "requests": sandbox.journal.count,
        "pending": len(sandbox.state.jobs),
    }


def events(state: State) -> int:
    """How many events of the provider there are."""
    return sum(state.happened.get(type, 0) for type in TYPES)


def snapshot(name: str, state: State) -> Json:
    """A moment that was kept."""
    return {
        "name": name,
        "at": written(state.clock.now),
        "events": events(state),
        "pending": len(state.jobs),
    }
