"""From a valid tree to the scenario's values. What only arithmetic can refuse is found here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, TypeVar

from immutables import Map

from sandbox.engine.calendar import Duration, Unit, parse_duration
from sandbox.scenario.language.model import (
    Act,
    Base,
    Delivered,
    DeliveryRule,
    Expectation,
    Fault,
    Frozen,
    Given,
    Gives,
    Matcher,
    NoticeRule,
    Nth,
    Operator,
    Param,
    ReasonSpec,
    Respond,
    Rule,
    Scalar,
    Scenario,
    Step,
    Timeline,
    Trigger,
)
from sandbox.scenario.language.problems import Finding, Path
from sandbox.scenario.language.pruning import HOLE

RESOURCES = ("mandate", "payment", "instant_payment", "refund", "payout")
USUAL_CUT_OFFS = {"uk-bacs": time(16)}  # calendars that are not named here have none
ALWAYS_TAKEN_EFFECT = (Fault.TRUNCATED_BODY, Fault.MALFORMED_JSON)

T = TypeVar("T")
Json = Mapping[str, Any]


def freeze(value: Any) -> Frozen:
    """JSON as a value that cannot change."""
    if isinstance(value, Mapping):
        return Map({key: freeze(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return tuple(freeze(inner) for inner in value)
    scalar: Scalar = value
    return scalar


def thawed(value: Any) -> Any:
    """The same as dicts and lists again."""
    if isinstance(value, Mapping):
        return {key: thawed(value[key]) for key in sorted(value)}
    return [thawed(inner) for inner in value] if isinstance(value, tuple) else value


def whole(path: Path, items: Iterable[Any]) -> Iterator[tuple[Path, Any]]:
    """The items of a list with their paths, without those that were left out."""
    for number, item in enumerate(items):
        if item is not HOLE:
            yield (*path, number), item


class Builder:
    """Makes one scenario. `findings` has what turned out wrong; then the scenario is worthless.

    `line_of` leads from a path in `data` to its line in the file. `data` fits the schema, but for
    HOLEs in lists, of which nothing is made.
    """

    def __init__(self, data: Json, line_of: Callable[[Path], int]) -> None:
        self.data = data
        self.line_of = line_of
        self.findings: list[Finding] = []

    def scenario(self, file: str, source: str, values: Mapping[str, Scalar]) -> Scenario:
        data = self.data
        return Scenario(
            name=data.get("scenario", ""),
            file=file,
            source=source,
            version=data.get("version", 1),
            title=data.get("title", ""),
            description=data.get("description", ""),
            tags=tuple(data.get("tags", ())),
            params=Map({name: self.param(name, raw) for name, raw in self.named("params")}),
            values=Map(values),
            given=self.given(data.get("given", {})),
            timelines=Map(
                {name: self.timeline(name, raw) for name, raw in self.named("timelines")}
            ),
            rules=self.each(("rules",), self.rule),
            notices=self.each(("notices",), self.notice),
            deliveries=self.each(("deliveries",), self.delivery),
            expect=self.each(("expect",), self.expectation),
            rehearse=self.each(("rehearse",), self.act),
        )

    def named(self, section: str) -> Iterator[tuple[str, Any]]:
        yield from self.data.get(section, {}).items()

    def each(self, path: Path, make: Callable[[Path, Any], T]) -> tuple[T, ...]:
        """What `make` makes of every item of the list at `path`, which may be missing."""
        items: Any = self.data
        for part in path:
            items = items.get(part, ()) if isinstance(items, Mapping) else items[part]
        return tuple(make(at, item) for at, item in whole(path, items))

    # Times. Each says at its path what it could not read, and goes on with something harmless.

    def duration(self, path: Path, raw: Json, key: str) -> Duration | None:
        return self.read(path, raw, key, parse_duration, Duration(0, Unit.SECOND))

    def time(self, path: Path, raw: Json, key: str) -> time | None:
        return self.read(path, raw, key, time.fromisoformat, time())

    def instant(self, path: Path, raw: Json, key: str) -> datetime | None:
        return self.read(path, raw, key, datetime.fromisoformat, datetime.min)  # noqa: DTZ901  local

    def read(
        self, path: Path, raw: Json, key: str, parse: Callable[[str], T], otherwise: T
    ) -> T | None:
        return self.parsed((*path, key), raw[key], parse, otherwise) if key in raw else None

    def parsed(self, path: Path, text: str, parse: Callable[[str], T], otherwise: T) -> T:
        try:
            return parse(text)
        except ValueError as error:
            what = str(error) if parse is parse_duration else f"there is no {text}"
            self.findings.append(Finding(path, what))
            return otherwise

    # The world before.

    def param(self, name: str, raw: Json) -> Param:
        choices, description = tuple(raw.get("one_of", ())), raw.get("description", "")
        return Param(name, raw["default"], choices, description, self.line_of(("params", name)))

    def given(self, raw: Json) -> Given:
        path: Path = ("given",)
        calendar = raw.get("calendar", "uk-bacs")
        cut_off = USUAL_CUT_OFFS.get(calendar)
        if "cut_off" in raw:
            cut_off = None if raw["cut_off"] is None else self.time(path, raw, "cut_off")
        holidays = whole((*path, "holidays"), raw.get("holidays", ()))
        return Given(
            clock=self.instant(path, raw, "clock"),
            timezone=raw.get("timezone", "Europe/London"),
            calendar=calendar,
            holidays=tuple(
                self.parsed(at, text, date.fromisoformat, date.min) for at, text in holidays
            ),
            cut_off=cut_off,
            seed=raw.get("seed"),
            strict=raw.get("strict", False),
            config=_frozen(raw.get("config", {})),
            resources=self.resources(raw.get("resources", {})),
        )

    def resources(self, raw: Json) -> Map[str, tuple[Map[str, Frozen], ...]]:
        none = Duration(0, Unit.SECOND)
        for kind, fixtures in raw.items():
            for path, fixture in whole(("given", "resources", kind), fixtures):
                self.instant(path, fixture, "created")
                for key in ("issued", "due", "execution_date"):
                    self.read(path, fixture, key, date.fromisoformat, date.min)
                waits = fixture.get("retries", ()) if kind == "webhooks" else ()
                for at, wait in whole((*path, "retries"), waits):
                    self.parsed(at, wait, parse_duration, none)
        return Map({kind: tuple(_frozen(one) for _, one in whole((), raw[kind])) for kind in raw})

    # Rules.

    def matchers(self, path: Path, raw: Json, key: str) -> tuple[Matcher, ...]:
        return tuple(
            matcher
            for name, wanted in raw.get(key, {}).items()
            for matcher in self.comparisons((*path, key, name), tuple(name.split(".")), wanted)
        )

    def comparisons(self, path: Path, field: tuple[str, ...], raw: Any) -> Iterator[Matcher]:
        line = self.line_of(path)
        if not isinstance(raw, Mapping):
            yield Matcher(field, Operator.IS, raw, line)
            return
        for name, value in raw.items():
            yield Matcher(
                field, Operator(name), tuple(value) if isinstance(value, list) else value, line
            )

    def rule(self, path: Path, raw: Json) -> Rule:
        then = raw.get("then")
        instants = self.each((*path, "between"), self.an_instant) if "between" in raw else ()
        return Rule(
            when=trigger(raw["when"]),
            line=self.line_of(path),
            name=raw.get("name", ""),
            condition=self.matchers(path, raw, "if"),
            match=self.matchers(path, raw, "match"),
            nth=nth(raw),
            per=raw.get("per", "scenario"),
            probability=int(raw["probability"].rstrip("%")) if "probability" in raw else None,
            between=(instants[0], instants[-1]) if instants else None,
            then=self.each((*path, "then"), self.step) if isinstance(then, list) else None,
            nothing=then == "nothing",
            respond=self.respond((*path, "respond"), raw["respond"]) if "respond" in raw else None,
        )

    def an_instant(self, path: Path, text: str) -> datetime:
        return self.parsed(path, text, datetime.fromisoformat, datetime.min)  # noqa: DTZ901  local

    def timeline(self, name: str, _: Any) -> Timeline:
        path = ("timelines", name)
        return Timeline(name, self.each(path, self.step), self.line_of(path))

    def step(self, path: Path, raw: Json) -> Step:
        while_ = raw.get("while", ())
        return Step(
            line=self.line_of(path),
            of=raw.get("of"),
            while_=(while_,) if isinstance(while_, str) else tuple(while_),
            from_=Base(raw.get("from", Base.PREVIOUS)),
            after=self.duration(path, raw, "after"),
            at=self.time(path, raw, "at"),
            status=raw.get("status"),
            as_=raw.get("as"),
            reason=reason(raw.get("reason")),
            force=raw.get("force", False),
            emit=raw.get("emit"),
            set_=Map(raw["set"]) if "set" in raw else None,
            create=raw.get("create"),
            with_=Map(raw.get("with", {})),
            use=raw.get("use"),
        )

    def respond(self, path: Path, raw: Json) -> Respond:
        fault = Fault(raw["fault"]) if "fault" in raw else None
        return Respond(
            line=self.line_of(path),
            status=raw.get("status"),
            error=raw.get("error"),
            message=raw.get("message"),
            retry_after=self.duration(path, raw, "retry_after"),
            delay=self.duration(path, raw, "delay"),
            fault=fault,
            replay=raw.get("replay", False),
            commit=raw.get("commit", fault in ALWAYS_TAKEN_EFFECT),
        )

    def notice(self, path: Path, raw: Json) -> NoticeRule:
        return NoticeRule(
            event=raw["event"],
            line=self.line_of(path),
            to=raw.get("to"),
            condition=self.matchers(path, raw, "if"),
            match=self.matchers(path, raw, "match"),
            nth=nth(raw),
            per=raw.get("per", "scenario"),
            late=self.duration(path, raw, "late"),
            lost=raw.get("lost", False),
            behind=raw.get("behind"),
            copies=raw.get("copies", 1),
        )

    def delivery(self, path: Path, raw: Json) -> DeliveryRule:
        return DeliveryRule(
            event=raw["event"],
            line=self.line_of(path),
            to=raw.get("to"),
            condition=self.matchers(path, raw, "if"),
            match=self.matchers(path, raw, "match"),
            nth=nth(raw),
            per=raw.get("per", "scenario"),
            late=self.duration(path, raw, "late"),
            lost=raw.get("lost", False),
            behind=raw.get("behind"),
            copies=raw.get("copies", 1),
            fail_first=raw.get("fail_first", 0),
            bad_signature=raw.get("bad_signature", False),
        )

    # What is expected, and done.

    def expectation(self, path: Path, raw: Json) -> Expectation:
        sees = raw.get("sees", {})
        no_event = raw.get("no_event", ())
        return Expectation(
            line=self.line_of(path),
            condition=self.matchers(path, raw, "if"),
            at=None if raw.get("at") == "end" else self.instant(path, raw, "at"),
            api=raw.get("api"),
            ref=raw.get("ref"),
            statuses=Map({type_: raw[type_] for type_ in RESOURCES if type_ in raw}),
            reason=raw.get("reason"),
            has=self.matchers(path, raw, "has"),
            sees=Map({key: status for key, status in sees.items() if key in RESOURCES}),
            sees_fields=tuple(
                matcher
                for key, wanted in sees.items()
                if key not in RESOURCES
                for matcher in self.comparisons((*path, "sees", key), tuple(key.split(".")), wanted)
            ),
            events=tuple(raw.get("events", ())),
            no_event=(no_event,) if isinstance(no_event, str) else tuple(no_event),
            count=Map(raw.get("count", {})),
            calls=Map(raw.get("calls", {})),
            delivered=tuple(
                Delivered(one) if isinstance(one, str) else Delivered(**one)
                for _, one in whole((), raw.get("delivered", ()))
            ),
            attempts=Map(raw.get("attempts", {})),
        )

    def act(self, path: Path, raw: Json) -> Act:
        return Act(
            line=self.line_of(path),
            condition=self.matchers(path, raw, "if"),
            call=raw.get("call"),
            api=raw.get("api"),
            with_=_frozen(raw.get("with", {})),
            gives=self.gives((*path, "gives"), raw.get("gives", "ok")),
            move=raw.get("move"),
            to=raw.get("to"),
            as_=raw.get("as"),
            reason=reason(raw.get("reason")),
            advance=self.duration(path, raw, "advance"),
            advance_to=self.instant(path, raw, "advance_to"),
            run="run" in raw,
        )

    def gives(self, path: Path, raw: Any) -> Gives:
        if isinstance(raw, int):
            return Gives(status=raw)
        if isinstance(raw, str):
            return Gives() if raw == "ok" else Gives(fault=Fault(raw))
        return Gives(
            status=raw.get("status"),
            fault=Fault(raw["fault"]) if "fault" in raw else None,
            retry_after=self.duration(path, raw, "retry_after"),
            headers=tuple(
                matcher
                for name, wanted in raw.get("headers", {}).items()
                for matcher in self.comparisons((*path, "headers", name), (name,), wanted)
            ),
        )


def trigger(text: str) -> Trigger:
    """`payment.created` or `call payments.create`, as written after `when`."""
    return Trigger(text.removeprefix("call "), is_call=text.startswith("call "))


def nth(raw: Json) -> Nth | None:
    """Which occurrences a rule is for: 3, "1-2" or "4-"."""
    if "nth" not in raw:
        return None
    first, dash, last = str(raw["nth"]).partition("-")
    return Nth(int(first), int(last) if last else None if dash else int(first))


def reason(raw: Any) -> ReasonSpec | None:
    """A reason, written as its code alone or with more."""
    if raw is None or isinstance(raw, str):
        return None if raw is None else ReasonSpec(raw)
    return ReasonSpec(raw["code"], raw.get("scheme_code"), raw.get("origin"), raw.get("text"))


def _frozen(raw: Json) -> Map[str, Frozen]:
    return Map({key: freeze(value) for key, value in raw.items()})
