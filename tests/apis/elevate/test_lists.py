"""Lists: pages, order, fields and filters, the same for all of them."""

from pathlib import Path

import pytest

from sandbox.config import shipped
from sandbox.web.documents import load

LISTS = {
    "/payment-providers": {},
    "/invoice-payments": {},
    "/adhoc-invoice-payments": {},
    "/refunds": {},
    "/site-payment-mandates": {},
    "/customer-payments": {"customer_id": 2},
    "/customer-credit-status": {},
}


@pytest.fixture
def rows(elevate):
    """Seven rows: three of invoice 2, four of invoice 3, amounts 1 to 7 and a status on the odd."""
    for number in range(1, 8):
        status = {"thirdPartyPaymentStatus": "NEW"} if number % 2 else {}
        elevate.pay(number, invoice=2 if number <= 3 else 3, description=f"row {number}", **status)
    return elevate


def ids(elevate, **query):
    found = elevate.ok("GET", "/invoice-payments", params={"page": 1, "pageSize": 10, **query})
    return [row["id"] for row in found]


# Pages


@pytest.mark.parametrize(("path", "needed"), LISTS.items(), ids=str)
@pytest.mark.parametrize(
    "paging",
    [
        {},
        {"page": 1},
        {"pageSize": 1},
        {"page": 0, "pageSize": 1},
        {"page": 1, "pageSize": 0},
        {"page": 1, "pageSize": 1001},
        {"page": "one", "pageSize": 1},
    ],
    ids=str,
)
def test_page_and_page_size_are_needed_and_bounded(elevate, path, needed, paging):
    status, message = elevate.refused("GET", path, params={**needed, **paging})

    assert (status, "page" in message) == (400, True)


@pytest.mark.parametrize(("path", "needed"), LISTS.items(), ids=str)
def test_past_the_end_there_is_nothing(elevate, path, needed):
    found = elevate.ok("GET", path, params={**needed, "page": 2147483647, "pageSize": 1000})

    assert found == []


@pytest.mark.parametrize(
    ("page", "found"), [(1, [1, 2, 3]), (2, [4, 5, 6]), (3, [7]), (4, [])], ids=str
)
def test_pages_cut_the_list_in_the_order_of_the_ids(rows, page, found):
    assert ids(rows, page=page, pageSize=3) == found


@pytest.mark.parametrize(("page", "found"), [(1, [3, 2]), (2, [1]), (3, [])], ids=str)
def test_a_filtered_list_has_pages_too(rows, page, found):
    query = {"generatedInvoiceId": 2, "billRunId": "like:1", "sort": "id:desc"}

    assert ids(rows, page=page, pageSize=2, **query) == found


