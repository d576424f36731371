"""Which version of an API a caller is served: the sandbox's own, else the server's."""

from collections.abc import Mapping
from typing import Any

from immutables import Map

from sandbox.apis import Server
from sandbox.scenario.running.binding import SETTINGS
from sandbox.web.credentials import Access
from sandbox.web.documents import numbered
from sandbox.web.refusal import RefusedError
from sandbox.web.request import Request

ANYONE = Access([{"any": []}], {"any": {"type": "apiKey"}})
"""Whoever names a sandbox, by whatever names one."""


def sandbox_named(request: Request) -> str:
    """The sandbox that a request names, if it does: it need not have a right to anything."""
    try:
        return ANYONE.name(request)
    except RefusedError:
        return ""


def served(server: Server, api: str, request: Request) -> str:
    """The version of `api` for this request; empty where an API has no versions."""
    setting = f"{api}Version"
    default = server.settings.get(setting, "")
    if not default:
        return ""
    sandbox = server.sandboxes.find(sandbox_named(request))
    own: Mapping[str, str] = sandbox.part(SETTINGS, Map()) if sandbox else {}
    return own.get(setting, default)


def is_there(server: Server, request: Request, operation: Any) -> bool:
    """Whether an operation is in the version that the caller is served."""
    if not operation.since:
        return True
    return numbered(operation.since) <= numbered(served(server, operation.api, request))
