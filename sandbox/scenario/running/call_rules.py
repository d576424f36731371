"""Call rules: which fault a request meets. What becomes of a webhook is chosen in the same way."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.scenario.language.model import DeliveryRule, Respond, Rule
from sandbox.scenario.running.choosing import counted_by, winner
from sandbox.scenario.running.plans import R, Ready
from sandbox.scenario.running.underway import COUNTS, NO_COUNTS, Counts, counts_of, scenario_of

HEADER = "header."
SAME_REQUEST = "same_request"
Key = tuple[str, tuple[str, ...]]
"""An API, and what one of its operations is called."""


class Call(Struct, frozen=True):
    """A request as call rules see it, before anything in it has been checked.

    `operation` is its operationId, `canonical` its canonical name or empty. `path` and `query` are
    its parameters, `header` its headers by their names in lower case. `body` is JSON, or None.
    """

    api: str
    operation: str
    canonical: str = ""
    method: str = "GET"
    url: str = ""
    path: Mapping[str, Any] = {}
    query: Mapping[str, Any] = {}
    header: Mapping[str, str] = {}
    body: Any = None
    raw: bytes = b""

    @property
    def names(self) -> tuple[str, ...]:
        """What an operation is called: its API's own name for it, and the canonical one."""
        own = f"{self.api}.{self.operation}"
        return (own, self.canonical) if self.canonical else (own,)

    @property
    def key(self) -> Key:
        """What its requests are counted by."""
        return self.api, self.names

    def is_meant_by(self, name: str) -> bool:
        """Whether `call <name>` means it."""
        return name in {"*", f"{self.api}.*", *self.names}

    def digest(self) -> str:
        """The same for requests with the same method, path, query and body, and no others."""
        body: Any = self.raw.hex() if self.body is None else self.body
        alike = [self.method, self.url, sorted(self.query.items()), body]
        text = json.dumps(alike, sort_keys=True, default=str)
        return blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the scenario says of a request: the rule that answers it, and where that stands.

    `first` names the request that began this count: the one whose answer a `replay` repeats.
    `remember` are the names under which this request's own answer is to be kept for that.
    """

    rule: Rule | None = None
    where: str = ""
    first: str = ""
    remember: tuple[str, ...] = ()

    @property
    def respond(self) -> Respond | None:
        return self.rule.respond if self.rule else None


NO_RULING = Ruling()


def call_rule(sandbox: Sandbox, call: Call) -> Ruling:
    """Count a request, and say which rule answers it. To be asked once for each request.

    It changes the sandbox's state: what is rolled back when a request is refused must not be this.
    """
    count(sandbox, call.key)
    bound = scenario_of(sandbox).bound
    if bound is None or not bound.plan.calls:
        return NO_RULING
    meant = tuple(one for one in bound.plan.calls if call.is_meant_by(one.rule.when.name))
    if not meant:
        return NO_RULING
    before = counts_of(sandbox).fitted
    won = winner(sandbox, meant, call, _counted(call))
    names = {one.key: _name(one, call) for one in meant if _replays(one)}
    fitted = counts_of(sandbox).fitted
    remember = tuple(
        _first(one.key, name)
        for one in meant
        if (name := names.get(one.key)) is not None
        and (one.key, name) not in before
        and (one.key, name) in fitted
    )
    if won is None:
        return Ruling(remember=remember)
    return Ruling(won.rule, won.where, _first(won.key, _name(won, call) or ""), remember)


def count(sandbox: Sandbox, key: Key) -> None:
    """Count a request of an operation."""
    counts: Counts = sandbox.state.parts.get(COUNTS, NO_COUNTS)
    calls = counts.calls
    sandbox.keep_part(COUNTS, replace(counts, calls=calls.set(key, calls.get(key, 0) + 1)))


def note_unmatched(sandbox: Sandbox, call: str) -> None:
    """Remember a request whose path no operation has: `GET /v1/nothing`."""
    counts = counts_of(sandbox)
    sandbox.keep_part(COUNTS, replace(counts, unmatched=counts.unmatched.plus(call)))


def note_invalid(sandbox: Sandbox, call: str) -> None:
    """Remember a request that broke the spec."""
    counts = counts_of(sandbox)
    sandbox.keep_part(COUNTS, replace(counts, invalid=counts.invalid.plus(call)))


def delivery_rule(
    sandbox: Sandbox, events: tuple[str, ...], resource: Resource, webhook: str
) -> Ready[DeliveryRule] | None:
    """What becomes of one delivery, or None: it is sent as it is.

    `events` are the names that it goes by (Socotra's own, and the canonical event that caused it),
    `resource` what it is about, `webhook` the ref of the one that it is sent to.
    """
    bound = scenario_of(sandbox).bound
    if bound is None or not bound.plan.deliveries:
        return None
    concerned = tuple(
        one
        for one in bound.plan.deliveries
        if one.rule.to in (None, webhook) and _names_one_of(one.rule.event, events)
    )
    return winner(sandbox, concerned, resource, counted_by(resource)) if concerned else None


def _counted(call: Call) -> Callable[[Sandbox, Ready[R]], str | None]:
    def name(_: Sandbox, one: Ready[R]) -> str | None:
        return _name(one, call)

    return name


def _name(one: Ready[R], call: Call) -> str | None:
    """Under which name a rule counts this request.

    Requests without the header that a rule counts by have nothing in common: each is a first.
    """
    per = one.rule.per
    if per == SAME_REQUEST:
        return call.digest()
    if per.startswith(HEADER):
        return call.header.get(per.removeprefix(HEADER).lower())
    return ""


def _replays(one: Ready[Rule]) -> bool:
    return one.rule.respond is not None and one.rule.respond.replay


def _first(key: str, name: str) -> str:
    return f"{key} {name}"


def _names_one_of(rule: str, events: tuple[str, ...]) -> bool:
    if rule.endswith(".*"):
        return any(event.startswith(rule.removesuffix("*")) for event in events)
    return rule in events
