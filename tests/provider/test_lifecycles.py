"""The five tables against the published ones, row by row."""

from datetime import UTC, datetime
from itertools import product

import pytest

from sandbox.engine.clock import Clock
from sandbox.engine.events import TESTER
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.state import State
from sandbox.provider import LIFECYCLES, RESOURCES, TYPES, events

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)

# Event, from, to. An announcement leads nowhere.
TABLES = {
    "mandate": """
        created | requested | created
        approval_requested | created | awaiting_approval
        approval_granted | awaiting_approval | created
        approval_skipped | awaiting_approval | created
        submitted | created | submitted
        active | submitted | active
        failed | created, submitted | failed
        cancelled | requested, created, awaiting_approval, submitted, active, suspended | cancelled
        expired | active | expired
        suspended | active | suspended
        resumed | suspended | active
        reinstated | cancelled, expired | active
        reinstatement_failed | cancelled, expired | failed
        blocked | created, awaiting_approval, submitted, active, suspended, cancelled, expired \
            | blocked
        resubmission_requested | cancelled, expired |
        transferred | submitted, active |
    """,
    "payment": """
        submitted | created | submitted
        cancelled | created | cancelled
        confirmed | submitted | confirmed
        paid_out | confirmed | paid_out
        failed | created, submitted | failed
        late_failure | confirmed, paid_out | failed
        resubmitted | failed | submitted
        charged_back | confirmed, paid_out | charged_back
        chargeback_cancelled | charged_back | paid_out
        released | created |
        resubmission_requested | failed |
        late_failure_settled | failed |
        chargeback_settled | charged_back |
        surcharge_fee_debited | confirmed, paid_out, failed, charged_back |
    """,
    "instant_payment": """
        authorised | created | authorised
        executed | authorised | executed
        settled | executed | settled
        denied | created | denied
        abandoned | created | abandoned
        failed | authorised, executed | failed
    """,
    "refund": """
        submitted | created | submitted
        paid | submitted | paid
        cancelled | created | cancelled
        bounced | submitted, paid | bounced
        funds_returned | submitted, paid | funds_returned
        settled | paid |
    """,
    "payout": """
        verifying | created | verifying
        pending_approval | verifying | pending_approval
        scheduled | pending_approval | scheduled
        executing | scheduled | executing
        executed | executing | executed
        cancelled | created, verifying, pending_approval, scheduled | cancelled
        failed | verifying, executing, executed | failed
        funds_returned | failed |
    """,
}
REQUIRED = {type: {} if type == "mandate" else {"amount": 1000} for type in TYPES}


def pairs(rows):
    """Every row of every lifecycle with every status in which it is not allowed."""
    return [
        pytest.param(row, status, id=f"{row.event} from {status}")
        for lifecycle in LIFECYCLES.values()
        for row, status in product(rows(lifecycle), type(lifecycle.initial))
        if status not in row.sources
    ]


def standing_at(type, status):
    """A sandbox with one resource, which has this status."""
    sandbox = Sandbox("t", State(Clock(MONDAY)), Wiring())
    resource = RESOURCES[type](id=1, created=MONDAY, status=status, **REQUIRED[type])
    return sandbox, sandbox.keep(resource)


@pytest.mark.parametrize("type", TYPES)
def test_a_lifecycle_is_the_published_table(type):
    lifecycle = LIFECYCLES[type]
    moves = [f"{row.event} | {', '.join(row.sources)} | {row.to}" for row in lifecycle.moves()]
    announcements = [
        f"{row.event} | {', '.join(row.sources)} |" for row in lifecycle.announcements()
    ]

    assert moves + announcements == [
        f"{type}.{' '.join(line.split())}" for line in TABLES[type].strip().splitlines()
    ]


@pytest.mark.parametrize("type", TYPES)
def test_every_row_says_on_what_it_rests(type):
    lifecycle = LIFECYCLES[type]

    assert {row.basis for row in (*lifecycle.moves(), *lifecycle.announcements())} == {
        lifecycle.basis
    }
    assert lifecycle.basis.startswith("inferred: GoCardless's ")


@pytest.mark.parametrize(("move", "status"), pairs(lambda lifecycle: lifecycle.moves()))
def test_a_move_without_a_row_is_refused_and_changes_nothing(move, status):
    sandbox, resource = standing_at(move.lifecycle.resource, status)
    before = sandbox.state

    with pytest.raises(IllegalMoveError) as refused:
        sandbox.make(resource, move, cause=TESTER)

    assert (refused.value.status, refused.value.asked) == (status, move.name)
    assert sandbox.state is before


@pytest.mark.parametrize(("row", "status"), pairs(lambda lifecycle: lifecycle.announcements()))
def test_an_announcement_without_a_row_is_refused_and_changes_nothing(row, status):
    sandbox, resource = standing_at(row.lifecycle.resource, status)
    before = sandbox.state

    with pytest.raises(IllegalMoveError) as refused:
        sandbox.announce(resource, row, cause=TESTER)

    assert (refused.value.status, refused.value.asked) == (status, row.name)
    assert sandbox.state is before


@pytest.mark.parametrize(
    ("move", "status"),
    [
        pytest.param(move, status, id=f"{move.event} from {status}")
        for lifecycle in LIFECYCLES.values()
        for move in lifecycle.moves()
        for status in move.sources
    ],
)
def test_a_move_with_a_row_is_made_and_is_one_event(move, status):
    sandbox, resource = standing_at(move.lifecycle.resource, status)

    moved = sandbox.make(resource, move, cause=TESTER)

    assert (moved.status, moved.last_event) == (move.to, move.event)
    assert [(event.name, event.was, event.became) for event in sandbox.state.events] == [
        (move.event, status, move.to)
    ]


def test_every_resource_has_its_first_event_and_can_be_given_and_changed():
    firsts = ["mandate.requested", *(f"{type}.created" for type in TYPES[1:])]
    besides = [f"{type}.{what}" for type in TYPES for what in ("given", "changed")]

    assert set(firsts) | set(besides) <= set(events())
    assert len(events()) == len(set(events()))
