"""Which events and which requests a tester means."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sandbox.apis.control.views.events import of_provider
from sandbox.engine.events import Event
from sandbox.engine.journal import Entry, Journal
from sandbox.engine.sandbox import Sandbox, UnknownResourceError

ALL = ".*"


def events(sandbox: Sandbox, after: int, type: str | None) -> Iterator[Event]:
    """The provider's events with a higher number, of one name, or all of one resource."""
    for event in sandbox.state.events.since(after):
        if of_provider(event) and (type is None or _is(event, type)):
            yield event


def _is(event: Event, type: str) -> bool:
    if type.endswith(ALL):
        return event.subject.type == type.removesuffix(ALL)
    return event.name == type


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requests whose path begins so, with this status, of this operation, since an instant."""

    path: str | None = None
    status: int | None = None
    operation: str | None = None
    since: str | None = None

    def __call__(self, entry: Entry) -> bool:
        return (
            (self.path is None or entry.path.startswith(self.path))
            and self.status in (None, entry.status)
            and self.operation in (None, entry.operation)
            and (self.since is None or entry.at >= datetime.fromisoformat(self.since))
        )


def requests(kept: Journal, wanted: Wanted, last: int | None) -> Iterable[Entry]:
    """These requests, oldest first; of them the `last`, where that is said."""
    if last is None:
        return filter(wanted, kept)
    newest = islice(filter(wanted, reversed(kept.entries)), last)
    return reversed([*newest])


def request(sandbox: Sandbox, servers: Journal, id: str) -> Entry:
    """The request of this id: one of this sandbox's, or one that reached none."""
    found = sandbox.journal.find(id) or servers.find(id)
    if found is None:
        raise UnknownResourceError("request", id)
    return found
