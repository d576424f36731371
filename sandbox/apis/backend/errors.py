"""What a client reads when something is refused: `{"error": {"code", "message", "fields"}}`.

Chosen throughout: the manual shows no error body and no table of codes.
"""

from collections.abc import Mapping, Sequence

from immutables import Map

from sandbox.apis import Answer, Json
from sandbox.apis.backend.rules.refusals import (
    BadParameterError,
    ConflictError,
    InvalidFieldError,
    NotFoundError,
)
from sandbox.engine.journal import Violation

CODES: Mapping[int, str] = Map(
    {
        400: "validation_failed",
        401: "unauthorised",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        406: "not_acceptable",
        409: "conflict",
        413: "payload_too_large",
        415: "unsupported_media_type",
        422: "unprocessable",
        429: "too_many_requests",
        503: "unavailable",
        504: "timeout",
    }
)
"""The code of a refusal that has no better one, by its status."""

FAULTS: Mapping[str, str] = Map(
    bad_request="validation_failed",
    unauthorised="unauthorised",
    forbidden="forbidden",
    approval_required="forbidden",
    not_found="not_found",
    conflict="conflict",
    payload_too_large="payload_too_large",
    unprocessable="unprocessable",
    too_many_requests="too_many_requests",
    internal_error="internal_error",
    provider_unavailable="unavailable",
    provider_timeout="timeout",
)
"""The canonical errors of scenarios, in this API's words."""

SERVER_ERROR = 500
UNAUTHORISED = 401
READ_ONLY = frozenset({"id", "status"})
PARAMETER, BODY = "bad_parameter", "body"


def refusal(status: int, message: str, violations: Sequence[Violation] = ()) -> Answer:
    """What the framework refuses: no such path, no credential, what breaks the document."""
    fields = {one.name: _wrong(one) for one in violations if one.pointer}
    in_body = not violations or any(one.where == BODY for one in violations)
    code = _code(status) if in_body else PARAMETER
    said = [_sentence(one) for one in violations]
    return _error(status, code, "; ".join(said) or message, fields)


def fault(status: int, error: str = "", message: str = "") -> Answer:
    """What a scenario has answered on purpose. `error` is the canonical name, if it gives one."""
    code = FAULTS.get(error) or _code(status)
    headers = (("WWW-Authenticate", "Bearer"),) if status == UNAUTHORISED else ()
    return _error(status, code, message or code.replace("_", " "), headers=headers)


def answer_to(error: Exception) -> Answer | None:
    """The answer to what an operation raised, or None where that is a bug of ours."""
    match error:
        case NotFoundError():
            return _error(404, CODES[404], str(error))
        case InvalidFieldError():
            return _error(400, CODES[400], str(error), error.fields)
        case BadParameterError():
            return _error(400, PARAMETER, str(error), error.fields)
        case ConflictError():
            return _error(409, CODES[409], str(error), error.fields)
    return None


def _error(
    status: int,
    code: str,
    message: str,
    fields: Mapping[str, str] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    error: Json = {"code": code, "message": message}
    if fields:
        error["fields"] = dict(fields)
    return Answer({"error": error}, status, headers)


def _code(status: int) -> str:
    other = "internal_error" if status >= SERVER_ERROR else CODES[400]
    return CODES.get(status, other)


def _sentence(violation: Violation) -> str:
    """What is wrong, for people: a violation's message goes on from the field's name."""
    name = violation.name if violation.pointer else f"the {violation.where}"
    wrong = _wrong(violation)
    return f"{name} {wrong if wrong.startswith('must') else f'is {wrong}'}"


def _wrong(violation: Violation) -> str:
    """What is wrong with a field, in a few words: `required`, `read-only`, `must be a date`."""
    message = violation.message
    if violation.where == BODY and violation.pointer == "/paymentAmount":
        message = message.replace("is not allowed here", "must not be zero")
    if message == "is not known here" and violation.name in READ_ONLY:
        return "read-only"
    return message.removeprefix("is ")
