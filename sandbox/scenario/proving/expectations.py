"""What a scenario expects, and what became of it: judged as the clock leaves a line's instant."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.language.model import DeliveryRule, Expectation, NoticeRule, Rule, Scalar
from sandbox.scenario.proving.judging import Witness, described, judge
from sandbox.scenario.running.matching import holds
from sandbox.scenario.running.underway import (
    SCENARIO,
    ScenarioState,
    Skip,
    Verdict,
    counts_of,
    scenario_of,
)

if TYPE_CHECKING:
    from junitparser import TestSuite

END = "end"


class Outcome(StrEnum):
    """What became of a line."""

    HELD = "held"
    BROKEN = "broken"
    NOT_YET_DUE = "not_yet_due"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a result. `kind` is expectation, or what a strict scenario does not forgive."""

    kind: str
    source: str
    expected: str
    outcome: Outcome
    at: str = ""
    instead: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        said: dict[str, Any] = {"kind": self.kind, "source": self.source}
        if self.at:
            said["at"] = self.at
        said |= {"expected": self.expected, "result": str(self.outcome)}
        if self.instead:
            said["actual"] = "; ".join(self.instead)
        return said


@dataclass(frozen=True, slots=True)
class Result:
    """What became of everything that the bound scenario expects."""

    scenario: str
    params: Map[str, Scalar]
    strict: bool
    now: datetime
    entries: tuple[Entry, ...]

    @property
    def outcome(self) -> Outcome:
        """Broken when one entry is, else not yet due when one is, else held."""
        found = {entry.outcome for entry in self.entries}
        for worst in (Outcome.BROKEN, Outcome.NOT_YET_DUE):
            if worst in found:
                return worst
        return Outcome.HELD

    def count(self, outcome: Outcome) -> int:
        return sum(1 for entry in self.entries if entry.outcome == outcome)

    def as_json(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "params": {name: self.params[name] for name in sorted(self.params)},
            "strict": self.strict,
            "now": written(self.now),
            "result": str(self.outcome),
            "counts": {
                "held": self.count(Outcome.HELD),
                "broken": self.count(Outcome.BROKEN),
                "notYetDue": self.count(Outcome.NOT_YET_DUE),
            },
            "items": [entry.as_json() for entry in self.entries],
        }

    @property
    def variant(self) -> str:
        """The scenario and the values of its parameters, as pytest writes such: name[value]."""
        values = [f"{name}={self.params[name]}" for name in sorted(self.params)]
        return f"{self.scenario}[{', '.join(values)}]" if values else self.scenario

    def suite(self) -> "TestSuite":
        """The same as a suite of JUnit's, each line a test."""
        from junitparser import Failure, Skipped, TestCase, TestSuite  # a server seldom makes one

        suite = TestSuite(self.variant)
        for entry in self.entries:
            case = TestCase(f"{entry.source} {entry.expected}", classname=self.variant, time=0)
            if entry.outcome == Outcome.BROKEN:
                case.result = [Failure("; ".join(entry.instead), entry.kind)]
            elif entry.outcome == Outcome.NOT_YET_DUE:
                case.result = [Skipped("not yet due")]
            suite.add_testcase(case)
        return suite

    def as_junit(self) -> bytes:
        from junitparser import JUnitXml

        document: Any = JUnitXml()
        document.add_testsuite(self.suite())
        document.update_statistics()
        text: bytes = document.tostring()
        return text


