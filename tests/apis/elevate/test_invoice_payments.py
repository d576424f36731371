"""Payments of invoices: rows are events, manual ones are good at once, others go to a provider."""

import pytest

from sandbox.apis.elevate.models import INTEGRATED

MANUAL = (
    "CHEQUE", "DIRECT_DEBIT", "CANCELLED_DD", "CANCELLED_CARD", "CREDIT_CARD", "PAYPAL", "BACS",
    "POST_OFFICE_PAYMENT_CARD", "EZYPAY", "FAST_PAY", "OTHER",
)  # fmt: skip


@pytest.fixture
def strange(elevate):
    """A world with a provider of every kind, and a mandate for each scheme."""
    elevate.give(
        payment_providers=[
            {"ref": "stripe", "type": "STRIPE", "name": "Stripe", "api": "elevate"},
            {"type": "STRIPE_CARD", "name": "Stripe cards", "api": "elevate"},
            {"type": "STRIPE_DD", "name": "Stripe debits", "api": "elevate"},
            {"type": "FINASTRA", "name": "Finastra", "api": "elevate"},
        ],
        mandates=[{"site": 2, "scheme": "card", "provider": "stripe", "api": "elevate"}],
    )
    return elevate


# Manual methods


@pytest.mark.parametrize("method", MANUAL)
def test_a_manual_payment_is_recorded_at_once_and_has_no_status(elevate, method):
    row = elevate.pay(42, method=method)

    assert row == {
        "id": 1,
        "generatedInvoiceId": 2,
        "amountInMajorCurrency": 42.0,
        "currencyId": 1,
        "description": "June",
        "paymentMethod": method,
        "paymentDate": "2026-06-01",
        "customerPaymentType": "INVOICE",
        "customerPaymentId": 6,
    }
    assert elevate.invoice_status(2) == "PAID"


def test_a_manual_payment_answers_201_and_can_be_fetched_and_listed(elevate):
    body = {
        "generatedInvoiceId": 1,
        "thirdPartyPaymentStatus": "NEW",
        "amountInMajorCurrency": 10.5,
        "description": "string",
        "paymentMethod": "CHEQUE",
    }

    created = elevate.call("POST", "/v1/invoice-payments", body)

    assert created.status_code == 201
    assert elevate.ok("GET", "/invoice-payments/1") == created.json()
    assert elevate.rows(1) == [created.json()]


def test_a_status_sent_with_a_manual_method_is_echoed_and_drives_nothing(elevate):
    row = elevate.pay(42, thirdPartyPaymentStatus="FAILED")

    assert row["thirdPartyPaymentStatus"] == "FAILED"
    assert elevate.invoice_status(2) == "PAID"


def test_a_negative_manual_amount_takes_back_and_the_invoice_reopens(elevate):
    elevate.pay(42)

    elevate.pay(-42)

    assert elevate.amounts(2) == [42.0, -42.0]
    assert elevate.invoice_status(2) == "UNPAID"
    assert elevate.movements(2)[-2:] == [("PAYMENT_RECEIVED", 42.0), ("PAYMENT_REVERSED", -42.0)]


def test_a_manual_payment_of_nothing_is_recorded_and_moves_nothing(elevate):
    before = elevate.movements(2)

    row = elevate.pay(0)

    assert (row["amountInMajorCurrency"], "customerPaymentId" in row) == (0.0, False)
    assert elevate.movements(2) == before


def test_what_is_paid_beyond_the_invoice_is_on_the_balance(elevate):
    elevate.pay(50, invoice=1)

    assert elevate.invoice_status(1) == "PAID"
    assert elevate.balance(1) == 50 - 10.5 - 10.5


def test_the_same_payment_twice_is_two_payments(elevate):
    elevate.collect(42, invoice=2)

    elevate.collect(42, invoice=2)

    assert elevate.statuses(2) == ["NEW", "PENDING_SUBMISSION"] * 2


def test_an_adhoc_invoice_has_an_id_space_of_its_own(elevate):
    body = {
        "generatedAdhocInvoiceId": 1,
        "amountInMajorCurrency": 10.5,
        "description": "string",
        "paymentMethod": "CHEQUE",
    }

    created = elevate.call("POST", "/v1/adhoc-invoice-payments", body)

    assert created.status_code == 201
    assert created.json() == {
        "id": 1,
        "generatedAdhocInvoiceId": 1,
        "amountInMajorCurrency": 10.5,
        "currencyId": 1,
        "description": "string",
        "paymentMethod": "CHEQUE",
        "paymentDate": "2026-06-01",
        "customerPaymentType": "INVOICE",
        "customerPaymentId": 6,
    }
    assert elevate.ok("GET", "/adhoc-invoice-payments/1") == created.json()
    assert elevate.adhoc_rows(1) == [created.json()]
    assert (elevate.invoice_status(1), elevate.invoice_status(1, "adhoc")) == ("UNPAID", "PAID")


