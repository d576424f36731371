"""Balances, adjustments and credit status: what a customer owes, and how far that may go."""

import pytest


def balance(elevate, customer=1):
    return elevate.ok("GET", "/customer-balances", params={"customer_id": customer})


def test_a_balance_is_one_object(elevate):
    assert balance(elevate, 1) == {
        "id": 1,
        "customerId": 1,
        "balance": -21.0,
        "totalPayments": 0.0,
        "totalPaymentsSinceLastInvoice": 0.0,
        "paymentMethodSummary": {"paymentMethod": "GO_CARDLESS", "summaryType": "SINGLE"},
        "repaymentPlanSummary": {"summaryType": "NONE"},
    }


def test_payments_are_totalled_with_what_was_taken_back_and_without_adjustments(elevate):
    elevate.pay(10, invoice=1)
    elevate.give(invoices=[{"id": 30, "site": 1, "amount": "1.00"}])
    elevate.pay(3, invoice=1)
    elevate.pay(-1, invoice=1)

    body = {"customerId": 1, "amountInMajorCurrency": 100}
    elevate.ok("POST", "/customer-balance-adjustments", body)

    found = balance(elevate, 1)
    assert found["balance"] == -21 + 10 - 1 + 3 - 1 + 100
    assert (found["totalPayments"], found["totalPaymentsSinceLastInvoice"]) == (12.0, 2.0)


SITES = {
    "several methods": (
        [{"elevate": {"paymentMethod": "CHEQUE"}}],
        ({"summaryType": "MULTIPLE"}, {"summaryType": "NONE"}),
    ),
    "a site that has ended": (
        [{"elevate": {"paymentMethod": "CHEQUE", "endDate": "2026-06-01"}}],
        ({"paymentMethod": "GO_CARDLESS", "summaryType": "SINGLE"}, {"summaryType": "NONE"}),
    ),
    "a site that ends tomorrow": (
        [{"elevate": {"paymentMethod": "CHEQUE", "endDate": "2026-06-02"}}],
        ({"summaryType": "MULTIPLE"}, {"summaryType": "NONE"}),
    ),
    "one plan": (
        [{"elevate": {"repaymentPlanAmount": "25.00", "repaymentPlanRemainingPeriods": 12}}],
        (
            {"paymentMethod": "GO_CARDLESS", "summaryType": "SINGLE"},
            {
                "repaymentPlanAmount": 25.0,
                "repaymentPlanRemainingPeriods": 12,
                "summaryType": "SINGLE",
            },
        ),
    ),
    "several plans": (
        [{"elevate": {"repaymentPlanAmount": 25}}, {"elevate": {"repaymentPlanAmount": 5}}],
        (
            {"paymentMethod": "GO_CARDLESS", "summaryType": "SINGLE"},
            {"summaryType": "MULTIPLE"},
        ),
    ),
}


@pytest.mark.parametrize(("sites", "summaries"), SITES.values(), ids=SITES)
def test_the_summaries_are_over_live_sites(elevate, sites, summaries):
    elevate.give(sites=[{"customer": 1, "api": "elevate", **site} for site in sites])

    found = balance(elevate, 1)

    assert (found["paymentMethodSummary"], found["repaymentPlanSummary"]) == summaries


def test_a_customer_without_a_live_site_has_no_method(elevate):
    elevate.give(
        customers=[{"ref": "gone", "id": 8, "name": "Gone", "api": "elevate"}],
        sites=[{"customer": "gone", "elevate": {"endDate": "2020-01-01"}}],
    )

    assert balance(elevate, 8)["paymentMethodSummary"] == {"summaryType": "NONE"}


def test_a_given_balance_is_met_by_an_opening_entry(elevate):
    elevate.give(
        customers=[{"ref": "rich", "id": 8, "name": "Rich", "api": "elevate"}],
        accounts=[{"customer": "rich", "balance": "75.00"}],
        invoices=[{"id": 81, "customer": "rich", "amount": "25.00"}],
    )

    assert elevate.balance(8) == 75.0
    assert elevate.movements(8) == [("INVOICE_CREATED", -25.0), ("BALANCE_ADJUSTED", 100.0)]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            {"customer_id": 99},
            "Validation failed for field 'customer_id': there is no customer 99",
        ),
        ({}, "Validation failed for field 'customer_id': is required"),
        ({"customer_id": "x"}, "Validation failed for field 'customer_id': must be an integer"),
    ],
    ids=str,
)
def test_a_balance_is_some_customers(elevate, query, message):
    assert elevate.refused("GET", "/customer-balances", params=query) == (400, message)


# Adjustments


