"""A tester's own moves: what the bank, the payer or an approver would do. The table decides."""

from typing import Any

from sandbox.apis.control.rules.refusals import NotMovedError
from sandbox.engine.events import TESTER
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import LIFECYCLES
from sandbox.provider.truth import Truth
from sandbox.scenario.language.model import ReasonSpec
from sandbox.scenario.running import moving
from sandbox.scenario.running.moving import NoSuchStatusError


def move(sandbox: Sandbox, resource: Truth, wanted: dict[str, Any]) -> Truth:
    """Move `resource` to `wanted["to"]`, by the event `as` where that is said, or NotMovedError."""
    to, event, why = wanted["to"], wanted.get("as", ""), _reason(wanted.get("reason"))
    try:
        return moving.move(sandbox, resource, to, cause=TESTER, as_=event, reason=why)
    except (IllegalMoveError, NoSuchStatusError):
        lifecycle = LIFECYCLES[resource.type]
        status = getattr(resource, lifecycle.field)
        allowed = dict.fromkeys(str(row.to) for row in lifecycle.allowed(status))
        raise NotMovedError(resource.ref, status, to, event, tuple(allowed)) from None


def _reason(wanted: Any) -> ReasonSpec | None:
    """The code alone, or with what else is to be said; the rest is the catalogue's."""
    if wanted is None:
        return None
    return ReasonSpec(wanted) if isinstance(wanted, str) else ReasonSpec(**wanted)
