"""One scenario, two APIs: what the bank does is one truth, and each API shows it in its own way."""

import pytest
import requests

TENANT = "50c07a00-0000-4000-8000-000000000001"
LATE = """
scenario: late-everywhere
version: 1
given:
  clock: 2026-06-01T09:00
  resources:
    customers: [{ ref: ada, id: 1, name: Ada Lovelace }]
    mandates: [{ ref: ada-bacs, customer: ada, created: 2026-05-01T09:00 }]
    invoices: [{ ref: june, id: 9, customer: ada, amount: "42.00" }]
rules:
  - name: the bank takes it back
    when: payment.confirmed
    then: [{ after: 2 working days, at: "09:00", status: failed, reason: refer_to_payer }]
expect:
  - { ref: payment-1, payment: failed, events: [payment.confirmed, payment.late_failure] }
  - { ref: payment-2, payment: failed, events: [payment.confirmed, payment.late_failure] }
"""
RULE = "late-everywhere.yaml:13"


class Client:
    def __init__(self, address, name):
        self.address = address
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {name}"

    def told(self, method, path, body=None, **more):
        answer = self.session.request(method, self.address + path, json=body, timeout=10, **more)
        assert answer.ok, answer.text
        return answer.json()

    def billing(self, method, path, body=None):
        return self.told(method, f"/billing/{TENANT}{path}", body)

    def play(self, text):
        media = {"Content-Type": "application/yaml"}
        name = self.told("POST", "/_sandbox/scenarios", data=text, headers=media)["name"]
        self.told("PUT", "/_sandbox/scenario", {"name": name})
        fixtures = self.told("GET", "/_sandbox/fixtures")["items"]
        return {each["ref"]: each["ids"] for each in fixtures}

    def elevates_payment(self):
        body = {
            "generatedInvoiceId": 9,
            "amountInMajorCurrency": 42,
            "description": "June",
            "paymentMethod": "GO_CARDLESS",
        }
        self.told("POST", "/v1/invoice-payments", body)

    def socotras_payment(self, invoice):
        draft = {
            "type": "StandardPayment",
            "amount": 42,
            "targets": [{"containerLocator": invoice, "containerType": "invoice"}],
            "useDefaultFinancialInstrument": True,
        }
        locator = self.billing("POST", "/payments", draft)["locator"]
        self.billing("PATCH", f"/payments/{locator}/validate")
        self.billing("PATCH", f"/payments/{locator}/request")
        return locator

    def why(self, ref):
        """What a payment is in truth, and which rule made it so."""
        explained = self.told("GET", f"/_sandbox/explain/payment/{ref}")
        moves = [one for one in explained["causes"] if one["what"] == "move"]
        return explained["resource"]["status"], moves[-1]["rule"]


@pytest.fixture
def client(address):
    return Client(address, "one-truth")


def test_a_late_failure_is_failed_in_elevate_and_the_clients_to_reverse_in_socotra(client):
    june = client.play(LATE)["june"]["socotra"]
    client.elevates_payment()
    locator = client.socotras_payment(june)
    client.told("POST", "/_sandbox/clock/advance", {"by": "10 working days"})
    rows = client.told("GET", "/v1/invoice-payments?generatedInvoiceId=9&page=1&pageSize=50")
    posted = client.billing("GET", f"/payments/{locator}")["paymentState"]
    owed = client.billing("GET", f"/invoices/{june}")["totalRemainingAmount"]

    undone = client.billing("PATCH", f"/payments/{locator}/reverse", {"reversalType": "Standard"})

    invoice = client.billing("GET", f"/invoices/{june}")
    assert [client.why(ref) for ref in ("payment-1", "payment-2")] == [("failed", RULE)] * 2
    assert rows[-1]["thirdPartyPaymentStatus"] == "FAILED"
    assert (posted, owed) == ("posted", 0)
    assert undone["paymentState"] == "reversed"
    assert (invoice["invoiceState"], invoice["totalRemainingAmount"]) == ("open", 42)
    assert client.told("GET", "/_sandbox/scenario/result")["result"] == "held"
