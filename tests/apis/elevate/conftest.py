"""Elevate as a client speaks to it: real HTTP, to a real server, each test in its own sandbox.

The server runs in a thread of the test's, so that a test can also see that a refused call has left
the sandbox's state alone.
"""

from datetime import UTC, datetime
from hashlib import blake2b

import pytest
import requests

from sandbox.apis.elevate import canonical
from sandbox.config import read
from sandbox.scenario.proving.judging import by_ref
from sandbox.web.app import build_app

MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)  # nine o'clock in London
PAGE = {"page": 1, "pageSize": 1000}
MANUAL = "CHEQUE"


class Elevate:
    """A client of one sandbox. It speaks of pounds, invoices and sites; HTTP stays in here."""

    def __init__(self, app, address, token):
        self.app = app
        self.address = address
        self.token = token
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    @property
    def sandbox(self):
        return self.app.process.server.sandboxes.at(self.token, MONDAY)

    @property
    def server(self):
        return self.app.process.server

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
        """The status and message of a refusal: two members and no more, and nothing has changed."""
        before = self.sandbox.state
        answer = self.call(method, f"/v1{path}", body, **more)
        assert not answer.ok, answer.text
        assert set(answer.json()) == {"error", "message"}
        assert self.sandbox.state.tables == before.tables
        assert self.sandbox.state.jobs == before.jobs
        assert len(self.sandbox.state.events) == len(before.events)
        return answer.status_code, answer.json()["message"]

    def notes_of(self, answer):
        """What the journal says besides of a request that was answered."""
        id = answer.headers["X-Sandbox-Request"]
        return list(self.sandbox.journal.find(id).notes)

    # What a tester does

    def bind(self, name, **params):
        return self.control("PUT", "/scenario", {"name": name, "params": params})

    def play(self, rules):
        """Bind a scenario of these rules, in the world as it is: something has happened in it."""
        self.ok("GET", "/payment-providers", params=PAGE)
        text = f"scenario: story\nversion: 1\ntitle: A story\n{rules}"
        answer = self.session.post(
            f"{self.address}/_sandbox/scenarios",
            data=text.encode(),
            headers={"Content-Type": "application/yaml"},
            timeout=10,
        )
        assert answer.status_code == 201, answer.text
        self.control("PUT", "/scenario", {"name": "story", "pending": "keep"})

    def give(self, **resources):
        return self.control("POST", "/fixtures", resources)

    def advance(self, by):
        """The events' names, in order."""
        receipt = self.control("POST", "/clock/advance", {"by": by})
        return [fired["event"] for fired in receipt["fired"]]

    def run_until_idle(self):
        return self.control("POST", "/clock/run-until-idle")

    def move(self, ref, to, reason=None, **more):
        """What the bank, the payer or an approver does."""
        body = {"to": to, **({"reason": reason} if reason else {}), **more}
        type, _, _ = ref.rpartition("-")
        return self.control("POST", f"/resources/{type}/{ref}/moves", body)

    def truth(self, ref):
        type, _, _ = ref.rpartition("-")
        return self.control("GET", f"/resources/{type}/{ref}")

    # What a client does

    def new_mandate(self, site=1, **more):
        """A mandate whose payer has finished the page."""
        body = {"siteId": site, "returnURL": "https://example.com/back", **more}
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

    def pay(self, pounds, invoice=2, method=MANUAL, **more):
        """Record a payment that no provider handles."""
        return self.collect(pounds, invoice, method, **more)

    def paid_by_direct_debit(self, pounds=42, invoice=2):
        """A payment that the bank has confirmed and paid out."""
        row = self.collect(pounds, invoice)
        self.run_until_idle()
        return row

    def refund(self, invoice=2, **more):
        body = {"invoiceId": invoice, "billRunType": "NORMAL", **more}
        return self.ok("POST", "/refunds", body)

    def refunds(self):
        found = self.ok("GET", "/refunds", params=PAGE)
        return [refund["thirdPartyRefundStatus"] for refund in found]

    def cancel(self, invoice=2, **more):
        body = {"invoiceId": invoice, "billRunType": "NORMAL", **more}
        return self.call("POST", "/v1/invoice-payment-cancel", body)

    def reprocess(self, invoice=2, **more):
        body = {"invoiceId": invoice, "billRunType": "NORMAL", **more}
        return self.call("POST", "/v1/invoice-payment-reprocess", body)

    def pay_out(self, pounds=10, customer=2, **more):
        body = {
            "customerId": customer,
            "amountInMajorCurrency": pounds,
            "reference": "REFUND 42",
            **more,
        }
        return self.ok("POST", "/outbound-payments", body)

    def patch(self, path, *operations):
        media = {"Content-Type": "application/json-patch+json"}
        return self.ok("PATCH", path, list(operations), headers=media)

    def rows(self, invoice=1):
        query = {**PAGE, "generatedInvoiceId": invoice, "sort": "id"}
        return self.ok("GET", "/invoice-payments", params=query)

    def adhoc_rows(self, invoice=1):
        query = {**PAGE, "generatedAdhocInvoiceId": invoice, "sort": "id"}
        return self.ok("GET", "/adhoc-invoice-payments", params=query)

    def statuses(self, invoice=1):
        return [row.get("thirdPartyPaymentStatus") for row in self.rows(invoice)]

    def amounts(self, invoice=1):
        return [row["amountInMajorCurrency"] for row in self.rows(invoice)]

    def balance(self, customer=1):
        return self.ok("GET", "/customer-balances", params={"customer_id": customer})["balance"]

    def ledger(self, customer=1, **filters):
        query = {**PAGE, "customer_id": customer, **filters}
        return self.ok("GET", "/customer-payments", params=query)

    def movements(self, customer=1, **filters):
        rows = self.ledger(customer, **filters)
        return [(row["txnType"], row["amountInMajorCurrency"]) for row in rows]

    def invoice_status(self, invoice=1, kind="normal"):
        return self.invoice_shows(invoice, kind)["paymentStatus"]

    def invoice_shows(self, invoice=1, kind="normal"):
        """What Elevate has worked out of an invoice."""
        return self.fixture(resource="invoice", kind=kind, id=invoice)["elevate"]

    def site_shows(self, site):
        """What Elevate has filled into a site's invoice details."""
        return self.fixture(resource="site", id=site)["elevate"]

    def fixture(self, **fields):
        """The one with these."""
        items = self.control("GET", "/fixtures")["items"]
        return next(item for item in items if fields.items() <= item.items())

    def view(self, ref):
        """What Elevate shows of one of the provider's resources."""
        return canonical.view(self.sandbox, by_ref(self.sandbox, ref))


@pytest.fixture(scope="session")
def served(serve, counting):
    """The whole server with its default world, in a thread: the application and its address.

    Its machine's clock stands on a Monday morning, so that there every sandbox begins.
    """
    app = build_app(read({}, {}), wall=lambda: MONDAY)
    with serve(app) as address, counting(app):
        yield app, address


@pytest.fixture
def token(request):
    """A credential of the test's own: its name, made short."""
    return blake2b(request.node.nodeid.encode(), digest_size=12).hexdigest()


@pytest.fixture
def elevate(served, token, by_prism):
    """A client of a fresh sandbox."""
    client = Elevate(*served, token)
    by_prism(client.session, "elevate", client.address)
    yield client
    client.session.close()
