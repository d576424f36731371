"""Refunds: no more than was collected, by the method by which it came, and back if they return."""

import pytest


@pytest.fixture
def paid(elevate):
    """Invoice 2, of 42.00, paid by direct debit."""
    elevate.paid_by_direct_debit(42, invoice=2)
    return elevate


def test_a_refund_answers_201_and_is_listed(paid):
    body = {
        "invoiceId": 2,
        "billRunType": "NORMAL",
        "description": "double billing",
        "amountInMajorCurrency": 10.5,
    }

    created = paid.call("POST", "/v1/refunds", body)

    assert (created.status_code, created.json()) == (
        201,
        {
            "id": 1,
            "invoiceId": 2,
            "customerId": 2,
            "billRunType": "NORMAL",
            "thirdPartyRefundStatus": "CREATED",
            "description": "double billing",
            "paymentMethod": "GO_CARDLESS",
            "amountInMajorCurrency": 10.5,
        },
    )
    listed = {**created.json(), "thirdPartyRefundStatus": "PENDING_SUBMISSION"}
    assert paid.ok("GET", "/refunds", params={"page": 1, "pageSize": 9}) == [listed]


def test_a_refund_is_paid_on_day_two(paid):
    paid.refund()

    receipt = paid.run_until_idle()

    assert [(fired["at"], fired["event"]) for fired in receipt["fired"]] == [
        ("2026-06-08T15:00:00Z", "refund.submitted"),
        ("2026-06-10T11:00:00Z", "refund.paid"),
    ]
    assert paid.refunds() == ["PAID"]
    assert paid.movements(2)[-1] == ("REFUND_PAID", -42.0)


def test_a_refund_in_full_is_two_rows_beside_the_payments_own(paid):
    paid.refund()

    paid.run_until_idle()

    rows = [(row["thirdPartyPaymentStatus"], row["amountInMajorCurrency"]) for row in paid.rows(2)]
    assert rows[-3:] == [("PAID_OUT", 42.0), ("REFUND_PENDING", 42.0), ("REFUNDED", 42.0)]
    assert paid.invoice_status(2) == "REFUNDED"


def test_a_refund_in_part_says_so(paid):
    paid.refund(amountInMajorCurrency=12)

    paid.run_until_idle()

    rows = [(row["thirdPartyPaymentStatus"], row["amountInMajorCurrency"]) for row in paid.rows(2)]
    assert rows[-2:] == [("REFUND_PENDING", 12.0), ("PARTIALLY_REFUNDED", 12.0)]
    assert paid.invoice_status(2) == "PART_REFUNDED"


def test_without_an_amount_all_that_is_left_is_refunded(paid):
    paid.refund(amountInMajorCurrency=12)

    rest = paid.refund()

    assert rest["amountInMajorCurrency"] == 30.0


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        (
            60,
            "Validation failed for field 'amountInMajorCurrency': only 42.00 of what was "
            "collected can still be refunded",
        ),
        (
            0.001,
            "Validation failed for field 'amountInMajorCurrency': must be at least 0.01",
        ),
        (
            1.001,
            "Validation failed for field 'amountInMajorCurrency': 1.001 has more than 2 decimal "
            "places, the most in GBP",
        ),
    ],
    ids=str,
)
def test_an_amount_that_cannot_be_refunded_is_refused(paid, amount, message):
    body = {"invoiceId": 2, "billRunType": "NORMAL", "amountInMajorCurrency": amount}

    assert paid.refused("POST", "/refunds", body) == (400, message)


