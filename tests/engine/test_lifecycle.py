from enum import StrEnum
from itertools import product
from types import new_class

import pytest

from sandbox.engine.lifecycle import Announcement, Forced, IllegalMoveError, Lifecycle, Move


class Door(StrEnum):
    SHUT = "shut"
    OPEN = "open"
    LOCKED = "locked"


class Window(StrEnum):
    SHUT = "shut"
    OPEN = "open"


class DoorLifecycle(Lifecycle):
    resource = "door"
    initial = Door.SHUT
    basis = "inferred: the joiner's drawing"

    opened = Move(Door.SHUT, to=Door.OPEN)
    blown_open = Move(Door.SHUT, to=Door.OPEN, event="gust", chosen="winds are")
    shut = Move(Door.OPEN, to=Door.SHUT)
    locked = Move(Door.SHUT, to=Door.LOCKED)
    locked_again = Move(Door.LOCKED, to=Door.LOCKED, inferred="keys turn twice")

    knocked = Announcement(Door.SHUT, Door.LOCKED)


def declared(**rows):
    """A lifecycle of a door with these rows and no others."""
    body = {"resource": "door", "initial": Door.SHUT, **rows}
    return new_class("Declared", (Lifecycle,), exec_body=lambda namespace: namespace.update(body))


OPENED = {"opened": Move(Door.SHUT, to=Door.OPEN), "locked": Move(Door.SHUT, to=Door.LOCKED)}
ROWS = {
    "a status that nothing leads to": (
        {"opened": Move(Door.SHUT, to=Door.OPEN)},
        "Declared: locked: no move leads there",
    ),
    "one that is only announced in": (
        {"opened": Move(Door.SHUT, to=Door.OPEN), "knocked": Announcement(Door.LOCKED)},
        "Declared: locked: no move leads there",
    ),
    "a target of another enum": (
        {**OPENED, "aired": Move(Door.OPEN, to=Window.SHUT)},
        "Declared: shut: not of Door",
    ),
    "a source of another enum": (
        {**OPENED, "aired": Move(Window.OPEN, to=Door.SHUT)},
        "Declared: open: not of Door",
    ),
    "an announcement in a status of another enum": (
        {**OPENED, "knocked": Announcement(Window.SHUT)},
        "Declared: shut: not of Door",
    ),
    "a status that is given although never": (
        {**OPENED, "never": {Door.OPEN: "it is welded"}},
        "Declared: open: given after all",
    ),
}


@pytest.mark.parametrize(("rows", "message"), ROWS.values(), ids=ROWS)
def test_a_table_that_contradicts_itself_is_refused_on_import(rows, message):
    with pytest.raises(TypeError) as refused:
        declared(**rows)

    assert str(refused.value) == message


def test_a_status_may_never_be_given_if_the_table_says_why():
    lifecycle = declared(
        opened=Move(Door.SHUT, to=Door.OPEN), never={Door.LOCKED: "there is no key"}
    )

    assert [move.name for move in lifecycle.moves()] == ["opened"]


def test_a_row_knows_its_table_its_event_and_on_what_it_rests():
    rows = (*DoorLifecycle.moves(), *DoorLifecycle.announcements())

    assert [(repr(row), row.event, row.basis) for row in rows] == [
        ("DoorLifecycle.opened", "door.opened", "inferred: the joiner's drawing"),
        ("DoorLifecycle.blown_open", "door.gust", "chosen: winds are"),
        ("DoorLifecycle.shut", "door.shut", "inferred: the joiner's drawing"),
        ("DoorLifecycle.locked", "door.locked", "inferred: the joiner's drawing"),
        ("DoorLifecycle.locked_again", "door.locked_again", "inferred: keys turn twice"),
        ("DoorLifecycle.knocked", "door.knocked", "inferred: the joiner's drawing"),
    ]


