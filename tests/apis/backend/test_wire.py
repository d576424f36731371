"""What holds at the level of HTTP: both spellings of every path, flags bare or with a value."""

import pytest

PATHS = [
    "/payments",
    "/payments?reversed",
    "/payments/1",
    "/customers/123/payments",
    "/payments/1/directDebitPayments",
    "/payments/1/paymentCardPayments?limit=5",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_served_with_and_without_a_slash_at_its_end_and_never_by_a_redirect(
    backend, path
):
    backend.add()
    bare, mark, query = path.partition("?")

    spellings = [
        backend.ask("GET", f"/backend/api/v1{bare}{slash}{mark}{query}", allow_redirects=False)
        for slash in ("", "/")
    ]

    without, with_ = spellings
    assert (without.status_code, with_.status_code) == (200, 200)
    assert without.content == with_.content


def test_what_changes_something_is_served_with_a_slash_too(backend):
    added = backend.told("POST", "/customers/124/payments/", {"paymentAmount": 1})
    changed = backend.told("PATCH", "/payments/1/", {"ourReference": "A"})
    backend.told("DELETE", "/payments/1/")

    assert changed == added | {"ourReference": "A"}
    assert backend.listed("includeReversed") == []


def test_two_slashes_are_another_path(backend):
    assert backend.refused("GET", "/payments//")[0] == 404


ON = ["reversed", "reversed=", "reversed=true", "reversed=1", "reversed=yes", "reversed=TRUE"]
OFF = ["", "reversed=false", "reversed=0", "reversed=no", "reversed=False"]


@pytest.fixture
def both(backend):
    """A valid payment, 1, and a reversed one, 2."""
    backend.record()
    backend.record()
    backend.change("2", paymentReversedDate="2026-06-01")
    return backend


@pytest.mark.parametrize("query", ON)
def test_a_flag_is_on_when_it_is_there_or_says_so(both, query):
    assert both.listed(query) == ["2"]


@pytest.mark.parametrize("query", OFF)
def test_a_flag_is_off_when_it_is_not_there_or_says_so(both, query):
    assert both.listed(query) == ["1"]


@pytest.mark.parametrize("query", ["includeReversed", "reversed&includeReversed=yes"])
def test_including_reversed_payments_wins_over_asking_for_them_alone(both, query):
    assert both.listed(query) == ["1", "2"]


def test_the_flags_hold_for_a_customers_list_too(both):
    def listed(query):
        return [each["id"] for each in both.told("GET", f"/customers/124/payments?{query}")]

    assert [listed(""), listed("reversed"), listed("includeReversed")] == [["1"], ["2"], ["1", "2"]]


@pytest.mark.parametrize("query", ["minReversedDate=2026-06-01", "reversedSince=2026-06-01"])
def test_a_filter_on_the_reversal_implies_reversed(both, query):
    assert both.listed(query) == ["2"]
    assert both.listed(f"{query}&includeReversed") == ["2"]
    assert both.listed(f"{query}&reversed=false") == ["2"]


BOUNDS = [
    ("minDate=2026-06-01", ["1"]),
    ("minDate=2026-06-02", []),
    ("maxDate=2026-06-01", ["1"]),
    ("maxDate=2026-05-31", []),
    ("minReversedDate=2026-06-01", ["2"]),
    ("minReversedDate=2026-06-02", []),
    ("maxReversedDate=2026-06-01", ["2"]),
    ("maxReversedDate=2026-05-31", []),
]


@pytest.mark.parametrize(("query", "ids"), BOUNDS)
def test_a_date_is_within_its_own_bounds(both, query, ids):
    assert both.listed(query) == ids


MOMENTS = [
    ("2026-06-01T09:00:00Z", ["1"]),
    ("2026-06-01T09:00Z", ["1"]),
    ("2026-06-01T09:00:00", ["1"]),
    ("2026-06-01T11:00:00%2B02:00", ["1"]),
    ("2026-06-01T04:30:00-0430", ["1"]),
    ("2026-06-01T08:59:59.999999999Z", ["1"]),
    ("2026-06-01", ["1"]),
    ("2026-06-01T09:00:00.000001Z", []),
    ("2026-06-02", []),
]


@pytest.mark.parametrize(("moment", "ids"), MOMENTS)
def test_a_moment_may_have_a_zone_and_is_utc_without_one(both, moment, ids):
    assert both.listed(f"createdSince={moment}") == ids


def test_unknown_parameters_are_ignored_and_the_journal_mentions_them(both):
    answer = both.ask("GET", "/backend/api/v1/payments?sort=-id&page=2&expandInvoices")

    assert [payment["id"] for payment in answer.json()] == ["1"]
    told = both.tell("GET", f"/requests/{answer.headers['X-Sandbox-Request']}")
    assert told["notes"] == [
        f"query parameter {name}: not in the document, ignored"
        for name in ("sort", "page", "expandInvoices")
    ]


def test_the_document_is_served_beside_the_api(backend):
    document = backend.ask("GET", "/backend/api/v1/openapi.json", headers={"Authorization": ""})

    operations = [
        operation["operationId"]
        for path in document.json()["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    assert sorted(operations) == [
        "createCustomerPayment",
        "deletePayment",
        "getPayment",
        "listCustomerPayments",
        "listPaymentDirectDebitPayments",
        "listPaymentPaymentCardPayments",
        "listPayments",
        "updatePayment",
    ]
