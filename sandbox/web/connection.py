"""The connection that a request came by: for faults that no answer can make, and for speed.

ASGI knows answers only. So our server puts a `Line` into the scope of each request, and a
rehearsal one of its own, on which nobody waits.
"""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from sandbox.scenario.language.model import Fault
from sandbox.web.batches import Batch
from sandbox.web.request import Request

LINE = "sandbox.line"
BATCH = "sandbox.batch"
MOST_AT_ONCE = 64 * 1024
"""Bytes of a body. To join a longer one to its head would cost more than it spares."""

RESET_AT_ONCE = struct.pack("ii", 1, 0)


class Line:
    """What can be done to a client besides answering it."""

    __slots__ = ("_transport",)

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def spoil(self, fault: Fault) -> None:
        """Hear which fault follows: for lines on which it cannot be seen."""

    async def wait(self, request: Request, seconds: float, over: asyncio.Event) -> None:
        """Let the client wait so long, or until it gives up, or until the server is `over`."""
        ends = [asyncio.ensure_future(gone(request)), asyncio.ensure_future(over.wait())]
        try:
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()

    async def reset(self, request: Request) -> None:
        """Break the connection off: the client reads "connection reset by peer"."""
        if self._transport.is_closing():
            return  # it has gone by itself
        found: Any = self._transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
        self._transport.abort()
        await gone(request)

    async def close(self, request: Request) -> None:
        """End the connection after what was sent, whatever more was announced."""
        self._transport.close()
        await gone(request)


class NoLine(Line):
    """Of a server that hands over no connection: it ends a request that failed as it likes."""

    __slots__ = ()

    def __init__(self) -> None:
        """There is nothing to keep."""

    async def wait(self, request: Request, seconds: float, over: asyncio.Event) -> None:
        del request
        ends = [asyncio.ensure_future(over.wait())]
        await asyncio.wait(ends, timeout=seconds)
        ends[0].cancel()

    async def reset(self, request: Request) -> None:
        raise ConnectionAbortedError(f"{request.path} is not to be answered")

    close = reset


NO_LINE = NoLine()


def line_of(request: Request) -> Line:
    """The line by which a request came."""
    extensions = request.scope.get("extensions") or {}
    found: Line = extensions.get(LINE, NO_LINE)
    return found


def body_at_once(request: Request, most: int) -> bytes | None:
    """The whole body, of so many bytes at most, where it has come by now; None where it is awaited.

    uvicorn's `receive`, a method of its cycle of request and response, waits for it in any case.
    """
    cycle = getattr(request.receive, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle) or cycle.more_body:
        return None
    if cycle.waiting_for_100_continue or cycle.flow.read_paused or len(cycle.body) > most:
        return None
    body, cycle.body = bytes(cycle.body), bytearray()
    return body


def answer_at_once(request: Request, status: int, head: str, body: bytes | bytearray) -> bool:
    """Send a whole answer in one piece; False where it has to go ASGI's way.

    uvicorn sends it in two, which are two system calls: half of what a small answer costs. `send`
    is a method of its cycle of request and response. `head` are our headers, the length among them,
    each a line with its end.
    """
    cycle = getattr(request.send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle) or len(body) > MOST_AT_ONCE:
        return False
    protocol = getattr(cycle.on_response, "__self__", None)
    if not isinstance(protocol, Protocol):
        return False
    if cycle.disconnected or cycle.flow.write_paused or cycle.access_log:
        return False
    if request.method == "HEAD" or cycle.response_started:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    transport = cycle.transport
    top = STATUS_LINE[status] + head.encode() + protocol.lines(cycle.default_headers)
    if cycle.keep_alive:
        protocol.batch.put(transport, top + b"\r\n" + body)
    else:
        transport.write(top + b"connection: close\r\n\r\n" + body)
        transport.close()
    cycle.message_event.set()
    cycle.on_response()
    return True


async def gone(request: Request) -> None:
    """Wait until the client is there no longer."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP, which says by which line each request came, and begins them in batches."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.batch: Batch = app_state.setdefault(BATCH, Batch(self.loop, self.tasks))
        self._headers: list[tuple[bytes, bytes]] = []
        self._lines = b""
        self._rests_since: float | None = None
        self._look: asyncio.TimerHandle | None = None

    def lines(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The lines of the headers that uvicorn gives to every answer: new ones each second."""
        if headers is not self._headers:
            self._lines = b"".join(b"%b: %b\r\n" % header for header in headers)
            self._headers = headers
        return self._lines

    def send_400_response(self, msg: str) -> None:
        self.batch.finish()  # what was asked before is answered before
        super().send_400_response(msg)

    def eof_received(self) -> None:
        self.batch.finish()  # the transport closes itself now, and sends what is answered by then
        super().eof_received()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.batch.take(cycle.run_asgi(app))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._extensions: Any = {LINE: Line(transport)}

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._look:
            self._look.cancel()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = self._extensions

    # uvicorn sets a timer with each answer and takes it back with the next request, which is a
    # fortieth of what a payment costs. Here a connection has one, which looks how long it rests.

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._rests_since = self.loop.time()
        if self._look is None:
            self._look_after(self.timeout_keep_alive)

    def _unset_keepalive_if_required(self) -> None:
        """Something has come."""
        self._rests_since = None

    def _look_after(self, seconds: float) -> None:
        self._look = self.loop.call_later(seconds, self._close_if_at_rest)

    def _close_if_at_rest(self) -> None:
        self._look = None
        if self._rests_since is None:
            return  # the answer to what has come brings the next look
        left = self._rests_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._look_after(left)
        else:
            self.timeout_keep_alive_handler()
