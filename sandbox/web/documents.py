"""An API's OpenAPI document: read, looked into by JSON pointer, and served as it is in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml
from connexion.spec import OpenAPISpecification

from sandbox.apis import Json

# libyaml's parser is seven times as fast as the one written in Python.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


A_STRING = "tag:yaml.org,2002:str"


class Loader(_Base):  # type: ignore[misc]
    """YAML as JSON: what looks like a date stays text, as it does in every JSON document."""


Loader.yaml_implicit_resolvers = {
    first: [row for row in rows if row[0] != "tag:yaml.org,2002:timestamp"]
    for first, rows in _Base.yaml_implicit_resolvers.items()
}


def load(path: Path) -> dict[str, Any]:
    """The document in a YAML file. Keys are text, as in JSON: also the statuses of answers."""
    loader = Loader(path.read_bytes())
    try:
        document: dict[str, Any] = _value(loader, loader.get_single_node())
    finally:
        loader.dispose()
    return document


def _value(loader: Any, node: yaml.Node) -> Json:
    """What a node stands for. PyYAML's own constructor takes half as long again."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(loader, value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item) for item in node.value]
    return node.value if node.tag == A_STRING else loader.construct_object(node)


def in_force(document: Json, base: str) -> bytes:
    """The document as clients may fetch it: the first server is the path at which we serve it."""
    ours = {"url": base or "/", "description": "this server"}
    others = [server for server in document.get("servers", ()) if "://" in server["url"]]
    return orjson.dumps({**document, "servers": [ours, *others]})


class CheckedSpecification(OpenAPISpecification):
    """A document that is known to be valid.

    Connexion checks a document each time it loads one, which would take a third of a start. The
    test suite has checked those that we ship. `published` is it as clients may fetch it.
    """

    def __init__(self, document: Json, base: str) -> None:
        super().__init__(document)  # type: ignore[no-untyped-call]
        self.published = in_force(document, base)

    @classmethod
    def _validate_spec(cls, spec: Json) -> None:
        pass


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
