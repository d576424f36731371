"""Work in steps: who drives them may do other things in between."""

from collections.abc import Callable, Collection, Generator
from heapq import merge
from itertools import islice
from typing import Any

Steps = Generator[None, None, Any]
"""What it is worth stands at its end."""

MOST_AT_ONCE = 1000  # values to sort in a step


def finished(steps: Steps) -> Any:
    """What it is worth, at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def in_order(values: Collection[Any], key: Callable[[Any], Any] | None = None) -> Steps:
    """A list of these values, sorted."""
    if len(values) <= MOST_AT_ONCE:
        return sorted(values, key=key)
    left, runs, ordered = iter(values), [], []
    while run := sorted(islice(left, MOST_AT_ONCE), key=key):
        runs.append(run)
        yield
    for value in merge(*runs, key=key):
        ordered.append(value)
        yield
    return ordered
