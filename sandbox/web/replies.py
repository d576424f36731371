"""What goes back to the client, and stands in the journal as it went."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sandbox.apis import Answer, Errors
from sandbox.engine.journal import Entry, Journal, Violation
from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.language.model import Fault
from sandbox.web.answers import Payload, encoded
from sandbox.web.connection import answer_at_once, line_of
from sandbox.web.refusal import RefusedError
from sandbox.web.request import Message, Request

MOST_KEPT = 64 * 1024
"""The journal keeps so many bytes of a body, lest a thousand large ones fill the memory."""

MOST_SECONDS = 120
"""As long as a fault makes a client wait, in real time."""

BLOCK = 256 * 1024
"""Bytes of a body that are handed to the server in one go."""

NO_ANSWER = Answer(status=0)
FIRST = "r1"  # the first request of a sandbox


class Reply(Struct):
    """An answer, its bytes, and what the journal should say of it.

    `rule` is the scenario's, where it made the answer or spoilt it: by `fault`, or by a `delay` of
    so many seconds.
    """

    answer: Answer
    payload: Payload
    violations: tuple[Violation, ...] = ()
    explanation: str = ""
    notes: tuple[str, ...] = ()
    rule: str = ""
    fault: Fault | None = None
    delay: float = 0


def refusal(errors: Errors, refused: RefusedError) -> Reply:
    """A refusal in the dialect of the API whose `errors` these are."""
    answer = errors.refusal(int(refused.status), refused.message, refused.violations)
    if refused.headers:
        answer = replace(answer, headers=(*answer.headers, *refused.headers))
    return Reply(answer, encoded(answer), refused.violations, str(refused))


class Record(Struct, frozen=True):
    """Where a reply is written down: in whose journal, under which id, as whose answer."""

    journal: Journal
    id: str
    sandbox: Sandbox | None = None
    api: str = ""
    operation: str = ""


def send(
    request: Request, reply: Reply, record: Record, over: asyncio.Event
) -> Coroutine[Any, Any, None] | None:
    """Write `reply` down, and send it: at once, or what is answered is to be awaited.

    Who waits for it waits no longer when the server is `over`. An answer cut short announces its
    whole length.
    """
    id, sandbox = record.id, record.sandbox
    answer, payload = reply.answer, reply.payload
    sent = _spoilt(payload, reply.fault) if reply.fault else payload
    _write_down(request, reply, record, sent)
    head = f"content-length: {len(payload)}\r\nx-sandbox-request: {id}\r\n"
    if payload or answer.body is not None:
        head += f"content-type: {answer.media}\r\n"
    if sandbox:
        head += f"x-sandbox-seed: {sandbox.state.seed}\r\n"
        if sandbox.recreated and id == FIRST:
            head += "x-sandbox-recreated: true\r\n"
    is_plain = not (reply.delay or reply.fault)
    if is_plain and not answer.headers and answer_at_once(request, answer.status, head, sent):
        return None
    headers = [tuple(line.encode().split(b": ", 1)) for line in head.splitlines()]
    for name, value in answer.headers:
        headers.append((name.lower().encode(), value.encode()))
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    if is_plain:
        return _send(request, start, sent)
    return _send_spoilt(request, reply, (start, sent), over)


def _write_down(request: Request, reply: Reply, record: Record, sent: Payload) -> None:
    sandbox, body, notes = record.sandbox, request.body, reply.notes
    if len(body) + len(sent) > MOST_KEPT:
        notes += tuple(
            f"{what} has {len(text)} bytes, of which the first {MOST_KEPT} are kept"
            for what, text in (("the body", body), ("the answer", sent))
            if len(text) > MOST_KEPT
        )
        body, sent = body[:MOST_KEPT], sent[:MOST_KEPT]
    record.journal.keep(
        Entry(
            id=record.id,
            at=sandbox.now if sandbox else request.wall,
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.scope["headers"],
            body=body,
            api=record.api,
            operation=record.operation,
            status=reply.answer.status,
            answer=bytes(sent),
            violations=reply.violations,
            explanation=reply.explanation,
            rule=reply.rule,
            fault=reply.fault or "",
            notes=notes,
        )
    )


async def _send(request: Request, start: Message, sent: Payload) -> None:
    """Send it in blocks, between which others go on."""
    await request.send(start)
    whole = memoryview(sent)
    for first in range(0, len(sent) or 1, BLOCK):
        after = first + BLOCK
        block, is_more = bytes(whole[first:after]), after < len(sent)
        await request.send({"type": "http.response.body", "body": block, "more_body": is_more})


async def _send_spoilt(
    request: Request, reply: Reply, messages: tuple[Message, Payload], over: asyncio.Event
) -> None:
    """Send an answer late, or wrong, or not at all. The sandbox goes on meanwhile."""
    line, (start, sent), fault = line_of(request), messages, reply.fault
    if fault:
        line.spoil(fault)
    if reply.delay:
        await line.wait(request, min(reply.delay, MOST_SECONDS), over)
    if fault == Fault.TIMEOUT:
        await line.wait(request, MOST_SECONDS, over)
    if fault in (Fault.TIMEOUT, Fault.CONNECTION_RESET):
        await line.reset(request)
        return
    is_cut = fault == Fault.TRUNCATED_BODY and bool(reply.payload)
    await request.send(start)
    await request.send({"type": "http.response.body", "body": sent, "more_body": is_cut})
    if is_cut:
        await line.close(request)


def _spoilt(payload: Payload, fault: Fault) -> Payload:
    """The bytes of a real answer, made wrong. One without a body has none to spoil."""
    match fault:
        case Fault.TRUNCATED_BODY:
            return payload[: len(payload) // 2]
        case Fault.MALFORMED_JSON if payload:
            return payload[:-1] + b","
    return payload
