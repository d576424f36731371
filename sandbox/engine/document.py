"""A sandbox's whole state as one document, and back: what stands in it, each layer registers.

What cannot be read changes nothing: reading makes a new value, and who asked for it puts it in
place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.clock import written
from sandbox.engine.forms import Form, Forms, Json, MisfitError, series
from sandbox.engine.scheduler import Job, Jobs, Subject
from sandbox.engine.state import Ids, Resource, State, Table

VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What a layer keeps in a sandbox: types of resources, and parts, by name, with their hints."""

    resources: tuple[type[Resource], ...] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)


class States:
    """How states are written down and read. `own` are the forms of types that need one."""

    def __init__(
        self,
        kept: Iterable[Kept] = (),
        own: Mapping[Any, Form] | None = None,
        names: Mapping[str, Any] | None = None,
    ) -> None:
        every = list(kept)
        self._resources = {one.type: one for layer in every for one in layer.resources}
        self._parts = {name: hint for layer in every for name, hint in layer.parts.items()}
        state = Form(self._write, self._read)
        special = {
            State: state,
            Ids: Form(lambda ids: list(ids), _read_ids),
            Jobs: Form(self._write_jobs, self._read_jobs),
        }
        self.forms = Forms({**special, **(own or {})}, names, (Subject,))
        self._made: Form | None = None

    def write(self, state: State) -> Json:
        """`state` as JSON. LookupError or TypeError where a layer keeps what nobody registered."""
        return self._write(state)

    def read(self, data: Json) -> State:
        """The state that a document has, or MisfitError."""
        try:
            return self._read(data)
        except RecursionError:
            raise MisfitError("there is too much in one another") from None

    @property
    def _record(self) -> Form:
        """Made at its first use: most servers write nothing down."""
        if self._made is None:
            tables = Form(self._write_tables, self._read_tables)
            parts = Form(self._write_parts, self._read_parts)
            self._made = self.forms.record(State, {"tables": tables, "parts": parts})
        return self._made

    def _write(self, state: State) -> Json:
        return self._record.write(state)

    def _read(self, data: Json) -> State:
        state: State = self._record.read(data)
        happened: dict[str, int] = {}
        for place, event in enumerate(state.events):
            if event.number != place + 1:
                raise MisfitError("events are numbered from 1").under(place).under("events")
            happened[event.subject.type] = happened.get(event.subject.type, 0) + 1
        if state.happened != Map(happened):
            raise MisfitError("as many have happened as there are events").under("happened")
        for job in state.jobs:
            if job.due < state.clock.now:
                said = f"job {job.number} was due at {written(job.due)}, which is over"
                raise MisfitError(said).under("jobs")
        return state

    # Tables

    def _write_tables(self, tables: Map[str, Table]) -> Json:
        return {type: self._write_table(type, tables[type]) for type in sorted(tables)}

    def _read_tables(self, data: Json) -> Map[str, Table]:
        return self._by_name(data, self._resources, self._read_table)

    def _write_table(self, type: str, table: Table) -> Json:
        """The rows as they came. Groups follow from them, but for those that grew otherwise."""
        form = self.forms.of(self._resources[type])
        rows = [form.write(table.rows[id]) for id in table.ids]
        groups = _of_rows(table.rows[id] for id in table.ids).groups
        other = {key: ids for key, ids in table.groups.items() if groups.get(key) != ids}
        return {
            "rows": rows,
            "counted": table.counted,
            **({"gone": sorted(table.gone)} if table.gone else {}),
            **({"groups": self.forms.of(Groups).write(Map(other))} if other else {}),
        }

    def _read_table(self, type: str, data: Json) -> Table:
        has_rows = isinstance(data, dict) and "rows" in data
        shape = self.forms.of(_Table).read({**data, "rows": []} if has_rows else data)
        resource = self._resources[type]
        try:
            rows = self.forms.of(tuple[resource, ...]).read(data["rows"])  # type: ignore[valid-type]
        except MisfitError as misfit:
            raise misfit.under("rows") from None
        table = _of_rows(rows)
        if len(table.rows) != len(rows):
            raise MisfitError("two rows have one id")
        for key, ids in shape.groups.items():
            known = table.groups.get(key, Ids())
            if sorted(ids) != sorted(known):
                raise MisfitError("the groups are not those of the rows")
        if shape.counted < table.counted:
            raise MisfitError(f"counted must be at least {table.counted}")
        groups = table.groups.update(shape.groups)
        return replace(table, groups=groups, counted=shape.counted, gone=frozenset(shape.gone))

    # Parts

    def _write_parts(self, parts: Map[str, Any]) -> Json:
        return {name: self.forms.of(self._parts[name]).write(parts[name]) for name in sorted(parts)}

    def _read_parts(self, data: Json) -> Map[str, Any]:
        return self._by_name(
            data, self._parts, lambda name, part: self.forms.of(self._parts[name]).read(part)
        )

    def _by_name(self, data: Json, known: Mapping[str, Any], read: Any) -> Map[str, Any]:
        if not isinstance(data, dict):
            raise MisfitError("must be an object")
        found = {}
        for name, one in data.items():
            if name not in known:
                raise MisfitError("nobody here keeps such a thing").under(name)
            try:
                found[name] = read(name, one)
            except MisfitError as misfit:
                raise misfit.under(name) from None
        return Map(found)

    # Jobs

    def _write_jobs(self, jobs: Jobs) -> Json:
        form = self.forms.of(Job)
        pending = sorted(jobs, key=lambda job: job.number)
        return {"last": jobs.last_number, "pending": [form.write(job) for job in pending]}

    def _read_jobs(self, data: Json) -> Jobs:
        shape = self.forms.of(_Jobs).read(data)
        jobs = Jobs()
        for job in shape.pending:
            if not jobs.last_number < job.number <= shape.last:
                raise MisfitError(f"job {job.number} is out of its order").under("pending")
            before = replace(jobs, last_number=job.number - 1)
            jobs = before.plus(job.due, job.kind, job.subject, job.arguments)
        return replace(jobs, last_number=shape.last)


Groups = Map[tuple[str, Any], Ids]


@dataclass(frozen=True, slots=True)
class _Table:
    """The shape of a table that is written down."""

    rows: tuple[int, ...]
    counted: int
    gone: tuple[int, ...] = ()
    groups: Groups = field(default_factory=Map)


@dataclass(frozen=True, slots=True)
class _Jobs:
    """The shape of jobs that are written down, by number."""

    last: int
    pending: tuple[Job, ...]


def _of_rows(rows: Iterable[Resource]) -> Table:
    table = Table()
    for row in rows:
        table = table.plus(row)
    return table


def _read_ids(data: Json) -> Ids:
    ids = Ids()
    if not isinstance(data, list) or any(type(id) is not int for id in data):
        raise MisfitError("must be a list of whole numbers")
    for id in series(data):
        ids = ids.plus(id)
    return ids
