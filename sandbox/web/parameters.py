"""A call's parameters: found in path, query and headers, made values of, held against the spec."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.apis import Json
from sandbox.engine.journal import Violation
from sandbox.web.documents import Place
from sandbox.web.resolver import snake_case
from sandbox.web.schemas import Check, Schemas

LIKE_JSON_NUMBERS = frozenset("0123456789+-.eE")
MOST_DIGITS = 300
"""No id is longer, and Python refuses to read numbers of some thousand digits."""


class NotOfTypeError(ValueError):
    """A text that is no value of its parameter's type."""


def as_text(text: str) -> str:
    """A string as it stands."""
    return text


def as_small_letters(text: str) -> str:
    """A string whose schema has `x-lower-case`: `True` means what `true` does."""
    return text.lower()


def as_integer(text: str) -> int:
    """Decimal digits, with a sign or without."""
    digits = text[1:] if text.startswith("-") else text
    if not (digits.isascii() and digits.isdigit()):
        raise NotOfTypeError("must be an integer")
    if len(digits) > MOST_DIGITS:
        raise NotOfTypeError(f"must have {MOST_DIGITS} digits at most")
    return int(text)


def as_number(text: str) -> float:
    """What JSON takes for a number."""
    if text and LIKE_JSON_NUMBERS.issuperset(text):
        try:
            number: float = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise NotOfTypeError("must be a number") from None
        return number
    raise NotOfTypeError("must be a number")


def as_boolean(text: str) -> bool:
    """The words of JSON."""
    if text not in ("true", "false"):
        raise NotOfTypeError("must be true or false")
    return text == "true"


