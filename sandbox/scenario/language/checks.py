"""What a schema cannot find: words that lead nowhere, and rules that can do nothing.

`check_file` looks at a file as written, `check` at one of its variants. Both take data that the
schema accepts, in which what was wrong may have been left out.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path as FilePath
from pathlib import PurePath
from typing import Any
from zoneinfo import available_timezones

from sandbox.engine.calendar import ELAPSED, is_time_zone, parse_duration
from sandbox.scenario.language import amounts, call_fields, field_names, references, template
from sandbox.scenario.language.legality import Legality
from sandbox.scenario.language.problems import Finding, Path, Severity, unknown
from sandbox.scenario.language.pruning import HOLE, each
from sandbox.scenario.language.references import References
from sandbox.scenario.language.vocabulary import Vocabulary
from sandbox.scenario.language.yaml_nodes import plain, read

HAPPY_PATH = FilePath(__file__).parents[1] / "happy-path.yaml"
LONGEST_DELAY = 120  # seconds, which are real ones
MOST_STEPS = 1000  # of a timeline, with all that it uses
CONDITIONS = {"if", "match", "nth", "probability", "between"}
LISTS = ("rules", "notices", "deliveries", "expect", "rehearse")


@cache
def happy_path() -> dict[str, Any]:
    """The happy path's file, as it is written. To be read, not changed."""
    root = read(HAPPY_PATH.read_text(encoding="utf-8")).root
    data: dict[str, Any] = plain(root) if root else {}
    return data


def check_file(data: Mapping[str, Any], raw: Mapping[str, Any], file: str) -> Iterator[Finding]:
    """The checks that do not depend on the parameters' values.

    `raw` is the whole file, with whatever is wrong in it: what is used there is used.
    """
    stem = PurePath(file).name.removesuffix(".yaml")
    if data.get("scenario", stem) != stem:
        what = f"a scenario is named as its file: `{stem}`"
        yield Finding(("scenario",), what, stem)
    yield from _params(data, raw)
    yield from _timelines(data, raw)
    yield from _names(data)
    for section in ("rules", "notices", "deliveries"):
        yield from _never_reached(data, section)
    for path, rule in each(data, "rules"):
        respond = rule.get("respond", {})
        first = str(rule.get("nth", "")).partition("-")[0]
        if "replay" in respond and first in {"", "1"} and not template.name_in(rule.get("nth")):
            what = "there is no answer to replay to the first request. Say `nth: 2-`"
            yield Finding((*path, "respond", "replay"), what, "2-")
    webhooks = raw.get("given", {}).get("resources", {}) if _is_nested(raw) else {}
    if "deliveries" in data and "webhooks" not in webhooks:
        what = "no webhook is given: nothing is delivered until one is added"
        yield Finding(("deliveries",), what, at_key=True, severity=Severity.WARNING)


def check(
    data: Mapping[str, Any], vocabulary: Vocabulary, happy: Mapping[str, Any]
) -> Iterator[Finding]:
    """The checks of one variant: no template is left in `data`. `happy` is the happy path."""
    known = References(data, happy["given"]["resources"], vocabulary.schema)
    yield from _times(data)
    yield from references.given(data, known)
    yield from references.operations(data, vocabulary)
    given = data.get("given", {})
    yield from field_names.blocks(given.get("resources", {}), vocabulary)
    yield from amounts.too_fine(given.get("resources", {}), ("given", "resources"))
    yield from field_names.configuration(given.get("config", {}), vocabulary)
    yield from _patterns(data)
    legality = Legality(vocabulary, data.get("timelines", {}), happy["timelines"])
    for path, rule in each(data, "rules"):
        yield from _rule(path, rule, known, vocabulary, legality)
    for section in ("notices", "deliveries"):
        for path, rule in each(data, section):
            type_ = rule["event"].partition(".")[0]
            if type_ in field_names.TRUTHS:
                yield from field_names.matches(
                    (*path, "match"), rule.get("match"), type_, vocabulary
                )
            yield from references.compared((*path, "match"), rule.get("match"), known)
    if "webhooks" in given.get("resources", {}):
        for path, rule in each(data, "deliveries"):
            hooks = [ref for ref, kind in known.kinds.items() if kind == "webhooks"]
            if "to" in rule and rule["to"] not in hooks:
                what = f"there is no webhook `{rule['to']}`"
                yield unknown((*path, "to"), what, rule["to"], hooks)
    for path, line in each(data, "expect"):
        yield from _expectation(path, line, known, vocabulary)
    for path, act in each(data, "rehearse"):
        yield from references.rehearsed(path, act, known)
        yield from call_fields.canonical(path, act, vocabulary)


