from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from sandbox.engine.clock import Clock
from sandbox.engine.frozen import changed
from sandbox.engine.state import Resource, State

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    number: int
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cellar(Room):
    value: int = 0  # also what `changed` calls its first argument
    depth: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest(Resource):
    type: ClassVar[str] = "guest"
    rooms: tuple[int, ...] = field(default_factory=tuple)


def error_of(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (Room(number=1), {"name": "hall"}),
        (Room(number=1, name="hall"), {}),
        (Cellar(number=1), {"number": 2, "value": 3}),
    ],
)
def test_a_changed_copy_is_what_dataclasses_make_it(value, changes):
    copy = changed(value, **changes)

    assert copy == replace(value, **changes)
    assert type(copy) is type(value)
    assert copy is not value


def test_a_struct_is_copied_by_the_same_verb():
    assert changed(State(Clock(MONDAY)), seed=7) == State(Clock(MONDAY), seed=7)


def test_a_resource_is_filled_fast_and_as_a_dataclass_is():
    assert Guest(id=1) == Guest(id=1, ref="", rooms=())
    assert Guest(id=1, rooms=(2,)).rooms == (2,)
    assert error_of(lambda: Guest()) == "TypeError"
    assert error_of(lambda: Guest(id=1, colour="red")) == "TypeError"
    assert error_of(lambda: setattr(Guest(id=1), "id", 2)) == "FrozenInstanceError"


def test_what_was_copied_is_as_it_was():
    hall = Room(number=1, name="hall")

    changed(hall, name="porch")

    assert hall == Room(number=1, name="hall")


def test_a_copy_cannot_be_changed_in_place_either():
    with pytest.raises(AttributeError):
        changed(Room(number=1), number=2).number = 3


def test_a_field_that_there_is_not_cannot_be_changed():
    with pytest.raises(AttributeError, match="Room has no field colour"):
        changed(Room(number=1), colour="red")
