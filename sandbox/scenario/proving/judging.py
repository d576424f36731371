"""Whether one line of `expect` holds now; and where it does not, what is the case instead."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sandbox.engine.events import Event, Reason
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider import RESOURCES, notices
from sandbox.provider.relations import RELATED
from sandbox.scenario.language.model import ABSENT, Delivered, Expectation, Matcher
from sandbox.scenario.running.matching import fits
from sandbox.scenario.running.reading import field_of, reach, shown
from sandbox.scenario.running.underway import Verdict, counts_of, scenario_of

View: TypeAlias = Callable[[Sandbox, str, Resource], Any]
"""What an API shows of one of the provider's resources: JSON, or None where it shows none."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a webhook.

    `events` are the names that it goes by: the API's own, and the canonical event's.
    """

    events: tuple[str, ...]
    api: str
    arrived: bool
    is_signed_well: bool = True
    at: datetime | None = None


Sent: TypeAlias = Callable[[Sandbox], Sequence[Attempt]]
"""Every attempt to deliver a webhook of this sandbox, in order."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Who can say what the APIs show and what they have sent: the server hands it in."""

    view: View = lambda *_: None
    sent: Sent = lambda _: ()


def judge(sandbox: Sandbox, line: Expectation, witness: Witness) -> Verdict:
    """Hold a line of `expect` against the world as it is now."""
    instead = tuple(dict.fromkeys(_Judge(sandbox, line, witness).complaints()))
    return Verdict(held=not instead, instead=instead)


class _Judge:
    """One line, looked at once."""

    def __init__(self, sandbox: Sandbox, line: Expectation, witness: Witness) -> None:
        self.sandbox = sandbox
        self.line = line
        self.witness = witness
        self.named = by_ref(sandbox, line.ref) if line.ref is not None else None

    def complaints(self) -> Iterator[str]:
        line = self.line
        meant: dict[Any, Resource] = {}
        for type in dict.fromkeys((*sorted(line.statuses), *sorted(line.sees))):
            found = self.of_type(type)
            if line.statuses.get(type) == ABSENT:
                yield from (f"there is {_as(one)}" for one in found)
            elif len(found) == 1:
                meant[found[0].subject] = found[0]
            elif type in line.statuses or line.sees.get(type) != ABSENT or found:
                yield self.not_one(type, found)
        if line.ref is not None and self.named is None and not self.may_be_missing():
            yield f"there is no {line.ref}"
        elif not meant and self.named is not None:
            meant[self.named.subject] = self.named
        for resource in meant.values():
            yield from self.of_resource(resource)
        yield from self.of_events()
        yield from self.of_calls()
        yield from self.of_deliveries()

    def may_be_missing(self) -> bool:
        wanted = (*self.line.statuses.values(), *self.line.sees.values())
        return bool(wanted) and all(one == ABSENT for one in wanted)

    def not_one(self, type: str, found: Sequence[Resource]) -> str:
        of = f" of {self.line.ref}" if self.line.ref and not self.is_named(type) else ""
        if not found:
            name = self.line.ref if self.is_named(type) else type.replace("_", " ")
            return f"there is no {name}{of}"
        listed = ", ".join(_as(one) for one in found)
        return f"there are {len(found)} {type.replace('_', ' ')}s{of}: {listed}"

    def is_named(self, type: str) -> bool:
        return bool(self.line.ref) and (self.named is None or self.named.type == type)

    def of_type(self, type: str) -> list[Resource]:
        """The resources of a type that this line may mean."""
        if self.line.ref is None:
            found: list[Resource] = list(self.sandbox.all(RESOURCES[type]))
        elif self.named is None:
            found = []
        elif self.named.type == type:
            found = [self.named]
        else:
            found = related(self.sandbox, self.named, type)
        return [one for one in found if self.counts(one)]

    def counts(self, resource: Resource) -> bool:
        """Whether the line's `api` lets it count: its own resources, and those all know."""
        return self.line.api is None or getattr(resource, "api", "") in ("", self.line.api)

    def of_resource(self, resource: Resource) -> Iterator[str]:
        line = self.line
        status = line.statuses.get(resource.type)
        if status is not None and getattr(resource, "status", "") != status:
            yield _as(resource)
        if line.reason is not None:
            reason: Reason | None = getattr(resource, "reason", None)
            if reason is None or reason.code != line.reason:
                yield f"{resource.ref} has {f'the reason {reason}' if reason else 'no reason'}"
        for matcher in line.has:
            actual = reach(self.sandbox, resource, matcher.field)
            if not fits(self.sandbox, actual, matcher.operator, matcher.value):
                yield _other(resource, matcher, shown(actual))
        if resource.type in line.sees:
            yield from self.of_view(resource, line.sees[resource.type])
        for matcher in line.sees_fields:
            yield from self.of_own_field(resource, matcher)

    def of_view(self, resource: Resource, status: str) -> Iterator[str]:
        api = self.line.api or getattr(resource, "api", "")
        if not api:
            yield f"{resource.ref} is known to every API: say which `api` sees it"
            return
        heard = notices.heard(self.sandbox, api, resource.subject)
        seen = heard.became if heard else ABSENT
        if seen != status:
            told = f"has been told that it is {seen}" if heard else "has heard nothing of it"
            yield f"{resource.ref}: {api} {told}"

    def of_own_field(self, resource: Resource, matcher: Matcher) -> Iterator[str]:
        api, *path = matcher.field
        view = self.witness.view(self.sandbox, api, resource)
        shows = view if isinstance(view, (list, tuple)) else [view]
        values = [reach(self.sandbox, one, tuple(path)) for one in shows]
        if not any(fits(self.sandbox, one, matcher.operator, matcher.value) for one in values):
            yield _other(resource, matcher, ", ".join(str(shown(one)) for one in values) or None)

    def of_events(self) -> Iterator[str]:
        line = self.line
        if not (line.events or line.no_event or line.count):
            return
        names = [event.name for event in self.events()]
        missing = _missing(line.events, names)
        if missing is not None:
            happened = ", ".join(name for name in names if name in line.events)
            yield f"{missing} did not happen in its place: {happened or 'none of them happened'}"
        for name in line.no_event:
            if name in names:
                yield f"{name} happened"
        for name in sorted(line.count):
            if names.count(name) != line.count[name]:
                yield f"{name} happened {_times(names.count(name))}"

    def events(self) -> Iterator[Event]:
        """What has happened since the scenario was bound to the resources that the line means."""
        since = scenario_of(self.sandbox).since
        meant: dict[str, set[int]] = {}
        for event in self.sandbox.state.events.since(since):
            type, id = event.subject
            if type not in RESOURCES:
                continue  # what an API's own view has come to
            if self.line.ref is not None or self.line.api is not None:
                if type not in meant:
                    meant[type] = {one.id for one in self.of_type(type)}
                if id not in meant[type]:
                    continue
            yield event

    def of_calls(self) -> Iterator[str]:
        calls = counts_of(self.sandbox).calls
        for name in sorted(self.line.calls):
            made = sum(
                number
                for (api, names), number in calls.items()
                if name in names and self.line.api in (None, api)
            )
            if made != self.line.calls[name]:
                yield f"{name} was called {_times(made)}"

    def of_deliveries(self) -> Iterator[str]:
        if not (self.line.delivered or self.line.attempts):
            return
        sent = [one for one in self.witness.sent(self.sandbox) if self.line.api in (None, one.api)]
        for name in sorted(self.line.attempts):
            made = sum(1 for one in sent if name in one.events)
            if made != self.line.attempts[name]:
                yield f"{name} was attempted {_times(made)}"
        arrived = [one for one in sent if one.arrived]
        left = iter(arrived)
        for wanted in self.line.delivered:
            if not any(_is_delivery(one, wanted) for one in left):
                listed = ", ".join(one.events[0] for one in arrived) or "nothing"
                yield f"{wanted.event} was not delivered in its place: {listed}"
                return