# Order


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("id", [1, 2, 3, 4, 5, 6, 7]),
        ("id:desc", [7, 6, 5, 4, 3, 2, 1]),
        ("amountInMajorCurrency:desc", [7, 6, 5, 4, 3, 2, 1]),
        ("generatedInvoiceId:desc", [4, 5, 6, 7, 1, 2, 3]),
        ("generatedInvoiceId:desc,id:desc", [7, 6, 5, 4, 3, 2, 1]),
        ("generatedInvoiceId,amountInMajorCurrency:desc", [3, 2, 1, 7, 6, 5, 4]),
        ("thirdPartyPaymentStatus", [1, 3, 5, 7, 2, 4, 6]),
        ("thirdPartyPaymentStatus:desc", [1, 3, 5, 7, 2, 4, 6]),
        ("currencyId", [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_a_list_is_sorted_ties_go_by_id_and_items_without_the_field_come_last(rows, sort, order):
    assert ids(rows, sort=sort) == order


WRONG_SORTS = ["", "nothing", "id:asc", "id:", "id, description", "id,", ":desc", "ID", "-id"]


@pytest.mark.parametrize("sort", WRONG_SORTS)
def test_any_other_sort_is_refused(elevate, sort):
    query = {"page": 1, "pageSize": 1, "sort": sort}

    status, message = elevate.refused("GET", "/invoice-payments", params=query)

    assert (status, message.startswith("Validation failed for field 'sort'")) == (400, True)


def test_what_is_no_scalar_is_not_sorted_by(elevate):
    query = {"page": 1, "pageSize": 1, "sort": "contractOwnerIds"}

    status, _ = elevate.refused("GET", "/payment-providers", params=query)

    assert status == 400


# Fields


@pytest.mark.parametrize(
    ("fields", "item"),
    [
        ("id", {"id": 1}),
        ("description,id", {"id": 1, "description": "row 1"}),
        ("description", {"description": "row 1"}),
        ("metaData", {}),
    ],
)
def test_exactly_the_named_fields_are_answered(rows, fields, item):
    query = {"page": 1, "pageSize": 1, "fields": fields}

    assert rows.ok("GET", "/invoice-payments", params=query) == [item]


SCHEMAS = load(Path(shipped("specs")) / "elevate.yaml")["components"]["schemas"]

# Each list, a member of its items, and the resource's schema, which says what is always there.
SHOWN = [
    ("/payment-providers", "name", "PaymentProvider"),
    ("/invoice-payments", "description", "InvoicePayment"),
    ("/adhoc-invoice-payments", "description", "AdhocInvoicePayment"),
    ("/refunds", "amountInMajorCurrency", "Refund"),
    ("/site-payment-mandates", "returnURL", "SitePaymentMandate"),
    ("/customer-payments", "txnType", "CustomerPayment"),
]


@pytest.fixture
def everything(elevate):
    """Something in every list."""
    elevate.new_mandate(site=1)
    elevate.pay(42)
    elevate.refund()
    row = {"amountInMajorCurrency": 1, "description": "x", "paymentMethod": "CHEQUE"}
    elevate.ok("POST", "/adhoc-invoice-payments", {"generatedAdhocInvoiceId": 1, **row})
    return elevate


@pytest.mark.parametrize(("path", "member", "schema"), SHOWN, ids=str)
def test_without_fields_an_item_has_all_that_its_resource_always_has(
    everything, path, member, schema
):
    always = set(SCHEMAS[schema]["required"])
    query = {"page": 1, "pageSize": 10, **LISTS[path]}

    whole = everything.ok("GET", path, params=query)
    named = everything.ok("GET", path, params={**query, "fields": member})

    assert [always - item.keys() for item in whole] == [set()] * len(named)
    assert named == [{member: item[member]} for item in whole] != []


@pytest.mark.parametrize("fields", ["nothing", "id,nothing", "id:desc", "id, description", "ID"])
def test_any_other_field_is_refused(elevate, fields):
    query = {"page": 1, "pageSize": 1, "fields": fields}

    status, message = elevate.refused("GET", "/invoice-payments", params=query)

    assert (status, message.startswith("Validation failed for field 'fields'")) == (400, True)


# Filters


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"generatedInvoiceId": "2"}, [1, 2, 3]),
        ({"generatedInvoiceId": "002"}, [1, 2, 3]),
        ({"generatedInvoiceId": "99"}, []),
        ({"generatedInvoiceId": "0"}, []),
        ({"generatedInvoiceId": "9" * 5000}, []),
        ({"generatedInvoiceId": ""}, [1, 2, 3, 4, 5, 6, 7]),
        ({"customerPaymentId": "8"}, [3]),
        ({"customerPaymentId": "8", "generatedInvoiceId": "2"}, [3]),
        ({"customerPaymentId": "8", "generatedInvoiceId": "3"}, []),
        ({"customerPaymentType": "INVOICE"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"customerPaymentType": "CUSTOMER"}, []),
        ({"customerPaymentType": "like:inv%"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"customerPaymentType": "in:CUSTOMER"}, []),
        ({"billRunId": "1"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"billRunId": "01"}, []),
        ({"billRunId": "2"}, []),
        ({"billRunId": "one"}, []),
        ({"billRunId": "in:1,2"}, [1, 2, 3, 4, 5, 6, 7]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_rows_are_filtered(rows, filters, found):
    assert ids(rows, **filters) == found


@pytest.mark.parametrize("id", ["in:1,2", "like:1", "one", "-1", "1.0", "٣"])
def test_an_id_filter_takes_digits_alone(elevate, id):
    query = {"page": 1, "pageSize": 1, "generatedInvoiceId": id}

    status, _ = elevate.refused("GET", "/invoice-payments", params=query)

    assert status == 400


def test_adhoc_rows_are_filtered_by_their_own_names(elevate):
    elevate.give(
        invoices=[
            {
                "id": 5,
                "kind": "adhoc",
                "site": 1,
                "amount": "1.00",
                "elevate": {"billRunId": 7},
            }
        ]
    )
    for invoice in (1, 5):
        body = {
            "generatedAdhocInvoiceId": invoice,
            "amountInMajorCurrency": 1,
            "description": "June",
            "paymentMethod": "CHEQUE",
        }
        elevate.ok("POST", "/adhoc-invoice-payments", body)

    query = {"page": 1, "pageSize": 10}
    by_run = elevate.ok("GET", "/adhoc-invoice-payments", params={**query, "adhocBillRunId": "7"})
    by_id = elevate.ok(
        "GET", "/adhoc-invoice-payments", params={**query, "generatedAdhocInvoiceId": "5"}
    )

    assert by_run == by_id
    assert [row["id"] for row in by_run] == [2]
