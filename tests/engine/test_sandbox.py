from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

import pytest

from sandbox.engine.clock import Clock
from sandbox.engine.events import CLIENT, GIVEN, TESTER, Cause, Event, Reason
from sandbox.engine.lifecycle import Announcement, Forced, IllegalMoveError, Lifecycle, Move
from sandbox.engine.sandbox import (
    Sandbox,
    UnknownResourceError,
    Wiring,
)
from sandbox.engine.sandboxes import Sandboxes
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import Resource, State

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
GUST = Reason("gust", "W-8")


class Status(StrEnum):
    SHUT = "shut"
    OPEN = "open"


class DoorLifecycle(Lifecycle):
    resource = "door"
    initial = Status.SHUT

    opened = Move(Status.SHUT, to=Status.OPEN)
    closed = Move(Status.OPEN, to=Status.SHUT)

    knocked = Announcement(Status.SHUT)


class Paint(StrEnum):
    FRESH = "fresh"
    DRY = "dry"


class PaintLifecycle(Lifecycle):
    """A door's second lifecycle, in a field of its own."""

    resource = "door"
    field = "paint"
    initial = Paint.FRESH

    dried = Move(Paint.FRESH, to=Paint.DRY)


class Door(Resource, frozen=True, kw_only=True):
    type: ClassVar[str] = "door"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "room")

    room: int | None = None
    status: Status = Status.SHUT
    paint: Paint = Paint.FRESH
    reason: Reason | None = None
    last_event: str = ""


class Room(Resource, frozen=True, kw_only=True):
    type: ClassVar[str] = "room"


DOOR = Subject("door", 1)
HANDLERS = {"rest": lambda *_: None}


def a_sandbox(**wiring) -> Sandbox:
    """One with a door."""
    sandbox = Sandbox("ada", State(Clock(MONDAY)), Wiring(handlers=HANDLERS, **wiring))
    sandbox.keep(Door(id=1))
    return sandbox


@pytest.fixture(name="sandbox")
def _sandbox() -> Sandbox:
    return a_sandbox()


@pytest.fixture
def door(sandbox):
    return sandbox.get(Door, 1)


# Resources


def test_what_was_never_kept_is_not_found(sandbox):
    assert sandbox.find(Door, 2) is None
    assert sandbox.find(Door, None) is None
    with pytest.raises(UnknownResourceError, match="there is no door 2"):
        sandbox.get(Door, 2)
    with pytest.raises(UnknownResourceError, match="there is no room 1"):
        sandbox.subject(Subject("room", 1))


def test_resources_are_found_by_type_by_subject_and_by_an_indexed_field(sandbox, door):
    second = sandbox.keep(Door(id=3, room=7))
    third = sandbox.keep(Door(id=2, room=7))

    assert list(sandbox.all(Door)) == [door, third, second]
    assert list(sandbox.all(Door, room=7)) == [third, second]
    assert sandbox.last(Door, room=7) == third
    assert sandbox.last(Door, room=8) is None
    assert sandbox.subject(Subject("door", 3)) == second


def test_ids_and_names_are_counted_by_type(sandbox):
    assert (sandbox.next_id(Door), sandbox.next_ref(Door)) == (2, "door-2")
    assert (sandbox.next_id(Room), sandbox.next_ref(Room)) == (1, "room-1")


def test_what_is_forgotten_is_found_no_more(sandbox, door):
    sandbox.forget(door)

    assert list(sandbox.all(Door)) == []
    assert sandbox.next_id(Door) == 2


def test_a_layer_keeps_its_part_under_its_name(sandbox):
    assert sandbox.part("books", ()) == ()

    sandbox.keep_part("books", (1,))

    assert sandbox.part("books", ()) == (1,)


# What happens


def test_a_move_changes_the_status_and_is_an_event_with_its_cause(sandbox, door):
    sandbox.request = "r7"

    opened = sandbox.make(door, DoorLifecycle.opened, cause=TESTER, reason=GUST)

    assert opened == Door(id=1, status=Status.OPEN, reason=GUST, last_event="door.opened")
    assert list(sandbox.state.events) == [
        Event(1, MONDAY, "door.opened", DOOR, "shut", "open", TESTER, GUST, "r7")
    ]
    assert sandbox.get(Door, 1) == opened


def test_a_move_starts_from_what_the_resource_is_now_not_from_an_older_value(sandbox, door):
    sandbox.make(door, DoorLifecycle.opened, cause=CLIENT)

    assert sandbox.make(door, DoorLifecycle.closed, cause=CLIENT).status == Status.SHUT


def test_a_move_without_a_reason_leaves_the_last_one_there(sandbox, door):
    sandbox.make(door, DoorLifecycle.opened, cause=CLIENT, reason=GUST)

    assert sandbox.make(door, DoorLifecycle.closed, cause=CLIENT).reason == GUST


def test_a_move_that_the_table_does_not_allow_changes_nothing(sandbox, door):
    before = sandbox.state

    with pytest.raises(IllegalMoveError, match="door is shut: closed is not allowed, only opened"):
        sandbox.make(door, DoorLifecycle.closed, cause=CLIENT)

    assert sandbox.state is before


def test_a_move_of_a_second_lifecycle_is_an_event_of_its_own_statuses(sandbox, door):
    sandbox.make(door, PaintLifecycle.dried, cause=CLIENT)

    event = sandbox.event(1)

    assert (event.name, event.was, event.became) == ("door.dried", Paint.FRESH, Paint.DRY)


