"""The compiled operation: all of a request's way from its route to its answer.

credential → body → sandbox → its scenario's faults → parameters and body against the spec → the
operation, on the sandbox's state → its answer against the spec → journal → send.
"""

import asyncio
import inspect
import logging
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sandbox.apis import Errors, Json, Server
from sandbox.engine.journal import Violation
from sandbox.engine.sandbox import EndlessJobsError, Sandbox
from sandbox.scenario.language.model import Respond
from sandbox.scenario.running.call_rules import NO_RULING, Ruling, note_invalid
from sandbox.web import faults
from sandbox.web.answers import Answers, BrokenAnswerError, encoded
from sandbox.web.bodies import Bodies, Form
from sandbox.web.clocks import Clocks
from sandbox.web.connection import body_at_once
from sandbox.web.credentials import Access, Permission, token_of
from sandbox.web.faults import Faults
from sandbox.web.founding import NotReadyError
from sandbox.web.outbound import Outbound
from sandbox.web.parameters import Parameters
from sandbox.web.refusal import InvalidError, NotSimulatedError, RefusedError
from sandbox.web.replies import NO_ANSWER, Record, Reply, refusal, send
from sandbox.web.request import Request
from sandbox.web.turns import LONG, Turns, in_slices, never

LOG = logging.getLogger("sandbox")
Function = Callable[..., Any]
CRASHED = RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, "the sandbox failed to answer")


class Call(Struct):
    """One request on its way through its operation. `id` is the journal's for it.

    `refused` is what is wrong with it as far as it has been looked at. `concerned` is the sandbox
    whose scenario may fault it: its own, or the one that a call without a credential is about.
    """

    request: Request
    values: tuple[str, ...]  # of the path's parameters
    refused: Exception | None = None
    sandbox: Sandbox | None = None
    concerned: Sandbox | None = None
    id: str = ""
    form: Form | None = None
    media: str = ""
    query: dict[str, Json] = {}  # by the operation's names for its parameters
    body: Json = None  # as the operation gets it
    notes: list[str] = []  # a new one for each


