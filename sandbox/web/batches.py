"""Requests that come in one turn of the loop: begun one after the other, their answers together.

Nearly every request is answered without waiting for anything. For such a one no task is made: until
a request first waits there is no current task, which `asyncio.timeout` would ask for.
"""

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any

Step = Generator[Any, Any, None]


class Batch:
    """What has come in this turn, and the answers that are ready. A server has one.

    To wake a client that sleeps, the kernel interrupts another processor: a sixth of what a payment
    costs. One that is awake, and others on its processor, take the next answers without that. So
    the answers of a turn leave when all of it is done.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]]) -> None:
        self._loop = loop
        self._tasks = tasks  # those that wait: a server that stops looks after them
        self._come: list[Coroutine[Any, Any, None]] = []
        self._ready: list[tuple[asyncio.Transport, bytes]] = []
        self._at_work = False

    def take(self, request: Coroutine[Any, Any, None]) -> None:
        """Begin it before the turn is over."""
        if not self._come:
            self._loop.call_soon(self.work_off)
        self._come.append(request)

    def put(self, transport: asyncio.Transport, answer: bytes) -> None:
        """Send an answer, with the others if it is made among others."""
        if self._at_work:
            self._ready.append((transport, answer))
        else:
            transport.write(answer)

    def work_off(self) -> None:
        """Begin what has come, and send what comes of it. A client that has gone gets nothing."""
        come, self._come = self._come, []
        self._at_work = True
        for request in come:
            self._begin(request)
        self._at_work = False
        ready, self._ready = self._ready, []
        for transport, answer in ready:
            if not transport.is_closing():
                transport.write(answer)

    def finish(self) -> None:
        """Work off what has come, and what was asked behind it on the same lines."""
        while self._come:
            self.work_off()

    def _begin(self, request: Coroutine[Any, Any, None]) -> None:
        try:
            awaited = request.send(None)
        except StopIteration:
            return
        except Exception as error:
            said = {"message": "a request failed", "exception": error}
            self._loop.call_exception_handler(said)
            return
        task = self._loop.create_task(_to_its_end(request, awaited))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _to_its_end(begun: Coroutine[Any, Any, None], awaited: Any) -> None:
    """Go on with what has been begun outside of a task, and waits for something."""
    await _rest(begun, awaited)


@types.coroutine
def _rest(begun: Coroutine[Any, Any, None], awaited: Any) -> Step:
    while True:
        sent, thrown = None, None
        try:
            sent = yield awaited
        except BaseException as error:
            thrown = error
        try:
            awaited = begun.throw(thrown) if thrown else begun.send(sent)
        except StopIteration:
            return
