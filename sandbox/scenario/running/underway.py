"""What a sandbox keeps of its scenario: what is bound, what is under way, what was skipped.

Plain values, all of them: written down, with the scenario's source and its parameters' values, they
are the scenario's whole part in a sandbox. Three parts of the state hold them, because they change
at three speeds: SCENARIO seldom, COUNTS with some events and calls, RUNS with each step.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.engine.series import Series
from sandbox.scenario.language.model import Frozen, Scenario
from sandbox.scenario.running.plans import Bound

SCENARIO = "scenario"
COUNTS = "scenario.counts"
RUNS = "scenario.runs"

Fixtures: TypeAlias = Map[str, tuple[Map[str, Frozen], ...]]
"""What was given, by kind, as `given.resources` has it."""

HAPPY = 0  # the happy path's number among the bindings
NUMBERS: tuple[int, ...] = ()


class Run(Struct, frozen=True):
    """A timeline under way: for the resource `subject`, because of the event `trigger`.

    `binding` is the number of the binding whose rule, `rule` as `file:line`, started it. `jobs` are
    its steps to come. It leaves alone the resources in `ended`; those in `touched` are related ones
    that it has acted on. `part_of` is the run whose step started it, for one related resource.
    """

    subject: Subject
    rule: str
    trigger: int
    binding: int
    jobs: tuple[int, ...]
    ended: frozenset[Subject] = frozenset()
    touched: frozenset[Subject] = frozenset()
    part_of: int = 0

    @property
    def is_happy(self) -> bool:
        """Whether it is the happy path's: then it gives way."""
        return self.binding == HAPPY

    def without(self, job: int) -> "Run":
        """The same with one step less to come."""
        left = tuple(other for other in self.jobs if other != job)
        return replace(self, jobs=left)


class Runs(Struct, frozen=True):
    """The timelines under way, by number, and which of them are about a resource.

    `aimed` are the numbers of those that still have a step for related resources. `nothing` has the
    resources that the scenario leaves to themselves until something moves them.
    """

    by_number: Map[int, Run] = Map()
    of_subject: Map[Subject, tuple[int, ...]] = Map()
    aimed: Map[int, bool] = Map()
    nothing: Map[Subject, str] = Map()  # resource -> the rule's file:line
    last: int = 0

    def about(self, subject: Subject) -> Iterator[tuple[int, Run]]:
        """The runs of which `subject` is the resource that their rule matched."""
        for number in self.of_subject.get(subject, NUMBERS):
            yield number, self.by_number[number]


class Skip(Struct, frozen=True):
    """A step that could not be taken when it was due, and what could have been."""

    at: datetime
    subject: Subject
    ref: str
    rule: str
    asked: str
    status: str
    allowed: tuple[str, ...]
    message: str
    run: int


class Dropped(Struct, frozen=True):
    """A job that was removed when another scenario was bound."""

    due: datetime
    kind: str
    subject: Subject
    rule: str


class Verdict(Struct, frozen=True):
    """What became of a line of `expect`. A broken one says in `instead` what was the case."""

    held: bool
    instead: tuple[str, ...] = ()


class Counts(Struct, frozen=True):
    """How often what has happened since the scenario was bound.

    Rules are named by their key in the plan. `fitted`: a rule and what it counts separately ->
    occurrences so far. `occurred` and `won`: a rule -> how often it fitted, and how often it
    applied. `calls`: API and all names of an operation, its own first -> requests.
    """

    fitted: Map[tuple[str, str], int] = Map()
    occurred: Map[str, int] = Map()
    won: Map[str, int] = Map()
    calls: Map[tuple[str, tuple[str, ...]], int] = Map()
    unmatched: Series[str] = Series()  # calls that no operation has
    invalid: Series[str] = Series()  # requests that broke the spec


class ScenarioState(Struct, frozen=True):
    """What is bound, and what became of it.

    `bound` is None where the happy path has the sandbox to itself. `earlier` are former bindings
    whose timelines go on. `since` and `skipped_before` are the numbers of events and skipped steps
    before the binding. `timed` are the lines of `expect` that name an instant, soonest first, as
    (instant, index); the first `judged` of them have a verdict. `posted` are the sources of
    scenarios that were added to this sandbox, by name. `seed` is the sandbox's own, which a
    scenario may override.
    """

    happy: Bound
    seed: int = 1
    bound: Bound | None = None
    bound_at: datetime | None = None
    binding: int = HAPPY
    earlier: Map[int, Bound] = Map()
    since: int = 0
    skipped_before: int = 0
    laid: tuple[Fixtures, ...] = ()
    posted: Map[str, str] = Map()
    skipped: Series[Skip] = Series()
    dropped: Series[Dropped] = Series()
    timed: tuple[tuple[datetime, int], ...] = ()
    judged: int = 0
    verdicts: Map[int, Verdict] = Map()

    @property
    def scenario(self) -> Scenario:
        """The scenario that is bound; the happy path where nothing else is."""
        return (self.bound or self.happy).scenario

    def plan_of(self, binding: int) -> Bound:
        """The scenario of a binding under whose rules something is still going on."""
        if binding == HAPPY:
            return self.happy
        if binding == self.binding and self.bound is not None:
            return self.bound
        return self.earlier[binding]


NO_RUNS = Runs()
NO_COUNTS = Counts()


def scenario_of(sandbox: Sandbox) -> ScenarioState:
    """What is bound in this sandbox."""
    state: ScenarioState = sandbox.state.parts[SCENARIO]
    return state


def runs_of(sandbox: Sandbox) -> Runs:
    """The timelines under way in this sandbox."""
    return sandbox.part(RUNS, NO_RUNS)


def counts_of(sandbox: Sandbox) -> Counts:
    """What has been counted in this sandbox since its scenario was bound."""
    return sandbox.part(COUNTS, NO_COUNTS)