@dataclass(frozen=True, slots=True)
class Expectations:
    """The judge of all sandboxes of a server. `leaving` is for its Wiring."""

    witness: Witness = field(default_factory=Witness)

    def leaving(self, sandbox: Sandbox, instant: datetime) -> None:
        """Judge the lines whose instant is over once the clock goes on to `instant`."""
        state: ScenarioState | None = sandbox.part(SCENARIO, None)
        if state is None or state.judged == len(state.timed):
            return
        if state.timed[state.judged][0] < instant:
            sandbox.keep_part(SCENARIO, self._judged(sandbox, state, instant))

    def _judged(self, sandbox: Sandbox, state: ScenarioState, until: datetime) -> ScenarioState:
        lines = state.scenario.expect
        verdicts, number = state.verdicts, state.judged
        while number < len(state.timed) and state.timed[number][0] < until:
            index = state.timed[number][1]
            verdicts = verdicts.set(index, judge(sandbox, lines[index], self.witness))
            number += 1
        return replace(state, verdicts=verdicts, judged=number)

    def result(self, sandbox: Sandbox, *, final: bool = False) -> Result:
        """What became of every line so far.

        `final` says that nobody will do anything more at this instant: then its own lines are
        judged as well, which otherwise wait until the clock leaves it.
        """
        state = scenario_of(sandbox)
        scenario = state.scenario
        entries = list(self._lines(sandbox, state, final=final))
        if scenario.given.strict:
            entries += _not_forgiven(sandbox, state)
        return Result(
            scenario.name, scenario.values, scenario.given.strict, sandbox.now, tuple(entries)
        )

    def _lines(self, sandbox: Sandbox, state: ScenarioState, *, final: bool) -> Iterator[Entry]:
        scenario = state.scenario
        instants = {index: at for at, index in state.timed}
        for index, line in enumerate(scenario.expect if state.bound else ()):
            if not holds(line.condition, scenario.values):
                continue
            at = instants.get(index)
            verdict = state.verdicts.get(index)
            if verdict is None and _is_due(sandbox, at, final=final):
                verdict = judge(sandbox, line, self.witness)
            yield _entry(scenario.where(line.line), line, at, verdict)


def _is_due(sandbox: Sandbox, at: datetime | None, *, final: bool) -> bool:
    """Whether a line that has no verdict so far can be judged now."""
    if at is None:
        return not sandbox.state.jobs
    first = sandbox.state.jobs.first()
    return final and at <= sandbox.now and (first is None or first.due > sandbox.now)


def _entry(where: str, line: Expectation, at: datetime | None, verdict: Verdict | None) -> Entry:
    outcome = Outcome.NOT_YET_DUE
    if verdict is not None:
        outcome = Outcome.HELD if verdict.held else Outcome.BROKEN
    return Entry(
        kind="expectation",
        source=where,
        expected=described(line),
        outcome=outcome,
        at=written(at) if at else END,
        instead=verdict.instead if verdict else (),
    )


def _not_forgiven(sandbox: Sandbox, state: ScenarioState) -> Iterator[Entry]:
    """What `strict: true` makes a fault."""
    for skip in skipped(state):
        yield _fault(
            "skipped_step",
            skip.rule,
            f"{skip.asked} is legal for {skip.ref}",
            skip.message,
            at=written(skip.at),
        )
    for where, rule in unused(sandbox):
        yield _fault("unused_rule", where, f"{_named(rule)} applies", "it never did")
    counts = counts_of(sandbox)
    for call in counts.unmatched:
        yield _fault("unmatched_call", call, "an operation has this path", "none has")
    for call in counts.invalid:
        yield _fault("invalid_request", call, "the request fits the spec", "it does not")


def _fault(kind: str, source: str, expected: str, instead: str, *, at: str = "") -> Entry:
    return Entry(kind, source, expected, Outcome.BROKEN, at, (instead,))


def skipped(state: ScenarioState) -> Iterator[Skip]:
    """The steps skipped since the scenario was bound."""
    return state.skipped.since(state.skipped_before)


def unused(sandbox: Sandbox) -> Iterator[tuple[str, Rule | NoticeRule | DeliveryRule]]:
    """The rules of the bound scenario that could have applied and never did, by their line."""
    state, won = scenario_of(sandbox), counts_of(sandbox).won
    if state.bound is None:
        return
    scenario = state.bound.scenario
    sections: dict[str, tuple[Rule | NoticeRule | DeliveryRule, ...]] = {
        "rules": scenario.rules,
        "notices": scenario.notices,
        "deliveries": scenario.deliveries,
    }
    for section, rules in sections.items():
        for number, rule in enumerate(rules):
            if holds(rule.condition, scenario.values) and f"{section}/{number}" not in won:
                yield scenario.where(rule.line), rule


def _named(rule: Rule | NoticeRule | DeliveryRule) -> str:
    if isinstance(rule, Rule):
        return f"{rule.name or 'the rule'} ({rule.when})"
    return f"the rule on {rule.event}"