Given = Callable[[Call], Any]
GIVEN: Mapping[str, Given] = {
    "sandbox": attrgetter("sandbox"),
    "body": attrgetter("body"),
    "query": attrgetter("query"),
    "wall": attrgetter("request.wall"),
    "token": lambda call: token_of(call.request),
    "media": attrgetter("media"),
}
"""What a function may ask of its call besides its parameters."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an API, with everything about it worked out at the start."""

    api: str
    id: str
    function: Function | None
    access: Access
    permission: Permission | None
    parameters: Parameters
    bodies: Bodies
    answers: Answers
    errors: Errors
    server: Server
    turns: Turns
    outbound: Outbound
    clocks: Clocks
    since: str  # the version with which it came; empty where it always was
    faults: Faults | None  # None: no scenario concerns it, and no call is counted
    given: tuple[tuple[str, Given], ...] = ()  # what the function asks of its call
    fixed: dict[str, Any] = field(default_factory=dict)  # what it gets whatever the call
    in_query: tuple[str, ...] = ()  # the parameters that it asks for as `query`
    unasked: tuple[str, ...] = ()  # parameters that the function does not want to know
    sliced: bool = False
    reads: bool = False  # no delivery is waited for

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
        own = {
            "server": self.server,
            "members": self.answers.members,
            "check": self.answers.violations,
        }
        known = self.parameters.names | GIVEN.keys() | own.keys()
        if not self.access.needed:
            known -= {"sandbox"}
        if unknown := asked.keys() - known:
            raise TypeError(
                f"{self.api}.{self.id} asks for {', '.join(sorted(unknown))};"
                f" there are {', '.join(sorted(known))}"
            )
        given = tuple((name, give) for name, give in GIVEN.items() if name in asked)
        object.__setattr__(self, "given", given)
        self.fixed.update((name, own[name]) for name in own.keys() & asked.keys())
        in_query = tuple(self.parameters.in_query) if "query" in asked else ()
        object.__setattr__(self, "in_query", in_query)
        object.__setattr__(self, "unasked", tuple(self.parameters.names - asked.keys()))
        object.__setattr__(self, "sliced", inspect.isgeneratorfunction(self.function))
        object.__setattr__(self, "reads", getattr(self.function, "reads", False))

    async def __call__(self, request: Request, values: tuple[str, ...]) -> None:
        """Answer `request`. `values` are those of the path's parameters."""
        call, name = Call(request, values), ""
        try:
            if self.access.needed:
                name = self.access.name(request)
            if self.permission:
                self.permission.ask(request, values)
            call.form = self.bodies.form(request)
            if call.form:
                most = self.bodies.most
                request.body = body_at_once(request, most) or await self.bodies.received(request)
            call.media = self.answers.chosen(request.headers.get(b"accept"))
        except Exception as error:
            call.refused = error
        if name and not self.turns.busy:
            self._take_sandbox(call, name)
        else:
            await self._find_sandbox(call, name)
        journal = request.unseen or (call.sandbox or self.server).journal
        call.id = journal.next_id()
        if self.sliced and not call.refused:
            reply = await self._reply_in_slices(call, name)
        else:
            reply = self._reply(call)
        if reply.answer.wait:
            reply = await self._reply_after_a_wait(call, name, reply)
        elif self.turns.waiting:
            self.turns.changed(name)
        call.refused = None  # its traceback leads back to the call
        self.clocks.answered(call.sandbox)
        if call.notes:
            reply.notes = tuple(call.notes)
        record = Record(journal, call.id, call.sandbox, self.api, self.id)
        if rest := send(request, reply, record, self.turns.over):
            await rest

    async def _find_sandbox(self, call: Call, name: str) -> None:
        """Take the caller's sandbox, in its turn; or see whose scenario the call concerns."""
        await self.turns.come(name)
        if name:
            self._take_sandbox(call, name)
        elif self.faults and not self.access.needed:
            about = faults.named_in(call.request)
            await self.turns.come(about)
            call.concerned = self.server.sandboxes.find(about)

    def _take_sandbox(self, call: Call, name: str) -> None:
        try:
            sandboxes = self.server.sandboxes
            call.sandbox = sandboxes.used(name) or sandboxes.at(name, call.request.wall)
        except NotReadyError as error:
            call.refused = error
        call.concerned = call.sandbox

    def _reply(self, call: Call) -> Reply:
        """What the client is to get: what comes of the request, unless the scenario spoils that."""
        try:
            self._arrive(call)
            ruling = self._ruling(call)
            if ruling is NO_RULING:
                return self._outcome(call)
            respond = ruling.respond
            reply = self._spoilt(call, ruling, respond) if respond else self._outcome(call)
            if ruling.remember and call.concerned and reply.answer.status:
                faults.remember(call.concerned, ruling, reply)
        except Exception as error:
            return self._failed(error, call)
        return reply

    def _arrive(self, call: Call) -> None:
        """Tell the sandbox of the request. Time that has passed is not undone if that fails."""
        sandbox, request = call.sandbox, call.request
        if sandbox:
            sandbox.request, sandbox.origin, sandbox.notes = call.id, request.origin, call.notes
            if sandbox.state.clock.since:
                with sandbox.attempt():
                    sandbox.catch_up(request.wall)

    def _ruling(self, call: Call) -> Ruling:
        """What the scenario says of the request, which it counts whatever comes of it."""
        if self.faults is None or call.concerned is None:
            return NO_RULING
        return self.faults.ruling(call.concerned, call.request, call.values)

    def _spoilt(self, call: Call, ruling: Ruling, respond: Respond) -> Reply:
        """What a rule makes of the answer; the operation runs if it is carried out all the same."""
        sandbox, truth = call.concerned, None
        assert sandbox, "a rule is a sandbox's"
        assert self.faults, "an operation with rules has faults"
        answer = None
        if respond.status is not None:
            answer = self.faults.answer(sandbox, respond, call.request)
            if answer is None:
                call.notes.append(f"approved, so {ruling.where} lets it pass")
                return self._outcome(call)
        reply = faults.remembered(sandbox, ruling) if respond.replay else None
        if reply is None and (respond.replay or faults.is_carried_out(respond)):
            reply = truth = self._outcome(call)
        if answer:
            reply = Reply(answer, encoded(answer))
        elif respond.fault in faults.WITHOUT_ANSWER:
            reply = Reply(NO_ANSWER, b"")
        assert reply, "a rule spoils an answer, or makes one"
        if truth and truth is not reply:
            if ruling.remember and not reply.answer.status:
                faults.remember(sandbox, ruling, truth)
            call.notes.append(f"carried out all the same: {truth.answer.status} was not sent")
        reply.rule, reply.fault = ruling.where, respond.fault
        reply.explanation = reply.explanation or faults.explanation(ruling)
        if respond.delay is not None:
            reply.delay = faults.seconds_of(sandbox, respond.delay)
        return reply

    def _outcome(self, call: Call) -> Reply:
        """Run the operation to its end, or leave the state as it was. Nothing happens meanwhile."""
        sandbox = call.sandbox
        if call.refused:
            return self._failed(call.refused, call)
        attempt = sandbox.attempt() if sandbox else None
        try:
            function, arguments = self._prepared(call)
            if sandbox:
                self._touch(sandbox)
            answer = function(**arguments)
            self.answers.check(answer)
            reply = Reply(answer, encoded(answer))
            if sandbox:
                sandbox.settle()
        except Exception as error:
            if attempt:
                attempt.undo()
            return self._failed(error, call)
        return reply

    async def _reply_in_slices(self, call: Call, name: str) -> Reply:
        """The same for a long operation: other sandboxes go on, requests to this one queue.

        Where deliveries are due it lets go of the sandbox, and goes on when they are posted; one
        that only reads lets them wait.
        """
        sandbox = call.sandbox
        assert sandbox, "a long operation works on a sandbox"
        try:
            if not self.reads:
                await self.outbound.calm(sandbox)
                await self.turns.come(name)
            self._arrive(call)
            steps, reply = self._steps(*self._prepared(call)), None
            paused = never if self.reads else partial(self.outbound.waits, sandbox)
            while reply is None:
                with self.turns.taken(name), sandbox.attempt(), self._replacing(sandbox):
                    self._touch(sandbox)
                    reply = await in_slices(steps, paused)
                    if reply is not None:
                        sandbox.settle()
                if reply is None:
                    call.notes += await self.outbound.gone(sandbox)
                    await self.turns.come(name)
                    self._arrive(call)
        except Exception as error:
            return self._failed(error, call)
        return reply

    @contextmanager
    def _replacing(self, sandbox: Sandbox) -> Iterator[None]:
        """Let go of the state that what is done inside replaces; of its own, where that fails."""
        clock = asyncio.get_running_loop().time
        left, begun = sandbox.state, clock()
        try:
            yield
        except BaseException:
            left = sandbox.state
            raise
        finally:
            if clock() - begun > LONG:
                self.server.let_go(left)

    def _steps(self, function: Function, arguments: dict[str, Json]) -> Generator[Any, None, Reply]:
        """A long operation to its end, and its answer written down."""
        answer = yield from function(**arguments)
        return Reply(answer, (yield from self.answers.written(answer)))

    async def _reply_after_a_wait(self, call: Call, name: str, reply: Reply) -> Reply:
        """Ask again whenever the sandbox may have changed, until the time is up."""
        sandbox, clock = call.sandbox, asyncio.get_running_loop().time
        assert sandbox, "what is waited for happens in a sandbox"
        until = clock() + reply.answer.wait
        while reply.answer.wait and not self.turns.over.is_set() and (left := until - clock()) > 0:
            await self.turns.change(name, min(left, _seconds_to_next(sandbox)))
            await self.turns.come(name)
            call.request.waited()
            call.notes = []
            reply = await self._reply_in_slices(call, name) if self.sliced else self._reply(call)
        return reply

    def _prepared(self, call: Call) -> tuple[Function, dict[str, Json]]:
        """The function and its arguments."""
        request, notes, parameters = call.request, call.notes, self.parameters
        violations: list[Violation] = []
        arguments = self.fixed.copy()
        if parameters.some or request.query:
            arguments |= parameters.read(
                call.values, request.query, request.headers, violations, notes
            )
            if self.in_query:
                call.query = {name: arguments[name] for name in self.in_query}
        call.body = self.bodies.read(call.form, request.body, violations, notes)
        if violations:
            raise InvalidError(violations)
        if self.function is None:
            raise NotSimulatedError(self.id)
        for name, give in self.given:
            arguments[name] = give(call)
        for name in self.unasked:
            arguments.pop(name, None)
        return self.function, arguments

    def _touch(self, sandbox: Sandbox) -> None:
        if self.faults and not sandbox.state.touched:
            sandbox.state = replace(sandbox.state, touched=True)

    def _failed(self, error: Exception, call: Call) -> Reply:
        """What is answered instead, in the API's dialect. The sandbox has its old state."""
        if isinstance(error, RefusedError):
            if self.faults and call.sandbox and error.breaks_the_spec:
                note_invalid(call.sandbox, f"{call.request.method} {call.request.path}: {error}")
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


def _seconds_to_next(sandbox: Sandbox) -> float:
    """The time until a running clock meets its next job; for ever where the clock stands."""
    clock, job = sandbox.state.clock, sandbox.state.jobs.first()
    if clock.since is None or job is None:
        return float("inf")
    return max(0.0, (job.due - clock.now).total_seconds())
