"""Rehearsing a scenario: a stand-in client plays its acts, and then its expectations are judged.

The client is handed in. It makes real requests, in process; this file knows no API and no HTTP
beyond status and headers.
"""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Protocol

from immutables import Map
from junitparser import Failure, TestCase, TestSuite

from sandbox.engine.events import TESTER, Event
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import RESOURCES, notices
from sandbox.provider.truth import Truth
from sandbox.scenario.language.model import (
    Act,
    DeliveryRule,
    Fault,
    Frozen,
    Gives,
    NoticeRule,
    Rule,
    Scalar,
    Scenario,
)
from sandbox.scenario.language.vocabulary import Vocabulary
from sandbox.scenario.proving.expectations import Expectations, Outcome, Result, skipped, unused
from sandbox.scenario.proving.judging import by_ref
from sandbox.scenario.running import binding
from sandbox.scenario.running.matching import fits, holds
from sandbox.scenario.running.moving import NoSuchStatusError, move
from sandbox.scenario.running.plans import Bound
from sandbox.scenario.running.underway import Skip, counts_of, scenario_of

SECOND = timedelta(seconds=1)
SUCCESS = range(200, 300)
REF = "ref"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a client makes it. `path` has the query in it; `body` is JSON, or None."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the client got: an answer, its headers by their names in lower case; or a fault."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    fault: Fault | None = None

    def __str__(self) -> str:
        return str(self.fault) if self.fault else str(self.status)

    @property
    def is_success(self) -> bool:
        return self.fault is None and self.status in SUCCESS

    def in_full(self) -> str:
        """All that can be told apart from another reply."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body, sort_keys=True)
        return f"{self} {dict(self.headers)} {body!r}"


class CannotSayError(Exception):
    """A call that an API has no request for, or whose fields it cannot make one of."""


class Speaker(Protocol):
    """An API's way from canonical words to requests: its `canonical` module."""

    def requests(
        self, sandbox: Sandbox, operation: str, fields: Mapping[str, Any]
    ) -> Generator[Request, Reply, None]:
        """The requests of a canonical call; what it `gives` is the reply to the last of them.

        A generator, because a later one may need what an earlier one was answered.
        """

    def request(self, sandbox: Sandbox, operation: str, parts: Mapping[str, Any]) -> Request:
        """The request of an operation of the API's own, of its path, query, headers and body."""

    def id_of(self, sandbox: Sandbox, ref: str) -> Any:
        """What the API calls the resource of this name."""


class Client(Protocol):
    """A client of one fresh sandbox, in the process that serves it."""

    sandbox: Sandbox
    speakers: Mapping[str, Speaker]

    def send(self, request: Request) -> Reply:
        """Make a request. Delays and timeouts do not wait."""

    def advance_to(self, instant: datetime) -> None:
        """Move the sandbox's clock, deliveries and all."""

    def run_until_idle(self) -> None:
        """Move it until nothing is pending."""


@dataclass(frozen=True, slots=True)
class Acted:
    """One act of a rehearsal; `instead` says what it gave where that is not what it should."""

    source: str
    what: str
    instead: str = ""
    replies: tuple[Reply, ...] = ()

    @property
    def is_ok(self) -> bool:
        return not self.instead


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of playing one variant of a scenario. `timeline` is it in lines of text.

    `trace` is all that could be told apart: answers, events, notices, deliveries and how often what
    was called, a line each. `unused` are the lines of the rules that could have applied and did
    not.
    """

    scenario: Scenario
    acts: tuple[Acted, ...]
    result: Result
    skipped: tuple[Skip, ...]
    unused: tuple[str, ...]
    timeline: tuple[str, ...]
    trace: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """Whether no line broke, every act gave what it should, and no step was skipped."""
        broken = self.result.outcome == Outcome.BROKEN
        return not broken and not self.skipped and all(act.is_ok for act in self.acts)

    @property
    def undecided(self) -> tuple[str, ...]:
        """The lines that were never judged, for something was pending to the end."""
        return tuple(
            f"{entry.source}  not yet due at the end of the rehearsal: {entry.expected}"
            for entry in self.result.entries
            if entry.outcome == Outcome.NOT_YET_DUE
        )

    def suite(self) -> TestSuite:
        """All of it as a suite of JUnit's: each line, each act and each skipped step a test."""
        suite = self.result.suite()
        failed = [(act.source, act.what, act.instead) for act in self.acts]
        failed += [
            (skip.rule, f"{skip.asked} of {skip.ref}", skip.message) for skip in self.skipped
        ]
        for source, what, instead in failed:
            case = TestCase(f"{source} {what}", classname=self.result.variant, time=0)
            if instead:
                case.result = [Failure(instead)]
            suite.add_testcase(case)
        return suite