def _is_nested(raw: Mapping[str, Any]) -> bool:
    given = raw.get("given")
    return isinstance(given, dict) and isinstance(given.get("resources"), dict)


def _params(data: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Finding]:
    params, declared = data.get("params", {}), template.params_of(raw)
    used = set(template.used({key: raw[key] for key in raw if key != "params"}))
    for section in LISTS:
        for path, one in each(data, section):
            for name, wanted in one.get("if", {}).items():
                at = (*path, "if", name)
                if name not in declared:
                    what = f"there is no parameter `{name}`"
                    yield unknown(at, what, name, declared, at_key=True)
                elif (choices := params.get(name, {}).get("one_of")) and HOLE not in choices:
                    yield from _conditions(at, wanted, choices)
        for _, one in each(raw, section):
            if isinstance(one, dict) and isinstance(one.get("if"), dict):
                used |= set(one["if"])
    for name, param in params.items():
        choices = param.get("one_of", [])
        # A default that is wrong in itself has been left out, and said.
        if choices and "default" in param and param["default"] not in choices:
            words = tuple(str(choice) for choice in choices)
            what = f"`{param['default']}` is not one of the values allowed"
            yield unknown(("params", name, "default"), what, param["default"], words)
        if name not in used:
            yield Finding(("params", name), "nothing uses this parameter", at_key=True)


def _conditions(path: Path, wanted: Any, choices: list[Any]) -> Iterator[Finding]:
    """A condition on a parameter that no value of it can meet, or that says nothing."""
    asked = wanted if isinstance(wanted, dict) else {"is": wanted}
    words = tuple(str(choice) for choice in choices)
    for operator in ("is", "not", "in"):
        if operator not in asked:
            continue
        values = asked[operator] if operator == "in" else [asked[operator]]
        for number, value in enumerate(values):
            at = (*path, operator) if isinstance(wanted, dict) else path
            if value not in choices:
                what = f"this parameter is never `{value}`"
                yield unknown((*at, number) if operator == "in" else at, what, str(value), words)


def _timelines(data: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Finding]:
    uses: dict[str, set[str]] = {}
    written = raw.get("timelines")
    for name in written if isinstance(written, dict) else ():
        uses[name] = {
            step["use"]
            for _, step in each(raw, "timelines", name)
            if isinstance(step, dict) and isinstance(step.get("use"), str)
        }
    by_rules = {
        value for path, value in template.walk(raw.get("rules", [])) if path and path[-1] == "use"
    }
    for name in data.get("timelines", {}):
        reached: set[str] = set()
        ahead = set(uses.get(name, ()))
        while ahead:
            reached |= ahead
            ahead = {after for one in ahead for after in uses.get(one, ())} - reached
        if name in reached:
            yield Finding(("timelines", name), "this timeline uses itself", at_key=True)
        elif name not in by_rules and not any(name in used for used in uses.values()):
            yield Finding(("timelines", name), "nothing uses this timeline", at_key=True)
    yield from _sizes(
        raw, {name: used for name, used in uses.items() if name in data.get("timelines", {})}
    )


def _sizes(raw: Mapping[str, Any], uses: Mapping[str, Any]) -> Iterator[Finding]:
    """Timelines that use others that use others make many steps of few lines."""
    sizes: dict[str, int] = {}
    while ready := [
        name
        for name in uses
        if name not in sizes and all(one in sizes for one in uses[name] if one in uses)
    ]:
        for name in ready:
            steps = [step for _, step in each(raw, "timelines", name) if isinstance(step, dict)]
            sizes[name] = sum(sizes.get(str(step.get("use")), 1) for step in steps)
            if sizes[name] > MOST_STEPS:
                sizes[name] = 1  # said once, not of all that use it
                what = f"this timeline has more than {MOST_STEPS} steps, with all that it uses"
                yield Finding(("timelines", name), what, at_key=True)


def _names(data: Mapping[str, Any]) -> Iterator[Finding]:
    seen: dict[str, Path] = {}
    for path, rule in each(data, "rules"):
        if "name" in rule:
            if first := seen.get(rule["name"]):
                what = f"rules[{first[1]}] has this name already"
                yield Finding((*path, "name"), what)
            seen.setdefault(rule["name"], path)


