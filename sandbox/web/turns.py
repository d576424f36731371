"""Waiting stands outside of operations: for a sandbox that is busy, and for something to happen."""

import asyncio
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
SLICE = 0.005
"""Seconds for which a long operation may hold the loop."""

LONG = 0.1
"""Seconds of an operation after which it leaves more behind than can be freed in a slice."""


def never() -> bool:
    """Nothing pauses it."""
    return False


async def in_slices(steps: Generator[Any, None, T], paused: Callable[[], bool] = never) -> T | None:
    """What `steps` return at their end; other requests have the loop every few milliseconds.

    None where they are `paused` before that: there is something to do besides.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + SLICE
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: T = end.value
            if clock() > until:  # what is to be done with it may take as long again
                await others()
            return made
        if paused():
            return None
        if clock() > until:
            await others()
            until = clock() + SLICE


async def others() -> None:
    """Let others go on: a request is read in one turn of the loop, answered and sent in others."""
    for _ in range(3):
        await asyncio.sleep(0)


class Turns:
    """Whose turn it is, by the sandbox's name. Where nobody is busy or waits, it costs nothing."""

    def __init__(self) -> None:
        self.busy: dict[str, asyncio.Event] = {}
        self.waiting: dict[str, asyncio.Event] = {}
        self.over = asyncio.Event()

    def are_awaited(self, name: str) -> bool:
        """Whether somebody is at work in this sandbox, or waits for it."""
        return name in self.busy or name in self.waiting

    async def come(self, name: str) -> None:
        """Wait until nothing long is under way in this sandbox."""
        while over := self.busy.get(name):
            await over.wait()

    @contextmanager
    def taken(self, name: str) -> Iterator[None]:
        """Something long is under way: the sandbox's other requests queue."""
        over = self.busy[name] = asyncio.Event()
        try:
            yield
        finally:
            del self.busy[name]
            over.set()

    async def change(self, name: str, seconds: float) -> None:
        """Wait until a request may have changed this sandbox, at most so many seconds."""
        happened = self.waiting.setdefault(name, asyncio.Event())
        waits = asyncio.ensure_future(happened.wait())
        try:
            await asyncio.wait([waits], timeout=seconds)
        finally:
            waits.cancel()

    def changed(self, name: str) -> None:
        """Let those go on who wait for this sandbox to change."""
        if happened := self.waiting.pop(name, None):
            happened.set()

    def end(self) -> None:
        """Nobody waits any more: the server stops."""
        self.over.set()
        for name in list(self.waiting):
            self.changed(name)
