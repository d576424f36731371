"""When nobody asks for anything, memory that is free goes back to the machine."""

import asyncio
import gc
import sys
import weakref
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from immutables import Map

from sandbox.config import Settings
from sandbox.engine.scheduler import Jobs, Subject
from sandbox.web.app import build_app
from sandbox.web.credentials import named_by
from sandbox.web.memory import (
    MOST_TO_LOOK_AT,
    TICKS_OF_QUIET,
    WORTH_A_LOOK,
    Leavings,
    Quiet,
    give_back,
    let_go,
    look_at_the_new,
)

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
MEGABYTE = 1024 * 1024


CHEQUE = {
    "generatedInvoiceId": 4,
    "amountInMajorCurrency": 1,
    "description": "June",
    "paymentMethod": "CHEQUE",
}
REQUESTS = (
    ("POST", "/v1/invoice-payments", CHEQUE, 201),
    ("GET", "/v1/invoice-payments/1", None, 200),
    ("POST", "/v1/invoice-payments", {}, 400),
    ("GET", "/v1/invoice-payments/99999", None, 404),
    ("GET", "/v1/nothing", None, 404),
    ("POST", "/_sandbox/clock/advance", {"by": "1 day"}, 200),
    ("GET", "/_sandbox/events", None, 200),
    ("DELETE", "/_sandbox", None, 204),
)


REFUSED_BY_ITS_HEAD = (
    ({b"authorization": b""}, 401),
    ({b"accept": b"text/plain"}, 406),
    ({b"content-length": b"2000000"}, 413),
    ({b"content-type": b"text/plain"}, 415),
)


async def asked(app, method, path, body, headers=()):
    """The status of an answer, without a client or a connection of any kind.

    And a weak reference to what only the request holds.
    """
    content, statuses = orjson.dumps(body) if body is not None else b"", []
    head = {
        b"authorization": b"Bearer ada",
        b"content-length": b"%d" % len(content),
        b"content-type": b"application/json",
        **dict(headers),
    }

    async def receive():
        return {"type": "http.request", "body": content}

    async def send(message):
        statuses.append(message.get("status"))

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [*head.items()],
    }
    await app(scope, receive, send)
    return statuses[0], weakref.ref(receive)


def test_requests_leave_no_garbage_behind_so_the_collector_may_rest():
    app = build_app(Settings())

    async def statuses():
        requests = [request for *request, _ in REQUESTS]
        requests += [(*requests[0], head) for head, _ in REFUSED_BY_ITS_HEAD]
        return [(await asked(app, *request))[0] for request in requests]

    async def found():
        await statuses()  # what is made once is made now
        gc.collect()
        gc.disable()
        answered = [await statuses() for _ in range(3)]
        return answered[-1], gc.collect()

    expected = [status for *_, status in (*REQUESTS, *REFUSED_BY_ITS_HEAD)]
    assert asyncio.run(found()) == (expected, 0)


def test_a_request_that_was_answered_is_held_by_nothing():
    """It has its body, of up to 64 MiB. Of that the journal keeps a part, and a sandbox nothing."""
    app, requests = build_app(Settings()), REQUESTS[:-1]  # and the sandbox is still there

    async def left():
        answered = [await asked(app, *request) for *request, _ in requests]
        return [(status, line()) for status, line in answered]

    assert asyncio.run(left()) == [(status, None) for *_, status in requests]
    assert app.process.server.sandboxes.find("ada")


def test_at_a_tick_little_that_is_new_is_looked_at_and_much_is_passed_over():
    gc.collect()
    gc.disable()
    found = []
    for size in (WORTH_A_LOOK + 100, 2 * MOST_TO_LOOK_AT):
        rings = [[] for _ in range(size)]
        garbage = weakref.ref(a_ring())
        frozen = gc.get_freeze_count()
        look_at_the_new()
        found.append((garbage() is None, gc.get_freeze_count() - frozen >= len(rings)))
    gc.unfreeze()

    assert found == [(True, False), (False, True)]


def a_ring():
    """Something that counting references does not free."""

    class Ring:
        pass

    ring = Ring()
    ring.itself = ring
    return ring


def come(answered):
    """At which ticks it is quiet, by how many requests have been answered by then."""
    quiet = Quiet()
    return [tick for tick, requests in enumerate(answered) if quiet.has_come(requests)]


def test_it_is_quiet_once_when_no_request_has_been_answered_for_a_while():
    busy, at_rest = [1, 2, 3], [3] * 5 * TICKS_OF_QUIET

    assert come([*busy, *at_rest]) == [2 + TICKS_OF_QUIET]


def test_a_request_in_between_begins_the_while_again_and_one_after_it_another():
    nearly, at_rest = [3] * TICKS_OF_QUIET, [4] * 2 * TICKS_OF_QUIET

    ticks = come([*nearly, *at_rest, *(5 for _ in at_rest)])

    first = len(nearly) + TICKS_OF_QUIET
    assert ticks == [first, first + len(at_rest)]


@pytest.fixture
def remembered():
    """A token that the server remembers."""
    named_by.cache_clear()
    named_by(b"Bearer ada")
    yield
    named_by.cache_clear()


@pytest.mark.usefixtures("remembered")
def test_no_token_is_remembered_any_more():
    give_back()

    assert named_by.cache_info().currsize == 0


def resident():
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems say it in other ways")
def test_what_lies_free_below_something_that_stays_goes_back_too():
    many = [bytes(10_000) for _ in range(6000)]
    full, last = resident(), many.pop()
    many.clear()

    give_back()

    assert len(last) == 10_000
    assert full - resident() > 30 * MEGABYTE


class Noted:
    """Says when it is gone."""

    def __init__(self, gone, number):
        self.gone = gone
        self.number = number

    def __del__(self):
        self.gone.append(self.number)


def jobs_that_tell(gone):
    """A hundred jobs, each of which says when it is gone."""
    jobs = Jobs()
    for number in range(100):
        arguments = Map(what=Noted(gone, number))
        jobs = jobs.plus(MONDAY, "spin", Subject("item", 1), arguments)
    return jobs


def test_a_state_is_let_go_of_a_little_at_a_time_and_what_others_hold_stays():
    gone = []
    held = [jobs_that_tell(gone)]
    kept = [held[0].pending[number] for number in range(1, 51)]

    steps = [len(gone) for _ in let_go(held)]

    assert max(after - before for before, after in pairwise(steps)) < 10
    assert (sorted(gone), len(kept)) == ([*range(50, 100)], 50)


def test_what_sandboxes_leave_behind_is_gone_when_nobody_works_on_it_any_more():
    async def left():
        gone, leavings, seen = [], Leavings(), []
        for _ in range(2):
            jobs = jobs_that_tell(gone)
            leavings.take(jobs)
            seen.append(len(gone))
            del jobs
            await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
        return [*seen, len(gone)]

    assert asyncio.run(left()) == [0, 100, 200]
