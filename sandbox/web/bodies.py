"""A request's body: its media type, its size, its JSON, its schema."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from sandbox.apis import Json
from sandbox.engine.journal import Violation
from sandbox.web.documents import Place
from sandbox.web.refusal import RefusedError
from sandbox.web.request import Request
from sandbox.web.schemas import Check, Members, Schemas, members_of, unknown_members

CUT_OFF = "the client was gone before all of the body had come"


def is_json(media: str) -> bool:
    """Whether bodies of this media type are JSON: `application/json-patch+json` too."""
    return media == "application/json" or media.endswith("+json")


def plain(media: bytes) -> str:
    """A media type without its parameters: `application/json` of `Application/JSON; q=1`."""
    return media.partition(b";")[0].strip().lower().decode("latin-1")


@dataclass(frozen=True, slots=True)
class Form:
    """What a body of one media type has to be. `plain` are those `members` that have none."""

    json: bool
    check: Check | None
    members: Members | None
    plain: frozenset[str]

    @classmethod
    def compiled(cls, media: str, schema: Place | None, schemas: Schemas) -> "Form":
        members = members_of(schema)
        plain = frozenset(name for name, inner in (members or {}).items() if inner is None)
        return cls(is_json(media), schemas.check(schema), members, plain)

    def unknown(self, value: Json) -> Iterable[str]:
        """Pointers to the members of a body that the document does not name."""
        if self.members is None or (isinstance(value, dict) and value.keys() <= self.plain):
            return ()
        return unknown_members(value, self.members)


@dataclass(frozen=True, slots=True)
class Bodies:
    """What an operation takes. `forms` is keyed by media type; without any it takes no body."""

    forms: Mapping[bytes, Form]
    required: bool
    most: int

    @classmethod
    def compiled(cls, operation: Place, schemas: Schemas, most: int) -> "Bodies":
        """`most` bytes, where the document has no limit of its own."""
        own = operation.at("requestBody", "x-maxBytes")
        content = operation.at("requestBody", "content")
        forms = {
            media.encode(): Form.compiled(media, place.get("schema"), schemas)
            for media, place in (content.members() if content else ())
        }
        required = operation.at("requestBody", "required")
        return cls(forms, bool(required and required.value), own.value if own else most)

    def form(self, request: Request) -> Form | None:
        """What the body has to be; None where there is none. 413 and 415 are decided here."""
        headers = request.headers
        length = headers.get(b"content-length")
        if length is None and b"transfer-encoding" not in headers:
            return None
        if length is not None and int(length) > self.most:
            raise self._too_large()
        if not self.forms or length == b"0":
            return None
        media = headers.get(b"content-type", b"")
        form = self.forms.get(media) or self.forms.get(plain(media).encode())
        if form is None:
            known = " or ".join(sorted(name.decode() for name in self.forms))
            said = f"is {plain(media)}" if media else "has no Content-Type"
            raise RefusedError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body {said}; it must be {known}"
            )
        return form

    async def received(self, request: Request) -> bytes:
        """The whole body, or 413 as soon as it is too large. A part of one is none.

        It may come in pieces, and is joined once, for there may be many.
        """
        pieces: list[bytes] = []
        length, is_more = 0, True
        while is_more and length <= self.most:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(HTTPStatus.BAD_REQUEST, CUT_OFF)
            pieces.append(message.get("body", b""))
            length, is_more = length + len(pieces[-1]), message.get("more_body", False)
        if length > self.most:
            raise self._too_large()
        return b"".join(pieces)

    def _too_large(self) -> RefusedError:
        return RefusedError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {self.most} bytes"
        )

    def read(
        self, form: Form | None, raw: bytes, violations: list[Violation], notes: list[str]
    ) -> Json:
        """The body's value. What is wrong goes to `violations`, what is ignored to `notes`."""
        if form is None or not raw:
            if self.required:
                violations.append(Violation("body", "", "is required"))
            return None
        try:
            value: Any = orjson.loads(raw) if form.json else raw.decode()
        except orjson.JSONDecodeError as error:
            violations.append(Violation("body", "", f"must be JSON: {error}"))
            return None
        except UnicodeDecodeError as error:
            violations.append(Violation("body", "", f"must be UTF-8: {error}"))
            return None
        if form.check:
            violations += form.check.violations(value, "body")
        if not violations and (unknown := form.unknown(value)):
            notes += (f"body member {one}: not in the document, ignored" for one in unknown)
        return value
