"""All sandboxes of a server, by name: the first use makes one, and the oldest make room."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime

from sandbox.engine.sandbox import Sandbox

LOG = logging.getLogger("sandbox")
MOST_SANDBOXES = 1000
MOST_REMEMBERED = 10 * MOST_SANDBOXES  # names of sandboxes that had to make room


class Sandboxes:
    """All sandboxes of a server, by name. First use creates one.

    There are at most `most`: one more, and the one that nobody has used for the longest time makes
    room. One of which `in_use` is true does not. All in `gone` are told of each that is no more.
    """

    def __init__(
        self,
        found: Callable[[str, datetime], Sandbox],
        *,
        most: int = MOST_SANDBOXES,
        in_use: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._found = found
        self._most = most
        self._in_use = in_use
        self.gone: list[Callable[[Sandbox], None]] = []
        self._by_name: OrderedDict[str, Sandbox] = OrderedDict()  # the longest unused first
        self._made_room: OrderedDict[str, None] = OrderedDict()
        self.begun: set[str] = set()  # for who wants to know of new ones, and then empties it

    def used(self, name: str) -> Sandbox | None:
        """The sandbox of this name, if there is one: it makes room later than the others now."""
        sandbox = self._by_name.get(name)
        if sandbox is not None:
            self._by_name.move_to_end(name)
        return sandbox

    def at(self, name: str, wall: datetime) -> Sandbox:
        """The sandbox of this name; a new one's clock starts at the wall's time, whole seconds."""
        sandbox = self.used(name)
        if sandbox is None:
            sandbox = self._found(name, wall.replace(microsecond=0))
            if name in self._made_room:
                del self._made_room[name]
                sandbox.recreated = True
            self._make_room()
            self._by_name[name] = sandbox
            self.begun.add(name)
        return sandbox

    def _make_room(self) -> None:
        """Forget the longest unused ones, until there may be one more."""
        for name in list(self._by_name) if len(self._by_name) >= self._most else ():
            if not self._in_use(name):
                self._drop(name)
                self._made_room[name] = None
                LOG.warning("%s made room: there may be %d sandboxes", name, self._most)
            if len(self._by_name) < self._most:
                break
        while len(self._made_room) > MOST_REMEMBERED:
            self._made_room.popitem(last=False)

    def find(self, name: str) -> Sandbox | None:
        """The sandbox of this name, if it was used before."""
        return self._by_name.get(name)

    def forget(self, name: str) -> None:
        """It is over, all of it: whoever uses the name again begins something new."""
        if name in self._by_name:
            self._drop(name)
        self._made_room.pop(name, None)

    def _drop(self, name: str) -> None:
        sandbox = self._by_name.pop(name)
        for tell in self.gone:
            tell(sandbox)

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Sandbox]:
        return iter(self._by_name.values())
