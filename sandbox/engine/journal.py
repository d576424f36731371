"""The journal: every request and its answer, as they were. Bounded, and it says what it dropped."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

MOST_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class Violation:
    """One place in which a request or an answer breaks the spec.

    `where` is path, query, header or body; `pointer` a JSON pointer into it.
    """

    where: str
    pointer: str
    message: str

    @property
    def name(self) -> str:
        return self.pointer.rpartition("/")[2] or self.where


class Entry(Struct, frozen=True):
    """One request and what was answered. Bodies and headers are kept as bytes, as they came."""

    id: str
    at: datetime
    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    api: str = ""
    operation: str = ""  # its operationId
    status: int = 0
    answer: bytes = b""
    violations: tuple[Violation, ...] = ()
    explanation: str = ""
    rule: str = ""  # the scenario's, as file:line, where it made the answer or spoilt it
    fault: str = ""  # how it spoilt it
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Journal:
    """The last requests of one sandbox, or of the server, oldest first."""

    prefix: str = "r"
    most: int = MOST_ENTRIES
    entries: deque[Entry] = field(default_factory=deque)
    count: int = 0

    def next_id(self) -> str:
        self.count += 1
        return f"{self.prefix}{self.count}"

    def keep(self, entry: Entry) -> None:
        if len(self.entries) == self.most:
            self.entries.popleft()
        self.entries.append(entry)

    @property
    def dropped(self) -> int:
        return max(0, self.count - len(self.entries))

    def find(self, id: str) -> Entry | None:
        return next((entry for entry in self if entry.id == id), None)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)
