"""Jobs: what is due, when, in which order. They are data, so that a sandbox can be written down."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from immutables import Map


class Subject(NamedTuple):
    """Which resource is meant: its type and its id."""

    type: str
    id: int


@dataclass(frozen=True, slots=True, order=True)
class Job:
    """Something due at an instant: which handler, for what, with which arguments (JSON)."""

    due: datetime
    number: int
    kind: str
    subject: Subject
    arguments: Map[str, Any] = field(default_factory=Map)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A leftist heap: the first job on top, the longer spine on the left."""

    due: datetime
    number: int
    left: "Node | None" = None
    right: "Node | None" = None
    rank: int = 1


def merge(a: Node | None, b: Node | None) -> Node | None:
    """One heap of two, sharing all but a few nodes with them."""
    if a is None or b is None:
        return a or b
    if (b.due, b.number) < (a.due, a.number):
        a, b = b, a
    left, right = a.left, merge(a.right, b)
    if left is None or (right and left.rank < right.rank):
        left, right = right, left
    return Node(a.due, a.number, left, right, right.rank + 1 if right else 1)


@dataclass(frozen=True, slots=True, eq=False)
class Jobs:
    """The jobs of one sandbox, soonest first; jobs due at one instant in the order planned.

    `pending` is the truth, by number. `top` is their order: a heap in which jobs that were called
    off may still lie, but never on top.
    """

    top: Node | None = None
    pending: Map[int, Job] = field(default_factory=Map)
    last_number: int = 0

    def plus(
        self, due: datetime, kind: str, subject: Subject, arguments: Mapping[str, Any]
    ) -> "Jobs":
        number = self.last_number + 1
        job = Job(due, number, kind, subject, Map(arguments))
        return Jobs(merge(self.top, Node(due, number)), self.pending.set(number, job), number)

    def first(self) -> Job | None:
        return self.pending[self.top.number] if self.top else None

    def without(self, numbers: Iterable[int]) -> "Jobs":
        """These jobs called off. A number that is no longer pending is passed over."""
        with self.pending.mutate() as remaining:
            for number in numbers:
                remaining.pop(number, None)
            left = remaining.finish()
        return self._pruned(left)

    def without_first(self) -> "Jobs":
        return self._pruned(self.pending.delete(self.top.number)) if self.top else self

    def _pruned(self, pending: Map[int, Job]) -> "Jobs":
        top = self.top
        while top and top.number not in pending:
            top = merge(top.left, top.right)
        return Jobs(top, pending, self.last_number)

    def __len__(self) -> int:
        return len(self.pending)

    def __iter__(self) -> Iterator[Job]:
        return iter(sorted(self.pending.values()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Jobs):
            return NotImplemented
        return (self.last_number, self.pending) == (other.last_number, other.pending)

    __hash__ = None  # type: ignore[assignment]  # a value to compare, never a key