# Integrated methods


def test_an_integrated_payment_answers_new_and_the_provider_hears_of_it_in_that_instant(elevate):
    row = elevate.collect(42, invoice=2)

    reference = elevate.truth("payment-1")["reference"]
    assert row == {
        "id": 1,
        "generatedInvoiceId": 2,
        "thirdPartyPaymentStatus": "NEW",
        "amountInMajorCurrency": 42.0,
        "currencyId": 1,
        "description": "June",
        "metaData": elevate.rows(2)[1]["metaData"],
        "paymentMethod": "GO_CARDLESS",
        "paymentDate": "2026-06-01",
        "customerPaymentType": "INVOICE",
    }
    assert reference == "June"
    assert elevate.rows(2)[1] == {**row, "id": 2, "thirdPartyPaymentStatus": "PENDING_SUBMISSION"}


def test_a_row_never_changes(elevate):
    row = elevate.collect(42, invoice=2)

    elevate.run_until_idle()

    assert elevate.ok("GET", "/invoice-payments/1") == row
    assert elevate.statuses(2)[-1] == "PAID_OUT"


def test_the_newest_row_is_found_by_sorting_backwards(elevate):
    elevate.paid_by_direct_debit()

    query = {"generatedInvoiceId": 2, "sort": "id:desc", "page": 1, "pageSize": 1}
    rows = elevate.ok("GET", "/invoice-payments", params=query)

    assert [row["thirdPartyPaymentStatus"] for row in rows] == ["PAID_OUT"]


def test_rows_after_the_ledger_row_name_it(elevate):
    elevate.paid_by_direct_debit()

    assert [row.get("customerPaymentId") for row in elevate.rows(2)] == [None, None, None, 6, 6]
    assert elevate.ok("GET", "/customer-payments/6")["txnType"] == "PAYMENT_RECEIVED"


SCHEMES = {
    "GO_CARDLESS": ["NEW", "PENDING_SUBMISSION"],
    "STRIPE_DD": ["NEW", "PENDING_SUBMISSION"],
    "FINASTRA": ["NEW", "PENDING_SUBMISSION"],
    "STRIPE": ["NEW", "PENDING_SUBMISSION", "SUBMITTED"],
    "STRIPE_CARD": ["NEW", "PENDING_SUBMISSION", "SUBMITTED"],
    "GC_INSTANT_BANK_PAYMENTS": ["NEW"],
}


@pytest.mark.parametrize(("method", "at_once"), SCHEMES.items(), ids=str)
def test_each_integrated_method_is_collected_by_its_scheme(strange, method, at_once):
    strange.collect(42, invoice=2, method=method)

    assert strange.statuses(2) == at_once
    assert set(SCHEMES) == set(INTEGRATED)


def test_a_card_payment_is_confirmed_after_a_minute_and_paid_out_on_day_two(strange):
    strange.collect(42, invoice=2, method="STRIPE_CARD")

    receipt = strange.run_until_idle()

    assert [(fired["at"], fired["event"]) for fired in receipt["fired"]] == [
        ("2026-06-01T08:01:00Z", "payment.confirmed"),
        ("2026-06-03T13:00:00Z", "payment.paid_out"),
    ]


def test_an_instant_payment_is_created_when_the_payer_has_authorised_it(elevate):
    elevate.collect(10.5, invoice=1, method="GC_INSTANT_BANK_PAYMENTS")

    receipt = elevate.run_until_idle()

    assert [(fired["at"], fired["event"]) for fired in receipt["fired"]] == [
        ("2026-06-01T08:05:00Z", "instant_payment.authorised"),
        ("2026-06-01T08:07:00Z", "instant_payment.executed"),
        ("2026-06-03T13:00:00Z", "instant_payment.settled"),
    ]
    assert elevate.statuses(1) == ["NEW", "CREATED", "CONFIRMED", "PAID_OUT"]


