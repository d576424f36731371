"""A sandbox's state: one immutable value. A snapshot of it is a reference to it.

What is made with each move (resources, tables, events, jobs, notices, counts) is a struct: a frozen
dataclass of msgspec's, which C fills and copies. Nothing in it is ever set; only a table is indexed
where it stands.

Persistent maps with text keys are never iterated for an answer: their order is the process's.
"""

from collections.abc import Sequence
from operator import lt
from typing import Any, ClassVar, TypeVar

from immutables import Map
from msgspec import Struct
from msgspec.structs import force_setattr, replace

from sandbox.engine.calendar import Calendar
from sandbox.engine.clock import Clock
from sandbox.engine.events import Event
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

    @classmethod
    def of(cls, ids: Sequence[int]) -> "Ids":
        """These ids, in this order."""
        whole = len(ids) - len(ids) % CHUNK
        chunks = {
            first // CHUNK: tuple(ids[first : first + CHUNK]) for first in range(0, whole, CHUNK)
        }
        ascending = all(map(lt, ids, ids[1:]))
        return cls(tuple(ids[whole:]), Map(chunks), ids[-1] if ids else 0, ascending)

    def without(self, id: int) -> "Ids":
        return Ids.of([other for other in self if other != id])

    def in_order(self) -> "Series[int] | list[int]":
        """Ascending, whatever the order they came in."""
        return self if self.ascending else sorted(self)


Groups = Map[tuple[str, Any], int | Ids]


def several(known: int | Ids) -> Ids:
    """The ids of a group as such."""
    return Ids((known,), Map(), known) if isinstance(known, int) else known


class Resource(Struct, frozen=True, kw_only=True):
    """Something that a sandbox holds. `id` is what clients see, `ref` its name in a scenario.

    `indexed` are the fields by which it can be found (`Sandbox.all`), as are its `filters`: what
    only a list is asked for has an index once somebody asks. `references` says of the fields that
    hold another resource's id which type that is.
    """

    type: ClassVar[str]
    indexed: ClassVar[tuple[str, ...]] = ()
    filters: ClassVar[tuple[str, ...]] = ()
    references: ClassVar[Map[str, str]] = Map()

    id: int
    ref: str = ""

    @property
    def subject(self) -> Subject:
        return Subject(self.type, self.id)


NO_IDS = Ids()
R = TypeVar("R", bound=Resource)


class Table(Struct, frozen=True, eq=False):
    """All resources of one type: by id, and in the order in which they came.

    Every number up to `counted` has been an id, if only of a row now deleted; `gone` are deleted
    ones beyond it.

    `groups` follow from the rows, and `grouped` are the fields whose groups are kept up: those that
    its type has indexed, and those of its filters that somebody has asked for. A group is keyed by
    field and value; one of a single row is its id alone.
    """

    rows: Map[int, Resource] = Map()
    ids: Ids = Ids()
    counted: int = 0
    gone: frozenset[int] = frozenset()
    groups: Groups = Map()
    grouped: tuple[str, ...] = ()

    def plus(self, resource: Resource) -> "Table":
        """With `resource` in it: new, or in the place of the one with its id."""
        id, groups, counted = resource.id, self.groups, self.counted
        old = self.rows.get(id)
        rows = self.rows.set(id, resource)
        if old is not None:
            return replace(self, rows=rows, groups=self._moved(old, resource))
        grouped = self.grouped or resource.indexed
        for name in grouped:
            value = getattr(resource, name)
            if value is not None:
                known = groups.get((name, value))
                groups = groups.set((name, value), id if known is None else several(known).plus(id))
        if id == counted + 1:
            counted = id
            while counted + 1 in rows or counted + 1 in self.gone:
                counted += 1
        return Table(rows, self.ids.plus(id), counted, self.gone, groups, grouped)

    def _moved(self, old: Resource, new: Resource) -> Groups:
        """The groups when `new` takes the place of `old`: most changes leave it where it was."""
        groups, id = self.groups, new.id
        for name in self.grouped:
            was, value = getattr(old, name), getattr(new, name)
            if value == was:
                continue
            if was is not None:
                groups = groups.set((name, was), several(groups[name, was]).without(id))
            if value is not None:
                known = groups.get((name, value))
                group = id if known is None else self._in_order({*several(known), id})
                groups = groups.set((name, value), group)
        return groups

    def _in_order(self, ids: set[int]) -> Ids:
        """These ids in the order in which all came."""
        return Ids.of(sorted(ids) if self.ids.ascending else [id for id in self.ids if id in ids])

    def without(self, resource: Resource) -> "Table":
        groups, id = self.groups, resource.id
        for name in self.grouped:
            value = getattr(resource, name)
            if value is not None:
                groups = groups.set((name, value), several(groups[name, value]).without(id))
        rows, ids = self.rows.delete(id), self.ids.without(id)
        gone = self.gone | {id} if id > self.counted else self.gone
        return Table(rows, ids, self.counted, gone, groups, self.grouped)

    def group(self, name: str, value: Any) -> Ids:
        """The ids of those with this value in a field that their type has indexed or filters by."""
        if name not in self.grouped:
            self.group_by(name)
        return several(self.groups.get((name, value), NO_IDS))

    def group_by(self, name: str) -> None:
        """Make the groups of a filter. They say nothing that the rows do not: nobody sees it."""
        if not self.rows or name not in self.rows[self.ids.last].filters:
            return
        found: dict[Any, list[int]] = {}
        for id in self.ids:
            value = getattr(self.rows[id], name)
            if value is not None:
                found.setdefault(value, []).append(id)
        groups = self.groups.mutate()
        for value, ids in found.items():
            groups[name, value] = Ids.of(ids) if len(ids) > 1 else ids[0]
        force_setattr(self, "groups", groups.finish())
        force_setattr(self, "grouped", (*self.grouped, name))

    def next_id(self) -> int:
        """The next free number. One that was used is never given again."""
        return self.counted + 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return (self.rows, self.ids, self.counted, self.gone) == (
            other.rows, other.ids, other.counted, other.gone,
        )  # fmt: skip

    __hash__ = None  # type: ignore[assignment]  # a value to compare, never a key


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
