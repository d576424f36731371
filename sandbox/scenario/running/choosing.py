"""Which rule wins: the first that fits, in the file's order, at this occurrence.

A rule counts every occurrence that it fits, also those that an earlier rule wins.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from sandbox.engine.ids import draw
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.scenario.language.model import Rule
from sandbox.scenario.running.plans import R, Ready
from sandbox.scenario.running.reading import field_of
from sandbox.scenario.running.underway import COUNTS, counts_of

WHOLE = 100  # per cent


def winner(
    sandbox: Sandbox,
    rules: Sequence[Ready[R]],
    thing: object,
    counted: Callable[[Sandbox, Ready[R]], str | None],
) -> Ready[R] | None:
    """The rule that applies to `thing`, counting for every rule that it fits.

    `counted` says under which name a rule counts this occurrence; None where it cannot be counted
    together with any other, and therefore is always a first.
    """
    counts = counts_of(sandbox)
    fitted, occurred = counts.fitted, counts.occurred
    won: Ready[R] | None = None
    for one in rules:
        if not _fits(sandbox, one, thing):
            continue
        occurred = occurred.set(one.key, occurred.get(one.key, 0) + 1)
        applies = True
        if one.counts:
            name, occurrence = counted(sandbox, one), 1
            if name is not None:
                occurrence = fitted.get((one.key, name), 0) + 1
                fitted = fitted.set((one.key, name), occurrence)
            applies = _is_meant(sandbox, one, name or "", occurrence)
        if applies and won is None:
            won = one
    if occurred is not counts.occurred:
        times = counts.won.set(won.key, counts.won.get(won.key, 0) + 1) if won else counts.won
        kept = replace(counts, fitted=fitted, occurred=occurred, won=times)
        sandbox.keep_part(COUNTS, kept)
    return won


def counted_by(resource: Resource) -> Callable[[Sandbox, Ready[R]], str]:
    """How `per` of a rule about this resource counts: everything, or by something of its."""

    def name(sandbox: Sandbox, one: Ready[R]) -> str:
        per = one.rule.per
        if per == "scenario":
            return ""
        if per in ("resource", resource.type):
            return f"{resource.type} {resource.id}"
        related = field_of(sandbox, resource, per)
        return f"{related.type} {related.id}" if isinstance(related, Resource) else "none"

    return name


def _fits(sandbox: Sandbox, one: Ready[R], thing: object) -> bool:
    between = one.rule.between if isinstance(one.rule, Rule) else None
    if between is not None and not _within(sandbox, *between):
        return False
    return one.test is None or one.test(sandbox, thing)


def _within(sandbox: Sandbox, start: datetime, end: datetime) -> bool:
    return sandbox.calendar.utc(start) <= sandbox.now < sandbox.calendar.utc(end)


def _is_meant(sandbox: Sandbox, one: Ready[R], name: str, occurrence: int) -> bool:
    """Whether a rule means this occurrence, by its number and by its luck."""
    if one.rule.nth is not None and occurrence not in one.rule.nth:
        return False
    if not isinstance(one.rule, Rule) or one.rule.probability is None:
        return True
    chance = draw(sandbox.state.seed, "rule", one.key, name, occurrence)
    return chance * WHOLE < one.rule.probability