def test_what_no_table_says_otherwise_of_is_documented():
    assert {move.basis for move in declared(**OPENED).moves()} == {"documented"}


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (Door.SHUT, ["opened", "blown_open", "locked"]),
        (Door.OPEN, ["shut"]),
        (Door.LOCKED, ["locked_again"]),
    ],
)
def test_a_status_allows_the_moves_whose_rows_start_there(status, allowed):
    assert [move.name for move in DoorLifecycle.allowed(status)] == allowed


@pytest.mark.parametrize(
    ("status", "to", "event", "move"),
    [
        (Door.SHUT, Door.OPEN, "", DoorLifecycle.opened),
        (Door.SHUT, Door.OPEN, "door.opened", DoorLifecycle.opened),
        (Door.SHUT, Door.OPEN, "door.gust", DoorLifecycle.blown_open),
        (Door.LOCKED, Door.LOCKED, "", DoorLifecycle.locked_again),
    ],
)
def test_between_two_statuses_is_the_first_row_or_the_one_of_the_event(status, to, event, move):
    assert DoorLifecycle.between(status, to, event) is move


@pytest.mark.parametrize(
    ("status", "to", "event", "message"),
    [
        (Door.OPEN, Door.LOCKED, "", "door is open: locked is not allowed, only shut"),
        (
            Door.SHUT,
            Door.OPEN,
            "door.shut",
            "door is shut: door.shut is not allowed, only opened or blown_open or locked",
        ),
        (Door.LOCKED, Door.SHUT, "", "door is locked: shut is not allowed, only locked_again"),
    ],
)
def test_where_no_row_leads_the_refusal_says_what_would_be_allowed(status, to, event, message):
    with pytest.raises(IllegalMoveError) as refused:
        DoorLifecycle.between(status, to, event)

    assert str(refused.value) == message
    assert (refused.value.lifecycle, refused.value.status) == (DoorLifecycle, status)


def test_a_status_that_is_the_end_allows_nothing():
    refused = IllegalMoveError(declared(**OPENED), Door.OPEN, "shut")

    assert refused.allowed == ()
    assert str(refused) == "door is open: shut is not allowed, nothing is"


@pytest.mark.parametrize(
    ("move", "status"),
    [pair for pair in product(DoorLifecycle.moves(), Door) if pair[1] not in pair[0].sources],
)
def test_a_move_is_refused_from_every_status_that_its_row_does_not_name(move, status):
    with pytest.raises(IllegalMoveError, match=f"{move.name} is not allowed"):
        move.from_(status)


def test_a_forced_move_asks_no_table():
    forced = Forced(DoorLifecycle, Door.LOCKED, "door.locked")

    assert [forced.from_(status) for status in Door] == [Door.LOCKED] * 3
    assert (forced.name, forced.event, forced.lifecycle) == (
        "door.locked",
        "door.locked",
        DoorLifecycle,
    )


def test_an_announcement_is_refused_in_a_status_that_its_row_does_not_name():
    DoorLifecycle.knocked.check(Door.SHUT)

    with pytest.raises(IllegalMoveError) as refused:
        DoorLifecycle.knocked.check(Door.OPEN)

    assert str(refused.value) == "door is open: knocked is not allowed, only shut"


def test_a_lifecycle_prints_itself_as_a_table():
    never = {Door.LOCKED: "there is no key"}
    lifecycle = declared(
        opened=Move(Door.SHUT, to=Door.OPEN, chosen="a door that never opens is a wall"),
        knocked=Announcement(Door.SHUT, Door.OPEN),
        never=never,
    )

    assert lifecycle.as_markdown().splitlines() == [
        "Basis: documented.",
        "",
        "| event | from | to | |",
        "| --- | --- | --- | --- |",
        "| `door.opened` | shut | open | chosen: a door that never opens is a wall |",
        "| *announces* `door.knocked` | shut, open | | |",
        "| | | locked | never: there is no key |",
    ]


def test_a_lifecycle_draws_itself():
    assert DoorLifecycle.as_mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> shut",
        "    shut --> open: opened",
        "    shut --> open: blown_open",
        "    open --> shut: shut",
        "    shut --> locked: locked",
        "    locked --> locked: locked_again",
    ]
