"""What follows from an event: a rule wins, and all steps of its timeline are planned at once.

The scenario's rules are asked first, the happy path's only when none of them fits. And the happy
path gives way: it ends when anything else moves its resource, and starts nothing where the scenario
still has something to come.
"""

from datetime import date, datetime

from msgspec.structs import replace

from sandbox.engine.events import Event
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.scenario.language.model import Rule
from sandbox.scenario.running import noticing
from sandbox.scenario.running.choosing import counted_by, winner
from sandbox.scenario.running.plans import Planned, Ready
from sandbox.scenario.running.timelines import STEP, schedule, to_come
from sandbox.scenario.running.underway import (
    HAPPY,
    NUMBERS,
    RUNS,
    Run,
    Runs,
    ScenarioState,
    runs_of,
    scenario_of,
)


def react(sandbox: Sandbox, event: Event) -> None:
    """Ask the rules about an event of the provider's, then plan its notices."""
    state = scenario_of(sandbox)
    if event.was != event.became:
        _give_way(sandbox, event)
    _ask(sandbox, state, event)
    noticing.plan_notices(sandbox, state, event)


def _give_way(sandbox: Sandbox, event: Event) -> None:
    """What else moved this resource ends the happy path's timelines for it, and a `nothing`."""
    subject, runs = event.subject, runs_of(sandbox)
    if subject in runs.nothing:
        sandbox.keep_part(RUNS, replace(runs, nothing=runs.nothing.delete(subject)))
    if subject in runs.of_subject:
        for number, run in list(runs.about(subject)):
            if run.is_happy and number != event.cause.run:
                end(sandbox, number)


def _ask(sandbox: Sandbox, state: ScenarioState, event: Event) -> None:
    type = event.subject.type
    rules = state.bound.plan.rules.on(event.name, type) if state.bound else ()
    if rules:
        resource = sandbox.subject(event.subject)
        if won := winner(sandbox, rules, resource, counted_by(resource)):
            _apply(sandbox, state.binding, won, event)
            return
    happy = state.happy.plan.rules.on(event.name, type)
    if happy and not _is_the_scenarios(sandbox, state, event.subject):
        resource = sandbox.subject(event.subject)
        fitting = (one for one in happy if one.test is None or one.test(sandbox, resource))
        if first := next(fitting, None):
            _apply(sandbox, HAPPY, first, event)


def _apply(sandbox: Sandbox, binding: int, won: Ready[Rule], event: Event) -> None:
    if won.rule.nothing:
        _leave_alone(sandbox, event.subject, won.where)
        return
    start(
        sandbox,
        Run(event.subject, won.where, trigger=event.number, binding=binding, jobs=()),
        won.steps,
        event.at,
    )


def _leave_alone(sandbox: Sandbox, subject: Subject, rule: str) -> None:
    """Nothing happens to it by itself, until something moves it."""
    for number, run in list(runs_of(sandbox).about(subject)):
        if run.is_happy:
            end(sandbox, number)
    runs = runs_of(sandbox)
    sandbox.keep_part(RUNS, replace(runs, nothing=runs.nothing.set(subject, rule)))


def start(sandbox: Sandbox, run: Run, steps: tuple[Planned, ...], at: datetime) -> None:
    """Plan all steps of a timeline that starts at this instant."""
    resource = sandbox.subject(run.subject)
    wished: date | None = getattr(resource, "execution_date", None)
    number = runs_of(sandbox).last + 1
    jobs: list[int] = []
    aimed = False
    for due, planned in schedule(sandbox.calendar, steps, at, wished):
        aimed = aimed or planned.step.of is not None
        jobs.append(
            sandbox.plan(due, STEP, run.subject, run=number, step=planned.path, rule=planned.where)
        )
    runs = runs_of(sandbox)
    if not jobs:
        return
    about = (*runs.of_subject.get(run.subject, NUMBERS), number)
    kept = Runs(
        by_number=runs.by_number.set(number, replace(run, jobs=tuple(jobs))),
        of_subject=runs.of_subject.set(run.subject, about),
        aimed=runs.aimed.set(number, True) if aimed else runs.aimed,
        nothing=runs.nothing,
        last=number,
    )
    sandbox.keep_part(RUNS, kept)


def end(sandbox: Sandbox, number: int) -> None:
    """End a timeline: none of its steps will come."""
    run = runs_of(sandbox).by_number.get(number)
    if run is not None:
        sandbox.call_off(*run.jobs)
        keep(sandbox, number, replace(run, jobs=()))


def keep(sandbox: Sandbox, number: int, run: Run) -> None:
    """Keep what a timeline has come to; one without steps to come is no longer under way."""
    runs = runs_of(sandbox)
    if run.jobs:
        by_number = runs.by_number.set(number, run)
        kept = Runs(by_number, runs.of_subject, runs.aimed, runs.nothing, runs.last)
    else:
        others = tuple(other for other in runs.of_subject[run.subject] if other != number)
        subjects = runs.of_subject
        kept = Runs(
            by_number=runs.by_number.delete(number),
            of_subject=subjects.set(run.subject, others)
            if others
            else subjects.delete(run.subject),
            aimed=runs.aimed.delete(number) if number in runs.aimed else runs.aimed,
            nothing=runs.nothing,
            last=runs.last,
        )
    sandbox.keep_part(RUNS, kept)


def _is_the_scenarios(sandbox: Sandbox, state: ScenarioState, subject: Subject) -> bool:
    """Whether the happy path may start nothing for this resource now."""
    runs = runs_of(sandbox)
    if subject in runs.nothing:
        return True
    for _, run in runs.about(subject):
        if not run.is_happy and any(
            planned.step.of is None for _, planned in to_come(sandbox, state, run)
        ):
            return True
    for number in runs.aimed:
        run = runs.by_number[number]
        if (
            not run.is_happy
            and subject in run.touched - run.ended
            and any(planned.step.of == subject.type for _, planned in to_come(sandbox, state, run))
        ):
            return True
    return False
