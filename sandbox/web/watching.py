"""Watching a folder of scenarios: what changes is taken over whole, and only when it is right.

A file counts as written when two looks in a row find it the same. Until then, and for as long as it
is broken, its last good version stays in force.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sandbox.scenario.running.library import SUFFIX, Library

LOG = logging.getLogger("sandbox")
SECONDS_BETWEEN_LOOKS = 0.25


class Stamp(NamedTuple):
    """By what one sees that a file has changed."""

    changed: int
    size: int
    file: int


class Watch:
    """The files of one folder, as they were when they were last complete."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, Stamp] = {}  # at the last look
        self._taken: dict[Path, tuple[Stamp, bytes]] = {}

    def read(self, path: Path) -> bytes:
        """What a file says: of those of the folder, in their last complete version."""
        if path not in self._taken:
            if path.parent != self._folder:
                return path.read_bytes()
            self._taken[path] = (_stamp(path), path.read_bytes())
        return self._taken[path][1]

    def look(self) -> list[Path]:
        """Take over the files that have changed since, and are complete; which ones those are."""
        now = {}
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                now[path] = _stamp(path)
            except OSError:
                continue
        complete = [path for path, stamp in now.items() if self._seen.get(path) == stamp]
        changed = [path for path in complete if self._take(path, now[path])]
        for path in self._taken.keys() - now.keys():
            del self._taken[path]
        self._seen = now
        return changed

    def _take(self, path: Path, stamp: Stamp) -> bool:
        """Take over what a file says now. Whether it was new, and could be read."""
        if path in self._taken and self._taken[path][0] == stamp:
            return False
        try:
            self._taken[path] = (stamp, path.read_bytes())
        except OSError:  # the library says so to who lists it
            return False
        return True

    async def follow(self, library: Library, then: Callable[[], None]) -> None:
        """Look again and again, and say in the log what was found; `then` takes it over."""
        self.look()
        self.look()
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            if self.take_over(library):
                then()

    def take_over(self, library: Library) -> bool:
        """Look once. Whether anything has changed."""
        changed = {path.name for path in self.look()}
        for one in library.listed() if changed else ():
            if one.file not in changed:
                continue
            for problem in one.errors:
                LOG.error("%s", problem)
            kept = "the last good version stays in force" if one.scenario else "it cannot be bound"
            if one.errors:
                LOG.error("%s is broken: %s", one.file, kept)
            else:
                LOG.info("%s has changed and is in force", one.file)
        return bool(changed)


def _stamp(path: Path) -> Stamp:
    known = path.stat()
    return Stamp(known.st_mtime_ns, known.st_size, known.st_ino)
