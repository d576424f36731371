"""Moves that somebody names by their goal: a scenario's step, or a tester."""

from sandbox.engine.events import Cause, Reason
from sandbox.engine.lifecycle import Forced, IllegalMoveError, Lifecycle, Move
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import LIFECYCLES, reasons
from sandbox.provider.truth import Truth
from sandbox.scenario.language.model import ReasonSpec


class NoSuchStatusError(Exception):
    """A status that a resource's lifecycle does not have."""

    def __init__(self, lifecycle: type[Lifecycle], status: str) -> None:
        self.status = status
        self.statuses = tuple(type(lifecycle.initial))
        super().__init__(
            f"a {lifecycle.resource} has no status {status!r}; there are {', '.join(self.statuses)}"
        )


def move(  # noqa: PLR0913  what a tester, or a step, may say of a move, each by name
    sandbox: Sandbox,
    resource: Truth,
    to: str,
    *,
    cause: Cause,
    as_: str = "",
    reason: ReasonSpec | None = None,
    force: bool = False,
) -> Truth:
    """Make the move that leads from the present status to `to`.

    Raises IllegalMoveError, which says what would be allowed, or NoSuchStatusError; a forced one
    asks no table, and is announced as `as_` or as the status.
    """
    current = sandbox.get(type(resource), resource.id)
    leads = _move_to(LIFECYCLES[current.type], current, to, as_, force)
    why = reason_of(reason, current, leads.event)
    return sandbox.make(current, leads, cause=cause, reason=why)


def _move_to(
    lifecycle: type[Lifecycle], resource: Truth, status: str, as_: str, force: bool
) -> Move:
    standing = getattr(resource, lifecycle.field)
    try:
        to = type(lifecycle.initial)(status)
    except ValueError:
        raise NoSuchStatusError(lifecycle, status) from None
    try:
        return lifecycle.between(standing, to, as_)
    except IllegalMoveError:
        if not force:
            raise
        return Forced(lifecycle, to, as_ or f"{lifecycle.resource}.{status}")


def reason_of(spec: ReasonSpec | None, resource: Truth, event: str) -> Reason | None:
    """The reason that is written, filled in for the resource's scheme and this event."""
    if spec is None:
        return None
    return reasons.reason(
        spec.code,
        getattr(resource, "scheme", ""),
        event,
        scheme_code=spec.scheme_code,
        origin=spec.origin,
        text=spec.text,
    )
