"""The words that a scenario may use: handed in by the server, so that the language knows no API."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from immutables import Map

from sandbox.engine.lifecycle import Lifecycle
from sandbox.scenario.language.model import Frozen
from sandbox.scenario.language.problems import Finding
from sandbox.scenario.language.schema import ScenarioSchema

JsonSchema: TypeAlias = Map[str, Frozen]
Misfits: TypeAlias = Callable[[Map[str, Any]], Iterable[Finding]]
"""What an API finds wrong with its part of `given.config`, which fits its schema: with paths in it.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a lifecycle: an event, from which statuses, and to which (None: to none)."""

    event: str
    sources: tuple[str, ...]
    to: str | None = None


@dataclass(frozen=True, slots=True)
class LifecycleTable:
    """A provider's resource as scenarios see it: its statuses, and what leads from one to another.

    `moves` change the status, `announcements` are the events that a step may emit.
    """

    resource: str
    initial: str
    statuses: tuple[str, ...]
    moves: tuple[Row, ...]
    announcements: tuple[Row, ...] = ()

    @classmethod
    def of(cls, lifecycle: type[Lifecycle]) -> "LifecycleTable":
        return cls(
            lifecycle.resource,
            str(lifecycle.initial),
            tuple(str(status) for status in type(lifecycle.initial)),
            tuple(Row(m.event, tuple(map(str, m.sources)), str(m.to)) for m in lifecycle.moves()),
            tuple(Row(a.event, tuple(map(str, a.sources))) for a in lifecycle.announcements()),
        )

    def after(self, event: str) -> frozenset[str]:
        """The statuses in which a resource can be when `event` (`payment.failed`) has happened."""
        rows = [row for row in (*self.moves, *self.announcements) if row.event == event]
        if not rows and event == f"{self.resource}.{self.initial}":
            return frozenset((self.initial,))
        found = {status for row in rows for status in ((row.to,) if row.to else row.sources)}
        return frozenset(found) or frozenset(self.statuses)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All that checking a scenario and rehearsing it must know of the rest of the server.

    `apis` in the order in which a rehearsal prefers them. `operations`: an API's own name
    (`elevate.createInvoicePayment`) -> the canonical one, or None; `answers`: its own name -> the
    status codes that its document lists. `lifecycles`: type of resource
    -> its table. `fixtures`: API -> kind as in `given.resources` (`mandates`) -> the JSON Schema
    of the block that a fixture has in that API's words, whose members `match`, `has` and `set` know
    too; under `config` that of the API's part of `given.config`.
    `misfits`: API -> what it finds there that no schema can.
    `views`: API -> type of resource -> the JSON Schema of what the API shows of it, for `sees`.

    The schemas refer to nothing outside themselves. An API without an entry in `fixtures` or
    `views` is taken at its word; a kind or type that its entry lacks has no such fields.
    """

    schema: ScenarioSchema
    lifecycles: Map[str, LifecycleTable] = field(default_factory=Map)
    apis: tuple[str, ...] = ("elevate", "backend", "socotra")
    operations: Map[str, str | None] = field(default_factory=Map)
    answers: Map[str, tuple[str, ...]] = field(default_factory=Map)
    fixtures: Map[str, Map[str, JsonSchema]] = field(default_factory=Map)
    misfits: Map[str, Misfits] = field(default_factory=Map)
    views: Map[str, Map[str, JsonSchema]] = field(default_factory=Map)

    def canonical(self, operation: str) -> str | None:
        """The canonical name of an operation, given by either name; None if it has none."""
        return self.operations.get(operation, operation if operation in self.known() else None)

    def own(self, canonical: str) -> tuple[str, ...]:
        """Every API's own names of a canonical operation."""
        return tuple(sorted(own for own, name in self.operations.items() if name == canonical))

    def known(self) -> frozenset[str]:
        """The canonical operations that the language has."""
        return frozenset(self.schema.values("operation"))

    def apis_with(self, operation: str) -> tuple[str, ...]:
        """The APIs that have an operation, given by either name, preferred ones first."""
        names = (operation,) if operation in self.operations else self.own(operation)
        having = {name.partition(".")[0] for name in names}
        return tuple(api for api in self.apis if api in having)


def tables(lifecycles: Iterable[type[Lifecycle]]) -> Map[str, LifecycleTable]:
    """The `lifecycles` of a vocabulary."""
    return Map({one.resource: LifecycleTable.of(one) for one in lifecycles})
