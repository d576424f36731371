from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sandbox.engine import sandbox as engine
from sandbox.engine.clock import BackwardsError, Clock, wall
from sandbox.engine.events import Cause
from sandbox.engine.sandbox import EndlessJobsError, Sandbox, Wiring
from sandbox.engine.scheduler import Job, Subject
from sandbox.engine.state import Resource, State

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
BELL = Subject("bell", 1)


class Toll(Resource, frozen=True, kw_only=True):
    type: ClassVar[str] = "toll"


def toll(sandbox: Sandbox, job: Job) -> None:
    """The handler of a bell that tolls, as often as it is told to."""
    sandbox.begin(Toll(id=sandbox.next_id(Toll)), "toll.heard", cause=Cause("law 0"))
    if more := job.arguments["more"]:
        due = sandbox.now + timedelta(hours=job.arguments["hours"])
        sandbox.plan(due, "toll", job.subject, **{**job.arguments, "more": more - 1})


def crash(_: Sandbox, job: Job) -> None:
    raise ZeroDivisionError(job.number)


def spin(sandbox: Sandbox, job: Job) -> None:
    sandbox.keep_part("turns", sandbox.part("turns", 0) + 1)
    sandbox.plan(sandbox.now, "spin", job.subject, rule="story.yaml:7")


HANDLERS = {"toll": toll, "crash": crash, "spin": spin, "rest": lambda *_: None}


def a_sandbox(**wiring) -> Sandbox:
    return Sandbox("ada", State(Clock(MONDAY)), Wiring(handlers=HANDLERS, **wiring))


def with_a_bell(more: int = 20, hours: int = 3) -> Sandbox:
    """A sandbox in which a bell will toll from ten o'clock on, and then so often more."""
    sandbox = a_sandbox()
    sandbox.plan(MONDAY + HOUR, "toll", BELL, more=more, hours=hours)
    return sandbox


@pytest.fixture(name="sandbox")
def _sandbox():
    return a_sandbox()


def test_a_kind_that_nobody_has_registered_is_refused_when_it_is_planned(sandbox):
    before = sandbox.state

    with pytest.raises(
        LookupError, match=r"no handler dance; there are \['crash', 'rest', 'spin', 'toll'\]"
    ):
        sandbox.plan(MONDAY, "dance", BELL)

    assert sandbox.state is before


def test_nothing_is_planned_for_a_time_that_is_over(sandbox):
    before = sandbox.state

    with pytest.raises(BackwardsError):
        sandbox.plan(MONDAY - HOUR, "rest", BELL)

    assert sandbox.state is before


def test_each_job_runs_at_its_own_time_the_ones_that_jobs_plan_too():
    sandbox = with_a_bell(more=2, hours=4)

    happened = sandbox.advance_to(MONDAY + 24 * HOUR)

    assert [(event.at, event.name) for event in happened] == [
        (MONDAY + HOUR, "toll.heard"),
        (MONDAY + 5 * HOUR, "toll.heard"),
        (MONDAY + 9 * HOUR, "toll.heard"),
    ]
    assert sandbox.now == MONDAY + 24 * HOUR


def test_what_is_due_later_waits():
    sandbox = with_a_bell(hours=4)

    sandbox.advance_to(MONDAY + 5 * HOUR)

    assert [job.due for job in sandbox.state.jobs] == [MONDAY + 9 * HOUR]


def test_a_job_that_was_called_off_does_not_run(sandbox):
    number = sandbox.plan(MONDAY, "crash", BELL)

    sandbox.call_off(number)
    sandbox.settle()

    assert not sandbox.state.jobs


def test_settling_runs_what_is_due_now_and_leaves_the_clock_where_it_is(sandbox):
    sandbox.plan(MONDAY, "toll", BELL, more=3, hours=0)
    sandbox.plan(MONDAY + HOUR, "crash", BELL)

    sandbox.settle()

    assert len(sandbox.state.events) == 4
    assert sandbox.now == MONDAY


def test_time_does_not_go_back_and_says_both_times(sandbox):
    before = sandbox.state

    with pytest.raises(BackwardsError):
        sandbox.advance_to(MONDAY - HOUR)

    assert sandbox.state is before


