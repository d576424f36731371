"""An API's OpenAPI document: read, looked into by JSON pointer, and served as it is in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml
from connexion.json_schema import resolve_refs
from connexion.spec import OpenAPISpecification
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from yaml.nodes import ScalarNode

from sandbox.apis import Json
from sandbox.scenario.language.yaml_nodes import LOADER

A_STRING = "tag:yaml.org,2002:str"


class Loader(LOADER):  # type: ignore[misc]
    """YAML as JSON: what looks like a date stays text, as it does in every JSON document."""


Loader.yaml_implicit_resolvers = {
    first: [row for row in rows if row[0] != "tag:yaml.org,2002:timestamp"]
    for first, rows in LOADER.yaml_implicit_resolvers.items()
}


def load(path: Path) -> dict[str, Any]:
    """The document in a YAML file. Keys are text, as in JSON: also the statuses of answers."""
    loader = Loader(path.read_bytes())
    try:
        document: dict[str, Any] = _Reader(loader).document()
    finally:
        loader.dispose()
    return document


class _Reader:
    """Makes values of YAML's events. PyYAML itself makes nodes first, and takes twice as long."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._next = loader.get_event
        self._anchored: dict[str | None, Json] = {}

    def document(self) -> Json:
        self._next()  # the stream's begin
        self._next()  # the document's
        return self._value(self._next())

    def _value(self, event: Any) -> Json:
        if isinstance(event, AliasEvent):
            return self._anchored[event.anchor]
        if isinstance(event, ScalarEvent):
            value: Json = self._plain(event.value) if event.implicit[0] else event.value
        elif isinstance(event, MappingStartEvent):
            value = {}
            while not isinstance(key := self._next(), MappingEndEvent):
                value[key.value] = self._value(self._next())
        else:
            value = []
            while not isinstance(item := self._next(), SequenceEndEvent):
                value.append(self._value(item))
        if event.anchor:
            self._anchored[event.anchor] = value
        return value

    def _plain(self, text: str) -> Json:
        """What a text without quotes stands for."""
        tag = self._loader.resolve(ScalarNode, text, (True, False))
        return text if tag == A_STRING else self._loader.construct_object(ScalarNode(tag, text))


def since(value: Json) -> tuple[int, ...]:
    """The version with which something came, as a number that compares; () where it always was."""
    said = value.get("x-since", "") if isinstance(value, dict) else ""
    return numbered(said) if isinstance(said, str) else ()


def numbered(version: str) -> tuple[int, ...]:
    """`1.39` as (1, 39)."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def as_of(document: Json, version: str) -> Json:
    """The document of an older version: without what came later, and without what that leaves."""
    if not version:
        return document
    older = _without(document, numbered(version))
    paths = {path: item for path, item in older["paths"].items() if METHODS & item.keys()}
    used = {
        tag
        for item in paths.values()
        for method in METHODS & item.keys()
        for tag in item[method].get("tags", ())
    }
    tags = [tag for tag in older.get("tags", ()) if tag["name"] in used]
    info = {**older["info"], "version": version}
    return {**older, "info": info, "paths": paths, **({"tags": tags} if "tags" in older else {})}


def _without(value: Json, version: tuple[int, ...]) -> Json:
    """A copy without what came after `version`."""
    if isinstance(value, list):
        return [_without(item, version) for item in value if since(item) <= version]
    if not isinstance(value, dict):
        return value
    kept = {key: _without(item, version) for key, item in value.items() if since(item) <= version}
    if isinstance(kept.get("required"), list) and isinstance(kept.get("properties"), dict):
        gone = value["properties"].keys() - kept["properties"].keys()
        kept["required"] = [name for name in kept["required"] if name not in gone]
    return kept


def is_versioned(document: Json) -> bool:
    """Whether anything in it came with a later version."""
    if isinstance(document, dict):
        return bool(since(document)) or any(map(is_versioned, document.values()))
    return isinstance(document, list) and any(map(is_versioned, document))


def as_yaml(document: Json) -> str:
    """The document as a file. Statuses stay text."""
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=LINE))


LINE = 120
METHODS = {"get", "put", "post", "patch", "delete"}


def in_force(document: Json, base: str) -> bytes:
    """The document as clients may fetch it: the first server is the path at which we serve it."""
    ours = {"url": base or "/", "description": "this server"}
    others = [server for server in document.get("servers", ()) if "://" in server["url"]]
    return orjson.dumps({**document, "servers": [ours, *others]})


class CheckedSpecification(OpenAPISpecification):
    """A document that is known to be valid.

    Connexion checks and copies a document each time it loads one, which would take a third of a
    start. The test suite has checked those that we ship. `document` is it as it was read.
    """

    def __init__(self, document: Json) -> None:
        self.document = document
        self._raw_spec = {**document}  # Connexion sets our path in it, and nothing below
        self._spec = resolve_refs(document)  # type: ignore[no-untyped-call]
        self._base_uri = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at one place of a document, and the pointer to it. References are followed."""

    document: Json
    pointer: str
    value: Any

    @classmethod
    def root(cls, document: Json) -> "Place":
        return cls(document, "#", document)

    def get(self, key: str | int) -> "Place | None":
        """What stands under `key`, or None."""
        known = key < len(self.value) if isinstance(key, int) else key in self.value
        return self[key] if known else None

    def __getitem__(self, key: str | int) -> "Place":
        pointer = f"{self.pointer}/{escaped(str(key))}"
        return Place(self.document, pointer, self.value[key])._followed()

    def at(self, *keys: str | int) -> "Place | None":
        """What stands under one key after the other, or None."""
        here: Place | None = self
        for key in keys:
            here = here and here.get(key)
        return here

    def members(self) -> Iterator[tuple[str, "Place"]]:
        return ((key, self[key]) for key in self.value)

    def items(self) -> Iterator["Place"]:
        return (self[number] for number in range(len(self.value)))

    def _followed(self) -> "Place":
        place = self
        while isinstance(place.value, dict) and isinstance(place.value.get("$ref"), str):
            pointer = place.value["$ref"]
            value = self.document
            for token in pointer.split("/")[1:]:
                value = value[token.replace("~1", "/").replace("~0", "~")]
            place = Place(self.document, pointer, value)
        return place


def escaped(token: str) -> str:
    """`token` as a part of a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")
