"""The process's memory: who looks for garbage in it, and how what is free goes back.

State has no cycles, nor has anything that a request of an API leaves behind: counting references
frees it. To look for garbage among it, again and again, would be a fifth of what a payment costs,
and would stop everybody for a tenth of a second. So Python's own collector rests, and at each tick
of the server only what little is new is looked at.

Objects lie in arenas that go back only when they are wholly free. A few small things that outlive a
sandbox, lying among what was its own, would hold on to all of it.
"""

import asyncio
import ctypes
import gc
import sys
from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any

from sandbox.apis.socotra.access import claims_of
from sandbox.engine.events import Event
from sandbox.engine.scheduler import Job
from sandbox.engine.state import Resource
from sandbox.provider.notices import Notice
from sandbox.web.credentials import named_by
from sandbox.web.turns import in_slices

MOST_TO_LOOK_AT = 3_000
"""New objects: for as many a look takes a millisecond or two. More of them are state."""

WORTH_A_LOOK = 500
TICKS_OF_QUIET = 10
"""So often the server looks, ten times a second, before it calls it quiet."""

ONLY_HERE = 2  # references: the name for it, and the argument of who counts them
SMALL = (int, str, Resource, Event, Notice, Job, datetime, type)
"""What a state has many of. To take each apart would take ten times as long as to free it."""

MOST_AT_ONCE = 100


def rest_the_collector() -> None:
    """What exists now stays for good, and next to none of it is garbage."""
    gc.freeze()
    gc.disable()


def look_at_the_new() -> None:
    """At each tick: collect what pages leave behind, among little else; pass over what is much."""
    least = gc.get_count()[0]  # there may be more: what is freed, however old, is taken from it
    if least <= WORTH_A_LOOK:
        return
    if least > MOST_TO_LOOK_AT or len(gc.get_objects(0)) > MOST_TO_LOOK_AT:
        gc.freeze()
    else:
        gc.collect(0)


class Quiet:
    """Says when nobody has asked for anything for a while: once, until somebody does."""

    def __init__(self) -> None:
        self._requests = 0
        self._ticks = 0

    def has_come(self, requests: int) -> bool:
        """Whether it is quiet now, at a tick by which so many requests have been answered."""
        self._ticks = self._ticks + 1 if requests == self._requests else 0
        self._requests = requests
        return self._ticks == TICKS_OF_QUIET


def give_back() -> None:
    """Let go of what Python and the C library keep for later, a few milliseconds long.

    What is remembered of tokens is worked out again. A whole collection empties the lists of free
    tuples and the like; what is frozen is not walked.
    """
    named_by.cache_clear()
    claims_of.cache_clear()
    _forget_lookups()
    gc.collect()
    _trim()


def _forget_lookups() -> None:
    """Python remembers up to 4,096 names that were looked up, some of them texts of their own."""
    forget: Callable[[], object] = getattr(sys, "_clear_internal_caches", sys._clear_type_cache)
    forget()


def _trim() -> None:
    """The C library's free pages too, where it is glibc."""
    if sys.platform == "linux":
        trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


class Leavings:
    """What sandboxes leave behind: it is freed a little at a time, and others go on in between."""

    def __init__(self) -> None:
        self._held: list[Any] = []
        self._freeing: asyncio.Task[None] | None = None

    def take(self, one: Any) -> None:
        """Free it as soon as whoever works on it has let go of it."""
        self._held.append(one)
        if self._freeing is None or self._freeing.done():
            self._freeing = asyncio.get_running_loop().create_task(in_slices(let_go(self._held)))


def let_go(held: list[Any]) -> Generator[None, None, None]:
    """Free what nobody but this list holds, one thing after the other.

    Python frees a value and all that only it holds in one go: of a state with 100,000 payments, for
    a second.
    """
    while held:
        one = held.pop()
        if sys.getrefcount(one) == ONLY_HERE:
            held += _inside(one)
        yield


def _inside(one: Any) -> list[Any]:
    """What it holds. Of a few things, those that are small may go with it."""
    inside = gc.get_referents(one)
    if len(inside) > MOST_AT_ONCE:
        return inside
    return [each for each in inside if not isinstance(each, SMALL)]
