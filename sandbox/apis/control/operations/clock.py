"""The sandbox's time. What moves it far yields between jobs, so that other sandboxes go on."""

from collections.abc import Generator
from datetime import datetime

from sandbox.apis import Answer, Json
from sandbox.apis.control.rules import advancing
from sandbox.apis.control.views.receipts import receipt, start
from sandbox.apis.control.views.world import clock
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Job

Sliced = Generator[Job | None, None, Answer]


def get_clock(sandbox: Sandbox) -> Answer:
    return Answer(clock(sandbox))


def set_clock(sandbox: Sandbox, wall: datetime, body: Json) -> Answer:
    advancing.set_to(sandbox, body, wall)
    return Answer(clock(sandbox))


def advance_clock(sandbox: Sandbox, body: Json) -> Sliced:
    since = start(sandbox)
    yield from advancing.to(sandbox, advancing.target(sandbox, body))
    return Answer((yield from receipt(sandbox, since)))


def advance_to_next(sandbox: Sandbox) -> Sliced:
    since = start(sandbox)
    yield from advancing.to_next(sandbox)
    return Answer((yield from receipt(sandbox, since)))


def run_until_idle(sandbox: Sandbox) -> Sliced:
    since = start(sandbox)
    yield from advancing.until_idle(sandbox)
    return Answer((yield from receipt(sandbox, since)))
