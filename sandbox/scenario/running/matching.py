"""Conditions: whether a resource, a request or a set of parameters fits what a rule says of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from sandbox.engine.events import Reason
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.scenario.language.model import Matcher, Operator, Scalar
from sandbox.scenario.running.reading import known_as, reach

Test: TypeAlias = Callable[[Sandbox, object], bool]
"""Whether something fits, in this sandbox."""

ORDERS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.GT: lambda a, b: a > b,
    Operator.GTE: lambda a, b: a >= b,
    Operator.LT: lambda a, b: a < b,
    Operator.LTE: lambda a, b: a <= b,
}
TEXTS: Mapping[Operator, Callable[[str, str], bool]] = {
    Operator.STARTS_WITH: str.startswith,
    Operator.ENDS_WITH: str.endswith,
    Operator.CONTAINS: str.__contains__,
    Operator.REGEX: lambda text, pattern: re.fullmatch(pattern, text) is not None,
}


def compiled(matchers: Sequence[Matcher]) -> Test | None:
    """One test of all that `matchers` say, read once. None where they say nothing."""
    tests = [_compiled(matcher) for matcher in matchers]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda sandbox, thing: all(test(sandbox, thing) for test in tests)


def _compiled(matcher: Matcher) -> Test:
    path, operator, value = matcher.field, matcher.operator, matcher.value

    def test(sandbox: Sandbox, thing: object) -> bool:
        return fits(sandbox, reach(sandbox, thing, path), operator, value)

    return test


def holds(condition: Sequence[Matcher], values: Mapping[str, Scalar]) -> bool:
    """Whether a rule's `if` fits the values of the scenario's parameters."""
    return all(
        _fits_value(values.get(matcher.field[0]), matcher.operator, matcher.value)
        for matcher in condition
    )


def fits(
    sandbox: Sandbox, actual: Any, operator: Operator, value: Scalar | tuple[Scalar, ...]
) -> bool:
    """Whether `actual`, a field's value as `reach` finds it, fits one comparison."""
    match operator:
        case Operator.EXISTS:
            return (actual is not None and actual != "") == value
        case Operator.IS | Operator.IN:
            return any(_is(sandbox, actual, item) for item in _items(value))
        case Operator.NOT:
            return not any(_is(sandbox, actual, item) for item in _items(value))
    if isinstance(actual, (list, tuple)):
        return any(fits(sandbox, item, operator, value) for item in actual)
    if operator in TEXTS:
        return actual is not None and TEXTS[operator](_text(actual), str(value))
    pair = _comparable(sandbox, actual, value) if actual is not None else None
    return pair is not None and ORDERS[operator](*pair)


def _fits_value(actual: Scalar, operator: Operator, value: Scalar | tuple[Scalar, ...]) -> bool:
    """The same for a parameter, which is a plain value and needs no sandbox to be read."""
    match operator:
        case Operator.EXISTS:
            return (actual is not None) == value
        case Operator.IS | Operator.IN:
            return any(_same(actual, item) for item in _items(value))
        case Operator.NOT:
            return not any(_same(actual, item) for item in _items(value))
    if actual is None:
        return False
    if operator in TEXTS:
        return TEXTS[operator](str(actual), str(value))
    pair = _numbers(actual, value) or (str(actual), str(value))
    return ORDERS[operator](*pair)


def _items(value: Scalar | tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    return value if isinstance(value, tuple) else (value,)


def _same(actual: object, expected: object) -> bool:
    """Equal, where True is not 1."""
    return actual == expected and isinstance(actual, bool) == isinstance(expected, bool)


def _is(sandbox: Sandbox, actual: Any, expected: Scalar) -> bool:
    same = _same(actual, expected)
    if same or expected is None or actual is None or isinstance(actual, bool):
        return same
    match actual:
        case Resource():
            return not isinstance(expected, bool) and known_as(actual, expected)
        case Reason():
            return actual.code == expected
        case str():  # a path, a query and a header know text only
            return type(expected) is int and actual == str(expected)
        case list() | tuple():
            return any(_is(sandbox, item, expected) for item in actual)
    pair = _comparable(sandbox, actual, expected)
    return pair is not None and bool(pair[0] == pair[1])


def _text(actual: Any) -> str:
    """What the comparisons of text look at."""
    if isinstance(actual, Resource):
        return actual.ref
    return actual.code if isinstance(actual, Reason) else str(actual)


def _comparable(sandbox: Sandbox, actual: Any, expected: object) -> tuple[Any, Any] | None:
    """Both as values of one kind, or None where they are of two."""
    try:
        if isinstance(actual, datetime):
            return actual, sandbox.calendar.utc(datetime.fromisoformat(str(expected)))
        if isinstance(actual, date):
            return actual, date.fromisoformat(str(expected))
    except ValueError:
        return None
    if isinstance(actual, Resource):
        actual = actual.id
    if pair := _numbers(actual, expected):
        return pair
    return (actual, expected) if isinstance(actual, str) and isinstance(expected, str) else None


def _numbers(actual: object, expected: object) -> tuple[Decimal, Decimal] | None:
    if isinstance(actual, bool) or isinstance(expected, bool):
        return None
    try:
        return Decimal(str(actual)), Decimal(str(expected))
    except InvalidOperation:
        return None
