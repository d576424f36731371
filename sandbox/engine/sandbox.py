"""One isolated world: its state, and the few verbs that change it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.calendar import Calendar
from sandbox.engine.clock import BackwardsError, written
from sandbox.engine.events import GIVEN, Cause, Event, Reason
from sandbox.engine.journal import Journal
from sandbox.engine.lifecycle import Announcement, Move
from sandbox.engine.scheduler import Job, Subject
from sandbox.engine.state import EMPTY, Ids, Resource, State

R = TypeVar("R", bound=Resource)
P = TypeVar("P")
MOST_JOBS_AT_ONCE = 10_000


class EndlessJobsError(Exception):
    """Jobs that keep planning jobs for the same instant."""

    def __init__(self, job: Job) -> None:
        self.job = job
        rule = job.arguments.get("rule", job.kind)
        super().__init__(
            f"{rule} plans job after job for one instant, {written(job.due)}: "
            f"more than {MOST_JOBS_AT_ONCE} of them"
        )


class UnknownResourceError(LookupError):
    """No resource of this type has this id."""

    def __init__(self, type: str, id: object) -> None:
        self.type = type
        self.id = id
        super().__init__(f"there is no {type} {id}")


Handler = Callable[["Sandbox", Job], None]
Reaction = Callable[["Sandbox", Event], None]


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the layers above have registered: `web/wiring.py` builds it once, for all sandboxes.

    `handlers` run jobs, by kind. `reactions` follow an event, by its name, in this order. `leaving`
    is called before the clock leaves an instant, with the one it goes to. `given` follows each
    resource that a scenario or a tester puts there, `laid` all that were put there at once.
    `hearers` are, by API, what it does on a notice: of which event, and whether a retry is planned
    already.
    """

    handlers: Mapping[str, Handler] = field(default_factory=dict)
    reactions: Mapping[str, tuple[Reaction, ...]] = field(default_factory=dict)
    leaving: Callable[["Sandbox", datetime], None] = lambda *_: None
    given: tuple[Callable[["Sandbox", Resource], None], ...] = ()
    laid: tuple[Callable[["Sandbox", list[Resource]], None], ...] = ()
    hearers: Mapping[str, Callable[["Sandbox", Event, bool], None]] = field(default_factory=dict)


