"""What a tester reads when something is refused: `{"error": {"code", "message", "details"}}`."""

from collections.abc import Iterable, Mapping, Sequence

from immutables import Map

from sandbox.apis import Answer, Json
from sandbox.apis.control.rules.refusals import (
    ConflictError,
    NotMovedError,
    UnfitError,
)
from sandbox.apis.control.views.journal import violation
from sandbox.apis.control.views.scenarios import problem
from sandbox.engine.clock import BackwardsError, written
from sandbox.engine.forms import MisfitError
from sandbox.engine.journal import Violation
from sandbox.engine.sandbox import MOST_JOBS_AT_ONCE, EndlessJobsError, UnknownResourceError
from sandbox.provider.approvals import AnsweredError
from sandbox.provider.given import FinerAmountError, UnknownReferenceError
from sandbox.provider.laying import FixtureConflictError
from sandbox.scenario.language.problems import InvalidScenarioError
from sandbox.scenario.running.binding import AlreadyHappenedError, JobsPendingError

CODES: Mapping[int, str] = Map(
    {
        400: "invalid_request",
        401: "unauthorised",
        404: "not_found",
        405: "method_not_allowed",
        406: "not_acceptable",
        409: "conflict",
        413: "payload_too_large",
        415: "unsupported_media_type",
        422: "invalid_scenario",
        500: "internal_error",
        503: "not_ready",
    }
)
"""The code of a refusal that has no better one, by its status."""

SERVER_ERROR = 500


def refusal(status: int, message: str, violations: Sequence[Violation] = ()) -> Answer:
    """What the framework refuses: no such path, no credential, a body that breaks the document."""
    other = "internal_error" if status >= SERVER_ERROR else "invalid_request"
    details = [violation(one, status) for one in violations]
    if details:
        whose = "answer" if status == SERVER_ERROR else "request"
        places = "1 place" if len(details) == 1 else f"{len(details)} places"
        message = f"The {whose} breaks the specification in {places}."
    return _error(status, _sentence(message), details, code=CODES.get(status, other))


def answer_to(error: Exception) -> Answer | None:  # noqa: PLR0911, PLR0912  a line a refusal
    """The answer to what an operation raised, or None where that is a bug of ours."""
    match error:
        case UnknownResourceError():
            return _error(404, f"There is no {error.type.replace('_', ' ')} {error.id}.")
        case AnsweredError():
            holds = f"it is {error.approval.status}"
            return _error(409, _sentence(error), [_conflict("status", holds)])
        case UnfitError():
            return refusal(400, _sentence(error), [Violation("body", error.pointer, str(error))])
        case BackwardsError():
            return _backwards(error)
        case EndlessJobsError():
            return _endless(error)
        case JobsPendingError():
            return _jobs_pending(error)
        case NotMovedError():
            move = {"from": error.status, "to": error.to, "allowed": list(error.allowed)}
            return _error(409, f"{error}.", [move], code="illegal_move")
        case ConflictError():
            return _error(409, _sentence(error), [_conflict(error.what, error.holds)])
        case AlreadyHappenedError():
            message = f"It is too late to set {error.what}: {error.holds}."
            return _error(409, message, [_conflict(error.what, error.holds)])
        case FixtureConflictError():
            return _error(409, _sentence(error), [_conflict(error.kind, str(error))])
        case UnknownReferenceError() | FinerAmountError():
            key = f"{error.kind}.{error.key}"
            return _error(422, _sentence(error), [_of_no_file(key, str(error))])
        case InvalidScenarioError():
            return _invalid(error)
        case MisfitError():
            where = violation(Violation("body", error.pointer, error.message))
            return _error(400, _sentence(f"the document cannot be read: {error}"), [where])
    return None


def _error(status: int, message: str, details: Iterable[Json] = (), *, code: str = "") -> Answer:
    body = {"code": code or CODES[status], "message": message, "details": list(details)}
    return Answer({"error": body}, status)


def _sentence(error: object) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def _backwards(error: BackwardsError) -> Answer:
    now, to = written(error.now), written(error.asked)
    message = f"It is {now}; the clock does not go back to {to}."
    return _error(409, message, [{"now": now, "to": to}], code="clock_backwards")


def _endless(error: EndlessJobsError) -> Answer:
    rule, at = error.job.arguments.get("rule") or error.job.kind, written(error.job.due)
    ran = f"more than {MOST_JOBS_AT_ONCE} jobs ran at {at}"
    return _error(409, _sentence(f"{ran}; the last came from {rule}"), [_conflict(rule, ran)])


def _jobs_pending(error: JobsPendingError) -> Answer:
    pending = {"pending": error.pending, "nextDue": written(error.next_due)}
    return _error(409, _sentence(error), [pending], code="jobs_pending")


def _invalid(error: InvalidScenarioError) -> Answer:
    details = [problem(one) for one in error.problems]
    file, count = details[0]["file"], len(details)
    what = f"{file} has" if file else "The request has"
    return _error(422, f"{what} {count} error{'' if count == 1 else 's'}.", details)


def _conflict(what: str, holds: str) -> Json:
    return {"what": what, "holds": holds}


def _of_no_file(key: str, message: str) -> Json:
    return {
        "file": None,
        "line": None,
        "column": None,
        "key": key,
        "message": message,
        "nearest": None,
    }
