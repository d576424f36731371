"""What goes back to the client, and stands in the journal as it went."""

from dataclasses import dataclass, replace

from sandbox.apis import Answer, Errors
from sandbox.engine.journal import Entry, Journal, Violation
from sandbox.engine.sandbox import Sandbox
from sandbox.web.answers import encoded
from sandbox.web.refusal import RefusedError
from sandbox.web.request import Request

MOST_KEPT = 64 * 1024
"""The journal keeps so many bytes of a body, lest a thousand large ones fill the memory."""


@dataclass(slots=True)
class Reply:
    """An answer, its bytes, and what the journal should say of it."""

    answer: Answer
    payload: bytes
    violations: tuple[Violation, ...] = ()
    explanation: str = ""
    notes: tuple[str, ...] = ()


def refusal(errors: Errors, refused: RefusedError) -> Reply:
    """A refusal in the dialect of the API whose `errors` these are."""
    answer = errors.refusal(int(refused.status), refused.message, refused.violations)
    if refused.headers:
        answer = replace(answer, headers=(*answer.headers, *refused.headers))
    return Reply(answer, encoded(answer), refused.violations, str(refused))


@dataclass(slots=True)
class Record:
    """Where a reply is written down: in whose journal, under which id, as whose answer."""

    journal: Journal
    id: str
    sandbox: Sandbox | None = None
    api: str = ""
    operation: str = ""


async def send(request: Request, reply: Reply, record: Record) -> None:
    """Write `reply` down, and send it."""
    id, sandbox = record.id, record.sandbox
    answer, payload, notes = reply.answer, reply.payload, reply.notes
    scope, body = request.scope, request.body
    for what, text in (("the body", body), ("the answer", payload)):
        if len(text) > MOST_KEPT:
            notes += (f"{what} has {len(text)} bytes, of which the first {MOST_KEPT} are kept",)
    record.journal.keep(
        Entry(
            id=id,
            at=sandbox.now if sandbox else request.wall,
            method=request.method,
            path=request.path,
            query=request.query,
            headers=tuple(scope["headers"]),
            body=body[:MOST_KEPT],
            api=record.api,
            operation=record.operation,
            status=answer.status,
            answer=payload[:MOST_KEPT],
            violations=reply.violations,
            explanation=reply.explanation,
            notes=notes,
        )
    )
    headers = [
        (b"content-length", b"%d" % len(payload)),
        (b"x-sandbox-request", id.encode()),
    ]
    if payload or answer.body is not None:
        headers.append((b"content-type", answer.media.encode()))
    if sandbox:
        headers.append((b"x-sandbox-seed", b"%d" % sandbox.state.seed))
    for name, value in answer.headers:
        headers.append((name.lower().encode(), value.encode()))
    await request.send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await request.send({"type": "http.response.body", "body": payload})
