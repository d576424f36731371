"""Customer payments: the oldest invoice first, the rest on the balance; one ledger of it all."""

import pytest


@pytest.fixture
def owing(elevate):
    """Customer 7 owes 30.00 (due 1 March), 50.00 (1 February) and 20.00 (15 March)."""
    elevate.give(
        customers=[{"ref": "mary", "id": 7, "name": "Mary Somerville", "api": "elevate"}],
        invoices=[
            {"id": 71, "customer": "mary", "amount": "30.00", "due": "2026-03-01"},
            {"id": 72, "customer": "mary", "amount": "50.00", "due": "2026-02-01"},
            {"id": 73, "customer": "mary", "amount": "20.00", "due": "2026-03-15"},
        ],
    )
    return elevate


def pay(elevate, pounds, customer=7, **more):
    body = {"customerId": customer, "amountInMajorCurrency": pounds, "type": "CHEQUE", **more}
    return elevate.ok("POST", "/customer-payments", body)


def parts(elevate, *invoices):
    return {invoice: elevate.amounts(invoice) for invoice in invoices}


def test_a_customer_payment_answers_200_with_the_balance_that_it_leaves(owing):
    body = {
        "customerId": 7,
        "amountInMajorCurrency": 90,
        "description": "standing order",
        "reference": "SO 1",
        "type": "BACS",
    }

    answer = owing.call("POST", "/v1/customer-payments", body)

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": 9,
            "customerId": 7,
            "amountInMajorCurrency": 90.0,
            "resultingCustomerBalance": -10.0,
            "currencyId": 1,
            "description": "standing order",
            "reference": "SO 1",
            "type": "BACS",
            "paymentDate": "2026-06-01",
            "customerPaymentType": "CUSTOMER",
            "txnType": "PAYMENT_RECEIVED",
        },
    )
    assert owing.ok("GET", "/customer-payments/9") == answer.json()


def test_ninety_pays_fifty_then_thirty_then_ten_of_the_third(owing):
    pay(owing, 90)

    assert parts(owing, 72, 71, 73) == {72: [50.0], 71: [30.0], 73: [10.0]}
    assert [owing.invoice_status(id) for id in (72, 71, 73)] == ["PAID", "PAID", "PARTIALLY_PAID"]
    assert owing.balance(7) == -10.0


def test_a_further_fifteen_settles_the_third_and_leaves_five_of_credit(owing):
    pay(owing, 90)

    row = pay(owing, 15)

    assert parts(owing, 72, 71, 73) == {72: [50.0], 71: [30.0], 73: [10.0, 10.0]}
    assert owing.invoice_status(73) == "PAID"
    assert (owing.balance(7), row["resultingCustomerBalance"]) == (5.0, 5.0)


def test_a_refund_of_sixty_on_the_invoice_of_fifty_is_refused(owing):
    pay(owing, 90)

    body = {"invoiceId": 72, "billRunType": "NORMAL", "amountInMajorCurrency": 60}
    refusal = owing.refused("POST", "/refunds", body)

    assert refusal == (
        400,
        "Validation failed for field 'amountInMajorCurrency': only 50.00 of what was collected "
        "can still be refunded",
    )
    assert owing.balance(7) == -10.0


def test_a_part_is_a_row_that_names_its_customer_payment_and_has_no_status(owing):
    pay(owing, 50, description="June", type="PAYPAL")

    assert owing.rows(72) == [
        {
            "id": 1,
            "generatedInvoiceId": 72,
            "amountInMajorCurrency": 50.0,
            "currencyId": 1,
            "description": "June",
            "paymentMethod": "PAYPAL",
            "paymentDate": "2026-06-01",
            "customerPaymentType": "CUSTOMER",
            "customerPaymentId": 9,
        }
    ]


def test_an_integrated_type_is_booked_at_once_and_nothing_goes_to_a_provider(owing):
    pay(owing, 50, type="GO_CARDLESS")

    assert owing.invoice_status(72) == "PAID"
    assert owing.control("GET", "/resources/payment")["items"] == []