@pytest.mark.parametrize("pounds", [100, -100, 0, 0.01, 100000, -100000])
def test_an_adjustment_answers_200_and_pays_no_invoice(elevate, pounds):
    body = {"customerId": 1, "amountInMajorCurrency": pounds, "description": "goodwill"}

    answer = elevate.call("POST", "/v1/customer-balance-adjustments", body)

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "id": 6,
            "customerId": 1,
            "amountInMajorCurrency": float(pounds),
            "currencyId": 1,
            "description": "goodwill",
        },
    )
    assert elevate.movements(1)[-1] == ("BALANCE_ADJUSTED", float(pounds))
    assert elevate.invoice_status(1) == "UNPAID"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"customerId": 99, "amountInMajorCurrency": 1},
            "Validation failed for field 'customerId': there is no customer 99",
        ),
        (
            {"customerId": 1, "amountInMajorCurrency": 100000.01},
            "Validation failed for field 'amountInMajorCurrency': must be at most 100000",
        ),
        (
            {"customerId": 1, "amountInMajorCurrency": 0.001},
            "Validation failed for field 'amountInMajorCurrency': 0.001 has more than 2 decimal "
            "places, the most in GBP",
        ),
    ],
    ids=str,
)
def test_an_adjustment_of_nobody_or_out_of_range_is_refused(elevate, body, message):
    assert elevate.refused("POST", "/customer-balance-adjustments", body) == (400, message)


# Credit status


@pytest.fixture
def limited(elevate):
    """Customers 2, 8 and 9 have a threshold; 9 has an open bill run too."""
    elevate.give(
        customers=[
            {"ref": "x", "id": 8, "name": "X", "api": "elevate"},
            {"ref": "y", "id": 9, "name": "Y", "api": "elevate"},
        ],
        accounts=[
            {"customer": "y", "credit_threshold": "100.00", "elevate": {"openBillRunValue": 60}},
            {"customer": "x", "credit_threshold": "30.00", "balance": "10.00"},
        ],
        invoices=[{"id": 91, "customer": "y", "amount": "60.00"}],
    )
    return elevate


def statuses(elevate, **filters):
    query = {"page": 1, "pageSize": 10, **filters}
    return elevate.ok("GET", "/customer-credit-status", params=query)


def test_customers_with_a_threshold_are_listed_in_their_order(limited):
    assert statuses(limited) == [
        {
            "customerId": 2,
            "creditThreshold": 100.0,
            "billAmount": 181.99,
            "valueDifference": -81.99,
            "percentageDifference": 181.99,
            "openBillRunValue": 0.0,
        },
        {
            "customerId": 8,
            "creditThreshold": 30.0,
            "billAmount": -10.0,
            "valueDifference": 40.0,
            "percentageDifference": -33.33,
            "openBillRunValue": 0.0,
        },
        {
            "customerId": 9,
            "creditThreshold": 100.0,
            "billAmount": 60.0,
            "valueDifference": 40.0,
            "percentageDifference": 60.0,
            "openBillRunValue": 60.0,
        },
    ]


@pytest.mark.parametrize(
    ("filters", "customers"),
    [
        ({"customerId": "8"}, [8]),
        ({"customerId": "008"}, [8]),
        ({"customerId": "77"}, []),
        ({"customerId": ""}, [2, 8, 9]),
        ({"percentageDifference": "60"}, [9]),
        ({"percentageDifference": "60.00"}, [9]),
        ({"percentageDifference": "-33.33"}, [8]),
        ({"percentageDifference": "in:60,181.99"}, [2, 9]),
        ({"percentageDifference": "like:6%"}, [9]),
        ({"sort": "percentageDifference:desc"}, [2, 9, 8]),
    ],
    ids=str,
)
def test_credit_status_is_filtered_as_numbers_and_sorted(limited, filters, customers):
    assert [item["customerId"] for item in statuses(limited, **filters)] == customers


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (
            {"percentageDifference": "sixty"},
            "Validation failed for field 'percentageDifference': 'sixty' is no number",
        ),
        (
            {"percentageDifference": "in:1,nan"},
            "Validation failed for field 'percentageDifference': 'nan' is no number",
        ),
    ],
    ids=str,
)
def test_a_percentage_that_is_no_number_is_refused(elevate, filters, message):
    query = {"page": 1, "pageSize": 10, **filters}

    assert elevate.refused("GET", "/customer-credit-status", params=query) == (400, message)


@pytest.mark.parametrize("id", ["in:1,2", "one", "-1"])
def test_an_id_that_is_no_number_is_refused(elevate, id):
    query = {"page": 1, "pageSize": 10, "customerId": id}

    status, message = elevate.refused("GET", "/customer-credit-status", params=query)

    assert (status, "customerId" in message) == (400, True)
