"""An invoice's status, worked out of all that has become of it, in the order of the decision."""

import pytest

DISPUTED = {"id": 50, "site": 2, "amount": "5.00", "status": "disputed"}
WRITTEN_OFF = {"id": 50, "site": 2, "amount": "5.00", "status": "written_off"}
NOTHING = {"id": 50, "site": 2, "amount": "0.00"}


def paid_and_then(*moves):
    def story(elevate):
        elevate.paid_by_direct_debit(42, invoice=2)
        for to in moves:
            elevate.move("payment-1", to)

    return story


STORIES = {
    "nothing has happened": (lambda _: None, "UNPAID"),
    "a part was paid": (lambda it: it.pay(1), "PARTIALLY_PAID"),
    "it was paid": (lambda it: it.pay(42), "PAID"),
    "more was paid": (lambda it: it.pay(43), "PAID"),
    "a cheque bounced": (lambda it: (it.pay(42), it.pay(-42)), "UNPAID"),
    "a collection is under way": (lambda it: it.collect(42, invoice=2), "PENDING"),
    "a part was paid, the rest is under way": (
        lambda it: (it.pay(1), it.collect(41, invoice=2)),
        "PENDING",
    ),
    "paid, and another collection is under way": (
        lambda it: (it.pay(42), it.collect(42, invoice=2)),
        "PAID",
    ),
    "the bank has it": (
        lambda it: (it.collect(42, invoice=2), it.advance("2 working days")),
        "PENDING",
    ),
    "the bank took it": (paid_and_then(), "PAID"),
    "it was charged back": (paid_and_then("charged_back"), "UNPAID"),
    "the charge-back was cancelled": (paid_and_then("charged_back", "paid_out"), "PAID"),
    "it failed late": (paid_and_then("failed"), "UNPAID"),
    "a refund is under way": (
        lambda it: (it.paid_by_direct_debit(), it.refund(amountInMajorCurrency=1)),
        "REFUND_PENDING",
    ),
    "some was refunded": (
        lambda it: (it.pay(42), it.refund(amountInMajorCurrency=1)),
        "PART_REFUNDED",
    ),
    "all was refunded in two": (
        lambda it: (it.pay(42), it.refund(amountInMajorCurrency=1), it.refund()),
        "REFUNDED",
    ),
    "refunded, and then paid again": (
        lambda it: (it.pay(42), it.refund(), it.pay(42)),
        "PART_REFUNDED",
    ),
}


@pytest.mark.parametrize(("story", "status"), STORIES.values(), ids=STORIES)
def test_the_status_follows_from_what_has_happened(elevate, story, status):
    story(elevate)

    assert elevate.invoice_status(2) == status


@pytest.mark.parametrize(
    ("invoice", "status"),
    [(DISPUTED, "DISPUTED"), (WRITTEN_OFF, "WRITTEN_OFF"), (NOTHING, "NA")],
    ids=["disputed", "written off", "for nothing"],
)
def test_what_a_fixture_says_goes_before_all(elevate, invoice, status):
    elevate.give(invoices=[invoice])

    elevate.pay(5, invoice=50)

    assert elevate.invoice_status(50) == status


def test_part_of_a_given_invoice_may_be_paid_already(elevate):
    elevate.give(invoices=[{"id": 50, "site": 2, "amount": "5.00", "paid": "1.00"}])

    assert elevate.invoice_status(50) == "PARTIALLY_PAID"


GIVEN = {
    "created": (["NEW", "PENDING_SUBMISSION"], "PENDING"),
    "submitted": (["NEW", "PENDING_SUBMISSION", "SUBMITTED"], "PENDING"),
    "confirmed": (["NEW", "PENDING_SUBMISSION", "SUBMITTED", "CONFIRMED"], "PAID"),
    "paid_out": (["NEW", "PENDING_SUBMISSION", "SUBMITTED", "CONFIRMED", "PAID_OUT"], "PAID"),
    "failed": (["NEW", "PENDING_SUBMISSION", "SUBMITTED", "FAILED"], "UNPAID"),
    "charged_back": (
        ["NEW", "PENDING_SUBMISSION", "SUBMITTED", "CONFIRMED", "PAID_OUT", "CHARGED_BACK"],
        "UNPAID",
    ),
    "cancelled": (["NEW", "PENDING_SUBMISSION", "CANCELLED"], "UNPAID"),
}


@pytest.mark.parametrize(("given", "shown"), GIVEN.items(), ids=str)
def test_a_given_payment_stands_as_if_the_happy_path_had_led_there(elevate, given, shown):
    payment = {"invoice": 2, "amount": "42.00", "status": given, "created": "2026-05-04T10:00:00"}

    elevate.give(payments=[payment])

    assert (elevate.statuses(2), elevate.invoice_status(2)) == shown
    assert {row["paymentDate"] for row in elevate.rows(2)} == {"2026-05-04"}


def test_the_ledger_of_a_given_payment_is_of_its_day(elevate):
    payment = {
        "invoice": 2,
        "amount": "42",
        "status": "confirmed",
        "created": "2026-05-04T10:00:00",
    }

    elevate.give(payments=[payment])

    newest = elevate.ledger(2)[-1]
    assert (newest["txnType"], newest["paymentDate"]) == ("PAYMENT_RECEIVED", "2026-05-04")


def test_the_invoice_shows_its_newest_row_and_its_newest_refund(elevate):
    elevate.paid_by_direct_debit()
    elevate.refund()

    assert elevate.invoice_shows(2) == {
        "billRunId": 1,
        "paymentStatus": "REFUND_PENDING",
        "thirdPartyPaymentStatus": "REFUND_PENDING",
        "thirdPartyRefundStatus": "PENDING_SUBMISSION",
    }


def test_what_was_collected_short_pays_a_part(elevate):
    elevate.play(
        "rules:\n"
        "  - when: payment.submitted\n"
        "    then:\n"
        "      - { set: { collected: '40.00' } }\n"
        "      - { after: 3 working days, status: confirmed }\n"
    )

    elevate.paid_by_direct_debit()

    assert elevate.invoice_status(2) == "PARTIALLY_PAID"
    assert elevate.movements(2)[-1] == ("PAYMENT_RECEIVED", 40.0)
