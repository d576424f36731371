"""The journal: every request and its answer, as they were. Bounded, and it says what it dropped."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct, msgpack

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


class Entry(Struct, frozen=True, array_like=True):
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


def _as_text(value: Any) -> str:
    """An instant of a kind of its own, as freezegun's are, which are datetimes all the same."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a journal has no place for {value!r}")


PACKED = msgpack.Encoder(enc_hook=_as_text)
UNPACKED = msgpack.Decoder(Entry)


class Journal:
    """The last requests of one sandbox, or of the server, oldest first.

    They are kept packed, each in one piece of memory. An entry is twenty, and with every request
    the oldest would let go of as many that nobody has touched for a thousand requests.
    """

    __slots__ = ("_packed", "count", "prefix")

    def __init__(self, prefix: str = "r", most: int = MOST_ENTRIES, count: int = 0) -> None:
        self.prefix = prefix
        self.count = count
        self._packed: deque[bytes] = deque(maxlen=most)

    @classmethod
    def of(cls, entries: Iterable[Entry], count: int) -> "Journal":
        """These entries, the last of so many requests; the oldest go where they are too many."""
        journal = cls(count=count)
        for entry in entries:
            journal.keep(entry)
        return journal

    def copy(self) -> "Journal":
        """The same so far. Each goes on by itself."""
        journal = Journal(self.prefix, count=self.count)
        journal._packed = self._packed.copy()  # bounded as this one is
        return journal

    def next_id(self) -> str:
        self.count += 1
        return f"{self.prefix}{self.count}"

    def keep(self, entry: Entry) -> None:
        self._packed.append(PACKED.encode(entry))

    @property
    def dropped(self) -> int:
        """How many are older than the oldest. The request under way is not there yet."""
        if len(self._packed) != self._packed.maxlen:
            return 0
        return int(next(iter(self)).id.removeprefix(self.prefix)) - 1

    def find(self, id: str) -> Entry | None:
        return next((entry for entry in self if entry.id == id), None)

    def __iter__(self) -> Iterator[Entry]:
        return map(UNPACKED.decode, self._packed)

    def __reversed__(self) -> Iterator[Entry]:
        return map(UNPACKED.decode, reversed(self._packed))
