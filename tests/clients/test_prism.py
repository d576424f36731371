"""Prism in front of the server: it checks what passes against the document."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.skipif(
    not shutil.which("prism"), reason="there is no prism: see tests/tools.txt"
)

SPECS = Path(__file__).parents[2] / "specs"
BASES = {"elevate": "/v1", "backend": "/backend/api/v1", "socotra": ""}
PAGE = {"page": 1, "pageSize": 100}
JSON_PATCH = "application/json-patch+json"

# What is asked for, the status that answers it, and what is sent. A name in braces is a member of
# the first answer.
ELEVATE = [
    ("POST", "/authenticate", 200, {"brand": "b", "username": "u", "password": "a long sentence"}),
    ("POST", "/site-payment-mandates", 201, {"siteId": 1, "returnURL": "https://example.com/b"}),
    ("GET", "/site-payment-mandates", 200, None),
    (
        "POST",
        "/invoice-payments",
        201,
        {
            "generatedInvoiceId": 2,
            "amountInMajorCurrency": 42,
            "description": "June",
            "paymentMethod": "GO_CARDLESS",
        },
    ),
    ("GET", "/invoice-payments", 200, None),
    ("GET", "/invoice-payments/1", 200, None),
    ("GET", "/invoice-payments/999", 404, None),
    ("POST", "/refunds", 400, {"invoiceId": 2, "billRunType": "NORMAL"}),
    ("GET", "/refunds", 200, None),
    (
        "POST",
        "/customer-payments",
        200,
        {"customerId": 1, "amountInMajorCurrency": 90.5, "type": "BACS"},
    ),
    ("GET", "/customer-payments?customer_id=1", 200, None),
    ("GET", "/customer-balances?customer_id=1", 200, None),
    ("GET", "/customer-credit-status", 200, None),
    ("GET", "/payment-providers", 200, None),
    (
        "PATCH",
        "/payment-providers/1",
        200,
        [{"op": "replace", "path": "/name", "value": "Direct debits"}],
    ),
    (
        "POST",
        "/outbound-payments",
        200,
        {
            "customerId": 1,
            "amountInMajorCurrency": 25,
            "reference": "GOODWILL",
            "executionDate": "2026-06-10",
        },
    ),
    ("GET", "/outbound-payments/1", 200, None),
]

BACKEND = [
    (
        "POST",
        "/customers/123/payments",
        201,
        {"paymentAmount": "120.00", "paymentMethod": "Direct Debit", "invoiceID": "123"},
    ),
    ("POST", "/customers/123/payments", 400, {"paymentAmount": 1, "paymentMethod": "Giro Slip"}),
    ("GET", "/customers/123/payments?includeReversed=true&limit=5", 200, None),
    ("GET", "/payments?reversedSince=2026-05-01T00:00:00Z", 200, None),
    ("GET", "/payments/{id}", 200, None),
    ("GET", "/payments/999", 404, None),
    ("GET", "/payments/{id}/directDebitPayments", 200, None),
    ("GET", "/payments/{id}/paymentCardPayments", 200, None),
    ("PATCH", "/payments/{id}", 200, {"customerReference": "INV C12345/123"}),
    ("DELETE", "/payments/{id}", 409, None),
    ("DELETE", "/payments/3", 204, None),
]
TENANT = "/billing/50c07a00-0000-4000-8000-000000000001"
PAYMENT = f"{TENANT}/payments/{{locator}}"
INVOICE = "0000000000NV0000000000000A"
SOCOTRA = [
    (
        "POST",
        f"{TENANT}/payments",
        200,
        {
            "type": "StandardPayment",
            "amount": 100.0,
            "targets": [{"containerLocator": INVOICE, "containerType": "invoice"}],
        },
    ),
    ("PATCH", f"{PAYMENT}/post", 422, None),
    ("GET", f"{PAYMENT}/previewValidate", 200, None),
    ("PATCH", f"{PAYMENT}/validate", 200, None),
    ("PATCH", f"{PAYMENT}/post", 200, None),
    ("GET", PAYMENT, 200, None),
    ("GET", f"{PAYMENT}/invoices/list", 200, None),
    ("GET", f"{TENANT}/externalCashTransactions/{{externalCashTransactionLocator}}", 200, None),
    ("PATCH", f"{PAYMENT}/reverse", 200, {"reversalType": "Standard"}),
    ("GET", f"{TENANT}/payments/list?count=5", 200, None),
    ("GET", f"{TENANT}/payments/0000000000ZZ0000000000000Z", 404, None),
    ("GET", f"{TENANT}/invoices/{INVOICE}", 200, None),
    ("GET", f"{TENANT}/invoices/{INVOICE}/payments/list", 200, None),
    ("GET", f"{TENANT}/financialInstruments/list", 200, None),
    ("GET", f"{TENANT}/shortfallCredits/list", 200, None),
    ("GET", f"{TENANT.replace('billing', 'event')}/events/list", 200, None),
]
THROUGH_PRISM = {
    "elevate": (None, ELEVATE),
    "backend": ("backend-everyday", BACKEND),
    "socotra": ("socotra-everyday", SOCOTRA),
}


@pytest.fixture(scope="session")
def prism(address: str) -> Iterator[Callable[[str], str]]:
    """Starts a proxy that answers a violation of a document with an error: its address."""
    addresses: dict[str, str] = {}
    with ExitStack() as running:

        def prism(api: str) -> str:
            if api not in addresses:
                process = running.enter_context(_started(api, address + BASES[api]))
                running.callback(process.terminate)
                addresses[api] = _address(process)
            return addresses[api]

        yield prism


def _started(api: str, upstream: str) -> subprocess.Popen[str]:
    command = ["prism", "proxy", SPECS / f"{api}.yaml", upstream, "--errors", "-p", "0"]
    return subprocess.Popen([*command, "-h", "127.0.0.1"], stdout=subprocess.PIPE, text=True)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    for line in process.stdout:
        if found := re.search(r"listening on (http://\S+)", line):
            return found[1]
    raise AssertionError("Prism did not start")


@pytest.mark.parametrize("api", THROUGH_PRISM)
def test_prism_finds_no_violation_in_what_goes_through_it(api, prism, control):
    world, rows = THROUGH_PRISM[api]
    if world:
        control.bind(world)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {control.token}"

    answers = []
    for method, path, _, body in rows:
        media = JSON_PATCH if isinstance(body, list) else "application/json"
        paged = api == "elevate" and method == "GET" and path.count("/") == 1
        answers.append(
            session.request(
                method,
                prism(api) + path.format(**(answers[0].json() if answers else {})),
                json=body,
                params=PAGE if paged else None,
                headers={"Content-Type": media} if body else {},
                timeout=10,
            )
        )

    assert [answer.status_code for answer in answers] == [row[2] for row in rows]
    assert [answer.text for answer in answers if "sl-violations" in answer.headers] == []


WRONG = {
    "elevate": ("/refunds", {"invoiceId": "two"}),
    "backend": ("/customers/123/payments", {"paymentAmount": True}),
    "socotra": (f"{TENANT}/payments", {"amount": "much"}),
}


@pytest.mark.parametrize("api", WRONG)
def test_prism_would_find_one(api, prism, control):
    """What it is told to check, it does check."""
    path, body = WRONG[api]
    answer = requests.post(
        prism(api) + path,
        json=body,
        headers={"Authorization": f"Bearer {control.token}"},
        timeout=10,
    )

    assert (answer.status_code, answer.json()["title"]) == (422, "Invalid request")
