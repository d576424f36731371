"""A server keeps so many sandboxes. One that had to make room says so when it is used again."""

import logging
from datetime import UTC, datetime

import pytest
import requests

from sandbox.engine.clock import Clock
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.sandboxes import Sandboxes
from sandbox.engine.state import State

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def founded(name, now):
    return Sandbox(name, State(Clock(now)), Wiring())


def at_most(most, **more):
    return Sandboxes(founded, most=most, **more)


def names(sandboxes):
    return [sandbox.name for sandbox in sandboxes]


def test_the_one_that_nobody_has_used_for_the_longest_time_makes_room(caplog):
    sandboxes = at_most(2)
    for name in ("ada", "grace", "ada"):
        sandboxes.at(name, MONDAY)

    with caplog.at_level(logging.WARNING):
        sandboxes.at("joan", MONDAY)

    assert names(sandboxes) == ["ada", "joan"]
    assert caplog.messages == ["grace made room: there may be 2 sandboxes"]


def test_looking_whether_a_sandbox_is_there_does_not_use_it():
    sandboxes = at_most(2)
    for name in ("ada", "grace"):
        sandboxes.at(name, MONDAY)

    sandboxes.find("ada")

    sandboxes.at("joan", MONDAY)
    assert names(sandboxes) == ["grace", "joan"]


def test_one_that_somebody_waits_for_stays_and_the_next_one_makes_room():
    sandboxes = at_most(2, in_use=lambda name: name == "ada")

    for name in ("ada", "grace", "joan"):
        sandboxes.at(name, MONDAY)

    assert names(sandboxes) == ["ada", "joan"]


def test_where_all_are_in_use_one_more_is_taken_in_and_the_limit_holds_again_afterwards():
    busy = {"ada", "grace"}
    sandboxes = at_most(2, in_use=busy.__contains__)
    for name in ("ada", "grace", "joan"):
        sandboxes.at(name, MONDAY)
    crowded = names(sandboxes)
    busy.clear()

    sandboxes.at("mary", MONDAY)

    assert (crowded, names(sandboxes)) == (["ada", "grace", "joan"], ["joan", "mary"])


def test_only_one_that_had_to_make_room_is_recreated():
    sandboxes = at_most(1)
    sandboxes.at("ada", MONDAY)
    new = sandboxes.at("grace", MONDAY)

    again = sandboxes.at("ada", MONDAY)

    assert (new.recreated, again.recreated) == (False, True)


def test_one_that_was_deleted_is_new_when_it_is_used_again():
    sandboxes = at_most(1)
    for name in ("ada", "grace"):
        sandboxes.at(name, MONDAY)

    sandboxes.forget("ada")

    assert not sandboxes.at("ada", MONDAY).recreated


@pytest.fixture(scope="module")
def small(server):
    """The address of a server that keeps two sandboxes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SANDBOX_MAX", "2")
        with server() as (_, address):
            yield address


def ask(address, name):
    headers = {"X-Sandbox": name}
    return requests.get(f"{address}/_sandbox", headers=headers, timeout=10)


def test_a_client_reads_of_it_in_the_first_answer_and_a_tester_in_the_sandbox(small):
    first = [ask(small, name) for name in ("ada", "grace", "joan")]

    again = [ask(small, "ada"), ask(small, "ada")]

    answers = [*first, *again]
    assert [one.headers.get("X-Sandbox-Recreated") for one in answers] == [
        None, None, None, "true", None,
    ]  # fmt: skip
    assert [one.json().get("recreated") for one in answers] == [None, None, None, True, True]
