"""An operation's answer: what the client accepts, what the spec allows, and its bytes."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from msgspec.structs import replace

from sandbox.apis import Answer, Json
from sandbox.engine.journal import Violation
from sandbox.web.bodies import is_json
from sandbox.web.documents import Place
from sandbox.web.refusal import RefusedError
from sandbox.web.schemas import Check, Members, Schemas, members_of

JSON = "application/json"
SUCCESSES = range(200, 300)
MANY, FEW = 200, 20
"""Items of a list that are checked and written in one go, and of one that is longer."""

GAP = orjson.Fragment(b"\0")  # stands for a list that is written by itself; no JSON has this byte
Payload = bytes | bytearray
"""The bytes of a body. A long one has grown to what it is."""

Forms = Mapping[tuple[int | str, str], Check | None]
"""By status (or `4XX`, or `default`) and media type, which is empty where there is no body."""


class BrokenAnswerError(Exception):
    """An answer that its document does not allow: a bug of ours."""

    def __init__(self, violations: list[Violation]) -> None:
        self.violations = tuple(violations)
        texts = (f"{each.pointer or '/'} {each.message}" for each in violations)
        super().__init__(f"the answer breaks the document: {'; '.join(texts)}")


def encoded(answer: Answer) -> bytes:
    """The bytes of an answer's body."""
    body = answer.body
    if body is None or isinstance(body, bytes):
        return body or b""
    is_text = answer.media != JSON and not is_json(answer.media)
    return str(body).encode() if is_text else orjson.dumps(body)


@dataclass(frozen=True, slots=True)
class Answers:
    """What an operation may answer.

    `media` are the types of its successes, the preferred first; `members` the names that the items
    of its list have.
    """

    forms: Forms
    media: tuple[str, ...]
    members: tuple[str, ...]
    operation: Place
    schemas: Schemas

    @classmethod
    def compiled(cls, operation: Place, schemas: Schemas) -> "Answers":
        forms: dict[tuple[int | str, str], Check | None] = {}
        media: list[str] = []
        members: Members = {}
        for status, answer in operation["responses"].members():
            key = int(status) if status.isdigit() else status
            content = answer.get("content")
            if content is None:
                forms[key, ""] = None
                continue
            for name, form in content.members():
                schema = form.get("schema")
                forms[key, name] = schemas.check(schema)
                if status.startswith("2"):
                    media.append(name)
                    if schema and schema.get("items"):
                        members |= (members_of(schema) or {}).get("[]") or {}
        return cls(forms, tuple(dict.fromkeys(media)), tuple(members), operation, schemas)

    def chosen(self, accept: bytes | None) -> str:
        """The media type to answer in, of those that the client accepts; or 406."""
        media = self.media
        if not media:
            return JSON
        if not accept or accept == b"*/*":
            return media[0]
        wanted = _wanted(accept.decode("latin-1"))
        best, chosen = 0.0, ""
        for name in media:
            quality = _quality(name, wanted)
            if quality > best:
                best, chosen = quality, name
        if not chosen:
            raise RefusedError(
                HTTPStatus.NOT_ACCEPTABLE, f"this is answered as {' or '.join(media)} only"
            )
        return chosen

    def check(self, answer: Answer) -> None:
        """Hold an operation's answer against the document, or BrokenAnswerError."""
        body = answer.body
        key: tuple[int | str, str] = (answer.status, "" if body is None else answer.media)
        check = self.forms.get(key) or self._general(*key)
        if check and (violations := check.violations(body, "body")):
            raise BrokenAnswerError(violations)

    def _general(self, status: Any, media: str) -> Check | None:
        """What the document says of an answer where it may say nothing of its status alone."""
        for key in (status, f"{status // 100}XX", "default"):
            if (key, media) in self.forms:
                return self.forms[key, media]
        text = f"{status} with {media or 'no body'} is not in the document"
        raise BrokenAnswerError([Violation("status", "", text)])

    def written(self, answer: Answer) -> Generator[None, None, Payload]:
        """The bytes of an answer's body, held against the document.

        A long list goes a few items at a time, and others may go on in between; so does what the
        document leaves open. Nothing is left of it afterwards: to let go of it at once would hold
        up others too.
        """
        body = answer.body
        members = body.items() if isinstance(body, dict) else ()
        long = {name: one for name, one in members if self._may_be_long(answer.status, name, one)}
        if not long:
            self.check(answer)
            return encoded(answer)
        empty = {name: type(one)() for name, one in long.items()}
        self.check(replace(answer, body={**body, **empty}))
        parts = orjson.dumps({**body, **dict.fromkeys(long, GAP)}).split(b"\0")
        text = bytearray(parts[0])
        for (name, one), after in zip(long.items(), parts[1:], strict=True):
            check = partial(self._check_items, self._member(answer.status, name), name)
            yield from in_pieces(one, text, check)
            text += after
        return text

    def _may_be_long(self, status: int, name: str, value: Json) -> bool:
        if isinstance(value, list):
            return len(value) > MANY
        member = self._member(status, name) if isinstance(value, dict) else None
        said = member.value if member else {}
        return said.get("additionalProperties") is True and "properties" not in said

    def _member(self, status: int, name: str) -> Place | None:
        schema = self.operation["responses"][str(status)].at("content", JSON, "schema")
        return schema.at("properties", name) if schema else None

    def _check_items(self, listed: Place | None, name: str, first: int, some: list[Json]) -> None:
        """Hold some items of a long list against the document, the first of them at this place."""
        every = self.schemas.check(listed)
        each = self.schemas.check(listed.get("items") if listed else None)
        if every and each and every.violations(some, "body"):
            places = enumerate(some, first)
            found = (each.violations(one, "body", f"/{name}/{place}") for place, one in places)
            raise BrokenAnswerError([one for violations in found for one in violations])

    def violations(self, value: Json) -> list[Violation]:
        """What keeps `value` from being the body of a success: for who changes what it shows."""
        checks = (check for key, check in self.forms.items() if key[0] in SUCCESSES and check)
        return next((check.violations(value, "body") for check in checks), [])

    def lists(self, status: int) -> bool:
        """Whether the document says anything of this status."""
        return any(key[0] == status for key in self.forms)


def in_pieces(
    value: Json, text: bytearray, check: Callable[[int, list[Json]], None] = lambda *_: None
) -> Generator[None, None, None]:
    """Add JSON that may be long to `text`, a list a few items at a time, and empty it on the way.

    Items of the outermost list are checked, with the place of the first of them.
    """
    opened = len(text)
    if isinstance(value, list):
        for first in range(0, len(value), FEW):
            some = value[first : first + FEW]
            value[first : first + FEW] = [None] * len(some)
            check(first, some)
            text += (b"," if first else b"[") + orjson.dumps(some)[1:-1]
            yield
    elif isinstance(value, dict):
        for name in [*value]:
            text += (b"{" if len(text) == opened else b",") + orjson.dumps(name) + b":"
            yield from in_pieces(value.pop(name), text)
    if len(text) == opened:
        text += orjson.dumps(value)
    else:
        text += b"]" if isinstance(value, list) else b"}"


def _wanted(accept: str) -> dict[str, float]:
    """The media ranges of an `Accept` header, each with its quality."""
    wanted = {}
    for part in accept.lower().split(","):
        name, *parameters = (text.strip() for text in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            wanted[name] = float(quality)
        except ValueError:
            wanted[name] = 1.0
    return wanted


def _quality(media: str, wanted: Mapping[str, float]) -> float:
    family = media.partition("/")[0]
    return next((wanted[one] for one in (media, f"{family}/*", "*/*") if one in wanted), 0.0)
