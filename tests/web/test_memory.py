"""When nobody asks for anything, memory that is free goes back to the machine."""

import gc
import sys
from pathlib import Path

import pytest

from sandbox.web.credentials import name_of
from sandbox.web.memory import TICKS_OF_QUIET, Quiet, give_back

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