def rehearse(
    bound: Bound,
    client: Client,
    vocabulary: Vocabulary,
    expectations: Expectations,
    *,
    api: str | None = None,
) -> Rehearsal:
    """Play a scenario's acts in the client's sandbox, which is fresh, and judge what it expects.

    `api` is the one that acts call which name none.
    """
    sandbox, scenario = client.sandbox, bound.scenario
    binding.bind(sandbox, bound)
    sandbox.settle()
    stage = _Stage(client, vocabulary, scenario, api)
    acts = tuple(
        stage.play(act) for act in scenario.rehearse if holds(act.condition, scenario.values)
    )
    last = max((at for at, _ in scenario_of(sandbox).timed), default=sandbox.now)
    if last > sandbox.now:
        client.advance_to(last)
    return Rehearsal(
        scenario=scenario,
        acts=acts,
        result=expectations.result(sandbox, final=True),
        skipped=tuple(skipped(scenario_of(sandbox))),
        unused=tuple(where for where, _ in unused(sandbox)),
        timeline=tuple(timeline(sandbox)),
        trace=(*_trace(sandbox, acts), *map(str, expectations.witness.sent(sandbox))),
    )


def combinations(scenario: Scenario) -> Iterator[Map[str, Scalar]]:
    """Every combination of the parameters' values, the defaults first."""
    names = sorted(scenario.params)
    choices = []
    for name in names:
        param = scenario.params[name]
        others = tuple(value for value in param.one_of if value != param.default)
        choices.append((param.default, *others))
    for values in product(*choices):
        yield Map(zip(names, values, strict=True))


def never_used(rehearsals: Sequence[Rehearsal]) -> tuple[str, ...]:
    """The rules that none of these variants of one scenario has used, by their lines."""
    scenario = rehearsals[0].scenario
    rules: tuple[Rule | NoticeRule | DeliveryRule, ...] = (
        *scenario.rules,
        *scenario.notices,
        *scenario.deliveries,
    )
    idle = {scenario.where(rule.line) for rule in rules}
    for rehearsal in rehearsals:
        values = rehearsal.scenario.values
        fit = {scenario.where(rule.line) for rule in rules if holds(rule.condition, values)}
        idle -= fit - set(rehearsal.unused)
    return tuple(where for rule in rules if (where := scenario.where(rule.line)) in idle)


def timeline(sandbox: Sandbox) -> Iterator[str]:
    """What the provider did, an event a line: instant, event, resource, from → to, reason, rule."""
    events = (event for event in sandbox.state.events if event.subject.type in RESOURCES)
    rows = [_row(sandbox, event) for event in events if not event.name.endswith(".given")]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(5)]
    for row in rows:
        padded = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        yield "  ".join([*padded, row[-1]])


def _row(sandbox: Sandbox, event: Event) -> tuple[str, ...]:
    at = sandbox.calendar.local(event.at).strftime("%Y-%m-%d %H:%M:%S")
    change = f"{event.was or '-'} → {event.became}" if event.was != event.became else ""
    reason = str(event.reason) if event.reason else ""
    ref = sandbox.subject(event.subject).ref
    return at, event.name, ref, change, reason, event.cause.rule


def _trace(sandbox: Sandbox, acts: Sequence[Acted]) -> Iterator[str]:
    for act in acts:
        yield f"{act.what}: {', '.join(reply.in_full() for reply in act.replies)}"
    for event in sandbox.state.events:
        # The rule's line is left out: the same run by another line is the same run.
        yield " ".join(_row(sandbox, event)[:-1])
    for told in notices.of(sandbox).told:
        if told.fate == notices.Fate.STALE:
            continue  # what comes twice or too late changes nothing: no line could notice it
        yield f"{told.at.isoformat()} {told.api} {told.event} {told.fate} {told.will_retry}"
    for (api, names), number in sorted(counts_of(sandbox).calls.items()):
        yield f"{api} {names[0]} {number}"


