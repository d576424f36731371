"""Mutants of a scenario: the same file changed in one place, as somebody might get it wrong.

A mutant that no line of `expect` notices shows what the scenario does not prove. Only what steers
the provider is changed, never what is expected or done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from typing import Any, Final, TypeAlias

from sandbox.engine.calendar import Duration, Unit, parse_duration
from sandbox.scenario.language.builder import nth
from sandbox.scenario.language.loader import Tree
from sandbox.scenario.language.model import Nth
from sandbox.scenario.language.problems import Path, as_text
from sandbox.scenario.language.template import name_in

SECTIONS = ("rules", "notices", "deliveries")
CALENDARS = ("always-open", "weekdays")
SWAPPED = {"lt": "lte", "lte": "lt", "gt": "gte", "gte": "gt"}
OTHER_REASON, YET_ANOTHER = "other", "provider_error"
OTHER_STATUS, YET_ANOTHER_STATUS = 500, 503
A_DAY = 24  # hours


class _Gone:
    """In place of a value: the key, or the list's item, is left out."""


GONE: Final = _Gone()


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file changed in one place. `what` says how; `line` is where it stands in the file."""

    line: int
    what: str
    tree: Tree


def mutants(tree: Tree) -> Iterator[Mutant]:
    """Every way in which the file is changed, each in one place."""
    for path, said, edits in _changes(tree.data):
        data = tree.data
        for at, value in edits.items():
            data = with_value(data, at, value)
        yield Mutant(tree.line(path), f"{as_text(path)}: {said}", replace(tree, data=data))


def with_value(data: Any, path: Path, value: Any) -> Any:
    """`data` with `value` at `path`: a copy as deep as the path."""
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(data, list):
        number = int(part)
        if not rest and value is GONE:
            return [*data[:number], *data[number + 1 :]]
        return [*data[:number], with_value(data[number], rest, value), *data[number + 1 :]]
    if not rest and value is GONE:
        return {key: kept for key, kept in data.items() if key != part}
    return {**data, part: with_value(data.get(part), rest, value)}


Change: TypeAlias = tuple[Path, str, Mapping[Path, Any]]
"""Where something is changed, how that reads, and what stands there instead, by path."""


def _now(path: Path, value: Any, said: str) -> Change:
    return path, said, {path: value}


def _changes(data: Mapping[str, Any]) -> Iterator[Change]:
    yield from _of_given(data.get("given", {}))
    for path in _step_lists(data):
        steps = _at(data, path)
        for number, step in enumerate(steps):
            # A rule whose only step is left out does nothing: nobody may write an empty list.
            alone = len(steps) == 1 and path[-1] == "then"
            yield (
                (*path, number),
                "left out",
                {path: "nothing"} if alone else {(*path, number): GONE},
            )
            yield from _of_step((*path, number), step)
    for section in SECTIONS:
        rules = data.get(section, ())
        for number, rule in enumerate(rules):
            at: Path = (section, number)
            yield at, "left out", {at if len(rules) > 1 else (section,): GONE}
            yield from _of_rule(at, rule)
            yield from _of_respond((*at, "respond"), rule.get("respond", {}))
    for one, other in _neighbours(data):
        status, next_status = _at(data, one)["status"], _at(data, other)["status"]
        edits = {(*one, "status"): next_status, (*other, "status"): status}
        yield one, f"{status} and {next_status} exchanged", edits


def _of_given(given: Mapping[str, Any]) -> Iterator[Change]:
    if "calendar" in given:
        for name in CALENDARS:
            if given["calendar"] != name:
                yield _now(("given", "calendar"), name, f"became {name}")
    if "holidays" in given:
        yield _now(("given", "holidays"), GONE, "left out")
    if given.get("cut_off") is not None:
        yield _now(("given", "cut_off"), None, "became none")


def _of_step(path: Path, step: Mapping[str, Any]) -> Iterator[Change]:
    for key in ("while", "force", "as"):
        yield from _left_out(path, step, key)
    if "after" in step:
        for duration in _near(step["after"]):
            said = f"{step['after']} became {duration}"
            yield _now((*path, "after"), str(duration), said)
    if "at" in step and name_in(step["at"]) is None:
        yield _now((*path, "at"), _an_hour_later(step["at"]), "an hour later")
        yield from _left_out(path, step, "at")
    if step.get("from") == "day_zero":
        yield _now((*path, "from"), "trigger", "became trigger")
    if "reason" in step:
        yield from _of_reason((*path, "reason"), step["reason"])


def _of_reason(path: Path, reason: Any) -> Iterator[Change]:
    at, code = ((*path, "code"), reason["code"]) if isinstance(reason, dict) else (path, reason)
    other = YET_ANOTHER if code == OTHER_REASON else OTHER_REASON
    yield _now(at, other, f"{code} became {other}")


def _near(written: str) -> Iterator[Duration]:
    """One unit more, one less; working days for days, days for working days."""
    if name_in(written) is not None:
        return
    duration = parse_duration(written)
    if duration.then is not None:
        return
    yield replace(duration, count=duration.count + 1)
    if duration.count:
        yield replace(duration, count=duration.count - 1)
    if duration.unit in OTHER_DAYS:
        yield replace(duration, unit=OTHER_DAYS[duration.unit])


OTHER_DAYS = {Unit.DAY: Unit.WORKING_DAY, Unit.WORKING_DAY: Unit.DAY}


def _an_hour_later(written: str) -> str:
    at = time.fromisoformat(written)
    return at.replace(hour=(at.hour + 1) % A_DAY).isoformat()


def _of_rule(path: Path, rule: Mapping[str, Any]) -> Iterator[Change]:
    for key in ("if", "match"):
        yield from _of_conditions((*path, key), rule.get(key, {}))
    for key in ("between", "per", "late", "lost", "behind", "bad_signature"):
        yield from _left_out(path, rule, key)
    for key, least in (("copies", 2), ("fail_first", 1)):
        if key in rule:
            yield from _of_number((*path, key), rule[key], least)
    if "nth" in rule and name_in(rule["nth"]) is None:
        found = nth(rule)
        for other in _shifted(found) if found else ():
            yield _now((*path, "nth"), _nth(other), f"{_nth(found)} became {_nth(other)}")
    if "nth" in rule:  # and `per`, which means nothing without it
        gone = [(*path, key) for key in ("nth", "per") if key in rule]
        yield (*path, "nth"), "left out", dict.fromkeys(gone, GONE)


def _of_conditions(path: Path, conditions: Mapping[str, Any]) -> Iterator[Change]:
    """All of them left out; each, where there are several; and what one compares with."""
    if conditions:
        yield _now(path, GONE, "left out")
    for name, wanted in conditions.items():
        at = (*path, name)
        if len(conditions) > 1:
            yield _now(at, GONE, "left out")
        for operator, value in wanted.items() if isinstance(wanted, dict) else ():
            if operator in SWAPPED:
                swapped = {operator: SWAPPED[operator]}
                other = {swapped.get(key, key): kept for key, kept in wanted.items()}
                yield _now(at, other, f"{operator} became {SWAPPED[operator]}")
            if operator == "in" and len(value) > 1:
                for number, item in enumerate(value):
                    yield _now((*at, operator, number), GONE, f"without {item}")


def _of_number(path: Path, number: Any, least: int) -> Iterator[Change]:
    if isinstance(number, int):
        yield _now(path, number + 1, f"{number} became {number + 1}")
        fewer = number - 1 if number > least else GONE
        yield _now(path, fewer, "left out" if fewer is GONE else f"{number} became {fewer}")


def _shifted(found: Nth) -> Iterator[Nth]:
    """One more and one less: of the last occurrence, or of the first where there is no last."""
    if found.last is None:
        yield Nth(found.first + 1)
        others = [Nth(found.first - 1)]
    elif found.first == found.last:
        yield Nth(found.first + 1, found.last + 1)
        others = [Nth(found.first - 1, found.last - 1)]
    else:
        yield Nth(found.first, found.last + 1)
        others = [Nth(found.first, found.last - 1)]
    yield from (other for other in others if other.first > 0)


def _nth(of: Nth | None) -> int | str:
    if of is None or of.first == of.last:
        return of.first if of else ""
    return f"{of.first}-{of.last or ''}"


def _of_respond(path: Path, respond: Mapping[str, Any]) -> Iterator[Change]:
    status, fault = respond.get("status"), respond.get("fault")
    if status is not None or fault in ("timeout", "connection_reset"):
        commit = not respond.get("commit", False)
        yield _now((*path, "commit"), commit, f"became {str(commit).lower()}")
    if status is not None:
        other = YET_ANOTHER_STATUS if status == OTHER_STATUS else OTHER_STATUS
        yield _now((*path, "status"), other, f"{status} became {other}")
    for key in ("retry_after", "fault"):
        yield from _left_out(path, respond, key)


def _left_out(path: Path, around: Mapping[str, Any], key: str) -> Iterator[Change]:
    if key in around:
        yield _now((*path, key), GONE, "left out")


def _step_lists(data: Mapping[str, Any]) -> Iterator[Path]:
    for name in data.get("timelines", {}):
        yield ("timelines", name)
    for number, rule in enumerate(data.get("rules", ())):
        if isinstance(rule.get("then"), list):
            yield ("rules", number, "then")


def _neighbours(data: Mapping[str, Any]) -> Iterator[tuple[Path, Path]]:
    """Two steps, one after the other, that each lead to a status of its own."""
    for path in _step_lists(data):
        steps: Sequence[Mapping[str, Any]] = _at(data, path)
        for number in range(len(steps) - 1):
            statuses = [step.get("status") for step in steps[number : number + 2]]
            if None not in statuses and statuses[0] != statuses[1]:
                yield (*path, number), (*path, number + 1)


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data
