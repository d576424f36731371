"""Payment links, and the instant first payment of a mandate: nothing shows before it is paid."""

import pytest

BODY = {"paymentProviderId": 1, "amountInMajorCurrency": 10.5, "description": "June"}


def link(elevate, **more):
    return elevate.ok("POST", "/payment-provider-payment-link", {**BODY, **more})


def test_a_link_answers_201_and_leads_to_this_server_under_a_name_nobody_can_guess(elevate):
    body = {**BODY, "emailAddress": "ada@example.com", "invoiceId": 1}

    answer = elevate.call("POST", "/v1/payment-provider-payment-link", body)

    shown = answer.json()
    page = shown.pop("paymentLink")
    assert (answer.status_code, shown) == (
        201,
        {
            "id": 1,
            "paymentProviderId": 1,
            "amountInMajorCurrency": 10.5,
            "currencyId": 1,
            "description": "June",
            "emailAddress": "ada@example.com",
            "invoiceId": 1,
        },
    )
    assert page.startswith(f"{elevate.address}/pay/")
    assert elevate.token not in page


@pytest.mark.parametrize(
    "target",
    [{"invoiceId": 1}, {"adhocInvoiceId": 1}, {"customerId": 1}, {"invoiceId": 1, "customerId": 1}],
    ids=str,
)
def test_a_link_echoes_what_it_is_for(elevate, target):
    shown = link(elevate, **target)

    assert {name: shown[name] for name in shown if name.endswith("Id")} == {
        "paymentProviderId": 1,
        "currencyId": 1,
        **target,
    }


def test_nothing_shows_before_the_payer_has_authorised(elevate):
    link(elevate, invoiceId=1)

    assert elevate.rows(1) == []
    assert elevate.invoice_status(1) == "UNPAID"


@pytest.mark.parametrize("to", ["denied", "abandoned"])
def test_what_nobody_authorises_never_shows(elevate, to):
    link(elevate, invoiceId=1)

    elevate.move("instant_payment-1", to)

    assert elevate.rows(1) == []


def test_an_invoices_link_is_paid_in_rows(elevate):
    link(elevate, invoiceId=1)

    elevate.run_until_idle()

    assert elevate.statuses(1) == ["CREATED", "CONFIRMED", "PAID_OUT"]
    assert {row["paymentMethod"] for row in elevate.rows(1)} == {"GC_INSTANT_BANK_PAYMENTS"}
    assert elevate.invoice_status(1) == "PAID"


def test_an_adhoc_invoices_link_pays_the_adhoc_invoice(elevate):
    link(elevate, adhocInvoiceId=1)

    elevate.run_until_idle()

    assert [row["thirdPartyPaymentStatus"] for row in elevate.adhoc_rows(1)] == [
        "CREATED",
        "CONFIRMED",
        "PAID_OUT",
    ]


def test_a_customers_link_is_a_customer_payment_once_it_is_confirmed(elevate):
    link(elevate, customerId=1, amountInMajorCurrency=15)

    elevate.run_until_idle()

    newest = elevate.ledger(1)[-1]
    assert {name: newest[name] for name in ("type", "txnType", "customerPaymentType")} == {
        "type": "GC_INSTANT_BANK_PAYMENTS",
        "txnType": "PAYMENT_RECEIVED",
        "customerPaymentType": "CUSTOMER",
    }
    adhoc = [row["amountInMajorCurrency"] for row in elevate.adhoc_rows(1)]
    assert (elevate.amounts(1), adhoc) == ([10.5], [4.5])
    assert elevate.balance(1) == -6.0


def test_a_customers_payment_that_fails_after_all_is_taken_back_from_its_invoices(elevate):
    link(elevate, customerId=1, amountInMajorCurrency=15)
    elevate.advance("10 minutes")

    elevate.move("instant_payment-1", "failed")

    assert elevate.amounts(1) == [10.5, -10.5]
    assert (elevate.invoice_status(1), elevate.invoice_status(1, "adhoc")) == ("UNPAID", "UNPAID")
    assert elevate.balance(1) == -21.0


def test_more_than_the_invoice_lacks_is_credit(elevate):
    link(elevate, invoiceId=1, amountInMajorCurrency=100)

    elevate.run_until_idle()

    assert elevate.balance(1) == 100 - 21