@pytest.mark.parametrize(
    ("kind", "amounts"), [(None, ([10.5], [])), ("NORMAL", ([10.5], [])), ("ADHOC", ([], [10.5]))]
)
def test_on_a_tie_the_normal_invoice_comes_first_unless_a_kind_is_said(elevate, kind, amounts):
    pay(elevate, 10.5, customer=1, **({"billRunType": kind} if kind else {}))

    adhoc = [row["amountInMajorCurrency"] for row in elevate.adhoc_rows(1)]
    assert (elevate.amounts(1), adhoc) == amounts


def test_invoices_of_one_day_are_paid_by_id(owing):
    owing.give(
        invoices=[
            {"id": 60, "customer": 7, "amount": "5.00", "due": "2026-02-01"},
            {"id": 99, "customer": 7, "amount": "5.00", "due": "2026-02-01"},
        ]
    )

    pay(owing, 56)

    assert parts(owing, 60, 72, 99) == {60: [5.0], 72: [50.0], 99: [1.0]}


PASSED_OVER = {
    "PENDING": lambda it: it.collect(42, invoice=2),
    "REFUND_PENDING": lambda it: (it.paid_by_direct_debit(42, invoice=2), it.refund(2)),
    "REFUNDED": lambda it: (it.pay(42, invoice=2), it.refund(2)),
    "PART_REFUNDED": lambda it: (
        it.pay(42, invoice=2),
        it.refund(2, amountInMajorCurrency=1),
    ),
}


@pytest.mark.parametrize(("status", "before"), PASSED_OVER.items(), ids=PASSED_OVER)
def test_an_invoice_under_way_is_passed_over(elevate, status, before):
    before(elevate)
    rows = elevate.rows(2)

    pay(elevate, 1000, customer=2)

    assert (elevate.invoice_status(2), elevate.rows(2)) == (status, rows)


@pytest.mark.parametrize("status", ["disputed", "written_off"])
def test_a_disputed_or_written_off_invoice_is_passed_over(elevate, status):
    elevate.give(invoices=[{"id": 80, "site": 2, "amount": "5.00", "status": status}])

    pay(elevate, 1000, customer=2)

    assert elevate.rows(80) == []
    assert elevate.invoice_status(80) == status.upper()


def test_the_rest_does_not_pay_later_invoices_by_itself(elevate):
    pay(elevate, 100, customer=1)

    elevate.give(invoices=[{"id": 90, "site": 1, "amount": "5.00"}])

    assert elevate.invoice_status(90) == "UNPAID"
    assert elevate.balance(1) == 100 - 21 - 5


