"""Each operation gives each answer that its document lists: one call for every cell of the table.

But for a 200 that is answered as 201.
"""

from functools import cache
from pathlib import Path

import pytest
import yaml

from sandbox.config import shipped

MEBIBYTE = 1024 * 1024
PAGE = {"page": 1, "pageSize": 10}
PATCH = "application/json-patch+json"
ROW = {"amountInMajorCurrency": 42, "description": "June", "paymentMethod": "CHEQUE"}
INVOICE = {"invoiceId": 2, "billRunType": "NORMAL"}
PROVIDER = {"type": "CHEQUE", "name": "x", "status": "ACTIVE", "contractOwnerIds": [1]}
LINK = {"paymentProviderId": 1, "amountInMajorCurrency": 1, "description": "x", "customerId": 1}
PAYOUT = {"customerId": 2, "amountInMajorCurrency": 10, "reference": "REFUND 42"}
CREDENTIALS = {"brand": "b", "username": "u", "password": "p"}
CANCELLED = [{"op": "replace", "path": "/thirdPartyOutboundPaymentStatus", "value": "CANCELLED"}]

# What goes before, then the call that succeeds: a path's values, a query, a body.
SUCCEEDS = {
    "getPaymentProviders": (None, {}, PAGE, None),
    "createPaymentProvider": (None, {}, {}, PROVIDER),
    "getPaymentProvider": (None, {"payment_provider_id": 1}, {}, None),
    "updatePaymentProvider": (None, {"payment_provider_id": 1}, {}, []),
    "getInvoicePayments": (None, {}, PAGE, None),
    "createInvoicePayment": (None, {}, {}, {"generatedInvoiceId": 2, **ROW}),
    "getInvoicePayment": ("row", {"invoice_payment_id": 1}, {}, None),
    "getAdhocInvoicePayments": (None, {}, PAGE, None),
    "createAdhocInvoicePayment": (None, {}, {}, {"generatedAdhocInvoiceId": 1, **ROW}),
    "getAdhocInvoicePayment": ("adhoc row", {"adhoc_invoice_payment_id": 1}, {}, None),
    "getRefunds": (None, {}, PAGE, None),
    "createRefund": ("row", {}, {}, INVOICE),
    "getSitePaymentMandates": (None, {}, PAGE, None),
    "createSitePaymentMandate": (None, {}, {}, {"siteId": 1, "returnURL": "https://a.example"}),
    "getPaymentProviderMandate": (
        "mandate",
        {"paymentMethod": "GO_CARDLESS", "mandateReference": "MD0000000009"},
        {},
        None,
    ),
    "getCustomerPayments": (None, {}, {**PAGE, "customer_id": 1}, None),
    "createCustomerPayment": (
        None,
        {},
        {},
        {"customerId": 1, "amountInMajorCurrency": 1, "type": "CHEQUE"},
    ),
    "getCustomerPayment": (None, {"customer_payment_id": 1}, {}, None),
    "getCustomerBalance": (None, {}, {"customer_id": 1}, None),
    "createCustomerBalanceAdjustment": (
        None,
        {},
        {},
        {"customerId": 1, "amountInMajorCurrency": 1},
    ),
    "getCustomerCreditStatus": (None, {}, PAGE, None),
    "createPaymentProviderPaymentLink": (None, {}, {}, LINK),
    "paymentProviderReprocess": (None, {}, {}, {}),
    "reprocessInvoicePayment": ("cancelled", {}, {}, INVOICE),
    "cancelInvoicePayment": ("collection", {}, {}, INVOICE),
    "getInstantBankPaymentForMandate": (
        "mandate",
        {},
        {"mandateReference": "MD0000000009", "paymentMethod": "GO_CARDLESS"},
        None,
    ),
    "createOutboundPayment": (None, {}, {}, PAYOUT),
    "getOutboundPayment": ("payout", {"outbound_payment_id": 1}, {}, None),
    "updateOutboundPayment": ("payout", {"outbound_payment_id": 1}, {}, CANCELLED),
    "createBearerToken": (None, {}, {}, CREDENTIALS),
}
BEFORE = {
    None: lambda _: None,
    "row": lambda it: it.pay(42),
    "adhoc row": lambda it: it.ok(
        "POST", "/adhoc-invoice-payments", {"generatedAdhocInvoiceId": 1, **ROW}
    ),
    "collection": lambda it: it.collect(42, invoice=2),
    "cancelled": lambda it: (it.collect(42, invoice=2), it.cancel(2)),
    "mandate": lambda it: it.give(
        mandates=[{"site": 1, "reference": "MD0000000009", "api": "elevate"}]
    ),
    "payout": lambda it: it.pay_out(),
}
REFUSED_VALUES = {  # of the path or the query of an operation without a body
    "payment_provider_id": "one",
    "invoice_payment_id": 0,
    "adhoc_invoice_payment_id": "one",
    "customer_payment_id": "one",
    "outbound_payment_id": 0,
    "paymentMethod": "CHEQUE",
}
UNKNOWN_VALUES = {**dict.fromkeys(REFUSED_VALUES, 99), "paymentMethod": "STRIPE"}