class Sandbox:
    """One isolated world, named by the caller's credential.

    Everything it is stands in `state`; the journal is kept beside it, for refused requests stand in
    it too. Of the request that is being answered: `request` is its id, `origin` the address at
    which the client reached this server, `notes` what the journal should say besides. `recreated`
    is one that had made room for others, and begins anew.
    """

    __slots__ = (
        "_day",
        "_instant",
        "_where",
        "journal",
        "name",
        "notes",
        "origin",
        "recreated",
        "request",
        "state",
        "wiring",
    )

    def __init__(self, name: str, state: State, wiring: Wiring) -> None:
        self.name = name
        self.recreated = False
        self.state = state
        self.journal = Journal()
        self.request = ""
        self.origin = ""
        self.notes: list[str] = []
        self.wiring = wiring
        self._instant: datetime | None = None
        self._where: Calendar | None = None
        self._day = date.min

    @property
    def now(self) -> datetime:
        return self.state.clock.now

    @property
    def calendar(self) -> Calendar:
        return self.state.calendar

    def day(self, instant: datetime | None = None) -> date:
        """The day that it is then, where the calendar is; today, unless an instant is given.

        Whatever happens at one instant asks for the same day: the last one is remembered.
        """
        at, calendar = instant or self.state.clock.now, self.state.calendar
        if at is not self._instant or calendar is not self._where:
            self._instant, self._where, self._day = at, calendar, calendar.local(at).date()
        return self._day

    # Resources

    def find(self, type: type[R], id: int | None) -> R | None:
        """The resource, or None."""
        rows: Map[int, Any] = self.state.tables.get(type.type, EMPTY).rows
        found: R | None = rows.get(id) if id else None
        return found

    def get(self, type: type[R], id: int | None) -> R:
        """The resource, or UnknownResourceError."""
        rows: Map[int, Any] = self.state.tables.get(type.type, EMPTY).rows
        found: R | None = rows.get(id) if id else None
        if found is None:
            raise UnknownResourceError(type.type, id)
        return found

    def subject(self, subject: Subject) -> Resource:
        """The same for who knows the type by its name only."""
        found = self.state.table(subject.type).rows.get(subject.id)
        if found is None:
            raise UnknownResourceError(*subject)
        return found

    def ids(self, type: type[Resource], **indexed: Any) -> Ids:
        """The ids of all of a type, or of those with this value in one indexed field."""
        table = self.state.table(type.type)
        for name, value in indexed.items():
            return table.group(name, value)
        return table.ids

    def all(self, type: type[R], **indexed: Any) -> Iterator[R]:
        """Those resources, by id."""
        rows: Map[int, Any] = self.state.table(type.type).rows
        return (rows[id] for id in self.ids(type, **indexed).in_order())

    def last(self, type: type[R], **indexed: Any) -> R | None:
        """The one of them that came last."""
        table = self.state.tables.get(type.type, EMPTY)
        known: int | Ids = table.ids
        for key in indexed.items():
            known = table.groups.get(key) or table.group(*key)
        rows: Map[int, Any] = table.rows
        found: R | None = rows.get(known if isinstance(known, int) else known.last)
        return found

    def next_id(self, type: type[Resource]) -> int:
        return self.state.tables.get(type.type, EMPTY).next_id()

    def next_ref(self, type: type[Resource]) -> str:
        """The name in scenarios of the next resource of a type: payment-2 after one payment."""
        return f"{type.type}-{len(self.state.table(type.type).ids) + 1}"

    def keep(self, resource: R) -> R:
        """Put `resource` in the state: a new one, or in the place of the one with its id."""
        state, type = self.state, resource.type
        table = state.tables.get(type, EMPTY).plus(resource)
        self.state = replace(state, tables=state.tables.set(type, table))
        return resource

    def forget(self, resource: Resource) -> None:
        table = self.state.table(resource.type).without(resource)
        self.state = replace(self.state, tables=self.state.tables.set(resource.type, table))

    # What a layer keeps besides resources

    def part(self, name: str, default: P) -> P:
        part: P = self.state.parts.get(name, default)
        return part

    def keep_part(self, name: str, value: object) -> None:
        self.state = replace(self.state, parts=self.state.parts.set(name, value))

    # What happens

    def make(self, resource: R, move: Move, *, cause: Cause, reason: Reason | None = None) -> R:
        """Make `resource` what `move` says and announce it, or raise and change nothing."""
        current = self.get(type(resource), resource.id)  # the one given may be an older value
        was = getattr(current, move.lifecycle.field)
        changes: dict[str, Any] = {move.lifecycle.field: move.from_(was)}
        if reason is not None and hasattr(current, "reason"):
            changes["reason"] = reason
        if hasattr(current, "last_event"):
            changes["last_event"] = move.event
        moved = self.keep(replace(current, **changes))
        statuses = (was, changes[move.lifecycle.field])
        self._happened(self._event(move.event, moved, cause, statuses=statuses, reason=reason))
        return self.get(type(moved), moved.id)

    def announce(
        self,
        resource: Resource,
        announcement: Announcement,
        *,
        cause: Cause,
        reason: Reason | None = None,
    ) -> None:
        """Let an event happen that changes no status, or raise if it cannot happen now."""
        current = self.subject(resource.subject)
        status = getattr(current, announcement.lifecycle.field)
        announcement.check(status)
        event = self._event(
            announcement.event, current, cause, statuses=(status, status), reason=reason
        )
        self._happened(event)

    def begin(self, resource: R, event: str, *, cause: Cause) -> R:
        """Keep a new `resource` and announce that it exists."""
        statuses = ("", getattr(resource, "status", ""))
        self._happened(self._event(event, self.keep(resource), cause, statuses=statuses))
        return self.get(type(resource), resource.id)

    def give(self, resource: R) -> R:
        """Keep a resource that was there before the first call: a fixture.

        It announces `<type>.given` where anything follows from that.
        """
        self.keep(resource)
        if f"{resource.type}.given" in self.wiring.reactions:
            self._happened(self._event(f"{resource.type}.given", resource, GIVEN))
        for react in self.wiring.given:
            react(self, resource)
        return self.get(type(resource), resource.id)

    def change(self, resource: R, changes: Mapping[str, Any], *, cause: Cause) -> R:
        """Change fields other than the status, and announce `<type>.changed`."""
        new = self.keep(replace(self.get(type(resource), resource.id), **changes))
        self._happened(self._event(f"{new.type}.changed", new, cause))
        return self.get(type(new), new.id)

    def _event(
        self,
        name: str,
        resource: Resource,
        cause: Cause,
        *,
        statuses: tuple[str, str] | None = None,
        reason: Reason | None = None,
    ) -> Event:
        """The next event. `statuses` are what it was and what it became; else it stays as it is."""
        status = getattr(resource, "status", "")
        was, became = statuses or (status, status)
        return Event(
            number=len(self.state.events) + 1,
            at=self.now,
            name=name,
            subject=resource.subject,
            was=was,
            became=became,
            cause=cause,
            reason=reason,
            request=self.request,
        )

    def _happened(self, event: Event) -> None:
        state = self.state
        type, happened = event.subject.type, state.happened
        happened = happened.set(type, happened.get(type, 0) + 1)
        self.state = replace(state, events=state.events.plus(event), happened=happened)
        for react in self.wiring.reactions.get(event.name, ()):
            react(self, event)

    def event(self, number: int) -> Event:
        return self.state.events[number - 1]

    # Time

    def plan(self, due: datetime, kind: str, subject: Subject, **arguments: Any) -> int:
        """Have the handler registered as `kind` run when it is `due`. Answers the job's number."""
        if kind not in self.wiring.handlers:
            raise LookupError(f"no handler {kind}; there are {sorted(self.wiring.handlers)}")
        if due < self.now:
            raise BackwardsError(self.now, due)
        jobs = self.state.jobs.plus(due, kind, subject, arguments)
        self.state = replace(self.state, jobs=jobs)
        return jobs.last_number

    def call_off(self, *numbers: int) -> None:
        """Take back planned jobs. Those that have run are passed over."""
        if numbers:
            self.state = replace(self.state, jobs=self.state.jobs.without(numbers))

    def advance_to(self, target: datetime) -> list[Event]:
        """Run every job due by `target`, the clock standing at each one's due time in turn."""
        seen = len(self.state.events)
        for _ in self.advancing(target):
            pass
        return list(self.state.events.since(seen))

    def advancing(self, target: datetime) -> Iterator[Job]:
        """The same, a job at a time, for who has other things to do in between.

        Any number of jobs may be due at an instant. What is refused is jobs that keep planning jobs
        for the instant in which they run.
        """
        if target < self.now:
            raise BackwardsError(self.now, target)
        handlers, since = self.wiring.handlers, self.state.jobs.last_number
        waiting = planned = 0  # of the jobs run at this instant: planned before it, planned in it
        while (job := self.state.jobs.first()) and job.due <= target:
            if job.due != self.now:
                since, waiting, planned = self.state.jobs.last_number, 0, 0
            if job.number > since:
                planned += 1
            else:
                waiting += 1
            if planned > MOST_JOBS_AT_ONCE * (1 + waiting):
                raise EndlessJobsError(job)
            self._stand_at(job.due)
            self.state = replace(self.state, jobs=self.state.jobs.without_first())
            handlers[job.kind](self, job)
            yield job
        self._stand_at(target)

    def _stand_at(self, instant: datetime) -> None:
        if instant != self.now:
            self.wiring.leaving(self, instant)
            self.state = replace(self.state, clock=self.state.clock.at(instant))

    def catch_up(self, wall: datetime) -> None:
        """Bring a running clock up to date. A stopped one stays where it is."""
        if self.state.clock.since:
            self.advance_to(self.state.clock.target(wall))
            self.state = replace(self.state, clock=self.state.clock.run(wall))

    def settle(self) -> None:
        """Run what is due now. It comes after the answer that caused it has been made."""
        first = self.state.jobs.first()
        if first is not None and first.due <= self.now:
            self.advance_to(self.now)

    def attempt(self) -> "Attempt":
        """Put the old state back, and the old journal, when anything is raised inside."""
        return Attempt(self)


class Attempt:
    """What is done inside is done wholly or not at all."""

    __slots__ = ("_before", "_journal", "_sandbox")

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._before = sandbox.state
        self._journal = sandbox.journal

    def __enter__(self) -> None:
        """The state is kept already."""

    def __exit__(self, raised: type[BaseException] | None, *_: object) -> None:
        if raised is not None:
            self.undo()

    def undo(self) -> None:
        self._sandbox.state = self._before
        self._sandbox.journal = self._journal
