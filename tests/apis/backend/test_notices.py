"""What this API shows when notices of the provider are late, lost or old news."""

import pytest

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