class _Stage:
    """Where a scenario's acts are played."""

    def __init__(
        self, client: Client, vocabulary: Vocabulary, scenario: Scenario, api: str | None
    ) -> None:
        self.client = client
        self.sandbox = client.sandbox
        self.vocabulary = vocabulary
        self.scenario = scenario
        self.api = api

    def play(self, act: Act) -> Acted:
        source = self.scenario.where(act.line)
        if act.call is not None:
            return self.call(act, act.call, source)
        if act.move is not None:
            return Acted(source, f"move {act.move} to {act.to}", self.moved(act, act.move))
        what = f"advance {act.advance}" if act.advance else f"advance to {act.advance_to}"
        return Acted(source, "run until idle" if act.run else what, self.waited(act))

    def waited(self, act: Act) -> str:
        """Let time pass; what is wrong with that, or the empty text."""
        try:
            if act.run:
                self.client.run_until_idle()
            elif (instant := self.target(act)) < self.sandbox.now:
                return "the clock is past that already"
            else:
                self.client.advance_to(instant)
        except CannotSayError as refusal:
            return str(refusal)
        return ""

    def target(self, act: Act) -> datetime:
        calendar = self.sandbox.calendar
        if act.advance_to is not None:
            return calendar.utc(act.advance_to)
        assert act.advance is not None
        return calendar.plus(self.sandbox.now, act.advance)

    def moved(self, act: Act, ref: str) -> str:
        """Make a tester's move; what is wrong with it, or the empty text."""
        resource = by_ref(self.sandbox, ref)
        if not isinstance(resource, Truth):
            return f"there is no {ref}"
        try:
            with self.sandbox.attempt():
                move(
                    self.sandbox,
                    resource,
                    act.to or "",
                    cause=TESTER,
                    as_=act.as_ or "",
                    reason=act.reason,
                )
        except (IllegalMoveError, NoSuchStatusError) as refusal:
            return str(refusal)
        self.sandbox.settle()
        return ""

    def call(self, act: Act, operation: str, source: str) -> Acted:
        api = self.speaks(act, operation)
        acted = Acted(source, f"{api}: {operation}")
        try:
            replies = list(self.replies(api, operation, act.with_))
        except CannotSayError as refusal:
            return replace(acted, instead=str(refusal))
        return replace(
            acted,
            instead=self.not_given(act.gives, replies[-1]) if replies else "no request was made",
            replies=tuple(replies),
        )

    def speaks(self, act: Act, operation: str) -> str:
        """The API that an act calls."""
        own = operation.partition(".")[0]
        if own in self.client.speakers:
            return own
        having = self.vocabulary.apis_with(operation)
        return act.api or self.api or next(iter(having), "")

    def replies(self, api: str, operation: str, said: Map[str, Frozen]) -> Iterator[Reply]:
        if api not in self.client.speakers:
            raise CannotSayError(f"no API has {operation}")
        speaker = self.client.speakers[api]
        if operation.startswith(f"{api}."):
            parts = self.thawed(speaker, said)
            name = operation.removeprefix(f"{api}.")
            yield self.client.send(speaker.request(self.sandbox, name, parts))
            return
        requests = speaker.requests(self.sandbox, operation, self.thawed(speaker, said))
        try:
            request = next(requests)
            while True:
                reply = self.client.send(request)
                yield reply
                request = requests.send(reply)
        except StopIteration:
            return

    def thawed(self, speaker: Speaker, value: Any) -> Any:
        """A value as JSON, the API's own id for every `{ref: …}` in it."""
        if isinstance(value, Map):
            if set(value) == {REF}:
                return speaker.id_of(self.sandbox, str(value[REF]))
            return {name: self.thawed(speaker, value[name]) for name in sorted(value)}
        if isinstance(value, tuple):
            return [self.thawed(speaker, item) for item in value]
        return value

    def not_given(self, gives: Gives, reply: Reply) -> str:
        """What a call gave instead of what it should have, or the empty text."""
        if gives.fault != reply.fault:
            return f"it gave {reply}, not {gives.fault or gives.status or 'ok'}"
        if gives.fault is None:
            wanted = (gives.status,) if gives.status is not None else SUCCESS
            if reply.status not in wanted:
                return f"it gave {reply}, not {gives.status or 'ok'}"
        if gives.retry_after is not None:
            now = self.sandbox.now
            seconds = (self.sandbox.calendar.plus(now, gives.retry_after) - now) // SECOND
            if reply.headers.get("retry-after") != str(seconds):
                return f"Retry-After is {reply.headers.get('retry-after')}, not {seconds}"
        for matcher in gives.headers:
            actual = reply.headers.get(matcher.field[0].lower())
            if not fits(self.sandbox, actual, matcher.operator, matcher.value):
                return f"the header {matcher.field[0]} is {actual}"
        return ""
