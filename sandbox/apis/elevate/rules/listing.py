"""Lists: paging, sort, fields and filters, as Elevate's documents give them (D4 to D6).

A page costs in proportion to the page, not to the store, as long as it is sorted by id: the rows'
order is kept with the state. Any other sort has to read them all.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sandbox.apis.elevate.rules.refusals import FieldError
from sandbox.engine.state import Ids

Item = Mapping[str, Any]
Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """Which page, in which order, with which members."""

    page: int
    page_size: int
    sort: str = ""
    fields: str = ""

    @property
    def start(self) -> int:
        return (self.page - 1) * self.page_size


@dataclass(frozen=True, slots=True)
class Page:
    """The items of one page. `partial` where only some of their members were asked for."""

    items: Sequence[Item]
    partial: bool = False


def page_of(ids: Ids, item: Callable[[int], Item], query: Query, names: Sequence[str]) -> Page:
    """A page of the rows with these ids; `item` makes JSON of one.

    `names` are its scalar members, by which it may be sorted.
    """
    order = _order(query.sort, names)
    if order in ([], [("id", False)], [("id", True)]):
        in_order = ids.in_order()
        places = range(len(in_order))
        if order and order[0][1]:
            places = places[::-1]
        chosen = places[query.start : query.start + query.page_size]
        return _with_fields([item(in_order[place]) for place in chosen], query, names)
    return page(map(item, ids.in_order()), query, names)


def page(items: Iterable[Item], query: Query, names: Sequence[str]) -> Page:
    """A page of items that come in their default order, which also decides ties."""
    ordered = list(items)
    for name, descending in reversed(_order(query.sort, names)):
        having = [item for item in ordered if name in item]
        lacking = [item for item in ordered if name not in item]
        # A stable sort, also in reverse: ties stay in their default order.
        having.sort(key=itemgetter(name), reverse=descending)
        ordered = having + lacking
    return _with_fields(ordered[query.start : query.start + query.page_size], query, names)


def _order(sort: str, names: Sequence[str]) -> list[tuple[str, bool]]:
    """Each name of `sort`, and whether it descends."""
    order = []
    for part in sort.split(",") if sort else ():
        name, _, suffix = part.partition(":")
        if name not in names or suffix not in ("", "desc"):
            why = f"{part!r} is none of {', '.join(names)}, each alone or with :desc"
            raise FieldError("sort", why, where="query")
        order.append((name, suffix == "desc"))
    return order


def _with_fields(items: list[Item], query: Query, names: Sequence[str]) -> Page:
    if not query.fields:
        return Page(items)
    wanted = query.fields.split(",")
    for name in wanted:
        if name not in names:
            why = f"{name!r} is none of {', '.join(names)}"
            raise FieldError("fields", why, where="query")
    kept = [{name: item[name] for name in item if name in wanted} for item in items]
    return Page(kept, partial=True)


def text_filter(value: str | None) -> Test | None:
    """A StringFilterParam: plain equals, `in:` any of, `like:` like in SQL; empty is no filter."""
    if not value:
        return None
    if value.startswith("in:"):
        wanted = set(value[3:].split(","))
        return lambda actual: actual in wanted
    if value.startswith("like:"):
        pattern = like(value[5:])
        return lambda actual: isinstance(actual, str) and pattern.fullmatch(actual) is not None
    return lambda actual: actual == value


def like(text: str) -> re.Pattern[str]:
    """SQL's LIKE, in any case; with neither `%` nor `_` it means "contains"."""
    if "%" not in text and "_" not in text:
        text = f"%{text}%"
    parts = {"%": ".*", "_": "."}
    pattern = "".join(parts.get(letter) or re.escape(letter) for letter in text)
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def member_filter(value: int | None) -> Test | None:
    """An id that a list has to contain."""
    return None if value is None else lambda actual: value in actual


def boolean_filter(value: str | None) -> Test | None:
    """A BooleanFilterParam: `true` or `false`, which the spec has checked."""
    if not value:
        return None
    return lambda actual: actual is (value == "true")


def number_filter(value: str | None, field: str) -> Test | None:
    """A StringFilterParam on a number: plain and `in:` compare as numbers, `like:` as text."""
    if not value:
        return None
    if value.startswith("like:"):
        pattern = like(value[5:])
        return lambda actual: pattern.fullmatch(f"{actual:g}") is not None
    try:
        wanted = {float(part) for part in value.removeprefix("in:").split(",")}
    except ValueError:
        why = f"{value!r} is no number"
        raise FieldError(field, why, where="query") from None
    return lambda actual: actual in wanted


def fitting(items: Iterable[Item], tests: Mapping[str, Test | None]) -> list[Item]:
    """The items that pass every test, by member. None tests nothing."""
    real = [(name, test) for name, test in tests.items() if test is not None]
    return [item for item in items if all(test(item.get(name)) for name, test in real)]
