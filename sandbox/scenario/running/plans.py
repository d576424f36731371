"""A scenario made ready: its rules by event, its conditions compiled, its timelines written out.

Everything here follows from the scenario value and the happy path's, and is made once for both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from immutables import Map

from sandbox.engine.lifecycle import Announcement, Lifecycle
from sandbox.provider import LIFECYCLES
from sandbox.scenario.language.model import (
    DeliveryRule,
    NoticeRule,
    Rule,
    Scenario,
    Step,
    Timeline,
    Verb,
)
from sandbox.scenario.running.matching import Test, compiled, holds

R = TypeVar("R", Rule, NoticeRule, DeliveryRule)
NOTHING_ELSE = "*"


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A step in its place. `path` finds it again; `where` is the line that says it.

    `target` is the type it acts on, `row` the announcement of an `emit`. `steps` are those of a
    `use`: they follow here, or, with `of`, for each related resource when it is due.
    """

    path: str
    step: Step
    where: str
    target: str
    verb: Verb
    lifecycle: type[Lifecycle]
    row: Announcement | None = None
    steps: "tuple[Planned, ...]" = ()

    @property
    def happens(self) -> bool:
        """Whether a job must be there for it: a plain `use` is its steps and no more."""
        return self.verb != Verb.USE or self.step.of is not None or bool(self.step.while_)


@dataclass(frozen=True, slots=True, eq=False)
class Ready(Generic[R]):
    """A rule made ready. `key` names it in the counts; one that `counts` looks at every occurrence.

    `where` is the line that it begins in.
    """

    key: str
    where: str
    rule: R
    test: Test | None
    counts: bool
    steps: tuple[Planned, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ByEvent(Generic[R]):
    """Rules by the event that they wait for, in the file's order, wildcards among them."""

    named: Mapping[str, tuple[Ready[R], ...]]
    of_type: Mapping[str, tuple[Ready[R], ...]]

    def on(self, event: str, type: str) -> tuple[Ready[R], ...]:
        found = self.named.get(event)
        return found if found is not None else self.of_type.get(type, ())


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that is looked up while a sandbox runs. `steps` by path."""

    rules: ByEvent[Rule]
    notices: ByEvent[NoticeRule]
    calls: tuple[Ready[Rule], ...]
    deliveries: tuple[Ready[DeliveryRule], ...]
    steps: Mapping[str, Planned]


@dataclass(frozen=True, slots=True)
class Bound:
    """A scenario and its plan. Equal are those of the same scenario."""

    scenario: Scenario
    plan: Plan = field(compare=False, repr=False)


def ready(scenario: Scenario, happy: Scenario | None = None) -> Bound:
    """`scenario` made ready; `happy` is the happy path, whose timelines it may use."""
    return Bound(scenario, _Planner(scenario, happy).plan())


class _Planner:
    """The way from one scenario to its plan."""

    def __init__(self, scenario: Scenario, happy: Scenario | None) -> None:
        self.scenario = scenario
        self.happy = happy
        self.steps: dict[str, Planned] = {}

    def plan(self) -> Plan:
        rules = list(self.applicable("rules", self.scenario.rules))
        return Plan(
            rules=_by_event([one for one in rules if not one.rule.when.is_call]),
            notices=_by_event(list(self.applicable("notices", self.scenario.notices))),
            calls=tuple(one for one in rules if one.rule.when.is_call),
            deliveries=tuple(self.applicable("deliveries", self.scenario.deliveries)),
            steps=self.steps,
        )

    def applicable(self, section: str, rules: Sequence[R]) -> Iterator[Ready[R]]:
        """The rules of a section whose `if` fits the parameters' values."""
        for number, rule in enumerate(rules):
            if not holds(rule.condition, self.scenario.values):
                continue
            key = f"{section}/{number}"
            steps: tuple[Planned, ...] = ()
            if isinstance(rule, Rule) and rule.then and rule.when.resource:
                steps = self.written_out(self.scenario, key, rule.then, rule.when.resource)
            yield Ready(
                key=key,
                where=self.scenario.where(rule.line),
                rule=rule,
                test=compiled(rule.match),
                counts=rule.nth is not None or getattr(rule, "probability", None) is not None,
                steps=steps,
            )

    def written_out(
        self, file: Scenario, path: str, steps: Sequence[Step], type: str
    ) -> tuple[Planned, ...]:
        """`steps`, which `file` says about a resource of `type`, with what they use."""
        return tuple(
            self.placed(file, f"{path}/{number}", step, type) for number, step in enumerate(steps)
        )

    def placed(self, file: Scenario, path: str, step: Step, type: str) -> Planned:
        target = step.of or type
        used: tuple[Planned, ...] = ()
        if step.use is not None:
            source, timeline = self.timeline(file, step.use)
            used = self.written_out(source, path, timeline.steps, target)
        planned = Planned(
            path=path,
            step=step,
            where=file.where(step.line),
            target=target,
            verb=step.verb,
            lifecycle=LIFECYCLES[target],
            row=_announcement(step.emit) if step.emit is not None else None,
            steps=used,
        )
        self.steps[path] = planned
        return planned

    def timeline(self, file: Scenario, name: str) -> tuple[Scenario, Timeline]:
        """The timeline that `name` means in `file`: its own, else the happy path's."""
        if name in file.timelines or self.happy is None:
            return file, file.timelines[name]
        return self.happy, self.happy.timelines[name]


def _announcement(event: str) -> Announcement:
    rows = LIFECYCLES[event.partition(".")[0]].announcements()
    return next(row for row in rows if row.event == event)


def _by_event(rules: Sequence[Ready[R]]) -> ByEvent[R]:
    events = dict.fromkeys(_event(one.rule) for one in rules)
    types = dict.fromkeys(event.partition(".")[0] for event in events)
    named = {
        event: tuple(one for one in rules if _waits_for(_event(one.rule), event))
        for event in events
        if not event.endswith(NOTHING_ELSE)
    }
    of_type = {
        type: tuple(one for one in rules if _event(one.rule) == f"{type}.{NOTHING_ELSE}")
        for type in types
    }
    return ByEvent(Map(named), Map(of_type))


def _event(rule: Rule | NoticeRule | DeliveryRule) -> str:
    return rule.when.name if isinstance(rule, Rule) else rule.event


def _waits_for(waits: str, event: str) -> bool:
    return waits in (event, f"{event.partition('.')[0]}.{NOTHING_ELSE}")
