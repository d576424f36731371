"""`${params.x}`: the one substitution there is. It stands for a whole value, and keeps its type."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from sandbox.scenario.language.model import Scalar
from sandbox.scenario.language.problems import Finding, Path, unknown
from sandbox.scenario.language.pruning import HOLE
from sandbox.scenario.language.sentences import shown

TEMPLATE = re.compile(r"\$\{params\.([a-z][a-z0-9_]{0,39})\}")
MOST_VARIANTS = 64  # that are checked when a file is loaded


def params_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that a file declares, rightly or wrongly."""
    params = data.get("params")
    return params if isinstance(params, dict) else {}


def walk(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar of a tree of dicts and lists, with its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from walk(value, (*path, number))
    else:
        yield path, data


def name_in(value: Any) -> str | None:
    """The parameter that a value stands for, if it is a template."""
    found = TEMPLATE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def used(data: Mapping[str, Any]) -> frozenset[str]:
    """The parameters that stand somewhere as a value."""
    return frozenset(name for _, value in walk(data) if (name := name_in(value)))


def substitute(data: Any, values: Mapping[str, Scalar]) -> Any:
    """The tree with the parameters' values in place of the templates; unknown ones stay."""
    if isinstance(data, dict):
        return {key: substitute(value, values) for key, value in data.items()}
    if isinstance(data, list):
        return [substitute(value, values) for value in data]
    name = name_in(data)
    return values[name] if name is not None and name in values else data


def findings(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Templates that cannot be filled in."""
    params = params_of(data)
    for path, value in walk(data):
        if not isinstance(value, str) or "${" not in value:
            continue
        name = name_in(value)
        if path[0] == "params":
            yield Finding(path, "a parameter is not made of another")
        elif name is None and "${params." in value:
            whole = 'a template stands for a whole value. Write "${params.name}"'
            yield Finding(path, whole)
        elif name is not None and name not in params:
            yield unknown(path, f"there is no parameter `{name}`", name, params)


def given_values(data: Mapping[str, Any], values: Mapping[str, Scalar]) -> Iterator[Finding]:
    """What is wrong with the values that somebody binds a scenario with."""
    params = params_of(data)
    for name, value in values.items():
        path = ("params", name)
        if name not in params:
            yield unknown(path, f"there is no parameter `{name}`", name, params)
        elif not _is_one_of(value, choices := _one_of(params[name])):
            words = tuple(str(choice) for choice in choices)
            as_text = ", which is text" if value in words else ""
            yield unknown(path, f"`{name}` cannot be {shown(value)}{as_text}", value, words)


def defaults(data: Mapping[str, Any]) -> dict[str, Scalar]:
    """What the parameters are when nobody says otherwise."""
    params = params_of(data)
    return {name: param.get("default") for name, param in params.items() if isinstance(param, dict)}


def variants(data: Mapping[str, Any], names: frozenset[str]) -> Iterator[dict[str, Scalar]]:
    """The combinations of the values of `names`, the defaults first; the first 64 of them."""
    params = params_of(data)
    ordered = sorted(name for name in names if name in params)
    usual = defaults(data)
    every = [_choices(params[name], usual.get(name)) for name in ordered]
    for values in islice(product(*every), MOST_VARIANTS):
        yield {**usual, **dict(zip(ordered, values, strict=True))}


def _one_of(param: Any) -> list[Any]:
    """The values that a parameter may take; some may have been left out."""
    choices = param.get("one_of") if isinstance(param, dict) else None
    return choices if isinstance(choices, list) else []


def _choices(param: Any, default: Scalar) -> list[Scalar]:
    others = [value for value in _one_of(param) if value is not HOLE and not _same(value, default)]
    return [default, *others]


def _is_one_of(value: Scalar, choices: list[Scalar]) -> bool:
    return not choices or any(_same(value, choice) for choice in choices)


def _same(one: Scalar, other: Scalar) -> bool:
    """Equal and of one type: 1 is not true."""
    return type(one) is type(other) and one == other