@pytest.mark.parametrize(("to", "shown"), [("denied", "FAILED"), ("abandoned", "CANCELLED")])
def test_an_instant_payment_that_nobody_authorises_comes_to_nothing(elevate, to, shown):
    elevate.collect(10.5, invoice=1, method="GC_INSTANT_BANK_PAYMENTS")

    elevate.move("instant_payment-1", to)

    assert elevate.statuses(1) == ["NEW", shown]
    assert elevate.invoice_status(1) == "UNPAID"


def test_an_executed_instant_payment_can_still_fail(elevate):
    elevate.collect(10.5, invoice=1, method="GC_INSTANT_BANK_PAYMENTS")
    elevate.advance("10 minutes")

    elevate.move("instant_payment-1", "failed")

    assert elevate.statuses(1) == ["NEW", "CREATED", "CONFIRMED", "FAILED"]
    assert elevate.balance(1) == -21.0


# What the provider's events become


def test_a_failure_says_why(elevate):
    elevate.collect(42, invoice=2)
    elevate.advance("2 working days")

    elevate.move("payment-1", "failed", "refer_to_payer")

    newest = elevate.rows(2)[-1]
    assert (newest["thirdPartyPaymentStatus"], newest["errorInfo"]) == (
        "FAILED",
        "refer_to_payer (ARUDD-0)",
    )
    assert elevate.invoice_status(2) == "UNPAID"


def test_a_late_failure_is_settled_and_takes_the_money_back(elevate):
    elevate.play(
        "rules:\n"
        "  - when: payment.paid_out\n"
        "    then:\n"
        "      - { after: 1 working day, status: failed, reason: refer_to_payer }\n"
        "      - { after: 1 working day, emit: payment.late_failure_settled }\n"
    )

    elevate.paid_by_direct_debit()

    assert elevate.statuses(2)[3:] == ["CONFIRMED", "PAID_OUT", "FAILED", "LATE_FAILURE_SETTLED"]
    assert elevate.movements(2)[-2:] == [("PAYMENT_RECEIVED", 42.0), ("PAYMENT_REVERSED", -42.0)]
    assert elevate.invoice_status(2) == "UNPAID"


def test_a_cancelled_chargeback_makes_the_payment_good_again(elevate):
    elevate.play(
        "rules:\n"
        "  - when: payment.paid_out\n"
        "    then:\n"
        "      - { after: 1 day, status: charged_back, reason: authorisation_disputed }\n"
        "      - { after: 1 day, emit: payment.chargeback_settled }\n"
        "      - { after: 1 day, status: paid_out, as: payment.chargeback_cancelled }\n"
    )

    elevate.paid_by_direct_debit()

    assert elevate.statuses(2)[5:] == ["CHARGED_BACK", "CHARGEBACK_SETTLED", "CHARGEBACK_CANCELLED"]
    assert elevate.movements(2)[-3:] == [
        ("PAYMENT_RECEIVED", 42.0),
        ("PAYMENT_REVERSED", -42.0),
        ("PAYMENT_RECEIVED", 42.0),
    ]
    assert elevate.invoice_status(2) == "PAID"


def test_a_surcharge_is_a_row_beside_the_payments_own(elevate):
    elevate.play(
        "rules:\n"
        "  - when: payment.confirmed\n"
        "    then:\n"
        "      - { after: 1 minute, emit: payment.surcharge_fee_debited }\n"
        "      - { after: 1 minute, status: paid_out }\n"
    )

    elevate.paid_by_direct_debit()

    assert elevate.statuses(2)[3:] == ["CONFIRMED", "SURCHARGE_FEE_DEBITED", "PAID_OUT"]
    assert elevate.invoice_status(2) == "PAID"


def test_a_provider_that_retries_says_so_and_tries_again(elevate):
    elevate.patch(
        "/payment-providers/1", {"op": "replace", "path": "/retryIfPossible", "value": True}
    )
    elevate.play(
        "rules:\n"
        "  - when: payment.submitted\n"
        "    then: [{ after: 1 working day, status: failed, reason: refer_to_payer }]\n"
    )

    elevate.paid_by_direct_debit()

    assert elevate.statuses(2) == [
        "NEW",
        "PENDING_SUBMISSION",
        "SUBMITTED",
        "FAILED_RETRYING",
        "RESUBMISSION_REQUESTED",
        "SUBMITTED",
        "CONFIRMED",
        "PAID_OUT",
    ]


