"""Lists that may be long: they are made in steps, so that other sandboxes go on in between."""

from collections.abc import Generator, Iterable

from sandbox.apis import Json

FEW = 10  # items of which a step is worth its while


def listed(items: Iterable[Json]) -> Generator[None, None, list[Json]]:
    """A list of these, made one by one. None stands for what was looked at and is not meant."""
    found = []
    for place, item in enumerate(items, 1):
        if item is not None:
            found.append(item)
        if place % FEW == 0:
            yield
    return found
