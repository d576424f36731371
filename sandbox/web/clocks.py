"""Running clocks: what comes due in a sandbox happens then, not when somebody next asks.

A timer of the loop's for each sandbox whose clock runs, set to its next job. Where the clock stands
nothing is ever due by itself.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from sandbox.engine.sandbox import Sandbox
from sandbox.engine.sandboxes import Sandboxes
from sandbox.web.outbound import Outbound
from sandbox.web.turns import Turns

LOG = logging.getLogger("sandbox")
LEAST, MOST = 0.01, 3600.0
"""Seconds after which to look again: not at once, for a timer can be early; and once an hour."""


class Clocks:
    """Follows the clocks that run, and has posted what waits."""

    def __init__(
        self,
        sandboxes: Sandboxes,
        turns: Turns,
        outbound: Outbound,
        wall: Callable[[], datetime],
    ) -> None:
        self._sandboxes = sandboxes
        self._turns = turns
        self._outbound = outbound
        self._wall = wall
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        sandboxes.gone.append(self._unfollow)

    def answered(self, sandbox: Sandbox | None) -> None:
        """A request of this sandbox is over, or one of none; it may have begun others."""
        if sandbox:
            self.settled(sandbox)
        if self._sandboxes.begun:
            self.newcomers_settled()

    def settled(self, sandbox: Sandbox) -> None:
        """Something may have happened in it: post what waits, and be there when the next is due."""
        if self._outbound.waits(sandbox):
            self._outbound.go(sandbox).add_done_callback(lambda _: self._follow(sandbox))
        if self._timers or sandbox.state.clock.since:
            self._follow(sandbox)

    def newcomers_settled(self) -> None:
        """The same for those that have begun: one as a fork while a post was under way, say."""
        while self._sandboxes.begun:
            if sandbox := self._sandboxes.find(self._sandboxes.begun.pop()):
                self.settled(sandbox)

    def _unfollow(self, sandbox: Sandbox) -> None:
        if timer := self._timers.pop(sandbox.name, None):
            timer.cancel()

    def _follow(self, sandbox: Sandbox) -> None:
        if not self._is_there(sandbox):
            return
        self._unfollow(sandbox)
        clock, job = sandbox.state.clock, sandbox.state.jobs.first()
        if clock.since is None or job is None:
            return
        seconds = (job.due - clock.target(self._wall())).total_seconds()
        self._timers[sandbox.name] = asyncio.get_running_loop().call_later(
            min(max(seconds, LEAST), MOST), self._wake, sandbox
        )

    def _wake(self, sandbox: Sandbox) -> None:
        task = asyncio.get_running_loop().create_task(self._catch_up(sandbox))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _catch_up(self, sandbox: Sandbox) -> None:
        await self._turns.come(sandbox.name)
        if not self._is_there(sandbox):
            return  # it was forgotten meanwhile
        try:
            with sandbox.attempt():
                sandbox.request, sandbox.notes = "", []
                sandbox.catch_up(self._wall())
        except Exception:
            LOG.exception("the clock of %s cannot run on until somebody asks", sandbox.name)
            return
        self._turns.changed(sandbox.name)
        self.settled(sandbox)

    def _is_there(self, sandbox: Sandbox) -> bool:
        return self._sandboxes.find(sandbox.name) is sandbox
