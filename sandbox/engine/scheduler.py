"""Jobs: what is due, when, in which order. They are data, so that a sandbox can be written down."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop
from typing import Any, NamedTuple

from immutables import Map
from msgspec import Struct

from sandbox.engine.series import Series


class Subject(NamedTuple):
    """Which resource is meant: its type and its id."""

    type: str
    id: int


class Job(Struct, frozen=True, order=True):
    """Something due at an instant: which handler, for what, with which arguments (JSON)."""

    due: datetime
    number: int
    kind: str
    subject: Subject
    arguments: Map[str, Any] = Map()


class Node(Struct, frozen=True, eq=False):
    """A leftist heap of instants: the first on top, the longer spine on the left."""

    due: datetime
    left: "Node | None" = None
    right: "Node | None" = None
    rank: int = 1


def merge(a: Node | None, b: Node | None) -> Node | None:
    """One heap of two, sharing all but a few nodes with them."""
    if a is None or b is None:
        return a or b
    if b.due < a.due:
        a, b = b, a
    left, right = a.left, merge(a.right, b)
    if left is None or (right and left.rank < right.rank):
        left, right = right, left
    return Node(a.due, left, right, right.rank + 1 if right else 1)


class Jobs(Struct, frozen=True, eq=False):
    """The jobs of one sandbox, soonest first; jobs due at one instant in the order planned.

    `pending` is the truth, by number. The rest is their order, in which jobs that have run or were
    called off may still lie, but never first: `queues` are the numbers of those planned for an
    instant, `top` a heap of these instants, and the first job, of number `head`, is the one at
    `place` of its queue.
    """

    top: Node | None = None
    place: int = 0
    head: int = 0
    queues: Map[datetime, Series[int]] = Map()
    pending: Map[int, Job] = Map()
    last_number: int = 0

    def plus(
        self, due: datetime, kind: str, subject: Subject, arguments: Mapping[str, Any]
    ) -> "Jobs":
        number, top, place, head = self.last_number + 1, self.top, self.place, self.head
        queue = self.queues.get(due)
        if queue is None:
            queue = NO_NUMBERS
            if top is None or due < top.due:
                place, head = 0, number
            top = merge(top, Node(due))
        return Jobs(
            top,
            place,
            head,
            self.queues.set(due, queue.plus(number)),
            self.pending.set(number, Job(due, number, kind, subject, Map(arguments))),
            number,
        )

    def first(self) -> Job | None:
        return self.pending.get(self.head)

    def without(self, numbers: Iterable[int]) -> "Jobs":
        """These jobs called off. A number that is no longer pending is passed over."""
        with self.pending.mutate() as remaining:
            for number in numbers:
                remaining.pop(number, None)
            left = remaining.finish()
        return self._pruned(left, self.place)

    def without_first(self) -> "Jobs":
        if not self.head:
            return self
        return self._pruned(self.pending.delete(self.head), self.place + 1)

    def _pruned(self, pending: Map[int, Job], place: int) -> "Jobs":
        top, queues, head = self.top, self.queues, 0
        while top:
            queue = queues[top.due]
            length = len(queue)
            while place < length:
                head = queue[place]
                if head in pending:
                    return Jobs(top, place, head, queues, pending, self.last_number)
                place += 1
            queues = queues.delete(top.due)
            top, place = merge(top.left, top.right), 0
        return Jobs(queues=queues, last_number=self.last_number)

    def __len__(self) -> int:
        return len(self.pending)

    def __iter__(self) -> Iterator[Job]:
        """In order, each found when it is asked for: who reads many can do other things too."""
        instants, pending = [*self.queues], self.pending
        heapify(instants)
        while instants:
            for number in self.queues[heappop(instants)]:
                if job := pending.get(number):
                    yield job

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Jobs):
            return NotImplemented
        return (self.last_number, self.pending) == (other.last_number, other.pending)

    __hash__ = None  # type: ignore[assignment]  # a value to compare, never a key


NO_NUMBERS: Series[int] = Series()
