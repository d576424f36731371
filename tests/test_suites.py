"""Test suites in parallel: one server, many workers, and what each test reads is always the same.

`SANDBOX_SUITE=16x500` plays a suite of 500 tests with 16 workers; by default it is a small one.
"""

import asyncio
import json
import os
from functools import cache
from pathlib import Path

import requests
import yaml

from sandbox.config import shipped

pytest_plugins = ["pytester"]

MONDAY = "2026-06-01T08:00:00Z"  # nine o'clock in London
PATCH = "application/json-patch+json"
PAGE = {"page": 1, "pageSize": 100}
ROW = {"amountInMajorCurrency": 42, "description": "June", "paymentMethod": "CHEQUE"}
COLLECT = {"generatedInvoiceId": 2, **ROW, "paymentMethod": "GO_CARDLESS"}
INVOICE = {"invoiceId": 2, "billRunType": "NORMAL"}
PAYOUT = {"customerId": 2, "amountInMajorCurrency": 10, "reference": "REFUND 42"}
LINK = {"paymentProviderId": 1, "amountInMajorCurrency": 1, "description": "x", "customerId": 1}
GIVEN = {"mandates": [{"site": 1, "reference": "MD0000000009", "api": "elevate"}]}
MANDATE = {"mandateReference": "MD0000000009", "paymentMethod": "GO_CARDLESS"}
CANCELLED = [{"op": "replace", "path": "/thirdPartyOutboundPaymentStatus", "value": "CANCELLED"}]

TOKEN = "createBearerToken"

# Every operation of Elevate's, some of them refused, with time between: what it is called, the
# values of its path, its query, its body.
STORY = (
    ("getPaymentProviders", {}, PAGE, None),
    (
        "createPaymentProvider",
        {},
        {},
        {"type": "CHEQUE", "name": "x", "status": "ACTIVE", "contractOwnerIds": [1]},
    ),
    ("getPaymentProvider", {"payment_provider_id": 1}, {}, None),
    ("updatePaymentProvider", {"payment_provider_id": 1}, {}, []),
    ("getPaymentProviderMandate", MANDATE, {}, None),
    ("getInstantBankPaymentForMandate", {}, MANDATE, None),
    ("createSitePaymentMandate", {}, {}, {"siteId": 1, "returnURL": "https://a.example"}),
    ("advance", {}, {}, {"by": "1 day"}),
    ("getSitePaymentMandates", {}, PAGE, None),
    ("createInvoicePayment", {}, {}, COLLECT),
    ("cancelInvoicePayment", {}, {}, INVOICE),
    ("reprocessInvoicePayment", {}, {}, INVOICE),
    ("createInvoicePayment", {}, {}, COLLECT),
    ("advance", {}, {}, {"by": "8 working days"}),
    ("getInvoicePayments", {}, PAGE, None),
    ("getInvoicePayment", {"invoice_payment_id": 1}, {}, None),
    ("createRefund", {}, {}, INVOICE),
    ("getRefunds", {}, PAGE, None),
    ("createAdhocInvoicePayment", {}, {}, {"generatedAdhocInvoiceId": 1, **ROW}),
    ("getAdhocInvoicePayments", {}, PAGE, None),
    ("getAdhocInvoicePayment", {"adhoc_invoice_payment_id": 1}, {}, None),
    (
        "createCustomerPayment",
        {},
        {},
        {"customerId": 1, "amountInMajorCurrency": 1, "type": "CHEQUE"},
    ),
    ("getCustomerPayments", {}, {**PAGE, "customer_id": 1}, None),
    ("getCustomerPayment", {"customer_payment_id": 1}, {}, None),
    ("createCustomerBalanceAdjustment", {}, {}, {"customerId": 1, "amountInMajorCurrency": 1}),
    ("getCustomerBalance", {}, {"customer_id": 1}, None),
    ("getCustomerCreditStatus", {}, PAGE, None),
    ("createPaymentProviderPaymentLink", {}, {}, LINK),
    ("createOutboundPayment", {}, {}, PAYOUT),
    ("updateOutboundPayment", {"outbound_payment_id": 1}, {}, CANCELLED),
    ("getOutboundPayment", {"outbound_payment_id": 1}, {}, None),
    ("paymentProviderReprocess", {}, {}, {}),
    (TOKEN, {}, {}, {"brand": "b", "username": "u", "password": "p"}),
    ("idle", {}, {}, None),
    ("getRefunds", {}, PAGE, None),
)
CONTROL = {"advance": "/_sandbox/clock/advance", "idle": "/_sandbox/clock/run-until-idle"}


@cache
def operations():
    """Elevate's, by operationId: method and path."""
    text = (shipped("specs") / "elevate.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, yaml.CSafeLoader)
    return {
        operation["operationId"]: (method.upper(), f"/v1{path}")
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "patch")
    }