def test_the_clock_leaves_each_instant_once_and_says_where_to():
    left = []
    sandbox = a_sandbox(leaving=lambda box, instant: left.append((box.now, instant)))
    sandbox.plan(MONDAY, "rest", BELL)
    sandbox.plan(MONDAY + HOUR, "rest", BELL)
    sandbox.plan(MONDAY + HOUR, "rest", BELL)

    sandbox.advance_to(MONDAY + 2 * HOUR)

    assert left == [(MONDAY, MONDAY + HOUR), (MONDAY + HOUR, MONDAY + 2 * HOUR)]


@given(st.lists(st.integers(0, 12), max_size=8))
def test_time_may_be_cut_into_any_steps(hours):
    """Who advances hourly and who jumps a week have the same history."""
    in_steps, at_once = with_a_bell(), with_a_bell()

    for step in hours:
        in_steps.advance_to(in_steps.now + step * HOUR)
    at_once.advance_to(MONDAY + sum(hours) * HOUR)

    assert in_steps.state == at_once.state


def test_an_advance_may_be_cut_between_any_two_jobs():
    sliced, at_once = with_a_bell(), with_a_bell()

    ran = [job.number for job in sliced.advancing(MONDAY + 10 * HOUR)]
    at_once.advance_to(MONDAY + 10 * HOUR)

    assert ran == [1, 2, 3, 4]
    assert sliced.state == at_once.state


def test_a_job_that_crashes_ends_the_advance_and_nothing_of_it_has_happened():
    sandbox = with_a_bell()
    sandbox.plan(MONDAY + 5 * HOUR, "crash", BELL)
    before = sandbox.state

    with pytest.raises(ZeroDivisionError), sandbox.attempt():
        sandbox.advance_to(MONDAY + 9 * HOUR)

    assert sandbox.state is before


def test_jobs_that_chase_each_other_are_stopped_and_the_rule_is_named(sandbox, monkeypatch):
    monkeypatch.setattr(engine, "MOST_JOBS_AT_ONCE", 10)
    sandbox.plan(MONDAY + HOUR, "spin", BELL)
    before = sandbox.state

    with pytest.raises(EndlessJobsError) as stopped, sandbox.attempt():
        sandbox.advance_to(MONDAY + 2 * HOUR)

    assert str(stopped.value) == (
        "story.yaml:7 plans job after job for one instant, 2026-06-01T10:00:00Z: "
        "more than 10 of them"
    )
    assert sandbox.state is before


def test_any_number_of_jobs_may_be_due_at_one_instant(sandbox, monkeypatch):
    monkeypatch.setattr(engine, "MOST_JOBS_AT_ONCE", 10)
    for _ in range(50):
        sandbox.plan(MONDAY + HOUR, "rest", BELL)

    sandbox.advance_to(MONDAY + HOUR)

    assert not sandbox.state.jobs


def test_a_long_chain_over_many_instants_has_no_cap(monkeypatch):
    monkeypatch.setattr(engine, "MOST_JOBS_AT_ONCE", 10)
    sandbox = with_a_bell(more=50, hours=1)

    assert len(sandbox.advance_to(MONDAY + 100 * HOUR)) == 51


def test_a_snapshot_is_a_reference_and_a_fork_goes_its_own_way():
    sandbox = with_a_bell()
    snapshot = sandbox.state
    fork = Sandbox("grace", snapshot, sandbox.wiring)

    sandbox.advance_to(MONDAY + 5 * HOUR)
    assert fork.state is snapshot

    fork.advance_to(MONDAY + 5 * HOUR)
    assert fork.state == sandbox.state


# The wall


def test_a_running_sandbox_goes_on_with_the_wall_and_a_stopped_one_does_not():
    running, stopped = with_a_bell(), with_a_bell()
    with freeze_time("2030-01-01") as machine:
        running.state = replace(running.state, clock=running.state.clock.run(wall()))
        machine.tick(3600)

        running.catch_up(wall())
        stopped.catch_up(wall())

    assert running.now == MONDAY + HOUR
    assert [event.name for event in running.state.events] == ["toll.heard"]
    assert stopped.state == with_a_bell().state


def test_a_running_sandbox_counts_no_second_twice():
    running = a_sandbox()
    with freeze_time("2030-01-01") as machine:
        running.state = replace(running.state, clock=running.state.clock.run(wall()))
        for _ in range(3):
            machine.tick(20)
            running.catch_up(wall())

    assert running.now == MONDAY + timedelta(seconds=60)