READERS: dict[str, Callable[[str], Json]] = {
    "string": as_text,
    "integer": as_integer,
    "number": as_number,
    "boolean": as_boolean,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `name` is the operation's word for it, `asked` the client's.

    `items` reads the items of an array; `apart` says that each stands in a parameter of its own.
    """

    name: str
    asked: str
    where: str
    required: bool
    default: Json
    read: Callable[[str], Json]
    items: bool
    apart: bool
    bare: bool
    check: Check | None

    @classmethod
    def compiled(cls, place: Place, schemas: Schemas) -> "Parameter":
        value = place.value
        schema = place.get("schema")
        kind = _type(schema)
        inner = _type(schema and schema.get("items")) if kind == "array" else kind
        read = READERS.get(inner, as_text)
        return cls(
            name=snake_case(value["name"]),
            asked=value["name"].lower() if value["in"] == "header" else value["name"],
            where=value["in"],
            required=value.get("required", False),
            default=schema.value.get("default") if schema else None,
            read=as_small_letters if schema and schema.value.get("x-lower-case") else read,
            items=kind == "array",
            apart=value["in"] == "query" and value.get("explode", True),
            bare=value.get("allowEmptyValue", False) and kind == "boolean",
            check=None if schema and schema.value == {"type": kind} else schemas.check(schema),
        )

    def value(self, texts: Sequence[str], violations: list[Violation]) -> Json:
        """The value of what the client wrote. What is wrong with it goes to `violations`."""
        pointer = f"/{self.asked}"
        if self.items:
            parts = texts if self.apart else texts[0].split(",")
            value: Json = [
                self._read(text, f"{pointer}/{number}", violations)
                for number, text in enumerate(parts)
            ]
        else:
            value = self._read(texts[0], pointer, violations)
        if self.check and not violations:
            violations += self.check.violations(value, self.where, pointer)
        return value

    def _read(self, text: str, pointer: str, violations: list[Violation]) -> Json:
        if self.bare and not text:
            return True
        try:
            return self.read(text)
        except NotOfTypeError as error:
            violations.append(Violation(self.where, pointer, str(error)))
            return None


def _type(schema: Place | None) -> str:
    """The type that a schema asks for, also where a part of it does."""
    if schema is None:
        return "string"
    if "type" in schema.value:
        return str(schema.value["type"])
    parts = schema.get("allOf")
    kinds = [_type(part) for part in parts.items()] if parts else []
    return next((kind for kind in kinds if kind != "string"), "string")


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of an operation. `path` are in the order of the path's template.

    `some` says that there are any; `strict` refuses those of the query that it does not know, and
    notes them else.
    """

    path: tuple[Parameter, ...]
    query: dict[str, Parameter]
    headers: tuple[Parameter, ...]
    absent: dict[str, Json]  # what those of query and headers are where they are not given
    required: tuple[Parameter, ...]
    some: bool
    strict: bool = False

    @classmethod
    def compiled(
        cls,
        operation: Place,
        path: Place,
        names: Sequence[str],
        schemas: Schemas,
        *,
        strict: bool = False,
    ) -> "Parameters":
        """The parameters that stand at the operation or at its path; the first hide the second."""
        places = {
            (place.value["in"], place.value["name"]): place
            for owner in (path, operation)
            for place in _listed(owner)
        }
        known = {key: Parameter.compiled(place, schemas) for key, place in places.items()}
        rest = [parameter for key, parameter in known.items() if key[0] in ("query", "header")]
        return cls(
            path=tuple(known["path", name] for name in names),
            query={parameter.asked: parameter for parameter in rest if parameter.where == "query"},
            headers=tuple(parameter for parameter in rest if parameter.where == "header"),
            absent={parameter.name: parameter.default for parameter in rest},
            required=tuple(parameter for parameter in rest if parameter.required),
            some=bool(known),
            strict=strict,
        )

    @property
    def in_query(self) -> Iterator[str]:
        """The operation's names for those of the query."""
        return (parameter.name for parameter in self.query.values())

    @property
    def names(self) -> set[str]:
        return {parameter.name for parameter in self.path} | set(self.absent)

    def read(
        self,
        values: Sequence[str],
        query: bytes,
        headers: dict[bytes, bytes],
        violations: list[Violation],
        notes: list[str],
    ) -> dict[str, Json]:
        """The arguments. What is wrong goes to `violations`, what is ignored to `notes`."""
        arguments: dict[str, Any] = self.absent.copy()
        for parameter, text in zip(self.path, values, strict=True):
            wrong: list[Violation] = []
            arguments[parameter.name] = parameter.value((text,), wrong)
            violations += wrong
        if query or self.required or self.headers:
            given = self._given(query, headers, violations, notes)
            for parameter, texts in given:
                wrong = []
                arguments[parameter.name] = parameter.value(texts, wrong)
                violations += wrong
            if self.required:
                found = {parameter.name for parameter, _ in given}
                violations += [
                    Violation(parameter.where, f"/{parameter.asked}", "is required")
                    for parameter in self.required
                    if parameter.name not in found
                ]
        return arguments

    def _given(
        self,
        query: bytes,
        headers: dict[bytes, bytes],
        violations: list[Violation],
        notes: list[str],
    ) -> list[tuple[Parameter, list[str]]]:
        """The parameters that the client gave, each with all its texts, in the client's order."""
        texts: dict[str, list[str]] = {}
        for name, text in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            texts.setdefault(name, []).append(text)
        given = []
        for name, all_of_it in texts.items():
            if parameter := self.query.get(name):
                given.append((parameter, all_of_it))
                if len(all_of_it) > 1 and not parameter.items:
                    notes.append(f"query parameter {name}: given again, the first one counts")
            elif not name:
                violations.append(Violation("query", "/", "must have a name"))
            elif self.strict:
                violations.append(Violation("query", f"/{name}", "is not known here"))
            else:
                notes.append(f"query parameter {name}: not in the document, ignored")
        for parameter in self.headers:
            value = headers.get(parameter.asked.encode())
            if value is not None:
                given.append((parameter, [value.decode("latin-1")]))
        return given


def _listed(owner: Place) -> Iterator[Place]:
    listed = owner.get("parameters")
    return listed.items() if listed else iter(())