REFUSED = {
    "no invoice": (
        {"billRunType": "NORMAL"},
        "Validation failed for field 'invoiceId': it is needed to tell which invoice is meant",
    ),
    "no kind": (
        {"invoiceId": 2},
        "Validation failed for field 'billRunType': it is needed to tell which invoice is meant",
    ),
    "no such invoice": (
        {"invoiceId": 99, "billRunType": "NORMAL"},
        "Validation failed for field 'invoiceId': there is no invoice 99",
    ),
    "no such adhoc invoice": (
        {"invoiceId": 2, "billRunType": "ADHOC"},
        "Validation failed for field 'invoiceId': there is no adhoc invoice 2",
    ),
    "nothing collected": (
        {"invoiceId": 2, "billRunType": "NORMAL"},
        "Nothing that was collected on invoice 2 is left",
    ),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_a_refund_of_nothing_is_refused(elevate, body, message):
    assert elevate.refused("POST", "/refunds", body) == (400, message)


def test_refunds_under_way_count_against_what_is_left(paid):
    paid.refund()

    body = {"invoiceId": 2, "billRunType": "NORMAL", "amountInMajorCurrency": 0.01}
    refusal = paid.refused("POST", "/refunds", body)

    assert refusal == (400, "Nothing that was collected on invoice 2 is left")


def test_an_integrated_payment_goes_back_by_its_method_whatever_was_sent(paid):
    assert paid.refund(paymentMethod="CHEQUE")["paymentMethod"] == "GO_CARDLESS"


@pytest.mark.parametrize(("sent", "used"), [({}, "CHEQUE"), ({"paymentMethod": "BACS"}, "BACS")])
def test_a_manual_payment_goes_back_at_once_by_its_method_or_the_one_sent(elevate, sent, used):
    elevate.pay(42, invoice=2)

    refund = elevate.refund(**sent)

    assert (refund["paymentMethod"], refund["thirdPartyRefundStatus"]) == (
        used,
        "MANUALLY_REFUNDED",
    )
    assert elevate.statuses(2) == [None, "REFUNDED"]
    assert elevate.movements(2)[-2:] == [("PAYMENT_RECEIVED", 42.0), ("REFUND_PAID", -42.0)]


def test_a_manual_payment_does_not_go_back_by_an_integrated_method(elevate):
    elevate.pay(42, invoice=2)

    body = {"invoiceId": 2, "billRunType": "NORMAL", "paymentMethod": "STRIPE"}
    refusal = elevate.refused("POST", "/refunds", body)

    assert refusal == (
        400,
        "Validation failed for field 'paymentMethod': what came by CHEQUE cannot be given back by "
        "STRIPE",
    )


def test_the_last_successful_payment_decides(elevate):
    elevate.collect(20, invoice=2)
    elevate.run_until_idle()
    elevate.pay(22, invoice=2, method="PAYPAL")

    assert elevate.refund(amountInMajorCurrency=5)["paymentMethod"] == "PAYPAL"


def test_a_payment_that_was_taken_back_is_not_the_last_successful_one(elevate):
    elevate.pay(42, invoice=2, method="PAYPAL")
    elevate.pay(10, invoice=2)
    elevate.pay(-10, invoice=2)

    assert elevate.refund()["paymentMethod"] == "PAYPAL"


def test_a_status_echoed_on_a_manual_payment_makes_no_refund_of_it(elevate):
    elevate.pay(42, invoice=2, thirdPartyPaymentStatus="REFUNDED")

    assert elevate.refund()["amountInMajorCurrency"] == 42.0


def test_what_a_fixture_says_was_paid_goes_back_by_the_sites_method(elevate):
    elevate.give(invoices=[{"id": 50, "site": 3, "amount": "30.00", "paid": "10.00"}])

    refund = elevate.refund(invoice=50)

    assert (refund["amountInMajorCurrency"], refund["paymentMethod"]) == (10.0, "CHEQUE")


def test_what_was_told_of_a_provider_goes_back_at_once(elevate):
    """No provider knows the payment that happened elsewhere."""
    elevate.collect(42, invoice=2, method="STRIPE", thirdPartyPaymentStatus="CONFIRMED")

    refund = elevate.refund()

    assert (refund["paymentMethod"], refund["thirdPartyRefundStatus"]) == (
        "STRIPE",
        "MANUALLY_REFUNDED",
    )


@pytest.mark.parametrize(
    ("to", "shown"), [("bounced", "BOUNCED"), ("funds_returned", "FUNDS_RETURNED")]
)
def test_a_refund_that_comes_back_gives_its_amount_back(paid, to, shown):
    paid.refund()
    paid.run_until_idle()

    paid.move("refund-1", to)

    assert paid.refunds() == [shown]
    assert paid.movements(2)[-2:] == [("REFUND_PAID", -42.0), ("REFUND_RETURNED", 42.0)]
    assert paid.invoice_status(2) == "PAID"
    assert paid.refund()["amountInMajorCurrency"] == 42.0


def test_a_refund_that_bounces_before_it_is_paid_is_no_movement(paid):
    paid.refund()
    paid.advance("1 day")
    before = paid.movements(2)

    paid.move("refund-1", "bounced")

    assert paid.movements(2) == before


def test_a_cancelled_refund_leaves_the_invoice_as_it_was(paid):
    paid.refund()

    paid.move("refund-1", "cancelled")

    assert (paid.refunds(), paid.invoice_status(2)) == (["CANCELLED"], "PAID")


def test_a_refund_is_settled_out_of_a_payout(paid):
    paid.play("rules:\n  - when: refund.paid\n    then: [{ after: 1 day, emit: refund.settled }]\n")
    paid.refund()

    paid.run_until_idle()

    assert (paid.refunds(), paid.invoice_status(2)) == (["REFUND_SETTLED"], "REFUNDED")


def test_a_refund_that_was_settled_can_still_come_back(paid):
    paid.play(
        "rules:\n"
        "  - when: refund.paid\n"
        "    then:\n"
        "      - { after: 1 day, emit: refund.settled }\n"
        "      - { after: 1 day, emit: refund.settled }\n"
        "      - { after: 1 day, status: funds_returned }\n"
    )
    paid.refund()

    paid.run_until_idle()

    assert (paid.refunds(), paid.invoice_status(2)) == (["FUNDS_RETURNED"], "PAID")
    assert paid.movements(2)[-2:] == [("REFUND_PAID", -42.0), ("REFUND_RETURNED", 42.0)]


def test_a_chargeback_after_a_refund_costs_twice(paid):
    paid.refund()
    paid.run_until_idle()

    paid.move("payment-1", "charged_back", "authorisation_disputed")

    assert paid.movements(2)[-2:] == [("REFUND_PAID", -42.0), ("PAYMENT_REVERSED", -42.0)]
    assert paid.invoice_status(2) == "UNPAID"


def test_an_instant_payment_of_a_customer_goes_back_to_the_payer(elevate):
    """A part of it paid the invoice; the provider knows the whole."""
    link = {
        "paymentProviderId": 1,
        "amountInMajorCurrency": 21,
        "description": "all I owe",
        "customerId": 1,
    }
    elevate.ok("POST", "/payment-provider-payment-link", link)
    elevate.advance("10 minutes")

    refund = elevate.refund(invoice=1)

    assert (refund["paymentMethod"], refund["thirdPartyRefundStatus"]) == (
        "GC_INSTANT_BANK_PAYMENTS",
        "CREATED",
    )
    assert elevate.truth("refund-1")["amount"] == "10.50"


def test_a_given_refund_is_in_the_ledger_and_among_the_rows(elevate):
    elevate.give(
        payments=[{"ref": "may", "invoice": 2, "amount": "42.00", "status": "paid_out"}],
        refunds=[{"payment": "may", "amount": "12.00", "status": "paid"}],
    )

    assert elevate.refunds() == ["PAID"]
    assert elevate.movements(2)[-1] == ("REFUND_PAID", -12.0)
    assert elevate.statuses(2)[-2:] == ["REFUND_PENDING", "PARTIALLY_REFUNDED"]
    assert elevate.invoice_status(2) == "PART_REFUNDED"


# The list


@pytest.fixture
def several(elevate):
    """A refund of each of two customers and of both kinds of invoice."""
    elevate.pay(42, invoice=2)
    elevate.pay(10.5, invoice=1)
    adhoc = {
        "generatedAdhocInvoiceId": 1,
        "amountInMajorCurrency": 10.5,
        "description": "June",
        "paymentMethod": "CHEQUE",
    }
    elevate.ok("POST", "/adhoc-invoice-payments", adhoc)
    elevate.refund(invoice=2)
    elevate.refund(invoice=1)
    elevate.refund(invoice=1, billRunType="ADHOC")
    return elevate


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [1, 2, 3]),
        ({"customerId": 1}, [2, 3]),
        ({"invoiceId": 1}, [2, 3]),
        ({"invoiceId": 1, "billRunType": "ADHOC"}, [3]),
        ({"billRunType": "NORMAL"}, [1, 2]),
        ({"customerId": 2, "invoiceId": 1}, []),
        ({"customerId": 77}, []),
        ({"invoiceId": 77}, []),
    ],
    ids=str,
)
def test_refunds_are_found_by_customer_and_invoice(several, filters, ids):
    found = several.ok("GET", "/refunds", params={"page": 1, "pageSize": 10, **filters})

    assert [refund["id"] for refund in found] == ids


def test_a_kind_of_invoice_that_there_is_not_is_refused(elevate):
    query = {"page": 1, "pageSize": 10, "billRunType": "in:NORMAL,ADHOC"}

    status, _ = elevate.refused("GET", "/refunds", params=query)

    assert status == 400
