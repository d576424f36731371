"""A document's schemas as validators, each built once, that name every violation.

OpenAPI 3.0's schemas are JSON Schema draft 4 but for `nullable` and some formats.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import orjson
from jsonschema_rs import Draft4, Draft4Validator, Registry

from sandbox.apis import Json
from sandbox.engine.journal import Violation
from sandbox.engine.money import DIGITS
from sandbox.web.documents import Place
from sandbox.web.sentences import violations_of

WHOLE_NUMBERS = {"int32": 2**31, "int64": 2**63}
LENGTH_OF_A_DATE = 10
A_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Check:
    """One schema, ready to be held against values."""

    __slots__ = ("_document", "_validator")

    def __init__(self, schema: Json, document: Json, registry: Registry) -> None:
        self._document = document
        self._validator = Draft4Validator(
            schema, registry=registry, validate_formats=True, formats=FORMATS
        )

    def violations(self, value: Json, where: str, pointer: str = "") -> list[Violation]:
        """What is wrong with `value`, which stands at `pointer` in the part named `where`.

        A value that is no JSON as it stands, but becomes JSON when it is written, is checked as
        written.
        """
        try:
            if self._validator.is_valid(value):
                return []
        except ValueError:
            value = orjson.loads(orjson.dumps(value))
        found = (
            violation
            for error in self._validator.iter_errors(value)
            for violation in violations_of(error, self._document, where, pointer)
        )
        return list(dict.fromkeys(found))  # a pattern and a format may say the same


class Schemas:
    """The checks of one document. All share its schemas, and one place has one check."""

    def __init__(self, name: str, document: Json) -> None:
        self._uri = f"urn:sandbox:{name}"
        self._document = document
        self._registry = Registry([(self._uri, as_draft4(document))], draft=Draft4)
        self._checks: dict[str, Check] = {}

    def check(self, place: Place | None) -> Check | None:
        """The check of the schema that stands at `place`; None if it allows everything."""
        if place is None or all(key in SAYS_NOTHING or key[:2] == "x-" for key in place.value):
            return None
        pointer = place.pointer
        if pointer not in self._checks:
            reference = f"{self._uri}#{quote(pointer[1:])}"
            self._checks[pointer] = Check({"$ref": reference}, self._document, self._registry)
        return self._checks[pointer]


SAYS_NOTHING = frozenset(
    {"default", "deprecated", "description", "example", "examples", "externalDocs", "title", "xml"}
)
"""What stands in a schema and allows or forbids no value."""


def as_draft4(value: Json, *, names: bool = False) -> Json:
    """A copy of a document, or of a part of it, with its schemas in the words of draft 4.

    `names` says that the keys of `value` are the names of properties, which may be any word.
    """
    if isinstance(value, list):
        return [as_draft4(item) for item in value]
    if not isinstance(value, dict):
        return value
    if names:
        return {name: as_draft4(item) for name, item in value.items()}
    schema = {
        key: as_draft4(item, names=key == "properties") if isinstance(item, (dict, list)) else item
        for key, item in value.items()
        if key not in SAYS_NOTHING
    }
    kind = schema.get("type")
    if not isinstance(kind, str):
        return schema
    if kind == "integer" and schema.get("format") in WHOLE_NUMBERS:
        most = WHOLE_NUMBERS[schema["format"]]
        schema.setdefault("minimum", -most)
        schema.setdefault("maximum", most - 1)
    if schema.get("nullable") is True:
        schema["type"] = [kind, "null"]
    return schema


def is_date(text: str) -> bool:
    """RFC 3339's full-date."""
    return len(text) == LENGTH_OF_A_DATE and _is_day(text)


@lru_cache(100)  # nearly all dates of a test are the same few ones
def _is_day(text: str) -> bool:
    """Python takes the days of a week too, as in 2026-W14-1."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return text[4] == text[7] == "-"


def is_uuid(text: str) -> bool:
    """RFC 4122's text, in either case."""
    return A_UUID.fullmatch(text) is not None


FORMATS: dict[str, Any] = {  # draft 4 knows none of them
    "date": is_date,
    "uuid": is_uuid,
    "iso-4217": DIGITS.__contains__,
}


Members = dict[str, "Members | None"]
"""The members that a schema names, and theirs. Those of an array's items stand under `[]`."""


def members_of(place: Place | None, seen: frozenset[str] = frozenset()) -> Members | None:
    """The members that a body of this schema may have; None where any may stand."""
    if place is None or place.pointer in seen:
        return None
    seen |= {place.pointer}
    if items := place.get("items"):
        inner = members_of(items, seen)
        return {"[]": inner} if inner else None
    if place.value.get("additionalProperties", False) is not False:
        return None
    known: Members = {}
    for word in ("allOf", "oneOf", "anyOf"):
        for part in parts.items() if (parts := place.get(word)) else ():
            known |= members_of(part, seen) or {}
    if properties := place.get("properties"):
        known |= {name: members_of(inner, seen) for name, inner in properties.members()}
    return known or None


def unknown_members(value: Json, known: Members, pointer: str = "") -> Iterator[str]:
    """Pointers to those members of `value` that its schema does not name."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in known:
                yield f"{pointer}/{name}"
            elif inner := known[name]:
                yield from unknown_members(item, inner, f"{pointer}/{name}")
    elif isinstance(value, list) and (inner := known.get("[]")):
        for number, item in enumerate(value):
            yield from unknown_members(item, inner, f"{pointer}/{number}")