def told(address, name):
    """All that a sandbox of this name is answered in the whole story: status, headers, bytes."""
    session = requests.Session()
    session.headers.update({"Authorization": f"Bearer {name}", "Host": "sandbox.example"})
    for method, path, body in (
        ("DELETE", "/_sandbox", None),
        ("PUT", "/_sandbox/clock", {"now": MONDAY}),
        ("POST", "/_sandbox/fixtures", GIVEN),
    ):
        session.request(method, address + path, json=body, timeout=30).raise_for_status()
    heard = []
    for operation, values, query, body in STORY:
        method, path = operations().get(operation) or ("POST", CONTROL[operation])
        media = {"Content-Type": PATCH} if method == "PATCH" else {}
        answer = session.request(
            method,
            address + path.format(**values),
            params=query,
            json=body,
            headers=media,
            timeout=30,
        )
        headers = {key: text for key, text in answer.headers.items() if key != "date"}
        heard.append((operation, answer.status_code, headers, answer.content))
    session.close()
    return heard


def test_every_operation_answers_the_same_bytes_in_another_process(address, server, monkeypatch):
    """But for the token, whose `exp` is the machine's, and which no sandbox answers."""
    monkeypatch.setenv("PYTHONHASHSEED", "7")

    with server() as (_, other):
        there = told(other, "the-same")

    here = told(address, "the-same")
    assert {row[0] for row in here} == {*operations(), *CONTROL}
    assert {status for _, status, _, _ in here} <= {200, 201, 202}
    here, there = ([row for row in rows if row[0] != TOKEN] for rows in (here, there))
    assert here == there
    assert {headers["x-sandbox-seed"] for _, _, headers, _ in here} == {"1"}


SUITE = """
import hashlib, json, os, pathlib, time
import pytest, requests

BODY = {
    "generatedInvoiceId": 2,
    "amountInMajorCurrency": 42,
    "description": "June",
    "paymentMethod": "GO_CARDLESS",
}
STEPS = ["1 day", "1 working day", "2 working days", "1 week"]

@pytest.mark.parametrize("number", range(int(os.environ["TESTS"])))
def test_a_payment(sandbox, number):
    session = requests.Session()
    session.headers.update(sandbox.headers)
    def ask(method, path, body=None):
        answer = session.request(method, sandbox.url + path, json=body, timeout=60)
        said.append(f"{answer.status_code} {answer.text}")
    said = []
    ask("PUT", "/_sandbox/clock", {"now": f"2026-06-{1 + number % 28:02}T08:00:00Z"})
    for place in range(1 + number % 4):
        ask("POST", "/v1/invoice-payments", {**BODY, "amountInMajorCurrency": 1 + number % 10})
        ask("POST", "/_sandbox/clock/advance", {"by": STEPS[(number + place) % 4]})
    ask("GET", "/v1/invoice-payments?page=1&pageSize=50")
    ask("GET", "/_sandbox/events")
    ask("GET", "/_sandbox")
    pathlib.Path(os.environ["HEARD"], str(number)).write_text("\\n".join(said))
"""


def test_many_workers_read_byte_for_byte_what_one_reads(pytester, run_pytest, address, monkeypatch):
    workers, _, tests = os.environ.get("SANDBOX_SUITE", "4x40").partition("x")
    monkeypatch.setenv("SANDBOX_URL", address)
    monkeypatch.setenv("TESTS", tests)
    pytester.makepyfile(test_suite=SUITE)

    def heard_by(number):
        folder = pytester.mkdir(f"heard-by-{number}")
        monkeypatch.setenv("HEARD", str(folder))
        ran = run_pytest("-n", number, "-q", "-p", "no:cacheprovider")
        ran.assert_outcomes(passed=int(tests))
        return {path.name: path.read_text() for path in Path(folder).iterdir()}

    assert heard_by(workers) == heard_by("1")


# Waiting


async def asked(address, name, method, path, body=None):
    """An answer's body, over a connection of its own."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    text = json.dumps(body).encode() if body is not None else b""
    media = "Content-Type: application/json\r\n" if body is not None else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-Sandbox: {name}\r\n{media}"
        f"Authorization: Bearer {name}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + text)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return json.loads(answer.partition(b"\r\n\r\n")[2] or b"null")


def test_two_hundred_wait_for_one_event_while_others_are_served(address):
    """Each of them is answered with it, and nobody else has to wait for them."""

    async def story():
        await asked(address, "crowd", "DELETE", "/_sandbox")
        wait = "/_sandbox/events?wait=60&type=payment.created"
        waiters = [asyncio.create_task(asked(address, "crowd", "GET", wait)) for _ in range(200)]
        served = 0
        while served < 200:  # by then every waiter has been heard
            await asked(address, "somebody-else", "GET", "/_sandbox/clock")
            served += 1
        waited = sum(not waiter.done() for waiter in waiters)
        await asked(address, "crowd", "POST", "/v1/invoice-payments", COLLECT)
        return waited, await asyncio.gather(*waiters)

    waited, answers = asyncio.run(story())

    assert waited == 200
    assert {tuple(event["event"] for event in answer["items"]) for answer in answers} == {
        ("payment.created",)
    }
