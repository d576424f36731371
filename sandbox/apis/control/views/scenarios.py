"""Scenarios: what can be bound, what is bound and how much of it was used, what is wrong."""

from collections.abc import Iterator
from pathlib import PurePath

from sandbox.apis import Json
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.language.model import DeliveryRule, NoticeRule, Param, Rule, Scenario
from sandbox.scenario.language.problems import Problem
from sandbox.scenario.running.library import Listed
from sandbox.scenario.running.matching import holds
from sandbox.scenario.running.underway import Counts, counts_of, scenario_of


def problem(found: Problem) -> Json:
    """What is wrong, where, and what was probably meant. What is not a file has no place.

    A file is named without its folder, as everywhere else: one world answers alike on all machines.
    """
    in_a_file = bool(found.file)
    return {
        "file": PurePath(found.file).name or None,
        "line": found.line if in_a_file else None,
        "column": found.column if in_a_file else None,
        "key": found.key,
        "message": found.message,
        "nearest": found.nearest,
    }


def listed(one: Listed) -> Json:
    """A scenario that can be bound, or that could be were it not broken."""
    scenario = one.scenario
    warnings = [problem(each) for each in one.warnings]
    return {
        "name": one.name,
        **_words(scenario),
        "tags": list(scenario.tags) if scenario else [],
        "params": _params(scenario) if scenario else {},
        "source": str(one.source),
        "file": one.file,
        "errors": [problem(each) for each in one.errors],
        **({"warnings": warnings} if warnings else {}),
    }


def bound(sandbox: Sandbox) -> Json:
    """What is bound, what holds here because of it, and the use of its rules so far."""
    state = scenario_of(sandbox)
    scenario = state.scenario
    return {
        "name": scenario.name,
        **_words(scenario),
        "params": values(scenario),
        "file": scenario.file,
        "boundAt": written(state.bound_at or sandbox.now),
        "given": _given(sandbox, scenario),
        "rules": list(uses(sandbox)),
    }


def uses(sandbox: Sandbox) -> Iterator[Json]:
    """Every rule, notice and delivery of what is bound that applies with its parameters.

    In the file's order. The happy path's own are not counted.
    """
    state, counts = scenario_of(sandbox), counts_of(sandbox)
    if state.bound is None:
        return
    scenario = state.scenario
    sections: dict[str, tuple[Rule | NoticeRule | DeliveryRule, ...]] = {
        "rules": scenario.rules,
        "notices": scenario.notices,
        "deliveries": scenario.deliveries,
    }
    for section, rules in sections.items():
        for number, rule in enumerate(rules):
            if holds(rule.condition, scenario.values):
                yield _use(scenario, rule, f"{section}/{number}", counts)


def _use(
    scenario: Scenario, rule: Rule | NoticeRule | DeliveryRule, key: str, counts: Counts
) -> Json:
    name = rule.name if isinstance(rule, Rule) else ""
    return {
        "rule": scenario.where(rule.line),
        **({"name": name} if name else {}),
        "when": str(rule.when) if isinstance(rule, Rule) else rule.event,
        "occurrences": counts.occurred.get(key, 0),
        "won": counts.won.get(key, 0),
    }


def _words(scenario: Scenario | None) -> dict[str, str]:
    words = {"title": scenario.title, "description": scenario.description} if scenario else {}
    return {name: text for name, text in words.items() if text}


def _params(scenario: Scenario) -> dict[str, Json]:
    """In the file's order: a persistent map's own is not the same twice."""
    in_order = sorted(scenario.params.values(), key=lambda param: (param.line, param.name))
    return {param.name: _param(param) for param in in_order}


def values(scenario: Scenario) -> dict[str, Json]:
    """The parameters' values in this variant."""
    return {name: scenario.values[name] for name in _params(scenario)}


def _param(param: Param) -> Json:
    choices = {"one_of": list(param.one_of)} if param.one_of else {}
    words = {"description": param.description} if param.description else {}
    return {"default": param.default, **choices, **words}


def _given(sandbox: Sandbox, scenario: Scenario) -> Json:
    calendar = sandbox.calendar
    cut_off = calendar.cut_off
    return {
        "timezone": calendar.timezone,
        "calendar": str(calendar.name),
        "holidays": [day.isoformat() for day in sorted(calendar.holidays)],
        "cutOff": cut_off.isoformat("minutes") if cut_off else None,
        "seed": sandbox.state.seed,
        "strict": scenario.given.strict,
    }
