from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from types import FunctionType
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map
from msgspec import Struct

from sandbox.config import read
from sandbox.engine.clock import Clock
from sandbox.engine.lifecycle import Row
from sandbox.engine.series import CHUNK, Series
from sandbox.engine.state import Ids, Resource, State, Table
from sandbox.provider import payments
from sandbox.provider.given import find
from sandbox.provider.mandates import Mandate
from sandbox.web.app import build_app

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
VALUES = (str, int, float, bool, bytes, date, datetime, time, timedelta, Enum, type(None))
PROGRAM = (FunctionType, type, Row)  # a compiled condition, a lifecycle and its rows
DERIVED = {("Plan", "steps")}  # an index of the scenario's steps, made once with it


class Room(Resource, frozen=True, kw_only=True):
    type: ClassVar[str] = "room"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "floor")
    filters: ClassVar[tuple[str, ...]] = ("view",)

    floor: int | None = None
    view: str | None = None


def series(count):
    items = Series()
    for item in range(count):
        items = items.plus(item)
    return items


def table(*rooms):
    filled = Table()
    for room in rooms:
        filled = filled.plus(room)
    return filled


def found(filled, name, value):
    return list(filled.group(name, value).in_order())


lengths = st.integers(0, 4 * CHUNK)

# Series


@given(lengths)
def test_a_series_is_what_was_appended_in_that_order(count):
    items = series(count)

    assert list(items) == [items[place] for place in range(count)] == list(range(count))
    assert list(reversed(items)) == list(reversed(range(count)))
    assert len(items) == count


@given(lengths, lengths)
def test_a_series_begins_at_any_place(count, place):
    assert list(series(count).since(place)) == list(range(count))[place:]


@given(lengths, st.integers(0, 5 * CHUNK))
def test_a_series_has_nothing_beyond_its_ends(count, beyond):
    items = series(count)

    with pytest.raises(IndexError):
        items[count + beyond]
    with pytest.raises(IndexError):
        items[-1 - beyond]


def test_a_series_that_has_grown_leaves_the_one_before_as_it_was():
    before = series(CHUNK - 1)

    after = before.plus("whole")

    assert (len(before), len(after)) == (CHUNK - 1, CHUNK)
    assert before == series(CHUNK - 1)


# Ids


@given(st.lists(st.integers(1, 200), unique=True))
def test_ids_come_in_order_whatever_the_order_they_came_in(numbers):
    ids = Ids()
    for number in numbers:
        ids = ids.plus(number)

    assert list(ids.in_order()) == sorted(numbers)
    assert ids.last == (numbers[-1] if numbers else 0)


def test_the_last_id_is_that_before_the_one_taken_out():
    ids = Ids().plus(5).plus(3).plus(9).without(9)

    assert (list(ids.in_order()), ids.last, len(ids)) == ([3, 5], 3, 2)


# Tables


def test_a_resource_is_found_by_what_its_type_has_indexed():
    filled = table(Room(id=1, floor=1), Room(id=2, floor=2), Room(id=3, floor=1))

    assert found(filled, "floor", 1) == [1, 3]
    assert found(filled, "floor", 9) == []


def test_a_resource_that_changed_is_found_by_the_new_value_and_no_longer_by_the_old():
    filled = table(Room(id=1, floor=1), Room(id=2, floor=1), Room(id=1, floor=2))

    assert (found(filled, "floor", 1), found(filled, "floor", 2)) == ([2], [1])


def test_a_resource_that_changed_elsewhere_keeps_its_place_among_those_of_its_value():
    filled = table(Room(id=1, floor=1), Room(id=2, floor=1), Room(id=1, ref="hall", floor=1))

    assert filled.group("floor", 1).last == 2


def test_a_resource_without_a_value_is_in_no_group():
    filled = table(Room(id=1), Room(id=2, floor=1), Room(id=2))

    assert found(filled, "floor", None) == found(filled, "floor", 1) == []
    assert list(filled.ids.in_order()) == [1, 2]


def test_a_resource_that_was_deleted_is_found_no_more():
    room = Room(id=1, ref="hall", floor=1)

    emptied = table(room, Room(id=2, floor=1)).without(room)

    assert found(emptied, "floor", 1) == [2]
    assert found(emptied, "ref", "hall") == []
    assert list(emptied.rows) == [2]


