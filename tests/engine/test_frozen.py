from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from sandbox.engine.clock import Clock
from sandbox.engine.frozen import changed
from sandbox.engine.state import Resource, State

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Room:
    number: int
    name: str = ""
    value: int = 0  # also what `changed` calls its first argument


class Guest(Resource, frozen=True, kw_only=True):
    type: ClassVar[str] = "guest"

    rooms: tuple[int, ...] = ()


GUEST, ROOM, STATE = Guest(id=1), Room(1, "hall"), State(Clock(MONDAY))


@pytest.mark.parametrize(
    ("value", "changes", "copy"),
    [
        (ROOM, {"number": 2, "value": 3}, Room(2, "hall", 3)),
        (ROOM, {}, Room(1, "hall")),
        (GUEST, {"rooms": (1, 2)}, Guest(id=1, rooms=(1, 2))),
        (STATE, {"seed": 7}, State(Clock(MONDAY), seed=7)),
    ],
)
def test_a_changed_copy_is_of_the_same_class_and_has_the_other_fields(value, changes, copy):
    found = changed(value, **changes)

    assert found == copy
    assert type(found) is type(value)
    assert found is not value


def test_what_was_copied_is_as_it_was():
    hall = Room(number=1, name="hall")

    changed(hall, name="porch")

    assert hall == Room(number=1, name="hall")


@pytest.mark.parametrize("value", [ROOM, GUEST, STATE])
def test_a_field_that_there_is_not_cannot_be_changed(value):
    with pytest.raises(TypeError, match="colour"):
        changed(value, colour="red")


def test_neither_a_resource_nor_a_copy_of_it_can_be_changed_in_place():
    with pytest.raises(AttributeError):
        GUEST.rooms = (1,)
    with pytest.raises(AttributeError):
        changed(GUEST, rooms=(2,)).rooms = (3,)