def is_a_scenarios(name, status):
    """Whether nothing but a rule of a scenario causes it. (500 is a crash of ours, too.)"""
    return status in (403, 500) or (name == "createBearerToken" and status in (401, 404))


@cache
def operations():
    text = Path(shipped("specs") / "elevate.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, yaml.CSafeLoader)
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "patch")
    }


CELLS = [
    (name, int(status))
    for name, (_, _, operation) in operations().items()
    for status in operation["responses"]
    if not (status == "200" and "201" in operation["responses"])
]


def request(elevate, name, *, path=None, query=None, body=None, headers=None):  # noqa: PLR0913
    method, template, operation = operations()[name]
    media = PATCH if method == "PATCH" else "application/json"
    sends = "requestBody" in operation
    return elevate.session.request(
        method,
        f"{elevate.address}/v1{template.format(**path or {})}",
        params=query,
        json=body if sends and not isinstance(body, bytes) else None,
        data=body if isinstance(body, bytes) else None,
        headers={**({"Content-Type": media} if sends else {}), **(headers or {})},
        timeout=10,
    )


def success(elevate, name):
    before, path, query, body = SUCCEEDS[name]
    BEFORE[before](elevate)
    return request(elevate, name, path=path, query=query, body=body)


def malformed(elevate, name):
    """A value that the document, or a rule, refuses, where this operation has one."""
    _, path, query, body = SUCCEEDS[name]
    bad_path = {key: REFUSED_VALUES.get(key, value) for key, value in path.items()}
    bad_query = dict.fromkeys(query, "")
    bad_body = b"{" if body is not None else None
    return request(elevate, name, path=bad_path, query=bad_query, body=bad_body)


def without_credential(elevate, name):
    _, path, query, body = SUCCEEDS[name]
    headers = {"Authorization": None}
    return request(elevate, name, path=path, query=query, body=body, headers=headers)


def unknown(elevate, name):
    before, path, query, body = SUCCEEDS[name]
    BEFORE[before](elevate)
    nobodys = {key: UNKNOWN_VALUES.get(key, value) for key, value in path.items()}
    return request(elevate, name, path=nobodys, query=query, body=body)


def too_large(elevate, name):
    return request(elevate, name, path=SUCCEEDS[name][1], body=b" " * (MEBIBYTE + 1))


def of_another_type(elevate, name):
    headers = {"Content-Type": "text/plain"}
    return request(elevate, name, path=SUCCEEDS[name][1], body=b"hello", headers=headers)


CAUSES = {
    200: success,
    201: success,
    202: success,
    400: malformed,
    401: without_credential,
    404: unknown,
    413: too_large,
    415: of_another_type,
}


@pytest.mark.parametrize(("name", "status"), [cell for cell in CELLS if not is_a_scenarios(*cell)])
def test_an_operation_gives_each_answer_that_its_document_lists(elevate, name, status):
    answer = CAUSES[status](elevate, name)

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("name", "status"), [cell for cell in CELLS if is_a_scenarios(*cell)])
def test_a_scenario_has_an_operation_give_what_else_its_document_lists(elevate, name, status):
    _, path, query, body = SUCCEEDS[name]
    elevate.play(f"rules: [{{ when: call elevate.{name}, respond: {{ status: {status} }} }}]")

    answer = request(elevate, name, path=path, query=query, body=body)

    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}


def test_there_are_twenty_nine_operations_and_the_one_for_a_token():
    assert len(operations()) == 30
    assert set(SUCCEEDS) == set(operations())
