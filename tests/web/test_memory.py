"""When nobody asks for anything, memory that is free goes back to the machine."""

import gc
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from immutables import Map

from sandbox.engine.scheduler import Jobs, Subject
from sandbox.web.credentials import name_of
from sandbox.web.memory import TICKS_OF_QUIET, Quiet, give_back, let_go

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
MEGABYTE = 1024 * 1024


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
    name_of.cache_clear()
    name_of("ada")
    yield
    name_of.cache_clear()


@pytest.mark.usefixtures("remembered")
def test_no_token_is_remembered_any_more():
    give_back()

    assert name_of.cache_info().currsize == 0


@pytest.mark.usefixtures("remembered")
def test_a_long_operation_that_has_stopped_the_collector_is_not_held_up():
    gc.disable()

    give_back()

    assert name_of.cache_info().currsize == 1


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


def test_a_state_is_let_go_of_one_thing_after_the_other_and_what_others_hold_stays():
    gone, jobs = [], Jobs()
    for number in range(100):
        arguments = Map(what=Noted(gone, number))
        jobs = jobs.plus(MONDAY, "spin", Subject("item", 1), arguments)
    kept = [jobs.pending[number] for number in range(1, 51)]
    held = [jobs]
    del jobs, arguments

    steps = [len(gone) for _ in let_go(held)]

    assert max(after - before for before, after in pairwise(steps)) == 1
    assert (sorted(gone), len(kept)) == ([*range(50, 100)], 50)
