"""Which events and which requests a tester means."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sandbox.apis.control.views.events import of_provider
from sandbox.engine.events import Event
from sandbox.engine.journal import Entry, Journal
from sandbox.engine.sandbox import Sandbox, UnknownResourceError

ALL = ".*"


def is_wanted(event: Event, type: str | None) -> bool:
    """Whether it is the provider's and of this name, or of a resource's, as in `payment.*`."""
    if not of_provider(event):
        return False
    if type is not None and type.endswith(ALL):
        return event.subject.type == type.removesuffix(ALL)
    return type in (None, event.name)


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
    newest = islice(filter(wanted, reversed(kept)), last)
    return reversed([*newest])


def request(sandbox: Sandbox, servers: Journal, id: str) -> Entry:
    """The request of this id: one of this sandbox's, or one that reached none."""
    found = sandbox.journal.find(id) or servers.find(id)
    if found is None:
        raise UnknownResourceError("request", id)
    return found
