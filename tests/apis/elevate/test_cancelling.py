"""Cancel: accepted is not done. Only what is pending can be cancelled, and the bank decides."""

import pytest


def test_a_pending_payment_is_cancelled(elevate):
    elevate.collect(42, invoice=2)

    answer = elevate.cancel(2, notes="paid in cash")

    assert (answer.status_code, answer.content) == (202, b"")
    newest = elevate.rows(2)[-1]
    assert (newest["thirdPartyPaymentStatus"], newest["description"]) == (
        "CANCELLED",
        "paid in cash",
    )
    assert elevate.invoice_status(2) == "UNPAID"


def test_without_notes_the_row_keeps_its_description(elevate):
    elevate.collect(42, invoice=2)

    elevate.cancel(2)

    assert elevate.rows(2)[-1]["description"] == "June"


def test_all_that_is_pending_on_the_invoice_is_cancelled(elevate):
    elevate.collect(10, invoice=2)
    elevate.collect(20, invoice=2)

    elevate.cancel(2)

    statuses = [(row["metaData"], row["thirdPartyPaymentStatus"]) for row in elevate.rows(2)[-2:]]
    assert [status for _, status in statuses] == ["CANCELLED", "CANCELLED"]
    assert len({reference for reference, _ in statuses}) == 2


def test_an_instant_payment_that_nobody_has_authorised_is_cancelled(elevate):
    elevate.collect(10.5, invoice=1, method="GC_INSTANT_BANK_PAYMENTS")

    elevate.cancel(1)

    assert elevate.statuses(1) == ["NEW", "CANCELLED"]
    assert elevate.truth("instant_payment-1")["status"] == "abandoned"


def test_what_was_told_to_be_pending_is_cancelled_here(elevate):
    elevate.collect(42, invoice=2, thirdPartyPaymentStatus="PENDING_SUBMISSION")

    elevate.cancel(2)

    assert elevate.statuses(2) == ["PENDING_SUBMISSION", "CANCELLED"]


def test_a_stale_view_is_accepted_and_changes_nothing_and_the_journal_says_why(elevate):
    elevate.play("notices:\n  - { event: payment.submitted, lost: true }\n")
    elevate.collect(42, invoice=2)
    elevate.advance("2 working days")

    answer = elevate.cancel(2, notes="too late")

    assert answer.status_code == 202
    assert elevate.notes_of(answer) == [
        "the provider cannot cancel it any more: payment is submitted: cancelled is not allowed, "
        "only confirmed or failed"
    ]
    assert elevate.statuses(2) == ["NEW", "PENDING_SUBMISSION"]
    assert elevate.truth("payment-1")["status"] == "submitted"


def test_a_later_cancellation_does_not_have_the_notes_of_one_in_vain(elevate):
    elevate.play("notices:\n  - { event: payment.submitted, lost: true }\n")
    elevate.collect(42, invoice=2)
    elevate.advance("2 working days")
    elevate.cancel(2, notes="too late")

    elevate.run_until_idle()

    assert {row["description"] for row in elevate.rows(2)} == {"June"}


def test_an_adhoc_invoices_payment_is_cancelled_by_its_kind(elevate):
    elevate.new_mandate(site=1)
    body = {
        "generatedAdhocInvoiceId": 1,
        "amountInMajorCurrency": 10.5,
        "description": "June",
        "paymentMethod": "GO_CARDLESS",
    }
    elevate.ok("POST", "/adhoc-invoice-payments", body)

    elevate.cancel(1, billRunType="ADHOC")

    assert elevate.adhoc_rows(1)[-1]["thirdPartyPaymentStatus"] == "CANCELLED"


NOTHING_PENDING = {
    "nothing at all": (lambda _: None, 2, "No payment is pending on invoice 2"),
    "a manual payment": (lambda it: it.pay(42), 2, "No payment is pending on invoice 2"),
    "a submitted payment": (
        lambda it: (it.collect(42, invoice=2), it.advance("2 working days")),
        2,
        "No payment is pending on invoice 2",
    ),
    "an unknown invoice": (
        lambda _: None,
        99,
        "Validation failed for field 'invoiceId': there is no invoice 99",
    ),
}


@pytest.mark.parametrize(
    ("before", "invoice", "message"), NOTHING_PENDING.values(), ids=NOTHING_PENDING
)
def test_where_nothing_is_pending_it_is_refused(elevate, before, invoice, message):
    before(elevate)

    body = {"invoiceId": invoice, "billRunType": "NORMAL"}
    refusal = elevate.refused("POST", "/invoice-payment-cancel", body)

    assert refusal == (400, message)
