"""The newest events of a sandbox. The APIs' own share their numbers, so the last is sought."""

from typing import Any

from sandbox.pages.asked import World

MOST_EVENTS = 500  # that are looked at
MOST_REMEMBERED = 1000  # sandboxes
APART = 10  # how many events there may be for each of the provider's


class Newest:
    """Remembers where they were: only the first look at a long history costs more."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def of(self, world: World, count: int) -> list[Any]:
        """The newest of the `count` events in a sandbox."""
        known = self._last.get(world.name, 0)
        if known or count <= MOST_EVENTS:
            items = self._after(world, known - MOST_EVENTS)
        else:
            items = self._sought(world, count)
        if not items and known:  # it was reset, and began to count anew
            items = self._sought(world, count) if count else []
        if len(self._last) > MOST_REMEMBERED:
            self._last.clear()
        if items:
            self._last[world.name] = items[-1]["number"]
        return items[-MOST_EVENTS:]

    def _sought(self, world: World, count: int) -> list[Any]:
        after = count * APART
        items: list[Any] = []
        while not items:
            after = after * 4 // 5
            items = self._after(world, after)
        return self._after(world, items[-1]["number"] - MOST_EVENTS)

    @staticmethod
    def _after(world: World, number: int) -> list[Any]:
        found: list[Any] = world.get(f"/events?after={max(0, number)}")["items"]
        return found
