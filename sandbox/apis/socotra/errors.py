"""Refusals in Socotra's dialect. The body is ours (chosen): the vendor publishes none."""

from collections.abc import Iterable, Sequence

from sandbox.apis import Answer
from sandbox.apis.socotra.locators import refusal_id
from sandbox.apis.socotra.refusals import (
    AlreadyNumberedError,
    CreditSpentError,
    IllegalStateError,
    MalformedError,
    PermissionDeniedError,
    SubpaymentError,
    UnknownLocatorError,
    UnusableError,
)
from sandbox.engine.journal import Violation

OURS = 990_000  # errorCode: 99 and a number of the sandbox's own
ILLEGAL_STATE = 990_402
STATUSES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    422: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
INVALID = "INVALID_ARGUMENT"
MESSAGES = {
    400: "the request is not valid",
    422: "the request refers to what cannot be used",
}


def refusal(status: int, message: str, violations: Sequence[Violation] = ()) -> Answer:
    """The body for a refusal by the framework."""
    text = MESSAGES.get(status, message) if violations else message
    return _answer(status, text, details=[(field_of(each), each.message) for each in violations])


def fault(status: int, error: str = "", message: str = "") -> Answer:
    """What a scenario has answered on purpose. A 422 is an illegal state (chosen)."""
    code = ILLEGAL_STATE if status == 422 else OURS + status  # noqa: PLR2004
    name = error or STATUSES.get(status, INVALID).lower()
    return _answer(status, message or name.replace("_", " "), code)


def answer_to(error: Exception) -> Answer | None:
    """The answer to what an operation raised; None where that is no refusal."""
    match error:
        case UnknownLocatorError():
            return _answer(404, str(error))
        case PermissionDeniedError():
            return _answer(403, str(error))
        case MalformedError():
            return _answer(400, MESSAGES[400], details=error.details)
        case UnusableError():
            return _answer(422, MESSAGES[422], details=error.details)
        case IllegalStateError() | SubpaymentError() | AlreadyNumberedError() | CreditSpentError():
            return _answer(422, str(error), ILLEGAL_STATE)
    return None


def _answer(
    status: int, message: str, code: int = 0, details: Iterable[tuple[str, str]] = ()
) -> Answer:
    wrong = [{"field": field, "reason": why} for field, why in details]
    body = {
        "errorCode": code or OURS + status,
        "status": STATUSES.get(status, INVALID),
        "message": message,
        "requestId": refusal_id(status, message, wrong),
    }
    if wrong:
        body["details"] = wrong
    return Answer(body, status)


def field_of(violation: Violation) -> str:
    """A JSON pointer as this API names fields: `targets[0].containerLocator`."""
    parts = violation.pointer.split("/")[1:]
    text = ""
    for part in parts:
        if part.isdigit():
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text or violation.where
