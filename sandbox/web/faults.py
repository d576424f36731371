"""Faults: what the scenario makes of a request, or of its answer, on purpose.

A call rule is asked before anything in the request is looked at; it sees the request as it came.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import orjson
from immutables import Map
from msgspec.structs import replace

from sandbox.apis import Answer, Errors, Json
from sandbox.engine.calendar import Duration
from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.language.model import Fault, Respond
from sandbox.scenario.running.call_rules import NO_RULING, Call, Key, Ruling, call_rule, count
from sandbox.scenario.running.underway import scenario_of
from sandbox.web import versions
from sandbox.web.credentials import named
from sandbox.web.parameters import Parameter, Parameters
from sandbox.web.replies import Reply
from sandbox.web.request import Request

SECOND = timedelta(seconds=1)
ERRORS: Mapping[int, str] = Map(
    {
        400: "bad_request",
        401: "unauthorised",
        403: "forbidden",
        404: "not_found",
        409: "conflict",
        413: "payload_too_large",
        422: "unprocessable",
        429: "too_many_requests",
        500: "internal_error",
        503: "provider_unavailable",
        504: "provider_timeout",
    }
)
"""The error of a status for which a rule names none."""

PageFor = Callable[[Sandbox, str, Json], str | None]
"""Where a call with this body can be approved; None where it has been."""

APPROVAL_REQUIRED = "approval_required"
UNAUTHORISED = 401
WITHOUT_BODY = (204, 304)
WITHOUT_ANSWER = (Fault.TIMEOUT, Fault.CONNECTION_RESET)
ANSWERS = "answers"  # the part that keeps what `replay` repeats


@dataclass(frozen=True, slots=True)
class Faults:
    """What scenarios may do to one operation.

    `unread` is its call, with nothing of the request, and `key` what it is counted by.
    """

    unread: Call
    key: Key
    parameters: Parameters
    errors: Errors
    links_key: str
    page_for: PageFor | None = None

    def ruling(self, sandbox: Sandbox, request: Request, values: Sequence[str]) -> Ruling:
        """Count the request, and what the scenario says of it. To be asked once."""
        bound = scenario_of(sandbox).bound
        if bound is None or not bound.plan.calls:
            count(sandbox, self.key)
            return NO_RULING
        return call_rule(sandbox, self._read(request, values))

    def _read(self, request: Request, values: Sequence[str]) -> Call:
        parameters = self.parameters
        query: dict[str, list[str]] = {}
        for name, text in parse_qsl(request.query.decode("latin-1"), keep_blank_values=True):
            query.setdefault(name, []).append(text)
        headers = request.headers.items()
        return replace(
            self.unread,
            method=request.method,
            url=request.path,
            path={
                parameter.asked: _value(parameter, [text])
                for parameter, text in zip(parameters.path, values, strict=True)
            },
            query={
                name: _value(parameters.query.get(name), texts) for name, texts in query.items()
            },
            header={name.decode("latin-1"): text.decode("latin-1") for name, text in headers},
            body=_json(request.body),
            raw=request.body,
        )

    def answer(self, sandbox: Sandbox, respond: Respond, request: Request) -> Answer | None:
        """The refusal that a rule asks for, in the API's own words.

        None where it asks for an approval that has been given.
        """
        assert respond.status is not None
        error = respond.error or ERRORS.get(respond.status, "")
        message, more = respond.message or "", {}
        if error == APPROVAL_REQUIRED and self.page_for:
            page = self.page_for(sandbox, self.links_key, _json(request.body))
            if page is None:
                return None
            more["url"] = page
        answer = _fault(self.errors)(respond.status, error, message, more)
        headers = answer.headers
        if respond.retry_after is not None:
            seconds = str(round(seconds_of(sandbox, respond.retry_after)))
            headers = (*headers, ("Retry-After", seconds))
        if answer.status == UNAUTHORISED and "WWW-Authenticate" not in dict(headers):
            headers = (*headers, ("WWW-Authenticate", "Bearer"))
        body = None if answer.status in WITHOUT_BODY else answer.body
        return replace(answer, headers=headers, body=body)


def _fault(errors: Errors) -> Callable[[int, str, str, dict[str, str]], Answer]:
    """An API's `fault`; `refusal` where it has none. Not every API knows pages to lead to."""
    make: Any = getattr(errors, "fault", None)
    if make is None:
        return lambda status, error, message, _: errors.refusal(status, message or error)
    known = inspect.signature(make).parameters
    return lambda status, error, message, more: make(
        status, error, message, **{name: more[name] for name in more if name in known}
    )


def _value(parameter: Parameter | None, texts: list[str]) -> Json:
    """What a parameter says, as what it is; as text where it is no such thing."""
    wrong: list[Any] = []
    if parameter is None:
        return texts[0]
    value = parameter.value(texts, wrong)
    return texts[0] if wrong else value


def _json(body: bytes) -> Json:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def named_in(request: Request) -> str:
    """The sandbox that a call without a credential is about, or the empty text.

    Who asks for a token names it: the token is for the user, and its user is the sandbox.
    """
    body = _json(request.body)
    user = body.get("username") if isinstance(body, dict) else None
    return versions.sandbox_named(request) or (named(user) if isinstance(user, str) else "")


def seconds_of(sandbox: Sandbox, duration: Duration) -> float:
    """How many seconds that is from now."""
    return (sandbox.calendar.plus(sandbox.now, duration) - sandbox.now) / SECOND


def is_carried_out(respond: Respond) -> bool:
    """Whether the operation takes effect although its answer is spoilt."""
    return respond.commit or (respond.status is None and respond.fault is None)


def explanation(ruling: Ruling) -> str:
    """Why it was answered so."""
    named = ruling.rule.name if ruling.rule else ""
    return f"the scenario's rule {named!r}" if named else f"the scenario's rule at {ruling.where}"


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer that is repeated to whoever asks the same again."""

    status: int
    headers: tuple[tuple[str, str], ...]
    media: str
    body: str

    def reply(self) -> Reply:
        payload = self.body.encode()
        body = payload or None
        return Reply(Answer(body, self.status, self.headers, self.media), payload)


def remember(sandbox: Sandbox, ruling: Ruling, reply: Reply) -> None:
    """Keep what a later `replay` repeats."""
    answer, number = reply.answer, scenario_of(sandbox).binding
    kept = Remembered(answer.status, answer.headers, answer.media, reply.payload.decode())
    answers: Map[str, Remembered] = sandbox.part(ANSWERS, Map())
    for name in ruling.remember:
        answers = answers.set(f"{number} {name}", kept)
    sandbox.keep_part(ANSWERS, answers)


def remembered(sandbox: Sandbox, ruling: Ruling) -> Reply | None:
    """The answer to the first request of this count; None where nobody could have had one."""
    answers: Map[str, Remembered] = sandbox.part(ANSWERS, Map())
    kept = answers.get(f"{scenario_of(sandbox).binding} {ruling.first}")
    return kept.reply() if kept else None