def test_a_provider_that_does_not_retry_leaves_it_failed(elevate):
    elevate.play(
        "rules:\n"
        "  - when: payment.submitted\n"
        "    then: [{ after: 1 working day, status: failed, reason: refer_to_payer }]\n"
    )

    elevate.paid_by_direct_debit()

    assert elevate.statuses(2) == ["NEW", "PENDING_SUBMISSION", "SUBMITTED", "FAILED"]


def test_a_payment_shows_that_its_mandate_waits_for_the_second_signature(elevate):
    """Elevate has not heard of it, or it would refuse the payment."""
    elevate.play("notices:\n  - { event: mandate.approval_requested, lost: true }\n")
    elevate.new_mandate(site=1)
    elevate.move("mandate-5", "awaiting_approval")

    elevate.collect(10.5, invoice=1)

    assert elevate.statuses(1) == ["NEW", "PENDING_CUSTOMER_APPROVAL"]


def test_the_second_signature_shows_on_the_payments_that_wait_for_it(elevate):
    elevate.new_mandate(site=1)
    elevate.collect(10.5, invoice=1)
    elevate.move("mandate-5", "awaiting_approval")

    elevate.move("mandate-5", "created", **{"as": "mandate.approval_granted"})

    assert elevate.statuses(1) == ["NEW", "PENDING_SUBMISSION", "CUSTOMER_APPROVAL_GRANTED"]


def test_without_the_second_signature_the_payment_is_denied(elevate):
    elevate.new_mandate(site=1)
    elevate.collect(10.5, invoice=1)
    elevate.move("mandate-5", "awaiting_approval")

    elevate.move("mandate-5", "cancelled", "approval_denied")

    assert elevate.statuses(1)[-1] == "CUSTOMER_APPROVAL_DENIED"
    assert elevate.invoice_status(1) == "UNPAID"


def test_a_late_notice_is_a_row_of_the_day_on_which_it_happened(elevate):
    elevate.play("notices:\n  - { event: payment.submitted, late: 1 day }\n")
    elevate.collect(42, invoice=2)

    elevate.run_until_idle()

    days = [(row["thirdPartyPaymentStatus"], row["paymentDate"]) for row in elevate.rows(2)]
    assert days[2:4] == [("SUBMITTED", "2026-06-02"), ("CONFIRMED", "2026-06-05")]


def test_a_lost_notice_is_no_row(elevate):
    elevate.play("notices:\n  - { event: payment.confirmed, lost: true }\n")

    elevate.paid_by_direct_debit()

    assert elevate.statuses(2) == ["NEW", "PENDING_SUBMISSION", "SUBMITTED", "PAID_OUT"]
    assert elevate.invoice_status(2) == "PAID"


CREATED_ELSEWHERE = (
    "rules:\n"
    "  - when: payment.created\n"
    "    nth: 1\n"
    "    then: [{ after: 1 minute, create: payment, with: { amount: '5.00', invoice: 3 } }]\n"
)


@pytest.mark.parametrize(
    ("accepts", "shown"), [(True, ["PENDING_SUBMISSION"]), (False, [])], ids=str
)
def test_payments_that_began_elsewhere_show_only_where_the_provider_accepts_them(
    elevate, accepts, shown
):
    elevate.patch(
        "/payment-providers/1",
        {"op": "replace", "path": "/acceptExternalPayments", "value": accepts},
    )
    elevate.play(CREATED_ELSEWHERE)
    elevate.collect(42, invoice=2)

    elevate.advance("2 minutes")

    assert elevate.truth("payment-2")["status"] == "created"
    assert elevate.statuses(3) == shown


# What the caller tells of


def test_what_happened_elsewhere_is_a_row_with_its_effect_and_no_call_to_the_provider(elevate):
    row = elevate.collect(42, invoice=2, thirdPartyPaymentStatus="CONFIRMED")

    assert row["thirdPartyPaymentStatus"] == "CONFIRMED"
    assert elevate.invoice_status(2) == "PAID"
    assert elevate.control("GET", "/resources/payment")["items"] == []


def test_what_is_told_next_of_a_payment_is_that_payments_next_event(elevate):
    elevate.collect(42, invoice=2, thirdPartyPaymentStatus="PENDING_SUBMISSION")
    elevate.collect(42, invoice=2, thirdPartyPaymentStatus="SUBMITTED")

    elevate.collect(42, invoice=2, thirdPartyPaymentStatus="FAILED")

    assert elevate.statuses(2) == ["PENDING_SUBMISSION", "SUBMITTED", "FAILED"]
    assert elevate.invoice_status(2) == "UNPAID"


