"""A sandbox's whole state as one document, and back: what stands in it, each layer registers.

What cannot be read changes nothing: reading makes a new value, and who asked for it puts it in
place.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.clock import written
from sandbox.engine.forms import (
    Form,
    Forms,
    Json,
    MisfitError,
    read_in_steps,
    write_in_steps,
)
from sandbox.engine.scheduler import Job, Jobs, Subject
from sandbox.engine.state import Ids, Resource, State, Table
from sandbox.engine.steps import Steps, finished, in_order

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
        state = Form.of_much(self._writing, self._reading)
        special = {
            State: state,
            Ids: Form(lambda ids: list(ids), _read_ids),
            Jobs: Form.of_much(self._writing_jobs, self._reading_jobs),
        }
        self.forms = Forms({**special, **(own or {})}, names, (Subject,))
        self._made: Form | None = None

    def write(self, state: State) -> Json:
        """`state` as JSON. LookupError or TypeError where a layer keeps what nobody registered."""
        return finished(self.writing(state))

    def writing(self, state: State) -> Steps:
        """The same in steps."""
        return self._writing(state)

    def read(self, data: Json) -> State:
        """The state that a document has, or MisfitError."""
        state: State = finished(self.reading(data))
        return state

    def reading(self, data: Json) -> Steps:
        """The same in steps."""
        try:
            return (yield from self._reading(data))
        except RecursionError:
            raise MisfitError("there is too much in one another") from None

    @property
    def _record(self) -> Form:
        """Made at its first use: most servers write nothing down."""
        if self._made is None:
            tables = Form.of_much(self._writing_tables, self._reading_tables)
            parts = Form.of_much(self._writing_parts, self._reading_parts)
            self._made = self.forms.record(State, {"tables": tables, "parts": parts})
        return self._made

    def _writing(self, state: State) -> Steps:
        return (yield from write_in_steps(self._record, state))

    def _reading(self, data: Json) -> Steps:
        assert self._record.reading, "a state may be large"
        state: State = yield from self._record.reading(data)
        happened: dict[str, int] = {}
        for place, event in enumerate(state.events):
            if event.number != place + 1:
                raise MisfitError("events are numbered from 1").under(place).under("events")
            happened[event.subject.type] = happened.get(event.subject.type, 0) + 1
            yield
        if state.happened != Map(happened):
            raise MisfitError("as many have happened as there are events").under("happened")
        for job in state.jobs:
            if job.due < state.clock.now:
                said = f"job {job.number} was due at {written(job.due)}, which is over"
                raise MisfitError(said).under("jobs")
            yield
        return state

    # Tables

    def _writing_tables(self, tables: Map[str, Table]) -> Steps:
        written = {}
        for type in sorted(tables):
            written[type] = yield from self._writing_table(type, tables[type])
        return written

    def _reading_tables(self, data: Json) -> Steps:
        return (yield from self._by_name(data, self._resources, self._reading_table))

    def _writing_table(self, type: str, table: Table) -> Steps:
        """The rows as they came."""
        form, rows = self.forms.of(self._resources[type]), []
        for id in table.ids:
            rows.append((yield from write_in_steps(form, table.rows[id])))
            yield
        return {
            "rows": rows,
            "counted": table.counted,
            **({"gone": sorted(table.gone)} if table.gone else {}),
        }

    def _reading_table(self, type: str, data: Json) -> Steps:
        has_rows = isinstance(data, dict) and "rows" in data
        shape = self.forms.of(_Table).read({**data, "rows": []} if has_rows else data)
        resource = self._resources[type]
        form = self.forms.of(tuple[resource, ...])  # type: ignore[valid-type]
        rows = yield from read_in_steps(form, data["rows"], "rows")
        table: Table = yield from _of_rows(rows)
        if len(table.rows) != len(rows):
            raise MisfitError("two rows have one id")
        if shape.counted < table.counted:
            raise MisfitError(f"counted must be at least {table.counted}")
        gone = frozenset(shape.gone)
        if shape.counted + 1 in table.rows or shape.counted + 1 in gone:
            raise MisfitError(f"{shape.counted + 1} has been an id, so counted must be more")
        return replace(table, counted=shape.counted, gone=gone)

    # Parts

    def _writing_parts(self, parts: Map[str, Any]) -> Steps:
        written = {}
        for name in sorted(parts):
            form = self.forms.of(self._parts[name])
            written[name] = yield from write_in_steps(form, parts[name])
        return written

    def _reading_parts(self, data: Json) -> Steps:
        return (yield from self._by_name(data, self._parts, self._reading_part))

    def _reading_part(self, name: str, data: Json) -> Steps:
        form = self.forms.of(self._parts[name])
        return (yield from form.reading(data)) if form.reading else form.read(data)

    def _by_name(
        self, data: Json, known: Mapping[str, Any], reading: Callable[[str, Json], Steps]
    ) -> Steps:
        if not isinstance(data, dict):
            raise MisfitError("must be an object")
        found = {}
        for name, one in data.items():
            if name not in known:
                raise MisfitError("nobody here keeps such a thing").under(name)
            try:
                found[name] = yield from reading(name, one)
            except MisfitError as misfit:
                raise misfit.under(name) from None
        return Map(found)

    # Jobs

    def _writing_jobs(self, jobs: Jobs) -> Steps:
        numbers = yield from in_order(jobs.pending)
        shape = _Jobs(jobs.last_number, tuple(jobs.pending[number] for number in numbers))
        return (yield from write_in_steps(self.forms.of(_Jobs), shape))

    def _reading_jobs(self, data: Json) -> Steps:
        form = self.forms.of(_Jobs)
        assert form.reading, "there may be many jobs"
        shape: _Jobs = yield from form.reading(data)
        jobs = Jobs()
        for job in shape.pending:
            if not jobs.last_number < job.number <= shape.last:
                raise MisfitError(f"job {job.number} is out of its order").under("pending")
            before = replace(jobs, last_number=job.number - 1)
            jobs = before.plus(job.due, job.kind, job.subject, job.arguments)
            yield
        return replace(jobs, last_number=shape.last)


@dataclass(frozen=True, slots=True)
class _Table:
    """The shape of a table that is written down."""

    rows: tuple[int, ...]
    counted: int
    gone: tuple[int, ...] = ()
    groups: Any = None  # of documents that were written when these did not yet follow from the rows


@dataclass(frozen=True, slots=True)
class _Jobs:
    """The shape of jobs that are written down, by number."""

    last: int
    pending: tuple[Job, ...]


def _of_rows(rows: Iterable[Resource]) -> Steps:
    table = Table()
    for row in rows:
        table = table.plus(row)
        yield
    return table


def _read_ids(data: Json) -> Ids:
    if not isinstance(data, list) or any(type(id) is not int for id in data):
        raise MisfitError("must be a list of whole numbers")
    return Ids.of(data)
