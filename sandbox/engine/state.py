"""A sandbox's state: one immutable value. A snapshot of it is a reference to it.

Two kinds of values are in it, and neither is ever set. Resources are frozen dataclasses, which
`frozen.py` fills fast. What else is made with each move (tables, events, jobs, notices, counts) is
a struct of msgspec's, which C fills. `changed` copies either, with other fields.

Persistent maps with text keys are never iterated for an answer: their order is the process's.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from immutables import Map
from msgspec import Struct

from sandbox.engine.calendar import Calendar
from sandbox.engine.clock import Clock
from sandbox.engine.events import Event
from sandbox.engine.frozen import fill_fast
from sandbox.engine.scheduler import Jobs, Subject
from sandbox.engine.series import CHUNK, Series


class Ids(Series[int], frozen=True):
    """The ids of a table, or of those rows that share a value, in the order in which they came."""

    last: int = 0
    ascending: bool = True

    def plus(self, id: int) -> "Ids":
        tail, ascending = self.tail + (id,), self.ascending and id > self.last  # noqa: RUF005  slow
        if len(tail) < CHUNK:
            return Ids(tail, self.chunks, id, ascending)
        return Ids((), self.chunks.set(len(self.chunks), tail), id, ascending)

    def without(self, id: int) -> "Ids":
        left = NO_IDS
        for other in self:
            left = left.plus(other) if other != id else left
        return left

    def in_order(self) -> "Series[int] | list[int]":
        """Ascending, whatever the order they came in."""
        return self if self.ascending else sorted(self)


NO_CHUNKS: Map[int, tuple[int, ...]] = Map()
Groups = Map[tuple[str, Any], int | Ids]


def several(known: int | Ids) -> Ids:
    """The ids of a group as such."""
    return Ids((known,), Map(), known) if isinstance(known, int) else known


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that a sandbox holds. `id` is what clients see, `ref` its name in a scenario.

    `indexed` are the fields by which it can be found (`Sandbox.all`); `references` says of the
    fields that hold another resource's id which type that is.
    """

    type: ClassVar[str]
    indexed: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[Map[str, str]] = Map()

    id: int
    ref: str = ""

    def __init_subclass__(cls) -> None:
        """Called for the class without slots too, that `dataclass` makes on the way."""
        if "__slots__" in vars(cls) and "__dataclass_fields__" in vars(cls):
            fill_fast(cls)

    @property
    def subject(self) -> Subject:
        return Subject(self.type, self.id)


NO_IDS = Ids()
R = TypeVar("R", bound=Resource)


class Table(Struct, frozen=True):
    """All resources of one type, by id, and the indexes that their type asks for.

    `groups` is keyed by field and value; a group of one is that id alone. Every number up to
    `counted` has been an id, if only of a row now deleted; `gone` are deleted ones beyond it.
    """

    rows: Map[int, Resource] = Map()
    ids: Ids = Ids()
    groups: Groups = Map()
    counted: int = 0
    gone: frozenset[int] = frozenset()

    def plus(self, resource: Resource) -> "Table":
        """With `resource` in it: new, or in the place of the one with its id."""
        id, rows, counted = resource.id, self.rows, self.counted
        old = rows.get(id)
        if old is not None:
            groups = self._moved(old, resource)
            return Table(rows.set(id, resource), self.ids, groups, counted, self.gone)
        grown = self.groups.mutate()
        for name in resource.indexed:
            value = getattr(resource, name)
            if value is not None:
                key = (name, value)
                known = grown.get(key)
                if known is None:
                    grown[key] = id
                elif isinstance(known, int):
                    grown[key] = Ids((known, id), NO_CHUNKS, id, id > known)
                else:
                    grown[key] = known.plus(id)
        if id == counted + 1:
            counted = id
            while counted + 1 in rows or counted + 1 in self.gone:
                counted += 1
        return Table(rows.set(id, resource), self.ids.plus(id), grown.finish(), counted, self.gone)

    def _moved(self, old: Resource, new: Resource) -> Groups:
        """The groups when `new` takes the place of `old`: most changes leave it where it was."""
        groups = self.groups
        for name in new.indexed:
            value, was = getattr(new, name), getattr(old, name)
            if value == was:
                continue
            if was is not None:
                groups = groups.set((name, was), several(groups[name, was]).without(new.id))
            if value is not None:
                known = groups.get((name, value), NO_IDS)
                groups = groups.set((name, value), several(known).plus(new.id))
        return groups

    def without(self, resource: Resource) -> "Table":
        groups = self.groups
        for name in resource.indexed:
            value = getattr(resource, name)
            if value is not None:
                left = several(groups[name, value]).without(resource.id)
                groups = groups.set((name, value), left)
        rows, ids = self.rows.delete(resource.id), self.ids.without(resource.id)
        gone = self.gone | {resource.id} if resource.id > self.counted else self.gone
        return Table(rows, ids, groups, self.counted, gone)

    def group(self, name: str, value: Any) -> Ids:
        return several(self.groups.get((name, value), NO_IDS))

    def next_id(self) -> int:
        """The next free number. One that was used is never given again."""
        return self.counted + 1


class State(Struct, frozen=True):
    """All that one sandbox is: written down, it is the sandbox.

    `tables` by resource type. `parts` holds what a layer keeps besides resources, by that layer's
    name. `happened` counts the events by their resource's type. `touched` tells that an API was
    called: before that the clock may still be set.
    """

    clock: Clock
    calendar: Calendar = Calendar()
    seed: int = 1
    tables: Map[str, Table] = Map()
    events: Series[Event] = Series()
    happened: Map[str, int] = Map()
    jobs: Jobs = Jobs()
    parts: Map[str, Any] = Map()
    touched: bool = False

    def table(self, type: str) -> Table:
        return self.tables.get(type, EMPTY)


EMPTY = Table()
