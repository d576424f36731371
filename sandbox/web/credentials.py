"""The credential is the sandbox: from a request's headers to the name of its sandbox."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from http import HTTPStatus

from sandbox.apis import Json, claims_in
from sandbox.web.refusal import RefusedError
from sandbox.web.request import Request

A_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
MOST_REMEMBERED = 4096
SCHEME = b"bearer"
HOW = (("WWW-Authenticate", "Bearer"),)


def named(text: str) -> str:
    """`text` as a sandbox's name: itself, or its digest when it is no name."""
    if A_NAME.fullmatch(text):
        return text
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _token_in(authorization: bytes) -> str:
    """The bearer token of a header `Authorization` that has one; else the empty text."""
    scheme, _, token = authorization.partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == SCHEME else ""


def token_of(request: Request) -> str:
    """The bearer token of a request that has one; else the empty text."""
    return _token_in(request.headers.get(b"authorization", b""))


@lru_cache(MOST_REMEMBERED)  # a pure function of its argument: no two sandboxes meet in it
def named_by(authorization: bytes) -> str:
    """The sandbox that a header `Authorization` names; empty where it has no bearer token.

    It is a JWT's claim `sandbox`, else its `sub`, else the token.
    """
    token = _token_in(authorization)
    claims = claims_in(token)
    return named(str(claims.get("sandbox") or claims.get("sub") or token)) if token else ""


@dataclass(frozen=True, slots=True)
class Permission:
    """What an API asks of a token besides, by its `access.check`: of an operation in a tenant."""

    check: Callable[[str, str, str, Sequence[str]], None]
    tenant: int  # its place among the path's parameters
    group: str
    actions: tuple[str, ...]

    def ask(self, request: Request, values: Sequence[str]) -> None:
        """Raise what the API refuses with, if it does."""
        self.check(token_of(request), values[self.tenant], self.group, self.actions)


class Access:
    """What an operation's `security` asks for."""

    __slots__ = ("needed", "without_token")

    def __init__(self, security: Json, schemes: Json) -> None:
        self.needed = bool(security) and {} not in security
        self.without_token = any(
            schemes[name]["type"] == "apiKey" for one in security or () for name in one
        )

    def name(self, request: Request) -> str:
        """The name of the caller's sandbox, or 401.

        The path's `/s/<name>` stands before the header `X-Sandbox`, and that before the token.
        """
        headers = request.headers
        given = headers.get(b"authorization")
        name = named_by(given) if given else ""
        picked = request.picked or headers.get(b"x-sandbox")
        if picked and (name or self.without_token):
            return named(picked if isinstance(picked, str) else picked.decode("latin-1"))
        if name:
            return name
        wrong = "is missing" if given is None else "must be `Bearer` and a token that is not empty"
        raise RefusedError(HTTPStatus.UNAUTHORIZED, f"the header Authorization {wrong}", (), HOW)
