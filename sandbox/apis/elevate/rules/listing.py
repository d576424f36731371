"""Lists: paging, sort, fields and filters, as Elevate's documents give them (D4 to D6).

A page costs in proportion to the page, not to the store, as long as it is sorted by id: the rows'
order is kept with the state. Any other sort has to read them all.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sandbox.apis import Asked
from sandbox.apis.elevate.models import Listed
from sandbox.apis.elevate.rules.refusals import FieldError
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Ids

Item = Mapping[str, Any]
Page = list[Item]
Test = Callable[[Any], bool]
L = TypeVar("L", bound=Listed)

PREFIXES = ("in:", "like:")
LONGEST_ID = 19  # digits of an int64
NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


@dataclass(frozen=True, slots=True)
class Query:
    """Which page, in which order, with which members."""

    page: int
    page_size: int
    sort: str = ""
    fields: str = ""

    @classmethod
    def of(cls, asked: Asked) -> "Query":
        """What every list's query has."""
        page, size = asked["page"], asked["page_size"]
        return cls(page, size, asked["sort"] or "", asked["fields"] or "")

    @property
    def start(self) -> int:
        return (self.page - 1) * self.page_size


def page_of(  # noqa: PLR0913, PLR0917  where the rows are, which of them, and how they are shown
    sandbox: Sandbox,
    type: type[L],
    ids: Ids,
    query: Query,
    names: Sequence[str],
    test: Callable[[L], bool] | None = None,
) -> Page:
    """A page of the rows with these ids that pass the test.

    `names` are the members of an item. What comes after the page is not looked at.
    """
    order = _order(query.sort, names)
    in_order = ids.in_order()
    if order not in ([], [("id", False)], [("id", True)]):
        rows = (sandbox.get(type, id) for id in in_order)
        return page((row.as_json() for row in rows if not test or test(row)), query, names)
    backwards = order == [("id", True)]
    if test is None:
        places = range(len(in_order))[:: -1 if backwards else 1]
        chosen = [in_order[place] for place in places[query.start : query.start + query.page_size]]
        found: Iterable[L] = (sandbox.get(type, id) for id in chosen)
    else:
        rows = (sandbox.get(type, id) for id in (reversed(in_order) if backwards else in_order))
        found = islice(filter(test, rows), query.start, query.start + query.page_size)
    return _with_fields([row.as_json() for row in found], query, names)


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
        return items
    wanted = query.fields.split(",")
    for name in wanted:
        if name not in names:
            why = f"{name!r} is none of {', '.join(names)}"
            raise FieldError("fields", why, where="query")
    return [{name: item[name] for name in item if name in wanted} for item in items]


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


def equals(value: int | None) -> Test | None:
    """An id that the item must have."""
    return None if value is None else lambda actual: bool(actual == value)


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
        return lambda actual: pattern.fullmatch(f"{Decimal(str(actual)).normalize():f}") is not None
    parts = value.removeprefix("in:").split(",")
    for part in parts:
        if not NUMBER.fullmatch(part):
            raise FieldError(field, f"{part!r} is no number", where="query")
    wanted = {float(part) for part in parts}
    return lambda actual: actual in wanted


def id_filter(value: str | None) -> int | None:
    """An IdFilterParam: digits, which the spec has checked; empty is no filter."""
    if not value:
        return None
    digits = value.lstrip("0")
    # Longer than any id: none has it.
    return int(digits or "0") if len(digits) <= LONGEST_ID else 0


def fitting(items: Iterable[Item], tests: Mapping[str, Test | None]) -> list[Item]:
    """The items that pass every test, by member. None tests nothing."""
    real = [(name, test) for name, test in tests.items() if test is not None]
    return [item for item in items if all(test(item.get(name)) for name, test in real)]
