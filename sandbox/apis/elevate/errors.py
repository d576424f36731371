"""Elevate's error dialect: `{"error": <reason phrase>, "message": <text>}`, no more (D10)."""

from collections.abc import Sequence
from http import HTTPStatus

from sandbox.apis import Answer
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
    return Answer({"error": HTTPStatus(status).phrase, "message": message}, status)


def answer_to(error: Exception) -> Answer | None:
    """Elevate's answer to what an operation raised; None for a crash of ours."""
    match error:
        case ApprovalRequiredError():
            return Answer({"message": str(error), "authorisationUrl": error.url}, 403)
        case NotFoundError():
            return refusal(404, str(error))
        case _ if isinstance(error, REFUSED):
            return refusal(400, str(error))
    return None


def violations_of(error: Exception) -> tuple[Violation, ...]:
    """What of a refusal has a place in the request, for the journal."""
    return (error.violation,) if isinstance(error, FieldError) else ()
