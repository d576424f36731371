"""What comes due on a running clock happens then. Nobody here sleeps: the jobs themselves tell."""

import asyncio
import weakref
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from sandbox.engine.clock import Clock
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.sandboxes import Sandboxes
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import State
from sandbox.web.clocks import Clocks
from sandbox.web.outbound import Outbound
from sandbox.web.turns import Turns

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
SOON, LATER = timedelta(seconds=0.05), timedelta(seconds=0.2)


class Followed(Sandbox):
    """One of which can be seen whether it is still there."""

    __slots__ = ("__weakref__",)


class World:
    """Two sandboxes and what follows their clocks. A job tells that it ran, or fails."""

    def __init__(self):
        self.begun = asyncio.get_running_loop().time()
        self.ran = []
        self.marked = asyncio.Event()
        handlers = {"note": self.note, "fail": self.fail, "mark": lambda *_: self.marked.set()}
        self.sandboxes = Sandboxes(
            lambda name, wall: Followed(name, State(Clock(wall)), Wiring(handlers=handlers))
        )
        turns = Turns()
        self.clocks = Clocks(self.sandboxes, turns, Outbound((), turns, self.wall), self.wall)

    def wall(self):
        elapsed = asyncio.get_running_loop().time() - self.begun
        return MONDAY + timedelta(seconds=elapsed)

    def note(self, sandbox, _):
        self.ran.append((sandbox.name, sandbox.now))

    def fail(self, sandbox, job):
        self.note(sandbox, job)
        raise ZeroDivisionError("by zero")

    def at(self, name, kind, due, *, runs=True):
        """A sandbox with a job; its clock runs, unless it stands."""
        sandbox = self.sandboxes.at(name, MONDAY)
        if runs:
            self.run(sandbox)
        sandbox.plan(MONDAY + due, kind, Subject("nothing", 1))
        self.clocks.settled(sandbox)
        return sandbox

    def run(self, sandbox):
        sandbox.state = replace(sandbox.state, clock=sandbox.state.clock.run(self.wall()))

    async def until_later(self):
        """Until another sandbox's later job has run: by then the first has had its time."""
        self.at("other", "mark", LATER)
        await asyncio.wait_for(self.marked.wait(), 10)


def live(story):
    async def begin():
        return await story(World())

    return asyncio.run(begin())


def test_a_job_runs_when_it_is_due():
    async def story(world):
        world.at("one", "note", SOON)
        await world.until_later()
        return world.ran

    assert live(story) == [("one", MONDAY + SOON)]


def test_where_the_clock_stands_nothing_is_due_by_itself():
    async def story(world):
        world.at("one", "note", SOON, runs=False)
        await world.until_later()
        return world.ran

    assert live(story) == []


def test_what_was_forgotten_does_not_run_on():
    async def story(world):
        world.at("one", "note", SOON)
        world.sandboxes.forget("one")
        await world.until_later()
        return world.ran

    assert live(story) == []


def test_who_follows_it_holds_on_to_no_sandbox_that_was_forgotten():
    async def story(world):
        sandbox = weakref.ref(world.at("one", "note", LATER))
        world.sandboxes.forget("one")
        return sandbox()

    assert live(story) is None


def test_a_sandbox_that_is_no_more_stands_in_nobodys_way():
    async def story(world):
        old = world.at("one", "note", LATER)
        world.sandboxes.forget("one")
        world.at("one", "note", SOON)
        world.clocks.settled(old)
        await world.until_later()
        return world.ran

    assert live(story) == [("one", MONDAY + SOON)]


def test_a_job_that_fails_is_told_in_the_log_and_tried_again_when_somebody_asks(caplog):
    async def story(world):
        sandbox = world.at("one", "fail", SOON)
        await world.until_later()
        return world.ran, len(sandbox.state.jobs)

    assert live(story) == ([("one", MONDAY + SOON)], 1)
    assert "the clock of one cannot run on until somebody asks" in caplog.text


def test_a_sandbox_that_nobody_asked_is_followed_like_the_others():
    """A fork of a running one, or one that was loaded at the start."""

    async def story(world):
        sandbox = world.at("one", "note", SOON, runs=False)
        world.run(sandbox)
        world.clocks.newcomers_settled()
        await world.until_later()
        return world.ran

    assert live(story) == [("one", MONDAY + SOON)]