def test_the_same_success_told_twice_counts_twice(elevate):
    elevate.collect(42, invoice=2, thirdPartyPaymentStatus="CONFIRMED")

    elevate.collect(42, invoice=2, thirdPartyPaymentStatus="CONFIRMED")

    assert elevate.movements(2)[-2:] == [("PAYMENT_RECEIVED", 42.0)] * 2


# Refusals


def body(**changes):
    return {
        "generatedInvoiceId": 2,
        "amountInMajorCurrency": 42,
        "description": "June",
        "paymentMethod": "GO_CARDLESS",
        **changes,
    }


REFUSED = {
    "no such invoice": (
        body(generatedInvoiceId=99),
        "Validation failed for field 'generatedInvoiceId': there is no invoice 99",
    ),
    "nothing to collect": (
        body(amountInMajorCurrency=0),
        "Validation failed for field 'amountInMajorCurrency': to be collected, it must be more "
        "than 0",
    ),
    "less than nothing to collect": (
        body(amountInMajorCurrency=-1),
        "Validation failed for field 'amountInMajorCurrency': to be collected, it must be more "
        "than 0",
    ),
    "a part of a penny": (
        body(amountInMajorCurrency=0.001),
        "Validation failed for field 'amountInMajorCurrency': 0.001 has more than 2 decimal "
        "places, the most in GBP",
    ),
    "no mandate": (
        body(generatedInvoiceId=1),
        "Site 1 has no mandate in an accepted state for GO_CARDLESS",
    ),
    "no such provider": (
        body(paymentMethod="STRIPE_CARD"),
        "There is no ACTIVE STRIPE_CARD payment provider for contract owner 1",
    ),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_a_payment_that_lacks_something_is_refused(elevate, body, message):
    refusal = elevate.refused("POST", "/invoice-payments", body)

    assert refusal == (400, message)


def test_an_unknown_adhoc_invoice_is_refused(elevate):
    wanted = body(generatedAdhocInvoiceId=99, paymentMethod="CHEQUE")

    refusal = elevate.refused("POST", "/adhoc-invoice-payments", wanted)

    assert refusal == (
        400,
        "Validation failed for field 'generatedAdhocInvoiceId': there is no adhoc invoice 99",
    )


def test_an_inactive_provider_takes_no_new_payment_and_what_it_has_goes_on(elevate):
    elevate.collect(42, invoice=2)
    elevate.patch("/payment-providers/1", {"op": "replace", "path": "/status", "value": "INACTIVE"})

    refusal = elevate.refused("POST", "/invoice-payments", body())
    elevate.run_until_idle()

    assert refusal == (400, "There is no ACTIVE GO_CARDLESS payment provider for contract owner 1")
    assert elevate.statuses(2)[-1] == "PAID_OUT"


def test_a_provider_of_another_contract_owner_does_not_collect(elevate):
    elevate.patch(
        "/payment-providers/1", {"op": "replace", "path": "/contractOwnerIds", "value": [2]}
    )

    refusal = elevate.refused("POST", "/invoice-payments", body())

    assert refusal == (400, "There is no ACTIVE GO_CARDLESS payment provider for contract owner 1")


def test_of_two_providers_of_a_kind_the_lower_one_collects(elevate):
    elevate.give(payment_providers=[{"ref": "second", "type": "GO_CARDLESS", "api": "elevate"}])

    elevate.collect(42, invoice=2)

    assert elevate.truth("payment-1")["provider"] == "gocardless"


def test_a_mandate_that_has_fallen_unheard_of_is_the_providers_to_refuse(elevate):
    elevate.play("notices:\n  - { event: mandate.cancelled, lost: true }\n")
    elevate.control("POST", "/resources/mandate/works-bacs/moves", {"to": "cancelled"})

    status, message = elevate.refused("POST", "/invoice-payments", body())

    reference = elevate.control("GET", "/resources/mandate/works-bacs")["reference"]
    assert (status, message) == (
        400,
        f"mandate {reference} is cancelled; to collect, it must be active or on its way there",
    )


@pytest.mark.parametrize("path", ["/invoice-payments/99", "/adhoc-invoice-payments/99"])
def test_an_unknown_row_is_not_found(elevate, path):
    status, message = elevate.refused("GET", path)

    kind = path.split("/")[1].removesuffix("s").replace("-", " ")
    assert (status, message) == (404, f"There is no {kind} 99")
