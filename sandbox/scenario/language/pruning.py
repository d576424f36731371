"""Leaving out of a file what is wrong with it, so that the rest can be checked all the same."""

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.scenario.language.problems import Finding, Path
from sandbox.scenario.language.schema import ScenarioSchema

MOST_ROUNDS = 8


class _Hole:
    """What stands in a list for an item that was left out: the others keep their numbers."""

    def __repr__(self) -> str:
        return "HOLE"


HOLE = _Hole()


def pruned(data: Any, findings: Iterable[Finding], schema: ScenarioSchema) -> Any:
    """`data` without what the findings are about, and without what is then incomplete.

    A key goes with its value; an item of a list leaves a HOLE.
    """
    wrong = {finding.path for finding in findings}
    for _ in range(MOST_ROUNDS):
        if () in wrong:
            return _top_level(data, wrong)
        data = _without(data, (), wrong)
        left = {finding.path for finding in schema.findings(data)}
        wrong = {path for path in left if not has_hole(data, path)}
        if not wrong:
            return data
    return None


def each(data: Any, *path: str) -> Iterator[tuple[Path, Any]]:
    """The items of the list at `path`, if there is one, each with its own path; no holes."""
    for part in path:
        data = data.get(part, {}) if isinstance(data, dict) else {}
    if isinstance(data, list):
        for number, item in enumerate(data):
            if item is not HOLE:
                yield (*path, number), item


def _top_level(data: Any, wrong: set[Path]) -> Any:
    """What is missing at the top of a file does not keep us from looking at the rest."""
    return _without(data, (), wrong - {()}) if isinstance(data, dict) else None


def _without(data: Any, path: Path, wrong: set[Path]) -> Any:
    if isinstance(data, dict):
        return {
            key: _without(value, (*path, key), wrong)
            for key, value in data.items()
            if (*path, key) not in wrong
        }
    if isinstance(data, list):
        return [
            HOLE if (*path, number) in wrong else _without(value, (*path, number), wrong)
            for number, value in enumerate(data)
        ]
    return data


def has_hole(data: Any, path: Path) -> bool:
    """Whether what stands at `path` was left out, or part of the list there."""
    for part in path:
        if data is HOLE or not isinstance(data, (dict, list)):
            return data is HOLE
        data = data.get(str(part)) if isinstance(data, dict) else data[int(part)]
    return data is HOLE or (isinstance(data, list) and HOLE in data)
