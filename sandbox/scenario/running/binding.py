"""Binding: a scenario's `given` becomes the world, and its rules hold from then on."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.calendar import Calendar, CalendarName
from sandbox.engine.clock import Clock, written
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.state import Resource, State
from sandbox.provider import RESOURCES
from sandbox.provider.laying import lay
from sandbox.scenario.language.model import Given
from sandbox.scenario.running.matching import holds
from sandbox.scenario.running.plans import Bound
from sandbox.scenario.running.underway import (
    COUNTS,
    HAPPY,
    NO_COUNTS,
    NO_RUNS,
    RUNS,
    SCENARIO,
    Dropped,
    Fixtures,
    ScenarioState,
    Verdict,
    runs_of,
    scenario_of,
)

SETTINGS = "settings"
"""The part of the state that outlives a new beginning: what a tester has set for this sandbox."""

PROVIDERS = "payment_providers"


class Pending(StrEnum):
    """What becomes of the jobs that a former scenario has left."""

    KEEP = "keep"
    DROP = "drop"


class JobsPendingError(Exception):
    """Another scenario is to be bound while jobs are pending, and nobody said what of them."""

    def __init__(self, pending: int, next_due: datetime) -> None:
        self.pending = pending
        self.next_due = next_due
        jobs = "1 job is" if pending == 1 else f"{pending} jobs are"
        super().__init__(
            f'{jobs} pending, the next at {written(next_due)}; say "pending" as "keep" or "drop"'
        )


class AlreadyHappenedError(Exception):
    """Something is to be set that can be set only while nothing has happened. `what` names it."""

    def __init__(self, what: str, events: int, *, called: bool) -> None:
        self.what = what
        self.events = events
        self.called = called
        calls = "an API has been called" if called else "no API has been called"
        self.holds = (
            f"{calls} and {events} {'event has' if events == 1 else 'events have'} happened"
        )
        super().__init__(f"{what} can be set only while nothing has happened, but {self.holds}")


def found(  # noqa: PLR0913  what a sandbox is made of, each by name
    name: str,
    wall: datetime,
    *,
    wiring: Wiring,
    happy: Bound,
    default: Bound | None = None,
    seed: int = 1,
) -> Sandbox:
    """A new sandbox, its clock at `wall`, with the default scenario bound and its world laid."""
    sandbox = Sandbox(name, State(Clock(wall), seed=seed), wiring)
    sandbox.keep_part(SCENARIO, ScenarioState(happy, seed=seed))
    bind(sandbox, default)
    return sandbox


def bind(sandbox: Sandbox, bound: Bound | None, pending: Pending | None = None) -> None:
    """Apply the scenario's `given`, then make its rules effective. None: the happy path alone.

    While nothing has happened the world begins again, from what is given; later its resources are
    added. Raises JobsPendingError, AlreadyHappenedError, and what laying raises; then nothing has
    changed.
    """
    with sandbox.attempt():
        state = scenario_of(sandbox)
        given = (bound or state.happy).scenario.given
        if _is_untouched(sandbox):
            _begin_again(sandbox, _anew(state, bound), given)
            return
        _check(sandbox, given)
        _clear(sandbox, pending)
        _go_on(sandbox, bound, given)


def set_clock(sandbox: Sandbox, instant: datetime) -> None:
    """Set the clock to any instant while nothing has happened: everything given is laid there."""
    if not _is_untouched(sandbox):
        raise _already(sandbox, "now")
    with sandbox.attempt():
        state = scenario_of(sandbox)
        _lay_out(sandbox, state, Clock(instant, sandbox.state.clock.since), sandbox.state.seed)


def give(sandbox: Sandbox, resources: Fixtures) -> list[Resource]:
    """Add fixtures, all of them or none, and answer what was laid."""
    with sandbox.attempt():
        if _is_untouched(sandbox):
            state = scenario_of(sandbox)
            sandbox.keep_part(SCENARIO, replace(state, laid=(*state.laid, resources)))
        return lay(sandbox, resources)


def config(sandbox: Sandbox, api: str) -> Any:
    """What the scenario sets this API up with, in the API's own words; None where nothing is."""
    return scenario_of(sandbox).scenario.given.config.get(api)


def _is_untouched(sandbox: Sandbox) -> bool:
    """Whether nothing has happened yet: no call to an API, no event but `given`."""
    return not sandbox.state.touched and not _happened(sandbox)


def _happened(sandbox: Sandbox) -> int:
    """How many of the provider's events were not just given."""
    return sum(
        1
        for event in sandbox.state.events
        if event.subject.type in RESOURCES and not event.name.endswith(".given")
    )


def _already(sandbox: Sandbox, what: str) -> AlreadyHappenedError:
    return AlreadyHappenedError(what, _happened(sandbox), called=sandbox.state.touched)


