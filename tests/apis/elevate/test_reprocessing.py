"""Reprocess: an invoice's payment is tried again; a stale view is brought in line, no more."""

import pytest

FAILS_ONCE = (
    "rules:\n"
    "  - when: payment.submitted\n"
    "    then: [{ after: 1 working day, status: failed, reason: refer_to_payer }]\n"
)
ALWAYS_FAILS = (
    "rules:\n"
    "  - when: payment.*\n"
    "    match: { status: submitted }\n"
    "    then: [{ after: 1 working day, status: failed, reason: refer_to_payer }]\n"
)


def refused(elevate, invoice=2):
    body = {"invoiceId": invoice, "billRunType": "NORMAL"}
    return elevate.refused("POST", "/invoice-payment-reprocess", body)


# invoice-payment-reprocess


def test_a_failed_payment_is_retried(elevate):
    elevate.play(FAILS_ONCE)
    elevate.paid_by_direct_debit()

    answer = elevate.reprocess(2, notes="they have money now")
    elevate.run_until_idle()

    assert (answer.status_code, answer.content) == (200, b"")
    assert elevate.notes_of(answer) == ["notes of the reprocess: they have money now"]
    assert elevate.statuses(2)[3:] == [
        "FAILED",
        "RESUBMISSION_REQUESTED",
        "SUBMITTED",
        "CONFIRMED",
        "PAID_OUT",
    ]
    assert elevate.invoice_status(2) == "PAID"


def test_a_payment_is_retried_three_times_at_most(elevate):
    elevate.play(ALWAYS_FAILS)
    elevate.paid_by_direct_debit()
    for _ in range(3):
        elevate.reprocess(2)
        elevate.run_until_idle()

    status, message = refused(elevate)

    reference = elevate.rows(2)[0]["metaData"]
    assert (status, message) == (
        400,
        f"payment {reference} cannot be tried again: it was tried again 3 times",
    )


def test_a_payment_is_not_retried_on_a_fallen_mandate(elevate):
    elevate.play(FAILS_ONCE)
    elevate.paid_by_direct_debit()
    elevate.control("POST", "/resources/mandate/works-bacs/moves", {"to": "cancelled"})

    status, message = refused(elevate)

    assert (status, message.endswith("is cancelled")) == (400, True)


@pytest.mark.parametrize(
    "told",
    ["UNSENT", "CANCELLED", "CUSTOMER_APPROVAL_DENIED", "CHARGED_BACK", "CHARGEBACK_SETTLED",
     "LATE_FAILURE_SETTLED"],
)  # fmt: skip
def test_what_cannot_be_retried_is_collected_anew(elevate, told):
    elevate.collect(42, invoice=2, thirdPartyPaymentStatus=told)

    elevate.reprocess(2)

    assert elevate.statuses(2) == [told, "NEW", "PENDING_SUBMISSION"]


def test_a_cancelled_payment_is_collected_anew_with_its_amount_and_method(elevate):
    elevate.collect(20, invoice=2)
    elevate.cancel(2)

    elevate.reprocess(2)

    newest = elevate.rows(2)[-1]
    assert (newest["amountInMajorCurrency"], newest["paymentMethod"]) == (20.0, "GO_CARDLESS")
    assert elevate.statuses(2)[2:] == ["CANCELLED", "NEW", "PENDING_SUBMISSION"]


NOT_TRIED_AGAIN = {
    "no such invoice": (
        lambda _: None,
        99,
        "Validation failed for field 'invoiceId': there is no invoice 99",
    ),
    "no payment": (lambda _: None, 2, "Invoice 2 has no payment by an integrated method"),
    "a manual payment": (
        lambda it: it.pay(10),
        2,
        "Invoice 2 has no payment by an integrated method",
    ),
    "a pending payment": (
        lambda it: it.collect(42, invoice=2),
        2,
        "Invoice 2 is PENDING and its newest payment PENDING_SUBMISSION: there is nothing to try "
        "again",
    ),
    "a paid invoice": (lambda it: it.paid_by_direct_debit(), 2, "Invoice 2 lacks nothing"),
    "a failed payment, paid since": (
        lambda it: (it.play(FAILS_ONCE), it.paid_by_direct_debit(), it.pay(42)),
        2,
        "Invoice 2 lacks nothing",
    ),
}


@pytest.mark.parametrize(
    ("before", "invoice", "message"), NOT_TRIED_AGAIN.values(), ids=NOT_TRIED_AGAIN
)
def test_anything_else_is_not_tried_again(elevate, before, invoice, message):
    before(elevate)

    assert refused(elevate, invoice) == (400, message)


# payment-provider-reprocess


@pytest.fixture
def stale(elevate):
    """Elevate has not heard that invoice 2 was paid."""
    elevate.play("notices:\n  - { event: payment.*, lost: true }\n")
    elevate.paid_by_direct_debit()
    return elevate


@pytest.mark.parametrize("body", [None, {}, {"paymentProviderId": 1}], ids=str)
def test_a_stale_view_is_brought_in_line(stale, body):
    answer = stale.call("POST", "/v1/payment-provider-reprocess", body)

    assert (answer.status_code, answer.content) == (200, b"")
    assert stale.statuses(2) == [
        "NEW",
        "PENDING_SUBMISSION",
        "SUBMITTED",
        "CONFIRMED",
        "PAID_OUT",
    ]
    assert stale.movements(2)[-1] == ("PAYMENT_RECEIVED", 42.0)


def test_another_providers_events_are_left_alone(stale):
    stale.ok("POST", "/payment-provider-reprocess", {"paymentProviderId": 2})

    assert stale.statuses(2) == ["NEW"]


def test_a_view_that_is_in_line_stays_as_it_is(elevate):
    elevate.paid_by_direct_debit()
    before = elevate.sandbox.state.tables

    elevate.ok("POST", "/payment-provider-reprocess")

    assert elevate.sandbox.state.tables == before


def test_late_notices_find_nothing_left_to_do(elevate):
    elevate.play("notices:\n  - { event: payment.submitted, late: 1 day }\n")
    elevate.collect(42, invoice=2)
    elevate.advance("1 working day")
    elevate.advance("8 hours")
    elevate.ok("POST", "/payment-provider-reprocess")

    elevate.run_until_idle()

    assert elevate.statuses(2) == [
        "NEW",
        "PENDING_SUBMISSION",
        "SUBMITTED",
        "CONFIRMED",
        "PAID_OUT",
    ]


def test_reprocessing_an_unknown_provider_is_refused(elevate):
    refusal = elevate.refused("POST", "/payment-provider-reprocess", {"paymentProviderId": 99})

    assert refusal == (
        400,
        "Validation failed for field 'paymentProviderId': there is no payment provider 99",
    )
