"""When the steps of a timeline are due, and what a sandbox has in store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sandbox.engine.calendar import Calendar
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Job, Subject
from sandbox.scenario.language.model import Base, Step, Verb
from sandbox.scenario.running.plans import Planned
from sandbox.scenario.running.underway import Run, ScenarioState, runs_of, scenario_of

STEP = "step"
"""The kind of the jobs that are a timeline's steps."""


def schedule(
    calendar: Calendar,
    steps: Sequence[Planned],
    trigger: datetime,
    execution_date: date | None = None,
) -> Iterator[tuple[datetime, Planned]]:
    """The steps that need a job, and when each is due, for a timeline that starts at `trigger`.

    A timeline that a step uses starts at that step's due time: there its day zero is counted from
    [chosen], so that one used again after a failure is not due before it. Later steps count from
    its last one.
    """
    previous = trigger
    for planned in steps:
        previous = due(calendar, planned.step, trigger, previous, execution_date)
        if planned.happens:
            yield previous, planned
        if planned.verb == Verb.USE and planned.step.of is None:
            for instant, used in schedule(calendar, planned.steps, previous, execution_date):
                yield instant, used
                previous = instant


def due(
    calendar: Calendar,
    step: Step,
    trigger: datetime,
    previous: datetime,
    execution_date: date | None = None,
) -> datetime:
    """When one step is due."""
    if step.from_ == Base.DAY_ZERO:
        return calendar.due_from_day_zero(trigger, after=step.after, at=step.at)
    base = previous if step.from_ == Base.PREVIOUS else trigger
    if step.from_ == Base.EXECUTION_DATE and execution_date is not None:
        base = max(trigger, calendar.instant(execution_date))
    if step.after is None and step.at is None:
        return base
    return calendar.due(base, after=step.after, at=step.at)


@dataclass(frozen=True, slots=True)
class Coming:
    """A step to come: what it will try, on what, by which rule. `of` are related resources."""

    due: datetime
    job: int
    subject: Subject
    ref: str
    of: str
    verb: str
    what: str
    event: str
    rule: str
    run: int


def step_of(state: ScenarioState, run: Run, job: Job) -> Planned:
    """The step that a job is."""
    return state.plan_of(run.binding).plan.steps[job.arguments["step"]]


def to_come(sandbox: Sandbox, state: ScenarioState, run: Run) -> Iterator[tuple[Job, Planned]]:
    """The steps of a run that are still to come."""
    pending = sandbox.state.jobs.pending
    for number in run.jobs:
        if job := pending.get(number):
            yield job, step_of(state, run, job)


def coming(sandbox: Sandbox) -> list[Coming]:
    """All steps to come, in the order in which they are due."""
    return [to_be_taken(sandbox, job) for job in sandbox.state.jobs if job.kind == STEP]


def to_be_taken(sandbox: Sandbox, job: Job) -> Coming:
    """The step to come that a job is."""
    run = runs_of(sandbox).by_number[job.arguments["run"]]
    planned = step_of(scenario_of(sandbox), run, job)
    resource = sandbox.subject(job.subject)
    status = getattr(resource, "status", "") if planned.step.of is None else ""
    return Coming(
        due=job.due,
        job=job.number,
        subject=job.subject,
        ref=resource.ref,
        of=planned.step.of or "",
        verb=planned.verb,
        what=_what(planned.step),
        event=_event(planned, status),
        rule=planned.where,
        run=job.arguments["run"],
    )


def _what(step: Step) -> str:
    if step.set_ is not None:
        return ", ".join(sorted(step.set_))
    return step.status or step.emit or step.create or step.use or ""


def _event(planned: Planned, status: Any) -> str:
    """The event that it will be announced as, as far as that is known now."""
    step = planned.step
    match planned.verb:
        case Verb.EMIT:
            return step.emit or ""
        case Verb.SET:
            return f"{planned.target}.changed"
        case Verb.CREATE:
            return f"{step.create}.created"
        case Verb.USE:
            return ""
    moves = [move for move in planned.lifecycle.moves() if move.to == step.status]
    from_here = [move for move in moves if status in move.sources]
    named = (from_here if len(from_here) == 1 else moves)[:1]
    return step.as_ or (named[0].event if named else f"{planned.target}.{step.status}")