REFUSED = {
    "unknown customer": (
        {"customerId": 99, "amountInMajorCurrency": 1, "type": "CHEQUE"},
        "Validation failed for field 'customerId': there is no customer 99",
    ),
    "another API's customer": (
        {"customerId": 123, "amountInMajorCurrency": 1, "type": "CHEQUE"},
        "Validation failed for field 'customerId': there is no customer 123",
    ),
    "nothing": (
        {"customerId": 1, "amountInMajorCurrency": 0, "type": "CHEQUE"},
        "Validation failed for field 'amountInMajorCurrency': must be at least 0.01",
    ),
    "too much": (
        {"customerId": 1, "amountInMajorCurrency": 10000000, "type": "CHEQUE"},
        "Validation failed for field 'amountInMajorCurrency': must be at most 9999999.99",
    ),
    "a part of a penny": (
        {"customerId": 1, "amountInMajorCurrency": 1.005, "type": "CHEQUE"},
        "Validation failed for field 'amountInMajorCurrency': 1.005 has more than 2 decimal "
        "places, the most in GBP",
    ),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_a_customer_payment_of_nobody_or_nothing_is_refused(elevate, body, message):
    assert elevate.refused("POST", "/customer-payments", body) == (400, message)


def test_an_unknown_ledger_row_is_not_found(elevate):
    refusal = elevate.refused("GET", "/customer-payments/99")

    assert refusal == (404, "There is no customer payment 99")


# The ledger


def test_the_ledger_has_every_movement_and_the_balance_after_it(elevate):
    elevate.paid_by_direct_debit(42, invoice=2)
    elevate.pay(20, invoice=3)
    elevate.pay(-20, invoice=3)
    elevate.refund(2, amountInMajorCurrency=2)
    elevate.run_until_idle()
    elevate.move("refund-1", "bounced")
    adjustment = {"customerId": 2, "amountInMajorCurrency": -1}
    elevate.ok("POST", "/customer-balance-adjustments", adjustment)

    assert [
        (row["txnType"], row["amountInMajorCurrency"], row["resultingCustomerBalance"])
        for row in elevate.ledger(2)
    ] == [
        ("INVOICE_CREATED", -42.0, -42.0),
        ("INVOICE_CREATED", -19.99, -61.99),
        ("INVOICE_CREATED", -120.0, -181.99),
        ("PAYMENT_RECEIVED", 42.0, -139.99),
        ("PAYMENT_RECEIVED", 20.0, -119.99),
        ("PAYMENT_REVERSED", -20.0, -139.99),
        ("REFUND_PAID", -2.0, -141.99),
        ("REFUND_RETURNED", 2.0, -139.99),
        ("BALANCE_ADJUSTED", -1.0, -140.99),
    ]


def test_a_row_about_an_invoice_names_it_and_has_the_sites_method(elevate):
    assert elevate.ledger(2)[2] == {
        "id": 5,
        "customerId": 2,
        "amountInMajorCurrency": -120.0,
        "resultingCustomerBalance": -181.99,
        "currencyId": 1,
        "type": "CHEQUE",
        "paymentDate": "2026-06-01",
        "customerPaymentType": "INVOICE",
        "txnType": "INVOICE_CREATED",
        "invoiceNumber": "INV-4",
        "invoiceId": 4,
        "billRunType": "NORMAL",
    }


def test_every_row_of_the_ledger_can_be_fetched(owing):
    pay(owing, 90)

    rows = owing.ledger(7)

    assert [owing.ok("GET", f"/customer-payments/{row['id']}") for row in rows] == rows


FILTERS = {
    "none": ({}, 6),
    "debits out": ({"excludeDebits": "true"}, 3),
    "debits out, in capitals": ({"excludeDebits": "TRUE"}, 3),
    "debits not out": ({"excludeDebits": "false"}, 6),
    "credits and zeros out": ({"excludeCredits": "True"}, 3),
    "neither": ({"excludeCredits": "true", "excludeDebits": "true"}, 0),
    "empty": ({"excludeCredits": "", "filter": "", "customerPaymentType": ""}, 6),
    "of the customer": ({"customerPaymentType": "CUSTOMER"}, 2),
    "of an invoice": ({"customerPaymentType": "like:inv"}, 4),
    "of either": ({"customerPaymentType": "in:CUSTOMER,INVOICE"}, 6),
    "of another case": ({"customerPaymentType": "customer"}, 0),
    "by description": ({"filter": "march"}, 1),
    "by reference": ({"filter": "so 1"}, 1),
    "by invoice number": ({"filter": "inv-72"}, 2),
    "by several invoice numbers": ({"filter": "in:INV-72,INV-71"}, 3),
    "by the beginning": ({"filter": "like:inv-7%"}, 4),
    "by nothing there": ({"filter": "xyz"}, 0),
}


@pytest.mark.parametrize(("filters", "found"), FILTERS.values(), ids=FILTERS)
def test_the_ledger_is_filtered(owing, filters, found):
    pay(owing, 1, description="For March", reference="SO 1")
    body = {"customerId": 7, "amountInMajorCurrency": 0}
    owing.ok("POST", "/customer-balance-adjustments", body)
    owing.pay(1, invoice=72)

    assert len(owing.ledger(7, **filters)) == found


@pytest.mark.parametrize("filter", ["excludeDebits", "excludeCredits"])
def test_an_exclusion_takes_true_or_false_alone(elevate, filter):
    query = {"page": 1, "pageSize": 9, "customer_id": 1, filter: "yes"}

    status, message = elevate.refused("GET", "/customer-payments", params=query)

    assert (status, filter in message) == (400, True)


def test_the_ledger_is_some_customers(elevate):
    query = {"page": 1, "pageSize": 9, "customer_id": 99}

    refusal = elevate.refused("GET", "/customer-payments", params=query)

    assert refusal == (400, "Validation failed for field 'customer_id': there is no customer 99")
