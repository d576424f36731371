"""YAML without guessing: a plain scalar is true, false, null, a decimal integer, or text.

What another reader would take for a different number is refused, and so is all of YAML that makes
a file mean something else than it says: anchors, tags, merge keys, a key twice, tabs. Nothing is
constructed, and every fault is collected, with its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from sandbox.scenario.language.model import Scalar
from sandbox.scenario.language.problems import Finding, Path

MOST_BYTES = 256 * 1024
DEEPEST = 32  # levels of nesting
LONGEST_INTEGER = 18  # digits that every reader keeps
MOST_DIGITS = 4000  # that can be repeated: Python writes no more than 4300

INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
NUMBER_ELSEWHERE = re.compile(
    r"""[-+]?(?:
        0[xX][0-9a-fA-F_]+ | 0[oO][0-7_]+ | 0[bB][01_]+
      | [0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
      | [0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?
      | \.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?
      | \.(?:inf|Inf|INF)
    ) | \.(?:nan|NaN|NAN)""",
    re.VERBOSE,
)
WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

# libyaml's parser is ten times as fast as the one written in Python.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar. `line` and `column`, here and below, count from 1."""

    value: Scalar
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: "tuple[Node, ...]"
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the file's order. Every key is a Leaf with text."""

    pairs: "tuple[tuple[Leaf, Node], ...]"
    line: int
    column: int


Node: TypeAlias = Leaf | Items | Fields


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: the tree, if there is one, and what is wrong with it.

    `spoilt` are the paths of values that could not be read, of which nothing more can be said;
    `doubts` the findings of values that would do in quotes, if they do there as text.
    """

    root: Node | None
    findings: tuple[Finding, ...]
    spoilt: frozenset[Path] = frozenset()
    doubts: tuple[Finding, ...] = ()


class _GiveUpError(Exception):
    """Nothing sensible can be read from here on."""


def read(text: str) -> Read:
    """The tree of a YAML text, and all its faults. Never raises."""
    if len(text.encode(errors="surrogatepass")) > MOST_BYTES:
        return Read(None, (Finding((), "a scenario has at most 256 KiB", line=1, column=1),))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if wrong := NOT_TEXT.search(text):
        line, column = _place(text, wrong.start())
        what = f"not a text file: it has the character U+{ord(wrong[0]):04X}"
        return Read(None, (Finding((), what, line=line, column=column),))
    reader = _Reader(text)
    root = reader.document()
    return Read(root, tuple(reader.findings), frozenset(reader.spoilt), tuple(reader.doubts))


def plain(node: Node) -> Any:
    """A tree as dicts, lists and scalars, for a schema to look at."""
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.nodes]
    return {str(key.value): plain(value) for key, value in node.pairs}


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


class _Reader:
    """One pass over a text's YAML events."""

    def __init__(self, text: str) -> None:
        self.findings: list[Finding] = []
        self.doubts: list[Finding] = []
        self.spoilt: set[Path] = set()
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                self.wrong((), "tabs are not allowed. Use spaces", (number, line.index("\t") + 1))
        self.events: Iterator[Event] = yaml.parse(text.replace("\t", " "), LOADER)

    def wrong(
        self, path: Path, message: str, place: tuple[int, int], nearest: str | None = None
    ) -> None:
        line, column = place
        self.findings.append(Finding(path, message, nearest, line=line, column=column))

    def doubt(self, path: Path, message: str, place: tuple[int, int], nearest: str | None) -> None:
        line, column = place
        self.doubts.append(Finding(path, message, nearest, line=line, column=column))

    def document(self) -> Node | None:
        root = None
        try:
            for event in self.events:
                if isinstance(event, DocumentStartEvent):
                    if event.version or event.tags:
                        self.wrong((), "directives are not allowed", (1, 1))
                elif isinstance(event, (ScalarEvent, AliasEvent, _Start)) and root is None:
                    root = self.value(event, (), _mark(event), 0)
                elif isinstance(event, (ScalarEvent, AliasEvent, _Start)):
                    self.wrong((), "a second document. A file has one", _mark(event))
                    raise _GiveUpError  # noqa: TRY301  one way out of a reader that is three calls deep
        except _GiveUpError:
            pass
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.wrong((), f"this is not YAML: {error.problem or error.context}", place)
            return None
        except (YAMLError, ValueError, RecursionError) as error:
            self.wrong((), f"this is not YAML: {error}", (1, 1))
            return None
        if root is None and not self.findings:
            self.wrong((), "an empty file", (1, 1))
        return root

    def value(self, event: Event, path: Path, place: tuple[int, int], depth: int) -> Node:
        """The node that begins with `event`; `place` is where an empty one stands."""
        if depth > DEEPEST:
            self.wrong(path, f"nested deeper than {DEEPEST} levels", _mark(event))
            raise _GiveUpError
        if isinstance(event, AliasEvent):
            self.wrong(path, "aliases are not allowed. Write the value out", _mark(event))
            self.spoilt.add(path)
            return Leaf(None, *_mark(event))
        if not isinstance(event, (ScalarEvent, *_Start)):
            self.wrong(path, "a value is missing here", _mark(event))
            raise _GiveUpError
        if event.anchor is not None:
            self.wrong(path, "anchors are not allowed", _mark(event))
        if event.tag is not None:
            self.wrong(path, "tags are not allowed", _mark(event))
            self.spoilt.add(path)
        if isinstance(event, SequenceStartEvent):
            return self.items(event, path, depth)
        if isinstance(event, MappingStartEvent):
            return self.fields(event, path, depth)
        return self.scalar(event, path, place)

    def items(self, start: Event, path: Path, depth: int) -> Items:
        nodes: list[Node] = []
        for event in self.events:
            if isinstance(event, CollectionEndEvent):
                break
            nodes.append(self.value(event, (*path, len(nodes)), _mark(event), depth + 1))
        return Items(tuple(nodes), *_mark(start))

    def fields(self, start: Event, path: Path, depth: int) -> Fields:
        pairs: dict[str, tuple[Leaf, Node]] = {}
        for event in self.events:
            if isinstance(event, CollectionEndEvent):
                break
            key = self.key(event, path, depth)
            below = (*path, str(key.value))
            value = self.value(next(self.events), below, (key.line, key.column), depth + 1)
            if first := pairs.get(str(key.value)):
                message = f"this key is here twice; the first is in line {first[0].line}"
                self.wrong(below, message, (key.line, key.column))
            else:
                pairs[str(key.value)] = (key, value)
        return Fields(tuple(pairs.values()), *_mark(start))

    def key(self, event: Event, path: Path, depth: int) -> Leaf:
        place = _mark(event)
        if not isinstance(event, ScalarEvent):
            self.value(event, (*path, "?"), place, depth + 1)
            self.wrong((*path, "?"), "a key is text", place)
            self.spoilt.add((*path, "?"))
            return Leaf("?", *place)
        text = str(event.value)
        if event.anchor is not None or event.tag is not None:
            self.wrong((*path, text), "anchors and tags are not allowed", place)
        if _is_plain(event):
            if text == "<<":
                message = "merge keys are not allowed. Write the keys out"
            elif text in WORDS or NUMBER_ELSEWHERE.fullmatch(text):
                message = f'a key is text. Write "{text}"'
            elif text == "":
                message = "a key is missing here"
            else:
                return Leaf(text, *place)
            self.wrong((*path, text), message, place)
            self.spoilt.add((*path, text))
        return Leaf(text, *place)

    def scalar(self, event: ScalarEvent, path: Path, place: tuple[int, int]) -> Leaf:
        text = str(event.value)
        if not _is_plain(event):
            return Leaf(text, *_mark(event))
        if text == "":
            self.wrong(path, 'a value is missing here. Write it, or null, or ""', place)
            self.spoilt.add(path)
            return Leaf(None, *place)
        place = _mark(event)
        if text in WORDS:
            return Leaf(WORDS[text], *place)
        if INTEGER.fullmatch(text) and text != "-0":
            if len(text) > LONGEST_INTEGER:
                what = f"an integer has at most {LONGEST_INTEGER} digits. Text stands in quotes"
                self.doubt(path, what, place, None)
            return Leaf(int(text) if len(text) <= MOST_DIGITS else text, *place)
        if NUMBER_ELSEWHERE.fullmatch(text):
            quoted = f'"{text}"'
            message = f"other readers make another number of this. Write {quoted}"
            self.doubt(path, message, place, quoted)
        return Leaf(text, *place)


_Start = (SequenceStartEvent, MappingStartEvent)


def _is_plain(event: ScalarEvent) -> bool:
    return not event.style and event.tag is None


def _mark(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