REFUSED = {
    "both invoices": (
        {"invoiceId": 1, "adhocInvoiceId": 1},
        "Validation failed for field 'adhocInvoiceId': one link pays one invoice: invoiceId is "
        "there too",
    ),
    "nothing at all": ({}, "One of invoiceId, adhocInvoiceId and customerId is needed"),
    "another's invoice": (
        {"invoiceId": 1, "customerId": 2},
        "Validation failed for field 'customerId': the invoice is customer 1's",
    ),
    "unknown invoice": (
        {"invoiceId": 99},
        "Validation failed for field 'invoiceId': there is no invoice 99",
    ),
    "unknown adhoc invoice": (
        {"adhocInvoiceId": 99},
        "Validation failed for field 'adhocInvoiceId': there is no adhoc invoice 99",
    ),
    "unknown customer": (
        {"customerId": 99},
        "Validation failed for field 'customerId': there is no customer 99",
    ),
    "unknown provider": (
        {"customerId": 1, "paymentProviderId": 99},
        "Validation failed for field 'paymentProviderId': there is no payment provider 99",
    ),
    "a provider without instant payments": (
        {"customerId": 1, "paymentProviderId": 2},
        "Validation failed for field 'paymentProviderId': payment provider 2 must be ACTIVE and "
        "have instantBankPayments",
    ),
    "a part of a penny": (
        {"customerId": 1, "amountInMajorCurrency": 1.001},
        "Validation failed for field 'amountInMajorCurrency': 1.001 has more than 2 decimal "
        "places, the most in GBP",
    ),
    "too much": (
        {"customerId": 1, "amountInMajorCurrency": 100000.01},
        "Validation failed for field 'amountInMajorCurrency': must be at most 100000",
    ),
}


@pytest.mark.parametrize(("target", "message"), REFUSED.values(), ids=REFUSED)
def test_a_link_for_nobody_or_too_many_is_refused(elevate, target, message):
    refusal = elevate.refused("POST", "/payment-provider-payment-link", {**BODY, **target})

    assert refusal == (400, message)


def test_an_inactive_provider_makes_no_link(elevate):
    elevate.patch("/payment-providers/1", {"op": "replace", "path": "/status", "value": "INACTIVE"})

    status, _ = elevate.refused("POST", "/payment-provider-payment-link", {**BODY, "customerId": 1})

    assert status == 400


# The instant first payment of a mandate

FIRST_PAYMENT = (
    "rules:\n"
    "  - when: mandate.requested\n"
    "    then:\n"
    "      - { after: 1 minute, create: instant_payment,"
    " with: { amount: '25.00', description: Deposit } }\n"
    "      - { after: 30 minutes, status: created }\n"
)


def first_payment(elevate, reference, method="GO_CARDLESS"):
    query = {"mandateReference": reference, "paymentMethod": method}
    return elevate.ok("GET", "/instant-bank-payment-for-mandate", params=query)


def with_a_first_payment(elevate, *, credit):
    elevate.patch(
        "/payment-providers/1",
        {
            "op": "replace",
            "path": "/syncInstantBankPaymentsWithMandateCreation",
            "value": credit,
        },
    )
    elevate.play(FIRST_PAYMENT)
    elevate.new_mandate(site=1)


def test_a_mandate_without_a_first_payment_has_none(elevate):
    elevate.new_mandate(site=1)

    assert first_payment(elevate, elevate.truth("mandate-5")["reference"]) == []


def test_a_first_payment_is_found_by_its_mandate(elevate):
    with_a_first_payment(elevate, credit=False)
    elevate.advance("1 hour")
    reference = elevate.truth("mandate-5")["reference"]

    (found,) = first_payment(elevate, reference)

    number = found.pop("reference")
    assert number.startswith("PM")
    assert found == {
        "mandateReference": reference,
        "amountInMajorCurrency": 25.0,
        "description": "Deposit",
        "paymentMethod": "GC_INSTANT_BANK_PAYMENTS",
        "creationDate": "2026-06-01T08:01:00Z",
    }


def test_by_another_method_there_is_none(elevate):
    with_a_first_payment(elevate, credit=False)
    elevate.advance("1 hour")

    assert first_payment(elevate, elevate.truth("mandate-5")["reference"], "STRIPE") == []


@pytest.mark.parametrize(
    ("credit", "movement"),
    [
        (True, [("INVOICE_CREATED", -10.5)] * 2 + [("PAYMENT_RECEIVED", 25.0)]),
        (False, [("INVOICE_CREATED", -10.5)] * 2),
    ],
    ids=str,
)
def test_it_becomes_upfront_credit_where_the_provider_says_so_and_pays_no_invoice(
    elevate, credit, movement
):
    with_a_first_payment(elevate, credit=credit)

    elevate.advance("1 hour")

    assert elevate.movements(1) == movement
    assert elevate.invoice_status(1) == "UNPAID"


def test_if_it_fails_the_mandate_falls(elevate):
    with_a_first_payment(elevate, credit=False)

    elevate.move("instant_payment-1", "denied")

    mandate = elevate.truth("mandate-5")
    assert (mandate["status"], mandate["reason"]["code"]) == (
        "cancelled",
        "initial_one_off_payment_failed",
    )


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (lambda _: "MD1", "there is no mandate MD1"),
        (
            lambda it: (
                it.control("POST", "/resources/mandate/works-bacs/moves", {"to": "cancelled"})
                and it.control("GET", "/resources/mandate/works-bacs")["reference"]
            ),
            "the mandate is CANCELLED, which is none of the accepted states",
        ),
    ],
    ids=["unknown", "cancelled"],
)
def test_a_mandate_unknown_or_not_accepted_is_refused(elevate, before, message):
    query = {"mandateReference": before(elevate), "paymentMethod": "GO_CARDLESS"}

    refusal = elevate.refused("GET", "/instant-bank-payment-for-mandate", params=query)

    assert refusal == (400, f"Validation failed for field 'mandateReference': {message}")