def related(sandbox: Sandbox, resource: Resource, type: str) -> list[Resource]:
    """The resources of a type that belong to `resource`, or that it belongs to."""
    if follow := RELATED.get((resource.type, type)):
        return list(follow(sandbox, resource))
    if isinstance(up := field_of(sandbox, resource, type), Resource):
        return [up]
    field = "invoice" if resource.type.endswith("invoice") else resource.type
    return [
        one
        for one in sandbox.all(RESOURCES[type])
        if isinstance(to := field_of(sandbox, one, field), Resource)
        and to.subject == resource.subject
    ]


def by_ref(sandbox: Sandbox, ref: str) -> Resource | None:
    """The resource of this name. An API's view may bear the name of what it shows: truth first."""
    tables = sandbox.state.tables
    others = sorted(tables.keys() - RESOURCES.keys(), key=lambda type: ("." in type, type))
    for type in (*RESOURCES, *others):
        table = sandbox.state.table(type)
        for id in table.group("ref", ref):
            return table.rows[id]
    return None


def _missing(wanted: Sequence[str], names: Sequence[str]) -> str | None:
    """The first that does not come after those before it; others may lie between."""
    left = iter(names)
    return next((one for one in wanted if one not in left), None)


def _is_delivery(sent: Attempt, wanted: Delivered) -> bool:
    good = None if wanted.signature is None else wanted.signature == "good"
    return wanted.event in sent.events and good in (None, sent.is_signed_well)


def _as(resource: Resource) -> str:
    return f"{resource.ref}, which is {getattr(resource, 'status', 'there')}"


def _other(resource: Resource, matcher: Matcher, actual: object) -> str:
    return f"{resource.ref}: {'.'.join(matcher.field)} is {_word(actual)}"


def _word(value: object) -> str:
    return "not set" if value is None or value == "" else str(value)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def described(line: Expectation) -> str:
    """A line of `expect` in words: `mandate-1: mandate failed, reason bank_account_closed`."""
    said = [f"{type} {line.statuses[type]}" for type in sorted(line.statuses)]
    if line.reason is not None:
        said.append(f"reason {line.reason}")
    said += [f"has {_compared(matcher)}" for matcher in line.has]
    said += [f"sees {type} {line.sees[type]}" for type in sorted(line.sees)]
    said += [f"sees {_compared(matcher)}" for matcher in line.sees_fields]
    if line.events:
        said.append(f"events {', '.join(line.events)}")
    said += [f"no {name}" for name in line.no_event]
    said += _numbers("", line.count) + _numbers("calls of ", line.calls)
    said += [f"delivered {one.event}" for one in line.delivered]
    said += _numbers("attempts of ", line.attempts)
    whose = " ".join(one for one in (line.api, line.ref) if one)
    return f"{whose}: {', '.join(said)}" if whose else ", ".join(said)


def _numbers(what: str, counted: Mapping[str, int]) -> list[str]:
    return [f"{counted[name]} {what}{name}" for name in sorted(counted)]


def _compared(matcher: Matcher) -> str:
    word = "" if matcher.operator == "is" else f"{matcher.operator} "
    return f"{'.'.join(matcher.field)} {word}{matcher.value}"