def _never_reached(data: Mapping[str, Any], section: str) -> Iterator[Finding]:
    """A rule behind one that takes everything it waits for."""
    key = "when" if section == "rules" else "event"
    greedy: list[tuple[Path, Any]] = []
    for path, rule in each(data, section):
        for earlier, other in greedy:
            everyone = other.get("to") in {None, rule.get("to")}
            if everyone and _covers(other[key], rule[key]):
                what = f"this can never win: {section}[{earlier[1]}] takes every {other[key]}"
                yield Finding((*path, key), what)
                break
        else:
            if not CONDITIONS & set(rule):
                greedy.append((path, rule))


def _covers(wide: str, narrow: str) -> bool:
    if wide == narrow or (wide == "call *" and narrow.startswith("call ")):
        return True
    return wide.endswith(".*") and narrow.startswith(wide.removesuffix("*"))


def _times(data: Mapping[str, Any]) -> Iterator[Finding]:
    given = data.get("given", {})
    if "timezone" in given and not is_time_zone(given["timezone"]):
        what = f"there is no time zone `{given['timezone']}`"
        yield unknown(("given", "timezone"), what, given["timezone"], available_timezones())
    clock = _instant(given.get("clock"))
    moments: list[tuple[Path, Any]] = [
        ((*path, "at"), line.get("at")) for path, line in each(data, "expect")
    ]
    moments += [
        ((*path, "advance_to"), one.get("advance_to")) for path, one in each(data, "rehearse")
    ]
    moments += [
        ((*path, "between", 1), rule["between"][1])
        for path, rule in each(data, "rules")
        if "between" in rule
    ]
    for path, text in moments:
        instant = _instant(text)
        if clock and instant and instant < clock:
            yield Finding(path, f"this is before given.clock, {given['clock']}")
    for path, rule in each(data, "rules"):
        delay = rule.get("respond", {}).get("delay")
        if delay is not None and not _is_short(delay):
            what = f"a delay takes real seconds, {LONGEST_DELAY} at most"
            yield Finding((*path, "respond", "delay"), what)
        start, end = (_instant(text) for text in rule.get("between", (None, None)))
        if start and end and end <= start:
            yield Finding((*path, "between"), "this ends before it begins")


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _is_short(delay: str) -> bool:
    try:
        duration = parse_duration(delay)
    except ValueError:
        return True  # said elsewhere
    unit = ELAPSED.get(duration.unit)
    return unit is not None and duration.count * unit.total_seconds() <= LONGEST_DELAY


def _patterns(data: Mapping[str, Any]) -> Iterator[Finding]:
    for path, value in template.walk(data):
        if path[-1:] == ("regex",) and isinstance(value, str) and len(path) > 1:
            try:
                re.compile(value)
            except (re.error, RecursionError, OverflowError) as error:
                yield Finding(path, f"this is no regular expression: {error}")


def _rule(
    path: Path,
    rule: Mapping[str, Any],
    known: References,
    vocabulary: Vocabulary,
    legality: Legality,
) -> Iterator[Finding]:
    when, match = rule["when"], rule.get("match")
    if when.startswith("call "):
        yield from field_names.requests((*path, "match"), match, vocabulary)
        return
    type_ = when.partition(".")[0]
    yield from field_names.matches((*path, "match"), match, type_, vocabulary)
    yield from references.compared((*path, "match"), match, known)
    yield from legality.of_rule(path, rule)


def _expectation(
    path: Path, line: Mapping[str, Any], known: References, vocabulary: Vocabulary
) -> Iterator[Finding]:
    if "ref" in line:
        yield from known.check((*path, "ref"), line["ref"])
    types = tuple(type_ for type_ in field_names.TRUTHS if type_ in line)
    named = known.type_of(line.get("ref"))
    if named is not None and named in field_names.REFERENCES and named not in types:
        types = (named, *types)
    for field, wanted in line.get("has", {}).items():
        each_type = [
            list(field_names.matches((*path, "has"), {field: wanted}, type_, vocabulary))
            for type_ in types
        ]
        if each_type and all(each_type):
            yield from each_type[0]
    yield from references.compared((*path, "has"), line.get("has"), known)
    sees = {
        key: value for key, value in line.get("sees", {}).items() if key not in field_names.TRUTHS
    }
    yield from field_names.seen((*path, "sees"), sees, types, vocabulary)
