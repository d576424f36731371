"""Taking a step when it is due: the handler of a timeline's jobs.

A step that is not legal is recorded with what would have been, and ends its timeline for that
resource; one whose `while` does not hold ends it quietly.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import cast

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.events import Cause
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.engine.money import FinerThanMinorUnitsError
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Job, Subject
from sandbox.provider import REFUSALS, RESOURCES, announce
from sandbox.provider.fixtures import currency_of
from sandbox.provider.mandates import MandateNotUsableError
from sandbox.provider.relations import RELATED, NotCreatableError, create
from sandbox.provider.truth import Truth
from sandbox.scenario.language.model import Scalar, Step, Verb
from sandbox.scenario.running import planning
from sandbox.scenario.running.changing import NoSuchReferenceError, changes
from sandbox.scenario.running.moving import move
from sandbox.scenario.running.plans import Planned
from sandbox.scenario.running.timelines import step_of, to_come
from sandbox.scenario.running.underway import (
    SCENARIO,
    Run,
    ScenarioState,
    Skip,
    runs_of,
    scenario_of,
)

REFUSED = (
    IllegalMoveError,
    MandateNotUsableError,
    NotCreatableError,
    NoSuchReferenceError,
    FinerThanMinorUnitsError,
    *REFUSALS,
)
"""What the provider raises when a step cannot be taken."""

TO_ONE = frozenset(
    {
        ("payment", "mandate"),
        ("instant_payment", "mandate"),
        ("refund", "payment"),
        ("refund", "instant_payment"),
    }
)
"""Relations that lead to one resource: once that is done with, so is every step aimed at it."""


def take(sandbox: Sandbox, job: Job) -> None:
    """Take the step that a timeline planned."""
    state, number = scenario_of(sandbox), job.arguments["run"]
    run = runs_of(sandbox).by_number[number]
    planned = step_of(state, run, job)
    planning.keep(sandbox, number, run.without(job.number))
    if planned.step.of is None:
        _act(sandbox, number, run, planned, job.subject)
        return
    for subject in _aimed_at(sandbox, job.subject, planned):
        if subject not in run.ended:
            _note_touched(sandbox, number, subject)
            _act(sandbox, number, run, planned, subject)


def _aimed_at(sandbox: Sandbox, subject: Subject, planned: Planned) -> list[Subject]:
    """Every resource of the type `of` that is related to `subject` at this moment."""
    related = RELATED[subject.type, planned.target](sandbox, sandbox.subject(subject))
    return [resource.subject for resource in related]


def _note_touched(sandbox: Sandbox, number: int, subject: Subject) -> None:
    """Remember on which related resources a timeline with more to come acts.

    Before it acts: what follows from the act, say whether a retry is planned, depends on it.
    """
    run = runs_of(sandbox).by_number.get(number)
    if run is not None and subject not in run.touched:
        planning.keep(sandbox, number, replace(run, touched=run.touched | {subject}))


def _act(sandbox: Sandbox, number: int, run: Run, planned: Planned, subject: Subject) -> None:
    """Take the step on one resource."""
    state = scenario_of(sandbox)
    if run.is_happy:
        if _is_moved_now(sandbox, state, subject):
            _leave(sandbox, number, run, subject)
            return
    elif planned.verb == Verb.STATUS:
        _end_happy_steps_due_now(sandbox, subject)
    resource = cast("Truth", sandbox.subject(subject))
    standing = getattr(resource, "status", "")
    if planned.step.while_ and standing not in planned.step.while_:
        _leave(sandbox, number, run, subject)
        return
    try:
        with sandbox.attempt():
            _do(sandbox, number, run, planned, resource)
    except REFUSED as refusal:
        if not run.is_happy:
            _record(sandbox, number, planned, resource, refusal)
        _leave(sandbox, number, run, subject)


def _do(sandbox: Sandbox, number: int, run: Run, planned: Planned, resource: Truth) -> None:
    cause = Cause(planned.where, run.trigger, number)
    step = planned.step
    match planned.verb:
        case Verb.STATUS:
            move(
                sandbox,
                resource,
                step.status or "",
                cause=cause,
                as_=step.as_ or "",
                reason=step.reason,
                force=step.force,
            )
        case Verb.EMIT:
            if planned.row is not None:
                announce(sandbox, resource, planned.row, cause=cause)
        case Verb.SET:
            written: Mapping[str, Scalar] = step.set_ or {}
            currency = _currency(sandbox, resource, written)
            news = changes(sandbox, type(resource), written, currency, resource)
            sandbox.change(resource, news, cause=cause)
        case Verb.CREATE:
            _create(sandbox, resource, step, cause)
        case Verb.USE if step.of is not None:
            begun = Run(
                resource.subject, run.rule, run.trigger, run.binding, jobs=(), part_of=number
            )
            planning.start(sandbox, begun, planned.steps, sandbox.now)


def _create(sandbox: Sandbox, beside: Truth, step: Step, cause: Cause) -> None:
    """Make what the step says; an amount that it does not say is that of the resource itself."""
    type, currency = step.create or "", _currency(sandbox, beside, step.with_)
    wanted = {"currency": currency, **changes(sandbox, RESOURCES[type], step.with_, currency)}
    if "amount" not in wanted and currency == getattr(beside, "currency", ""):
        wanted["amount"] = getattr(beside, "amount", None)
    if wanted.get("amount") is None:
        raise NotCreatableError(f"a {type} needs an amount, and {beside.ref} has none to go by")
    create(sandbox, beside, type, Map(wanted), cause=cause)


def _currency(sandbox: Sandbox, resource: Truth, written: Mapping[str, Scalar]) -> str:
    """The currency of a step's amounts: the one it says, the resource's, else the account's."""
    said = written.get("currency") or getattr(resource, "currency", "")
    return str(said or currency_of(sandbox, getattr(resource, "customer", None)))