def test_a_forced_move_is_made_whatever_the_table_says(sandbox, door):
    shut = sandbox.make(door, Forced(DoorLifecycle, Status.SHUT, "door.slammed"), cause=CLIENT)

    assert shut == Door(id=1, last_event="door.slammed")
    assert [event.name for event in sandbox.state.events] == ["door.slammed"]


def test_an_announcement_is_an_event_that_changes_no_status(sandbox, door):
    sandbox.announce(door, DoorLifecycle.knocked, cause=CLIENT)

    assert list(sandbox.state.events) == [
        Event(1, MONDAY, "door.knocked", DOOR, "shut", "shut", CLIENT, None, "")
    ]
    assert sandbox.get(Door, 1) is door


def test_an_announcement_that_cannot_happen_now_changes_nothing(sandbox, door):
    sandbox.make(door, DoorLifecycle.opened, cause=CLIENT)
    before = sandbox.state

    with pytest.raises(IllegalMoveError, match="knocked is not allowed"):
        sandbox.announce(door, DoorLifecycle.knocked, cause=CLIENT)

    assert sandbox.state is before


def test_a_resource_begins_with_an_event_that_comes_from_no_status(sandbox):
    begun = sandbox.begin(Door(id=2), "door.made", cause=CLIENT)

    assert begun == Door(id=2)
    assert list(sandbox.state.events) == [
        Event(1, MONDAY, "door.made", Subject("door", 2), "", "shut", CLIENT, None, "")
    ]


def test_a_change_of_other_fields_is_an_event_too(sandbox, door):
    assert sandbox.change(door, {"room": 7}, cause=CLIENT) == Door(id=1, room=7)
    assert [event.name for event in sandbox.state.events] == ["door.changed"]
    assert list(sandbox.all(Door, room=7)) == [Door(id=1, room=7)]


def test_reactions_follow_an_event_in_their_order_before_anything_else():
    log = []

    def shut_again(sandbox, event):
        log.append(f"first {event.name}")
        sandbox.make(sandbox.get(Door, 1), DoorLifecycle.closed, cause=Cause("law 1", event.number))

    def second(_, event):
        log.append(f"second {event.name}")

    sandbox = a_sandbox(reactions={"door.opened": (shut_again, second), "door.closed": (second,)})

    answered = sandbox.make(sandbox.get(Door, 1), DoorLifecycle.opened, cause=CLIENT)

    assert log == ["first door.opened", "second door.closed", "second door.opened"]
    assert answered.status == Status.SHUT
    assert [(each.number, each.name, each.cause.trigger) for each in sandbox.state.events] == [
        (1, "door.opened", 0),
        (2, "door.closed", 1),
    ]


def test_what_is_given_has_not_happened_unless_something_follows_from_it():
    seen = []
    given = (lambda _, resource: seen.append(resource),)
    sandbox = a_sandbox(reactions={"door.given": ()}, given=given)

    sandbox.give(Room(id=1))
    sandbox.give(Door(id=2))

    assert seen == [Room(id=1), Door(id=2)]
    assert [(event.name, event.cause) for event in sandbox.state.events] == [("door.given", GIVEN)]


# All or nothing


def test_an_attempt_that_succeeds_keeps_what_was_done(sandbox, door):
    with sandbox.attempt():
        sandbox.make(door, DoorLifecycle.opened, cause=CLIENT)

    assert sandbox.get(Door, 1).status == Status.OPEN


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_attempt_that_raises_leaves_the_state_as_it_was(sandbox, door, error):
    before = sandbox.state

    def change_and_fail():
        with sandbox.attempt():
            sandbox.make(door, DoorLifecycle.opened, cause=CLIENT)
            sandbox.plan(MONDAY, "rest", DOOR)
            raise error

    with pytest.raises(error):
        change_and_fail()

    assert sandbox.state is before


# Many sandboxes


def test_the_first_use_of_a_name_founds_a_sandbox_at_the_walls_whole_second():
    sandboxes = Sandboxes(lambda name, now: Sandbox(name, State(Clock(now)), Wiring()))
    later = MONDAY + HOUR

    first = sandboxes.at("ada", MONDAY.replace(microsecond=999_999))

    assert (first.name, first.now) == ("ada", MONDAY)
    assert sandboxes.at("ada", later) is first
    assert sandboxes.at("grace", later).now == later
    assert [each.name for each in sandboxes] == ["ada", "grace"]


def test_a_sandbox_that_is_forgotten_is_founded_anew():
    sandboxes = Sandboxes(lambda name, now: Sandbox(name, State(Clock(now)), Wiring()))
    first = sandboxes.at("ada", MONDAY)

    sandboxes.forget("ada")
    sandboxes.forget("nobody")

    assert len(sandboxes) == 0
    assert sandboxes.at("ada", MONDAY) is not first


def test_all_who_want_to_know_are_told_of_a_sandbox_that_is_no_more():
    sandboxes = Sandboxes(lambda name, now: Sandbox(name, State(Clock(now)), Wiring()), most=1)
    told = []
    sandboxes.gone += [
        lambda sandbox: told.append(("one", sandbox.name)),
        lambda sandbox: told.append(("another", sandbox.name)),
    ]
    sandboxes.at("ada", MONDAY)

    sandboxes.at("grace", MONDAY)
    sandboxes.forget("grace")

    assert told == [("one", "ada"), ("another", "ada"), ("one", "grace"), ("another", "grace")]