def _anew(state: ScenarioState, bound: Bound | None) -> ScenarioState:
    """The same sandbox's scenario state before anything has happened, with `bound` in it."""
    scenario = (bound or state.happy).scenario
    starter = state.happy.scenario.given.resources
    resources = scenario.given.resources or starter
    if PROVIDERS not in resources and PROVIDERS in starter:
        resources = resources.set(PROVIDERS, starter[PROVIDERS])
    return ScenarioState(
        state.happy,
        seed=state.seed,
        bound=bound,
        binding=state.binding + 1 if bound else HAPPY,
        laid=(resources,),
        posted=state.posted,
    )


def _begin_again(sandbox: Sandbox, state: ScenarioState, given: Given) -> None:
    clock = sandbox.state.clock
    sandbox.state = replace(sandbox.state, calendar=calendar_of(given))
    if given.clock is not None:
        clock = replace(clock, now=sandbox.calendar.utc(given.clock))
    _lay_out(sandbox, state, clock, state.seed if given.seed is None else given.seed)


def _lay_out(sandbox: Sandbox, state: ScenarioState, clock: Clock, seed: int) -> None:
    """The world as it is before the first call, at this instant."""
    before = sandbox.state
    kept = Map({SETTINGS: before.parts[SETTINGS]}) if SETTINGS in before.parts else Map()
    sandbox.state = State(clock, before.calendar, seed, parts=kept)
    sandbox.keep_part(SCENARIO, _expecting(sandbox, replace(state, bound_at=clock.now)))
    for resources in state.laid:
        lay(sandbox, resources)


def _check(sandbox: Sandbox, given: Given) -> None:
    if given.clock is not None:
        raise _already(sandbox, "given.clock")
    if given.seed is not None:
        raise _already(sandbox, "given.seed")


def _clear(sandbox: Sandbox, pending: Pending | None) -> None:
    """Let the pending jobs go on, or remove and record them."""
    first = sandbox.state.jobs.first()
    if first is None:
        return
    if pending is None:
        raise JobsPendingError(len(sandbox.state.jobs), first.due)
    if pending == Pending.DROP:
        state = scenario_of(sandbox)
        dropped = state.dropped
        for job in sandbox.state.jobs:
            rule = str(job.arguments.get("rule", job.kind))
            dropped = dropped.plus(Dropped(job.due, job.kind, job.subject, rule))
        sandbox.call_off(*(job.number for job in sandbox.state.jobs))
        nothing = runs_of(sandbox).nothing
        last = runs_of(sandbox).last
        sandbox.keep_part(RUNS, replace(NO_RUNS, nothing=nothing, last=last))
        sandbox.keep_part(SCENARIO, replace(state, dropped=dropped))


def _go_on(sandbox: Sandbox, bound: Bound | None, given: Given) -> None:
    """Bind in a world in which something has happened: its resources are added."""
    state = scenario_of(sandbox)
    earlier = state.earlier
    if state.bound is not None:
        earlier = earlier.set(state.binding, state.bound)
    under_way = {run.binding for run in runs_of(sandbox).by_number.values()}
    bindings = (state.binding, *sorted(state.earlier))
    newest = max(bindings)
    begun = replace(
        state,
        bound=bound,
        bound_at=sandbox.now,
        binding=newest + 1 if bound else HAPPY,
        earlier=Map({number: earlier[number] for number in earlier if number in under_way}),
        since=len(sandbox.state.events),
        skipped_before=len(state.skipped),
    )
    sandbox.state = replace(sandbox.state, calendar=calendar_of(given))
    sandbox.keep_part(SCENARIO, _expecting(sandbox, begun))
    sandbox.keep_part(COUNTS, NO_COUNTS)
    if bound is not None:
        lay(sandbox, given.resources)


def _expecting(sandbox: Sandbox, state: ScenarioState) -> ScenarioState:
    """With the lines of `expect` in the order in which they will be judged.

    A line whose instant is over cannot be judged any more: it is broken.
    """
    lines = state.bound.scenario.expect if state.bound else ()
    values = state.scenario.values
    timed = sorted(
        (sandbox.calendar.utc(line.at), index)
        for index, line in enumerate(lines)
        if line.at is not None and holds(line.condition, values)
    )
    over = [index for at, index in timed if at < sandbox.now]
    late = Verdict(held=False, instead=("its instant was over when the scenario was bound",))
    verdicts = Map(dict.fromkeys(over, late))
    return replace(state, timed=tuple(timed), judged=len(over), verdicts=verdicts)


def calendar_of(given: Given) -> Calendar:
    """The calendar that a scenario asks for."""
    return Calendar(
        CalendarName(given.calendar), given.timezone, frozenset(given.holidays), given.cut_off
    )
