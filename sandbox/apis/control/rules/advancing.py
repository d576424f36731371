"""How far the clock is to go, job after job. Who drives these may do other things in between."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from sandbox.apis.control.rules import moments
from sandbox.apis.control.rules.refusals import RulesChaseError, TooFarError
from sandbox.engine.calendar import parse_duration
from sandbox.engine.clock import written
from sandbox.engine.sandbox import MOST_JOBS_AT_ONCE, EndlessJobsError, Sandbox
from sandbox.engine.scheduler import Job
from sandbox.scenario.running.binding import set_clock

END_OF_TIME = datetime(2200, 1, 1, tzinfo=UTC)
MOST_JOBS_UNTIL_IDLE = 1_000_000


def target(sandbox: Sandbox, wanted: dict[str, Any]) -> datetime:
    """Where `by` or `to` leads. TooFarError for what no document can say."""
    if "to" in wanted:
        return datetime.fromisoformat(wanted["to"])
    try:
        reached = sandbox.calendar.plus(sandbox.now, parse_duration(wanted["by"]))
    except (OverflowError, ValueError):  # a date after the year 9999
        raise TooFarError(wanted["by"]) from None
    if reached >= END_OF_TIME:
        raise TooFarError(wanted["by"])
    return reached


def set_to(sandbox: Sandbox, wanted: dict[str, Any], wall: datetime) -> None:
    """Let it run, stop it, or set it while nothing has happened: AlreadyHappenedError."""
    if "now" in wanted:
        with moments.kept(sandbox):
            set_clock(sandbox, datetime.fromisoformat(wanted["now"]))
    clock = sandbox.state.clock
    running = wanted.get("mode", "running" if clock.since else "stopped") == "running"
    sandbox.state = replace(sandbox.state, clock=clock.run(wall) if running else clock.stop())


def to(sandbox: Sandbox, instant: datetime) -> Iterator[Job]:
    """Everything due by then. RulesChaseError, with the rule, where that never ends."""
    rule = ""
    try:
        for job in sandbox.advancing(instant):
            rule = job.arguments.get("rule") or rule
            yield job
    except EndlessJobsError as error:
        at = f"more than {MOST_JOBS_AT_ONCE} jobs ran at {written(error.job.due)}"
        raise RulesChaseError(rule or error.job.kind, at) from None


def to_next(sandbox: Sandbox) -> Iterator[Job]:
    """Everything due at the next due instant; nothing where nothing is pending."""
    first = sandbox.state.jobs.first()
    if first is not None:
        yield from to(sandbox, max(first.due, sandbox.now))


def until_idle(sandbox: Sandbox) -> Iterator[Job]:
    """Everything that is pending, and what that plans. RulesChaseError where it never ends."""
    ran, rule = 0, ""
    while first := sandbox.state.jobs.first():
        if ran > MOST_JOBS_UNTIL_IDLE or first.due >= END_OF_TIME:
            raise RulesChaseError(
                rule or first.kind, f"{ran} jobs ran until {written(sandbox.now)}"
            )
        for job in to(sandbox, first.due):
            ran, rule = ran + 1, job.arguments.get("rule") or rule
            yield job
