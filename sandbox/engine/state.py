"""A sandbox's state: one immutable value. A snapshot of it is a reference to it.

Persistent maps with text keys are never iterated for an answer: their order is the process's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from immutables import Map

from sandbox.engine.calendar import Calendar
from sandbox.engine.clock import Clock
from sandbox.engine.events import Event
from sandbox.engine.scheduler import Jobs, Subject

T = TypeVar("T")
CHUNK = 32


@dataclass(frozen=True, slots=True)
class Series(Generic[T]):
    """A persistent list that only grows. Appending and reading cost the same at any size.

    Whole chunks lie in a map, the newest few items in `tail`.
    """

    tail: tuple[T, ...] = ()
    chunks: Map[int, tuple[T, ...]] = field(default_factory=Map)

    def plus(self, item: T) -> "Series[T]":
        tail = (*self.tail, item)
        if len(tail) < CHUNK:
            return Series(tail, self.chunks)
        return Series((), self.chunks.set(len(self.chunks), tail))

    def __len__(self) -> int:
        return len(self.chunks) * CHUNK + len(self.tail)

    def __getitem__(self, place: int) -> T:
        number, offset = divmod(place, CHUNK)
        if number in self.chunks:
            return self.chunks[number][offset]
        if number != len(self.chunks):
            raise IndexError(f"there are {len(self)} items, and none at {place}")
        return self.tail[offset]

    def __iter__(self) -> Iterator[T]:
        return self.since(0)

    def since(self, place: int) -> Iterator[T]:
        """The items from `place` on, counted from 0."""
        number, offset = divmod(place, CHUNK)
        for whole in range(number, len(self.chunks)):
            yield from self.chunks[whole][offset:]
            offset = 0
        if number <= len(self.chunks):
            yield from self.tail[offset:]

    def __reversed__(self) -> Iterator[T]:
        yield from reversed(self.tail)
        for number in range(len(self.chunks) - 1, -1, -1):
            yield from reversed(self.chunks[number])


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a table, or of those rows that share a value, in the order in which they came."""

    series: Series[int] = field(default_factory=Series)
    last: int = 0
    ascending: bool = True

    def plus(self, id: int) -> "Ids":
        return Ids(self.series.plus(id), id, self.ascending and id > self.last)

    def without(self, id: int) -> "Ids":
        left = Ids()
        for other in self.series:
            left = left.plus(other) if other != id else left
        return left

    def __len__(self) -> int:
        return len(self.series)

    def in_order(self) -> "Series[int] | list[int]":
        """Ascending, whatever the order they came in."""
        return self.series if self.ascending else sorted(self.series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that a sandbox holds. `id` is what clients see, `ref` its name in a scenario.

    `indexed` are the fields by which it can be found (`Sandbox.where`); `references` says of the
    fields that hold another resource's id which type that is.
    """

    type: ClassVar[str]
    indexed: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[Map[str, str]] = Map()

    id: int
    ref: str = ""

    @property
    def subject(self) -> Subject:
        return Subject(self.type, self.id)


R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Table:
    """All resources of one type, by id, and the indexes that their type asks for.

    `groups` is keyed by field and value. Every number up to `counted` has been an id, if only of a
    row now deleted; `gone` are deleted ones beyond it.
    """

    rows: Map[int, Resource] = field(default_factory=Map)
    ids: Ids = field(default_factory=Ids)
    groups: Map[tuple[str, Any], Ids] = field(default_factory=Map)
    counted: int = 0
    gone: frozenset[int] = frozenset()

    def plus(self, resource: Resource) -> "Table":
        """With `resource` in it: new, or in the place of the one with its id."""
        old = self.rows.get(resource.id)
        ids = self.ids if old else self.ids.plus(resource.id)
        groups = self.groups
        for name in resource.indexed:
            value, was = getattr(resource, name), getattr(old, name) if old else None
            if value == was:
                continue
            if was is not None:
                groups = groups.set((name, was), groups[name, was].without(resource.id))
            if value is not None:
                groups = groups.set(
                    (name, value), groups.get((name, value), Ids()).plus(resource.id)
                )
        rows, counted = self.rows.set(resource.id, resource), self.counted
        while counted + 1 in rows or counted + 1 in self.gone:
            counted += 1
        return Table(rows, ids, groups, counted, self.gone)

    def without(self, resource: Resource) -> "Table":
        groups = self.groups
        for name in resource.indexed:
            value = getattr(resource, name)
            if value is not None:
                groups = groups.set((name, value), groups[name, value].without(resource.id))
        rows, ids = self.rows.delete(resource.id), self.ids.without(resource.id)
        gone = self.gone | {resource.id} if resource.id > self.counted else self.gone
        return Table(rows, ids, groups, self.counted, gone)

    def group(self, name: str, value: Any) -> Ids:
        return self.groups.get((name, value), Ids())

    def next_id(self) -> int:
        """The next free number. One that was used is never given again."""
        return self.counted + 1


@dataclass(frozen=True, slots=True)
class State:
    """All that one sandbox is: written down, it is the sandbox.

    `tables` by resource type. `parts` holds what a layer keeps besides resources, by that layer's
    name. `touched` tells that an API was called: before that the clock may still be set.
    """

    clock: Clock
    calendar: Calendar = field(default_factory=Calendar)
    seed: int = 1
    tables: Map[str, Table] = field(default_factory=Map)
    events: Series[Event] = field(default_factory=Series)
    jobs: Jobs = field(default_factory=Jobs)
    parts: Map[str, Any] = field(default_factory=Map)
    touched: bool = False

    def table(self, type: str) -> Table:
        return self.tables.get(type, EMPTY)


EMPTY = Table()