def test_a_resource_comes_back_into_its_group_in_the_order_of_ids():
    filled = table(Room(id=1, floor=1), Room(id=2, floor=1), Room(id=1, floor=2))

    assert found(filled.plus(Room(id=1, floor=1)), "floor", 1) == [1, 2]


def test_the_next_id_is_the_first_that_nobody_has_had():
    assert table(Room(id=1), Room(id=2), Room(id=9)).next_id() == 3


VIEWS = st.sampled_from(["sea", "park", None])
TAKEN = st.lists(st.tuples(st.integers(1, 9), VIEWS), max_size=40)


@given(TAKEN, st.integers(0, 40))
def test_a_filter_finds_the_same_whenever_somebody_first_asks_by_it(taken, asked_after):
    """Rooms come, and change their view; one table is asked by it early, one at the end only."""
    early = late = Table()
    for step, (id, view) in enumerate(taken):
        early, late = (each.plus(Room(id=id, view=view)) for each in (early, late))
        if step == asked_after:
            early.group("view", "sea")

    assert early == late
    assert [list(early.group("view", one)) for one in ("sea", "park")] == [
        list(late.group("view", one)) for one in ("sea", "park")
    ]
    assert list(late.group("view", "sea")) == [id for id in late.ids if late.rows[id].view == "sea"]


def test_a_field_that_nobody_may_ask_by_groups_nothing():
    assert list(table(Room(id=1)).group("id", 1)) == []


@given(st.lists(st.integers(1, 12) | st.none(), max_size=30), st.sets(st.integers(0, 29)))
def test_an_id_that_was_used_is_never_given_again(wanted, deletions):
    """Some ids are given, some the next free one; some rooms are deleted right afterwards."""
    filled, used, given_again = Table(), set(), set()
    for step, id in enumerate([*wanted, None]):
        following = filled.next_id()
        given_again |= {following} & used
        room = Room(id=following if id is None or id in used else id)
        filled, used = filled.plus(room), used | {room.id}
        filled = filled.without(room) if step in deletions else filled

    assert given_again == set()


def test_a_state_has_an_empty_table_of_what_it_has_never_held():
    assert State(Clock(MONDAY)).table("room") == Table()


# The whole of it


def is_frozen(value):
    if isinstance(value, Struct):
        return value.__struct_config__.frozen
    return is_dataclass(value) and value.__dataclass_params__.frozen


def mutable(value, path="state"):
    """Where in `value` something could be changed in place, or is of a kind nobody has judged."""
    if isinstance(value, Map):
        inner = [(f"{path}[{key!r}]", part) for key, part in value.items()]
        inner += [(f"{path} key", key) for key in value]
    elif isinstance(value, tuple | frozenset):
        inner = [(f"{path}[{place}]", part) for place, part in enumerate(value)]
    elif isinstance(value, (*VALUES, *PROGRAM)):
        inner = []
    elif is_frozen(value):
        names = (
            value.__struct_fields__
            if isinstance(value, Struct)
            else [f.name for f in fields(value)]
        )
        inner = [
            (f"{path}.{name}", getattr(value, name))
            for name in names
            if (type(value).__name__, name) not in DERIVED
        ]
    else:
        return [f"{path}: {type(value).__name__}"]
    return [place for name, part in inner for place in mutable(part, name)]


@pytest.fixture
def everyday():
    """The default world of a server, as its first caller finds it."""
    return build_app(read(environment={})).process.server.sandboxes.at("ada", MONDAY)


def test_the_walk_finds_what_can_be_changed():
    assert mutable((1, Map(a=[1]), Room(id=1, ref=({}, set())))) == [
        "state[1]['a']: list",
        "state[2].ref[0]: dict",
        "state[2].ref[1]: set",
    ]


def test_nothing_in_the_everyday_world_can_be_changed_in_place(everyday):
    assert mutable(everyday.state) == []


def test_nothing_in_a_world_under_way_can_be_changed_in_place(everyday):
    payments.create(everyday, find(everyday, Mandate, "works-bacs"), amount=10_00)
    everyday.settle()
    everyday.advance_to(MONDAY + timedelta(days=4))

    assert everyday.state.jobs
    assert mutable(everyday.state) == []
