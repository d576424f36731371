"""What the APIs learn of an event, and when: a notice for each API that knows the resource.

The scenario's `notices` have a say; without one a notice arrives in the instant of its event.
"""

from collections.abc import Callable, Iterable
from typing import cast

from sandbox.engine.events import Event
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider import notices
from sandbox.provider.notices import Fate, Notice
from sandbox.provider.truth import Truth
from sandbox.scenario.language.model import NoticeRule, Verb
from sandbox.scenario.running.choosing import counted_by, winner
from sandbox.scenario.running.plans import Planned, Ready
from sandbox.scenario.running.timelines import to_come
from sandbox.scenario.running.underway import ScenarioState, runs_of

FAILED = "failed"


def plan_notices(sandbox: Sandbox, state: ScenarioState, event: Event) -> None:
    """Have each API that knows the resource hear of `event`, as the scenario says."""
    if event.name.endswith(".given"):
        return  # it was there before the first call: nobody has to be told
    resource = cast("Truth", sandbox.subject(event.subject))
    rules = state.bound.plan.notices.on(event.name, resource.type) if state.bound else ()
    again = (
        event.became == FAILED
        and resource.type == "payment"
        and will_retry(sandbox, state, event.subject)
    )
    for api in _knowing(sandbox, resource):
        concerned = tuple(one for one in rules if one.rule.to in (None, api)) if rules else ()
        won = winner(sandbox, concerned, resource, _counted(resource, api)) if concerned else None
        if won is None:
            notices.tell(sandbox, event, api, will_retry=again)
        else:
            _as_told(sandbox, event, api, won, again)


def _counted(resource: Truth, api: str) -> Callable[[Sandbox, Ready[NoticeRule]], str]:
    """Each API's notices are counted by themselves: what one hears is not the other's second."""
    name = counted_by(resource)
    return lambda sandbox, one: f"{api} {name(sandbox, one)}"


def _knowing(sandbox: Sandbox, resource: Truth) -> Iterable[str]:
    """The APIs that there are in this sandbox's server and that know this resource."""
    hearers = sandbox.wiring.hearers
    return [api for api in resource.known_to(hearers) if api in hearers]


def _as_told(sandbox: Sandbox, event: Event, api: str, won: Ready[NoticeRule], again: bool) -> None:
    rule, where = won.rule, won.where
    if rule.lost:
        notices.lose(sandbox, event, api, rule=where)
        return
    for _ in range(rule.copies):
        if rule.behind is not None:
            held = Notice(
                event.number, api, Fate.HELD, sandbox.now, where, again, behind=rule.behind
            )
            notices.hold(sandbox, event, held)
        elif rule.late is not None:
            at = sandbox.calendar.plus(sandbox.now, rule.late)
            notices.tell_late(
                sandbox, event, Notice(event.number, api, Fate.LATE, at, where, again)
            )
        else:
            notices.tell(sandbox, event, api, will_retry=again, rule=where)


def will_retry(sandbox: Sandbox, state: ScenarioState, subject: Subject) -> bool:
    """Whether a failed payment has another attempt to come."""
    runs = runs_of(sandbox)
    concerned = [run for _, run in runs.about(subject)]
    aimed = (runs.by_number[number] for number in runs.aimed)
    concerned += [run for run in aimed if subject in run.touched - run.ended]
    return any(
        _tries_again(planned) and (planned.step.of is None) == (run.subject == subject)
        for run in concerned
        for _, planned in to_come(sandbox, state, run)
    )


def _tries_again(planned: Planned) -> bool:
    if planned.target != "payment":
        return False
    if planned.verb == Verb.EMIT:
        return planned.step.emit == "payment.resubmission_requested"
    return planned.step.status == "submitted"
