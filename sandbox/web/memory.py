"""Letting go of memory: a little at a time, and then so that the machine has it back.

Objects lie in arenas that go back only when they are wholly free. A few small things that outlive a
sandbox, lying among what was its own, would hold on to all of it.
"""

import ctypes
import gc
import sys
from collections.abc import Callable, Generator, Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from immutables import Map
from msgspec import Struct

from sandbox.apis.socotra.access import claims_of
from sandbox.web.credentials import name_of

TICKS_OF_QUIET = 10
"""So often the server looks, ten times a second, before it calls it quiet."""


ONLY_HERE = 2  # references: the name for it, and the argument of who counts them


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
    tuples and the like; what has survived one before is not walked. A long operation that has
    stopped the collector has more to walk than anybody could wait for.
    """
    if not gc.isenabled():
        return
    name_of.cache_clear()
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


def let_go(held: list[Any]) -> Generator[None, None, None]:
    """Free what nobody but this list holds, one thing after the other.

    Python frees a value and all that only it holds in one go: of a state with 100,000 jobs, for a
    quarter of a second.
    """
    while held:
        one = held.pop()
        if sys.getrefcount(one) == ONLY_HERE:
            held += _inside(one)
        yield


def _inside(value: Any) -> Iterable[Any]:
    """What a value of a state is made of; nothing for what is small."""
    if isinstance(value, Map):
        return value.values()
    if isinstance(value, tuple):
        return value
    if isinstance(value, Struct):
        return (getattr(value, name) for name in value.__struct_fields__)
    names = fields(value) if is_dataclass(value) else ()
    return (getattr(value, each.name) for each in names)
