"""The compiled operation: all of a request's way from its route to its answer.

credential → body → sandbox → parameters and body against the spec → the operation, on the
sandbox's state → its answer against the spec → journal → send.
"""

import asyncio
import inspect
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from sandbox.apis import Answer, Errors, Json, Server
from sandbox.engine.journal import Violation
from sandbox.engine.sandbox import EndlessJobsError, Sandbox
from sandbox.web.answers import Answers, BrokenAnswerError, encoded
from sandbox.web.bodies import Bodies, Form
from sandbox.web.credentials import Access
from sandbox.web.parameters import Parameters
from sandbox.web.refusal import InvalidError, NotSimulatedError, RefusedError
from sandbox.web.replies import Record, Reply, refusal, send
from sandbox.web.request import Request
from sandbox.web.turns import Turns, in_slices

LOG = logging.getLogger("sandbox")
BESIDES_PARAMETERS = frozenset({"sandbox", "server", "wall", "body", "media", "members", "check"})
Function = Callable[..., Any]
CRASHED = RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, "the sandbox failed to answer")


@dataclass(slots=True)
class Call:
    """One request on its way through its operation. `id` is the journal's for it."""

    request: Request
    values: tuple[str, ...]  # of the path's parameters
    sandbox: Sandbox | None = None
    id: str = ""
    form: Form | None = None
    media: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an API, with everything about it worked out at the start."""

    api: str
    id: str
    function: Function | None
    access: Access
    parameters: Parameters
    bodies: Bodies
    answers: Answers
    errors: Errors
    server: Server
    turns: Turns
    wall: Callable[[], datetime]
    touches: bool  # whether a call counts as something that happened in the sandbox
    wanted: frozenset[str] = frozenset()
    sliced: bool = False

    def __post_init__(self) -> None:
        """Note what the function asks for, and refuse at the start what it will not get.

        What the client does not give is the document's default, else the function's.
        """
        if self.function is None:
            return
        asked = inspect.signature(self.function).parameters
        absent = self.parameters.absent
        for name in asked.keys() & absent.keys():
            default = asked[name].default
            if absent[name] is None and default is not inspect.Parameter.empty:
                absent[name] = default
        wanted = frozenset(asked)
        known = self.parameters.names | BESIDES_PARAMETERS
        if not self.access.needed:
            known -= {"sandbox"}
        if unknown := wanted - known:
            raise TypeError(
                f"{self.api}.{self.id} asks for {', '.join(sorted(unknown))};"
                f" there are {', '.join(sorted(known))}"
            )
        object.__setattr__(self, "wanted", wanted)
        object.__setattr__(self, "sliced", inspect.isgeneratorfunction(self.function))

    async def __call__(self, request: Request, values: tuple[str, ...]) -> None:
        """Answer `request`. `values` are those of the path's parameters."""
        call, name, refused = Call(request, values), "", None
        try:
            if self.access.needed:
                name = self.access.name(request)
            call.form = self.bodies.form(request)
            if call.form:
                request.body = await self.bodies.received(request)
            call.media = self.answers.chosen(request.headers.get(b"accept"))
        except RefusedError as error:
            refused = error
        if self.turns.busy:
            await self.turns.come(name)
        if name:
            call.sandbox = self.server.sandboxes.at(name, request.wall)
        journal = call.sandbox.journal if call.sandbox else self.server.journal
        call.id = journal.next_id()
        if refused:
            reply = refusal(self.errors, refused)
        elif self.sliced:
            reply = await self._reply_in_slices(call, name)
        else:
            reply = self._reply(call)
        if reply.answer.wait:
            reply = await self._reply_after_a_wait(call, name, reply)
        elif self.turns.waiting:
            self.turns.changed(name)
        reply.notes = tuple(call.notes)
        await send(request, reply, Record(journal, call.id, call.sandbox, self.api, self.id))

    def _reply(self, call: Call) -> Reply:
        """Run the operation to its end. Nothing else happens meanwhile."""
        sandbox = call.sandbox
        try:
            function, arguments = self._prepared(call)
            if sandbox is None:
                answer = function(**arguments)
                payload = self._payload(answer)
            else:
                with sandbox.attempt():
                    self._touch(sandbox)
                    answer = function(**arguments)
                    payload = self._payload(answer)
                    sandbox.settle()
        except Exception as error:
            return self._failed(error, call)
        return Reply(answer, payload)

    async def _reply_in_slices(self, call: Call, name: str) -> Reply:
        """The same for a long operation: other sandboxes go on, requests to this one queue."""
        sandbox = call.sandbox
        assert sandbox, "a long operation works on a sandbox"
        try:
            function, arguments = self._prepared(call)
            with self.turns.taken(name), sandbox.attempt():
                self._touch(sandbox)
                answer = await in_slices(function(**arguments))
                payload = self._payload(answer)
                sandbox.settle()
        except Exception as error:
            return self._failed(error, call)
        return Reply(answer, payload)

    async def _reply_after_a_wait(self, call: Call, name: str, reply: Reply) -> Reply:
        """Ask again whenever the sandbox may have changed, until the time is up."""
        sandbox, clock = call.sandbox, asyncio.get_running_loop().time
        assert sandbox, "what is waited for happens in a sandbox"
        until = clock() + reply.answer.wait
        while reply.answer.wait and not self.turns.over and (left := until - clock()) > 0:
            await self.turns.change(name, min(left, _seconds_to_next(sandbox)))
            await self.turns.come(name)
            call.request.wall = self.wall()
            call.notes = []
            reply = self._reply(call)
        return reply

    def _prepared(self, call: Call) -> tuple[Function, dict[str, Json]]:
        """The function and its arguments, the sandbox up to date and told of the request."""
        sandbox, request, notes = call.sandbox, call.request, call.notes
        if sandbox:
            sandbox.request, sandbox.origin, sandbox.notes = call.id, request.origin, notes
            _catch_up(sandbox, request.wall)
        violations: list[Violation] = []
        arguments = self.parameters.read(
            call.values, request.query, request.headers, violations, notes
        )
        body = self.bodies.read(call.form, request.body, violations, notes)
        if violations:
            raise InvalidError(violations)
        if self.function is None:
            raise NotSimulatedError(self.id)
        arguments["sandbox"] = sandbox
        arguments["server"] = self.server
        arguments["wall"] = request.wall
        arguments["body"] = body
        arguments["media"] = call.media
        arguments["members"] = self.answers.members
        arguments["check"] = self.answers.violations
        return self.function, {name: arguments[name] for name in self.wanted}

    def _touch(self, sandbox: Sandbox) -> None:
        if self.touches and not sandbox.state.touched:
            sandbox.state = replace(sandbox.state, touched=True)

    def _payload(self, answer: Answer) -> bytes:
        self.answers.check(answer)
        return encoded(answer)

    def _failed(self, error: Exception, call: Call) -> Reply:
        """What is answered instead, in the API's dialect. The sandbox has its old state."""
        if isinstance(error, RefusedError):
            return refusal(self.errors, error)
        try:
            answer = self.errors.answer_to(error)
            if answer is not None:
                if self.answers.lists(answer.status):
                    self.answers.check(answer)
                violations = getattr(self.errors, "violations_of", _nothing)(error)
                return Reply(answer, encoded(answer), violations, str(error))
        except BrokenAnswerError as broken:
            error = broken
        if isinstance(error, EndlessJobsError):
            return refusal(self.errors, RefusedError(HTTPStatus.CONFLICT, str(error)))
        LOG.error("%s.%s failed, request %s", self.api, self.id, call.id, exc_info=error)
        reply = refusal(self.errors, CRASHED)
        if isinstance(error, BrokenAnswerError):
            reply.violations, reply.explanation = error.violations, str(error)
        else:
            reply.explanation = "".join(traceback.format_exception(error))
        return reply


def _nothing(_: Exception) -> tuple[Violation, ...]:
    """An API whose errors do not know the places of what they refuse."""
    return ()


def _catch_up(sandbox: Sandbox, wall: datetime) -> None:
    """Time that has passed is not undone by a request that fails."""
    if sandbox.state.clock.since:
        with sandbox.attempt():
            sandbox.catch_up(wall)


def _seconds_to_next(sandbox: Sandbox) -> float:
    """The time until a running clock meets its next job; for ever where the clock stands."""
    clock, job = sandbox.state.clock, sandbox.state.jobs.first()
    if clock.since is None or job is None:
        return float("inf")
    return max(0.0, (job.due - clock.now).total_seconds())
