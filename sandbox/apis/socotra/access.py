"""Who asks, and whether they may: the claims of a bearer token.

Any token has every permission in every tenant, unless it is a JWT that says otherwise
(chosen). Signature and expiry are not looked at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from msgspec import Struct

from sandbox.apis import claims_in
from sandbox.apis.socotra.locators import request_id, uuid
from sandbox.apis.socotra.refusals import PermissionDeniedError
from sandbox.engine.events import CLIENT, Cause
from sandbox.engine.sandbox import Sandbox

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MOST_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says of its bearer. None: no restriction."""

    user: str
    permissions: tuple[str, ...] | None = None
    tenants: tuple[str, ...] | None = None


class Caller(Struct, frozen=True):
    """On whose behalf something happens: a user, in a request, at an instant.

    `trigger` is the number of the provider's event that led here, 0 for none. `quiet`: it happened
    before the first call, so nobody is told.
    """

    user: str
    request: str
    at: datetime
    rule: str = CLIENT.rule
    trigger: int = 0
    quiet: bool = False

    @property
    def cause(self) -> Cause:
        return Cause(self.rule, self.trigger)


@lru_cache(MOST_REMEMBERED)  # a pure function of its argument: no two sandboxes meet in it
def claims_of(token: str) -> Claims:
    """The claims of a token. An opaque one makes none."""
    claims = claims_in(token)
    sub = str(claims.get("sub") or token)
    return Claims(
        user=sub.lower() if UUID.fullmatch(sub) else uuid(sub),
        permissions=_listed(claims.get("permissions")),
        tenants=_listed(claims.get("tenants")),
    )


def _listed(claim: Any) -> tuple[str, ...] | None:
    return tuple(map(str, claim)) if isinstance(claim, list) else None


def check(token: str, tenant: str, group: str, actions: Sequence[str]) -> None:
    """The tenant's scope first, then the permission; any one of the actions suffices.

    web/ asks before it looks at parameters and body: 403 comes before 400. `group` and `actions`
    are the operation's `x-securityGroup` and `x-securityPermission`.
    """
    claims = claims_of(token)
    if claims.tenants is not None and tenant.lower() not in map(str.lower, claims.tenants):
        raise PermissionDeniedError(f"the token does not reach tenant {tenant}")
    if claims.permissions is None:
        return
    wanted = [f"{group}.{action}" for action in actions]
    # A permission may have wildcards: `payments.*`, `*`.
    if not any(fnmatchcase(one, each) for each in claims.permissions for one in wanted):
        raise PermissionDeniedError(f"{' or '.join(wanted)} is required")


def caller(sandbox: Sandbox, token: str) -> Caller:
    """The client of the request that is being answered."""
    return Caller(claims_of(token).user, request_id(sandbox, sandbox.request), sandbox.now)


def service(sandbox: Sandbox, user: str, job: str, cause: Cause) -> Caller:
    """The execution service, on behalf of the user who asked; `job` names what it does."""
    return Caller(user, request_id(sandbox, job), sandbox.now, cause.rule, cause.trigger)
