"""A persistent list: of events, of ids, of whatever only ever grows."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from immutables import Map
from msgspec import Struct

T = TypeVar("T")
CHUNK = 32


class Series(Struct, Generic[T], frozen=True):
    """A persistent list that only grows. Appending and reading cost the same at any size.

    Whole chunks lie in a map, the newest few items in `tail`.
    """

    tail: tuple[T, ...] = ()
    chunks: Map[int, tuple[T, ...]] = Map()

    def plus(self, item: T) -> "Series[T]":
        tail = (*self.tail, item)
        if len(tail) < CHUNK:
            return Series(tail, self.chunks)
        return Series((), self.chunks.set(len(self.chunks), tail))

    def __len__(self) -> int:
        return len(self.chunks) * CHUNK + len(self.tail)

    def __getitem__(self, place: int) -> T:
        number, offset = divmod(place, CHUNK)
        if number == len(self.chunks):
            return self.tail[offset]
        if number not in self.chunks:
            raise IndexError(f"there are {len(self)} items, and none at {place}")
        return self.chunks[number][offset]

    def __iter__(self) -> Iterator[T]:
        return self.since(0)

    def since(self, place: int) -> Iterator[T]:
        """The items from `place` on, counted from 0."""
        number, offset = divmod(place, CHUNK)
        for whole in range(number, len(self.chunks)):
            yield from self.chunks[whole][offset:]
            offset = 0
        if number <= len(self.chunks):
            yield from self.tail[offset:]

    def __reversed__(self) -> Iterator[T]:
        yield from reversed(self.tail)
        for number in range(len(self.chunks) - 1, -1, -1):
            yield from reversed(self.chunks[number])