def _record(
    sandbox: Sandbox, number: int, planned: Planned, resource: Truth, refusal: Exception
) -> None:
    """Keep what was skipped, and what would have been legal."""
    status: StrEnum = getattr(resource, planned.lifecycle.field)
    allowed = tuple(row.event for row in planned.lifecycle.allowed(status))
    announced = planned.lifecycle.announcements() if planned.verb == Verb.EMIT else ()
    skip = Skip(
        at=sandbox.now,
        subject=resource.subject,
        ref=resource.ref,
        rule=planned.where,
        asked=_asked(planned.step),
        status=str(status),
        allowed=(*allowed, *(row.event for row in announced if status in row.sources)),
        message=str(refusal),
        run=number,
    )
    state = scenario_of(sandbox)
    sandbox.keep_part(SCENARIO, replace(state, skipped=state.skipped.plus(skip)))


def _asked(step: Step) -> str:
    if step.set_ is not None:
        return f"set {', '.join(sorted(step.set_))}"
    return step.as_ or step.status or step.emit or f"create {step.create}"


def _leave(sandbox: Sandbox, number: int, run: Run, subject: Subject) -> None:
    """The rest of this timeline leaves this resource alone. Others of it go on."""
    state, runs = scenario_of(sandbox), runs_of(sandbox).by_number
    if run.part_of in runs:
        _leave(sandbox, run.part_of, runs[run.part_of], subject)
    if number not in runs:
        return
    run = runs[number]
    dead = [
        job.number
        for job, planned in to_come(sandbox, state, run)
        if _is_dead(run.subject, subject, planned)
    ]
    sandbox.call_off(*dead)
    left = tuple(other for other in run.jobs if other not in dead)
    planning.keep(sandbox, number, replace(run, jobs=left, ended=run.ended | {subject}))


def _is_dead(about: Subject, left_alone: Subject, planned: Planned) -> bool:
    if planned.step.of is None:
        return about == left_alone
    return planned.target == left_alone.type and (about.type, planned.target) in TO_ONE


def _is_moved_now(sandbox: Sandbox, state: ScenarioState, subject: Subject) -> bool:
    """Whether the scenario has a `status` step for this resource that is due at this instant."""
    runs = runs_of(sandbox)
    for number, run in runs.about(subject):
        if not run.is_happy and any(
            planned.step.of is None for planned in _due_now(sandbox, state, number)
        ):
            return True
    for number in runs.aimed:
        run = runs.by_number[number]
        if run.is_happy or subject in run.ended:
            continue
        for planned in _due_now(sandbox, state, number):
            if planned.step.of == subject.type and subject in _aimed_at(
                sandbox, run.subject, planned
            ):
                return True
    return False


def _due_now(sandbox: Sandbox, state: ScenarioState, number: int) -> Iterator[Planned]:
    """The `status` steps of a run that are due at this instant."""
    for job, planned in to_come(sandbox, state, runs_of(sandbox).by_number[number]):
        if job.due == sandbox.now and _moves_at_once(planned):
            yield planned


def _moves_at_once(planned: Planned) -> bool:
    if planned.verb != Verb.USE:
        return planned.verb == Verb.STATUS
    first = planned.steps[:1]
    return any(
        each.step.after is None and each.step.at is None and _moves_at_once(each) for each in first
    )


def _end_happy_steps_due_now(sandbox: Sandbox, subject: Subject) -> None:
    for number, run in list(runs_of(sandbox).about(subject)):
        if run.is_happy and any(
            (job := sandbox.state.jobs.pending.get(other)) and job.due == sandbox.now
            for other in run.jobs
        ):
            planning.end(sandbox, number)
