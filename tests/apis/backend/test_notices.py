"""What this API shows when notices of the provider are late, lost or old news."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.apis.backend import operations
from sandbox.apis.backend.hearing import hear
from sandbox.apis.backend.lifecycles import AttemptStatus, Collection, Validity
from sandbox.apis.backend.models import Attempt
from sandbox.apis.backend.models import Payment as Shown
from sandbox.engine.events import TESTER
from sandbox.engine.lifecycle import Forced, IllegalMoveError, Move
from sandbox.provider.payments import Payment, PaymentLifecycle, PaymentStatus

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)

HAPPY = ("use: bacs_existing_mandate",)
FAILS_LATE = (
    "use: bacs_existing_mandate",
    'after: 1 working day, at: "12:00", status: failed, reason: refer_to_payer',
)
TRIED_AGAIN = (
    "status: submitted",
    "after: 1 day, status: failed, reason: refer_to_payer",
    "after: 1 day, emit: payment.resubmission_requested",
)


def test_a_late_notice_parts_the_day_of_the_reversal_from_its_moment(backend):
    """The one case that proves the manual's remark on its two filters."""
    backend.use_steps(*FAILS_LATE, notices=["event: payment.late_failure, late: 2 days"])
    backend.add()

    backend.advance("7 working days")
    unheard = backend.get("1")["status"]
    backend.advance("2 days")

    assert unheard == ["Collected"]
    assert backend.get("1")["paymentReversedDate"] == "2026-06-09"
    heard = "2026-06-11T11:00:00Z"
    assert backend.listed(maxReversedDate="2026-06-09") == ["1"]
    assert backend.listed(minReversedDate="2026-06-10") == []
    assert backend.listed(reversedSince=heard) == ["1"]
    assert backend.listed(maxReversedDate="2026-06-09", reversedSince=heard) == ["1"]


LOST = [
    ("payment.confirmed", ["Collection Pending"], "5 working days"),
    ("payment.confirmed", ["Collected"], "6 working days"),
    ("payment.paid_out", ["Collected"], "6 working days"),
    ("payment.submitted", ["Collected"], "6 working days"),
]


@pytest.mark.parametrize(("event", "status", "later"), LOST)
def test_the_next_notice_brings_a_stale_view_in_line(backend, event, status, later):
    backend.use_steps(*HAPPY, notices=[f"event: {event}, lost: true"])
    backend.add()

    backend.advance(later)

    assert backend.get("1")["status"] == status


def test_a_day_that_nobody_told_of_stays_unknown(backend):
    backend.use_steps(*HAPPY, notices=["event: payment.confirmed, lost: true"])
    backend.add()

    backend.advance("6 working days")

    (only,) = backend.shown()
    assert (only["status"], only["directDebitPaymentTakenStamp"]) == ("Taken", None)


def test_a_notice_of_a_retry_tells_that_the_attempt_before_it_had_failed(backend):
    backend.use_steps(*TRIED_AGAIN, notices=["event: payment.failed, lost: true"])
    backend.add()

    backend.advance("2 days")

    assert [each["status"] for each in backend.shown()] == ["Failed", "Requested"]
    assert backend.get("1")["status"] == ["Collection Pending"]
    assert backend.listed(includeReversed="", reversedSince="2026-06-01") == []


def test_a_late_failure_says_that_the_payment_had_been_collected(backend):
    backend.use_steps(
        *FAILS_LATE,
        notices=[
            "event: payment.submitted, lost: true",
            "event: payment.confirmed, lost: true",
            "event: payment.paid_out, lost: true",
        ],
    )
    backend.add()

    backend.advance("7 working days")

    assert backend.get("1")["status"] == ["Collected", "Reversed"]
    (only,) = backend.shown()
    assert (only["status"], only["directDebitPaymentTakenStamp"]) == ("Failed", None)


SUCCESS = ["payment.confirmed", "payment.paid_out"]
TELLING = [
    ("late_failure_settled", [], "Collected"),
    ("late_failure_settled", SUCCESS, "Collected"),
    ("surcharge_fee_debited", [], "Collected"),
    ("surcharge_fee_debited", SUCCESS, "Collection Failed"),
]


@pytest.mark.parametrize(("event", "lost", "collection"), TELLING, ids=str)
def test_what_follows_a_late_failure_tells_of_it(backend, event, lost, collection):
    names = [*lost, "payment.late_failure"]
    notices = [f"event: {name}, lost: true" for name in names]
    backend.use_steps(*FAILS_LATE, f"after: 1 day, emit: payment.{event}", notices=notices)
    backend.add()

    backend.advance("9 working days")

    (only,) = backend.shown()
    assert (only["status"], only["directDebitPaymentFailedStamp"]) == ("Failed", None)
    assert backend.get("1")["status"] == [collection, "Reversed"]


def test_the_settlement_of_a_late_failure_does_not_undo_a_reinstatement(backend):
    backend.use_steps(*FAILS_LATE, "after: 1 day, emit: payment.late_failure_settled")
    backend.add()
    backend.advance("7 working days")
    backend.change("1", paymentReversedDate=None)

    backend.advance("1 day")

    assert backend.get("1")["status"] == ["Collected"]


def test_a_later_notice_sets_the_collection_of_a_payment_reversed_by_its_client(backend):
    backend.add()
    backend.change("1", paymentReversedDate="2026-06-01")

    backend.advance("5 working days")

    assert backend.get("1")["status"] == ["Collected", "Reversed"]


ROWS = (*PaymentLifecycle.moves(), *PaymentLifecycle.announcements())
HAPPENS = st.tuples(st.sampled_from(range(len(ROWS))), st.booleans())
FORCED = st.tuples(st.sampled_from(list(PaymentStatus)), st.booleans())
CLIENT_CALLS = st.sampled_from(["2026-06-02", None])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(acts=st.lists(st.one_of(HAPPENS, HAPPENS, FORCED, CLIENT_CALLS), max_size=25))
def test_whatever_is_heard_and_whatever_is_missed_the_view_stays_whole(served, acts):
    """Each act is a move or an announcement at the provider, heard or lost; or a client's call."""
    app, _ = served
    sandboxes = app.process.server.sandboxes
    sandboxes.forget("whole")
    sandbox = sandboxes.at("whole", MONDAY)
    body = {"paymentAmount": 1, "paymentMethod": "Direct Debit"}
    operations.create_customer_payment(sandbox=sandbox, id="123", body=body)

    for act in acts:
        play(sandbox, act)

    payment = sandbox.get(Shown, 1)
    *before, last = sandbox.all(Attempt, payment=1)
    assert (payment.validity is Validity.REVERSED) == (payment.reversed_date is not None)
    assert (payment.collection is Collection.PENDING) == (last.status is AttemptStatus.REQUESTED)
    assert AttemptStatus.REQUESTED not in [attempt.status for attempt in before]
    assert payment.validity is Validity.REVERSED or not payment.reversed_by_provider


def play(sandbox, act):
    asked = sandbox.get(Payment, 1)
    if not isinstance(act, tuple):
        body = {"paymentReversedDate": act}
        operations.update_payment(sandbox=sandbox, id="1", body=body)
        return
    what, is_heard = act
    row = Forced(PaymentLifecycle, what, f"payment.{what}") if isinstance(what, str) else ROWS[what]
    try:
        happen = sandbox.make if isinstance(row, Move) else sandbox.announce
        happen(asked, row, cause=TESTER)
    except IllegalMoveError:
        return
    if is_heard:
        event = next(
            each for each in reversed(sandbox.state.events) if each.subject.type == "payment"
        )
        hear(sandbox, event, False)
