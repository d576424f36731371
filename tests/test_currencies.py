"""An amount has the digits of its currency: in every API, in the truth, in what a scenario says."""

import pytest
import requests

WORLD = """
scenario: abroad
version: 1
given:
  clock: 2026-06-01T09:00
  resources:
    customers: [{{ ref: kei, id: 5, name: Kei }}]
    accounts: [{{ customer: kei, currency: {currency}, balance: "{owed}" }}]
    mandates: [{{ ref: kei-bacs, customer: kei, created: 2026-05-01T09:00 }}]
    invoices: [{{ ref: june, id: 9, customer: kei, amount: "{amount}" }}]
    payments: [{{ ref: may, customer: kei, amount: "{amount}", status: paid_out }}]
rules:
  - when: payment.created
    match: {{ amount: "{amount}", invoice.amount: {{ gte: "{amount}" }} }}
    then: [{{ status: submitted }}, {{ status: confirmed }}, {{ after: 1 day, status: failed }}]
expect:
  - ref: payment-2
    payment: failed
    events: [payment.confirmed, payment.late_failure]
    has: {{ amount: "{amount}", collected: "{amount}", currency: {currency} }}
"""
CASES = {
    "JPY": ("JPY", "12345", 12345, "12345.00"),
    "KWD": ("KWD", "12.345", 12.345, "12.345"),
    "CLF": ("CLF", "1.2345", 1.2345, "1.2345"),
}


class Client:
    """A client of all APIs in a sandbox with one customer abroad."""

    def __init__(self, address, name, currency, amount):
        self.address = address
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {name}"
        text = WORLD.format(currency=currency, amount=amount, owed=f"-{amount}")
        self.told("POST", "/_sandbox/scenarios", data=text, headers={"Content-Type": YAML})
        self.told("PUT", "/_sandbox/scenario", {"name": "abroad"})

    def ask(self, method, path, body=None, **more):
        return self.session.request(method, self.address + path, json=body, timeout=10, **more)

    def told(self, method, path, body=None, **more):
        answer = self.ask(method, path, body, **more)
        assert answer.ok, answer.text
        return answer.json()

    def advance(self):
        return self.told("POST", "/_sandbox/clock/advance", {"by": "2 days"})

    def payment(self, ref="payment-2"):
        return self.told("GET", f"/_sandbox/resources/payment/{ref}")

    def is_expected(self):
        lines = self.told("GET", "/_sandbox/scenario/result")["items"]
        return [line["result"] for line in lines]


TOO_FINE = {
    "elevate": (
        "/v1/invoice-payments",
        lambda amount: {**ELEVATE, "amountInMajorCurrency": amount},
        400,
    ),
    "backend": (
        "/backend/api/v1/customers/5/payments",
        lambda amount: {"paymentAmount": amount},
        400,
    ),
    "fixtures": (
        "/_sandbox/fixtures",
        lambda amount: {"invoices": [{"customer": "kei", "amount": str(amount)}]},
        422,
    ),
}
MORE = [("JPY", 0.5, "0 decimal places"), ("KWD", 0.1234, "3 decimal places")]


@pytest.mark.parametrize(("currency", "amount", "most"), MORE)
@pytest.mark.parametrize(("path", "body", "status"), TOO_FINE.values(), ids=TOO_FINE)
def test_one_digit_more_is_refused_and_says_how_many_there_are(  # noqa: PLR0913, PLR0917
    address, path, body, status, currency, amount, most
):
    client = Client(address, f"too-fine-{currency}-{status}-{len(path)}", currency, "10")

    refused = client.ask("POST", path, body(amount))

    assert refused.status_code == status
    assert (most in refused.text, currency in refused.text) == (True, True)


YAML = "application/yaml"
ELEVATE = {"generatedInvoiceId": 9, "description": "June", "paymentMethod": "GO_CARDLESS"}


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request):
    return request.param


@pytest.fixture
def client(address, request, case):
    currency, amount, *_ = case
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    return Client(address, name[:64], currency, amount)


def test_elevate_collects_it_and_hears_of_its_failure(client, case):
    currency, amount, number, _ = case

    row = client.told("POST", "/v1/invoice-payments", {**ELEVATE, "amountInMajorCurrency": number})
    client.advance()

    truth = client.payment()
    rows = client.told("GET", f"/v1/invoice-payments/{row['id']}")
    assert (rows["amountInMajorCurrency"], rows["currencyId"]) == (number, 99)
    assert (truth["amount"], truth["collected"], truth["currency"]) == (amount, amount, currency)
    assert client.is_expected() == ["held"]


def test_the_backend_collects_it_and_hears_of_its_failure(client, case):
    currency, amount, _, written = case
    body = {"paymentAmount": amount, "paymentMethod": "Direct Debit", "invoiceID": "9"}

    payment = client.told("POST", "/backend/api/v1/customers/5/payments", body)
    client.advance()

    truth = client.payment()
    shown = client.told("GET", f"/backend/api/v1/payments/{payment['id']}")
    assert (shown["paymentAmount"], shown["status"]) == (written, ["Collected", "Reversed"])
    assert (truth["amount"], truth["collected"], truth["currency"]) == (amount, amount, currency)
    assert client.is_expected() == ["held"]


def test_what_is_given_is_what_is_shown(client, case):
    _, amount, number, _ = case

    fixtures = client.told("GET", "/_sandbox/fixtures")["items"]
    balance = client.told("GET", "/v1/customer-balances?customer_id=5")

    amounts = {each["ref"]: each.get("amount") for each in fixtures}
    assert (amounts["june"], amounts["may"]) == (amount, amount)
    assert client.payment("may")["collected"] == amount
    assert balance["balance"] == -number


def test_a_sandbox_written_down_keeps_it(client):
    document = client.told("GET", "/_sandbox/export")
    before = client.payment("may")

    client.told("POST", "/_sandbox/import", document)

    assert client.payment("may") == before
