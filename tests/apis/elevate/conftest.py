"""Elevate as a client speaks to it: over HTTP, to a real server, each test in its own sandbox."""

from hashlib import blake2b

import pytest
import requests

MONDAY = "2026-06-01T08:00:00Z"  # nine o'clock in London
PAGE = {"page": 1, "pageSize": 1000}


class Elevate:
    """A client of one sandbox. It speaks of pounds, invoices and sites; HTTP stays in here."""

    def __init__(self, address, token):
        self.address = address
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method, path, body=None, **more):
        return self.session.request(method, self.address + path, json=body, timeout=10, **more)

    def control(self, method, path, body=None, **more):
        answer = self.call(method, f"/_sandbox{path}", body, **more)
        assert answer.ok, answer.text
        return answer.json()

    def ok(self, method, path, body=None, **more):
        answer = self.call(method, f"/v1{path}", body, **more)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def refused(self, method, path, body=None, **more):
        """The status and message of a refusal, which says something in two members and no more."""
        answer = self.call(method, f"/v1{path}", body, **more)
        assert set(answer.json()) == {"error", "message"}
        return answer.status_code, answer.json()["message"]

    def bind(self, name, **params):
        return self.control("PUT", "/scenario", {"name": name, "params": params})

    def add_scenario(self, text):
        answer = self.session.post(
            f"{self.address}/_sandbox/scenarios",
            data=text,
            headers={"Content-Type": "application/yaml"},
            timeout=10,
        )
        assert answer.status_code == 201, answer.text

    def give(self, **resources):
        return self.control("POST", "/fixtures", resources)

    def set_clock(self, now):
        return self.control("PUT", "/clock", {"now": now})

    def advance(self, by):
        """The events' names, in order."""
        receipt = self.control("POST", "/clock/advance", {"by": by})
        return [fired["event"] for fired in receipt["fired"]]

    def run_until_idle(self):
        return self.control("POST", "/clock/run-until-idle")

    def new_mandate(self, site=1):
        body = {"siteId": site, "returnURL": "https://example.com/back"}
        mandate = self.ok("POST", "/site-payment-mandates", body)
        self.advance("5 minutes")
        return mandate

    def collect(self, pounds=10.5, invoice=1, method="GO_CARDLESS", **more):
        body = {
            "generatedInvoiceId": invoice,
            "amountInMajorCurrency": pounds,
            "description": "June",
            "paymentMethod": method,
            **more,
        }
        return self.ok("POST", "/invoice-payments", body)

    def rows(self, invoice=1):
        query = {**PAGE, "generatedInvoiceId": invoice, "sort": "id"}
        return self.ok("GET", "/invoice-payments", params=query)

    def statuses(self, invoice=1):
        return [row.get("thirdPartyPaymentStatus") for row in self.rows(invoice)]

    def balance(self, customer=1):
        return self.ok("GET", "/customer-balances", params={"customer_id": customer})["balance"]

    def ledger(self, customer=1):
        query = {**PAGE, "customer_id": customer, "sort": "id"}
        rows = self.ok("GET", "/customer-payments", params=query)
        return [(row["txnType"], row["amountInMajorCurrency"]) for row in rows]

    def invoice_status(self, invoice=1):
        """What the fixtures say of the invoice, in Elevate's words."""
        for fixture in self.control("GET", "/fixtures")["items"]:
            if fixture["resource"] == "invoices" and fixture["id"] == invoice:
                return fixture["elevate"]["paymentStatus"]
        raise LookupError(invoice)


@pytest.fixture
def token(request):
    """A credential of the test's own: its name, made short."""
    return blake2b(request.node.nodeid.encode(), digest_size=12).hexdigest()


@pytest.fixture
def elevate(address, token):
    """A client of a fresh sandbox, its clock on a Monday morning."""
    client = Elevate(address, token)
    client.set_clock(MONDAY)
    return client
