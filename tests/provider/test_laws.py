"""What holds whatever a bank, a client and a scenario try, and in whatever order they do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import provider
from sandbox.engine.events import TESTER
from sandbox.engine.lifecycle import IllegalMoveError, Move
from sandbox.provider import LIFECYCLES, REFUSALS, payments
from sandbox.provider.mandates import Mandate, MandateNotUsableError
from sandbox.provider.payments import Payment

NEW_PAYMENT = None
ROWS = [
    row
    for type in ("mandate", "payment")
    for row in (*LIFECYCLES[type].moves(), *LIFECYCLES[type].announcements())
]
tries = st.lists(st.sampled_from([*ROWS, *[NEW_PAYMENT] * 10]), max_size=80)


def attempt(sandbox, row):
    """Make a new payment, or try this row on the mandate or on its newest payment."""
    if row is NEW_PAYMENT:
        payments.create(sandbox, sandbox.get(Mandate, 1), amount=10_00)
        return
    resource = sandbox.last({"mandate": Mandate, "payment": Payment}[row.lifecycle.resource])
    if isinstance(row, Move):
        sandbox.make(resource, row, cause=TESTER)
    else:
        provider.announce(sandbox, resource, row, cause=TESTER)


@pytest.fixture(scope="session")
def tried(new_bank):
    """The sandbox in which all this was tried, and the states before and after each refusal."""

    def play(rows):
        bank, refusals = new_bank(), []
        bank.payment(mandate=bank.mandate("submitted").id)
        for row in rows:
            before = bank.sandbox.state
            try:
                attempt(bank.sandbox, row)
            except (IllegalMoveError, MandateNotUsableError, *REFUSALS):
                refusals.append((before, bank.sandbox.state))
        return bank.sandbox, refusals

    return play


def count(sandbox, payment, *names):
    """How often one of these events happened to this payment."""
    return sum(
        event.subject == payment.subject and event.name in names for event in sandbox.state.events
    )


@given(rows=tries)
def test_what_is_refused_changes_nothing(tried, rows):
    _, refusals = tried(rows)

    assert all(before is after for before, after in refusals)


@given(rows=tries)
def test_no_payment_waits_on_a_mandate_that_has_fallen(tried, rows):
    sandbox, _ = tried(rows)
    fallen = sandbox.get(Mandate, 1).status in ("failed", "cancelled", "expired", "blocked")

    assert not (fallen and any(payment.status == "created" for payment in sandbox.all(Payment)))


@given(rows=tries)
def test_attempts_and_retries_are_what_happened(tried, rows):
    sandbox, _ = tried(rows)

    assert [(payment.attempts, payment.retries) for payment in sandbox.all(Payment)] == [
        (
            count(sandbox, payment, "payment.submitted", "payment.resubmitted"),
            count(sandbox, payment, "payment.resubmission_requested"),
        )
        for payment in sandbox.all(Payment)
    ]
    assert all(payment.retries <= 3 for payment in sandbox.all(Payment))


@given(rows=tries)
def test_a_status_is_what_the_last_event_of_its_resource_made_it(tried, rows):
    sandbox, _ = tried(rows)
    became = {event.subject: event.became for event in sandbox.state.events}

    assert {subject: sandbox.subject(subject).status for subject in became} == became


@given(rows=tries)
def test_the_same_tries_make_the_same_state(tried, rows):
    assert tried(rows)[0].state == tried(rows)[0].state
