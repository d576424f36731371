"""Elevate's error dialect: `{"error": <reason phrase>, "message": <text>}`, no more (D10)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from immutables import Map

from sandbox.apis import Answer
from sandbox.apis.elevate.models import shown
from sandbox.apis.elevate.rules.refusals import (
    ApprovalRequiredError,
    FieldError,
    NotFoundError,
    RefusedError,
)
from sandbox.engine.journal import Violation
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.engine.money import FinerThanMinorUnitsError
from sandbox.provider import REFUSALS
from sandbox.provider.mandates import MandateNotUsableError

PHRASES: Mapping[int, str] = Map({413: "Payload Too Large", 422: "Unprocessable Content"})
"""Reason phrases of RFC 9110, where Python's own differ from version to version."""

FAULTS: Mapping[str, str] = Map(
    bad_request="The request is malformed",
    unauthorised="The credential is not valid, or its account is disabled",
    forbidden="The account is not permitted to do this",
    not_found="There is no such resource",
    conflict="The resource exists already",
    payload_too_large="The body is too large",
    unprocessable="The request cannot be processed",
    too_many_requests="Too many requests",
    internal_error="Contact support",
    provider_unavailable="The payment provider is unavailable",
    provider_timeout="The payment provider did not answer in time",
)
"""The canonical errors of scenarios, as this API's messages. Chosen: the vendor shows none."""

APPROVAL_REQUIRED = "approval_required"
FORBIDDEN = 403

REFUSED = (
    RefusedError,
    IllegalMoveError,
    FinerThanMinorUnitsError,
    MandateNotUsableError,
    *REFUSALS,
)


def refusal(status: int, message: str, violations: Sequence[Violation] = ()) -> Answer:
    """Elevate's body for a refusal by the framework, a fault or a rule."""
    if violations:
        message = "; ".join(
            f"Validation failed for field '{violation.name}': {violation.message}"
            for violation in violations
        )
    phrase = _phrase(status)
    return Answer({"error": phrase, "message": message}, status)


def _phrase(status: int) -> str:
    """The reason phrase of a status, of which a scenario may name any."""
    try:
        return PHRASES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def fault(status: int, error: str = "", message: str = "", *, url: str = "") -> Answer:
    """What a scenario has answered on purpose: its status, whatever else goes with the error.

    `error` is the canonical name, if it gives one. With 403 `approval_required` is the documented
    answer, and `url` its page, on which a payout can be approved.
    """
    if error == APPROVAL_REQUIRED:
        message = message or str(ApprovalRequiredError(url))
        if status == FORBIDDEN:
            return Answer(shown(message=message, authorisationUrl=url or None), status)
    return refusal(status, message or FAULTS.get(error, _phrase(status)))


def answer_to(error: Exception) -> Answer | None:
    """Elevate's answer to what an operation raised; None for a crash of ours."""
    match error:
        case ApprovalRequiredError():
            return fault(FORBIDDEN, APPROVAL_REQUIRED, url=error.url)
        case NotFoundError():
            return refusal(404, str(error))
        case _ if isinstance(error, REFUSED):
            return refusal(400, str(error))
    return None


def violations_of(error: Exception) -> tuple[Violation, ...]:
    """What of a refusal has a place in the request, for the journal."""
    return (error.violation,) if isinstance(error, FieldError) else ()
