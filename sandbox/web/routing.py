"""From a path to what is served there: literal paths first, then the segments' tree. No regex."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")


@dataclass(slots=True)
class Route(Generic[T]):
    """What is served at one path, by method."""

    methods: dict[str, T] = field(default_factory=dict)


@dataclass(slots=True)
class _Node(Generic[T]):
    """A segment of the templated paths: the segments that can follow, and what ends here."""

    literal: "dict[str, _Node[T]]" = field(default_factory=dict)
    any: "_Node[T] | None" = None
    route: Route[T] | None = None


Found = tuple[Route[T], tuple[str, ...]]
"""What is served, and the values of the path's parameters in their order."""


@dataclass(slots=True)
class Routes(Generic[T]):
    """All paths of a server."""

    _literal: dict[str, Route[T]] = field(default_factory=dict)
    _root: _Node[T] = field(default_factory=_Node)

    def add(self, method: str, path: str, served: T) -> None:
        """Serve `served` at `path`, in which a segment in braces stands for any."""
        route = self._templated(path) if "{" in path else self._literal.setdefault(path, Route())
        if method in route.methods:
            raise ValueError(f"{method} {path} is served already")
        route.methods[method] = served

    def _templated(self, path: str) -> Route[T]:
        node = self._root
        for segment in path.split("/"):
            if segment.startswith("{"):
                node.any = node = node.any or _Node()
            else:
                node = node.literal.setdefault(segment, _Node())
        node.route = node.route or Route()
        return node.route

    def find(self, path: str, raw: bytes = b"") -> Found[T]:
        """What is served at `path`, nothing perhaps. `raw` is the same before percent-decoding.

        An encoded slash belongs to its segment: it does not begin a new one.
        """
        route = self._literal.get(path)
        if route is not None:
            return route, ()
        if b"%" in raw:
            segments = [unquote(segment) for segment in raw.decode("latin-1").split("/")]
        else:
            segments = path.split("/")
        return self._walk(self._root, segments, 0) or (Route(), ())

    def _walk(self, node: _Node[T], segments: list[str], here: int) -> Found[T] | None:
        if here == len(segments):
            return (node.route, ()) if node.route else None
        segment = segments[here]
        if (next_ := node.literal.get(segment)) and (
            found := self._walk(next_, segments, here + 1)
        ):
            return found
        if segment and node.any and (found := self._walk(node.any, segments, here + 1)):
            return found[0], (segment, *found[1])
        return None


def template_names(path: str) -> tuple[str, ...]:
    """The names of a path's parameters, in their order."""
    return tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))


def longest_prefix(bases: Mapping[str, T], path: str) -> T | None:
    """What belongs to the longest of the `bases` under which `path` lies."""
    for base in sorted(bases, key=len, reverse=True):
        if path == base or path.startswith(base.rstrip("/") + "/"):
            return bases[base]
    return None
