"""Socotra over HTTP, on a real server: what stands before and around an operation."""

import jwt
import pytest
import requests

A = "0000000000NV0000000000000A"
H = "0000000000NV0000000000000H"
FIRST = "50c07a00-0000-4000-8000-000000000001"
OTHER = "50c07a00-0000-4000-8000-000000000002"
MONDAY = "2026-06-01T09:00:00Z"
KEY = "k" * 32
ACC1 = "0000000000ACC0000000000001"
INSTRUMENT = "0000000000FN00000000000001"
TARGET = {"containerLocator": A, "containerType": "invoice"}


class Client:
    """A client of one sandbox, whose world is Socotra's everyday one."""

    def __init__(self, address, name):
        self.address = address
        self.name = name
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {name}"
        for method, path, body in (
            ("PUT", "scenario", {"name": "socotra-everyday"}),
            ("PUT", "clock", {"now": MONDAY}),
        ):
            assert self.ask(method, f"/_sandbox/{path}", body).ok

    def ask(self, method, path, body=None, **more):
        return self.session.request(method, self.address + path, json=body, timeout=10, **more)

    def billing(self, method, path, body=None, *, tenant=FIRST, **more):
        return self.ask(method, f"/billing/{tenant}{path}", body, **more)

    def told(self, method, path, body=None, **more):
        answer = self.billing(method, path, body, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method, path, body=None, **more):
        """The status, code and message; the body says nothing else but the details."""
        answer = self.billing(method, path, body, **more)
        assert set(answer.json()) - {"details"} == {"errorCode", "status", "message", "requestId"}
        return answer.status_code, answer.json()["errorCode"], answer.json()["message"]

    def draft(self, amount=100, **more):
        body = {
            "type": "StandardPayment",
            "amount": amount,
            "targets": [TARGET],
            **more,
        }
        return self.told("POST", "/payments", body)["locator"]

    def control(self, method, path, body=None):
        answer = self.ask(method, f"/_sandbox{path}", body)
        assert answer.ok, answer.text
        return answer.json()

    def advance(self, by):
        return self.control("POST", "/clock/advance", {"by": by})


@pytest.fixture
def client(address, request, by_prism):
    client = Client(address, f"socotra-{request.node.name}"[:60].replace("[", "-").strip("]"))
    by_prism(client.session, "socotra", address)
    return client


def bearer(client, **claims):
    token = jwt.encode({"sub": client.name, **claims}, KEY, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


def test_a_payment_is_posted_and_taken_back(client):
    locator = client.draft(99.5)
    states = [
        client.told("PATCH", f"/payments/{locator}/{call}", body)["paymentState"]
        for call, body in (
            ("validate", None),
            ("post", None),
            ("reverse", {"reversalType": "Standard"}),
        )
    ]

    invoice = client.told("GET", f"/invoices/{A}")

    assert states == ["validated", "posted", "reversed"]
    assert (invoice["invoiceState"], invoice["totalRemainingAmount"]) == ("open", 100)


def test_a_payment_is_collected_and_its_lateness_shows_in_the_truth_alone(client):
    """The provider's truth says failed, and why; Socotra stays posted until the client reverses."""
    locator = client.draft()
    client.told("PATCH", f"/payments/{locator}/validate")
    client.told("PATCH", f"/payments/{locator}/request")
    client.advance("1 minute")
    client.control(
        "POST", "/resources/payment/payment-1/moves", {"to": "failed", "reason": "card_declined"}
    )

    shown = client.told("GET", f"/payments/{locator}")
    truth = client.control("GET", "/resources/payment/payment-1")
    done = client.told("PATCH", f"/payments/{locator}/reverse", {"reversalType": "Bounced"})

    assert (shown["paymentState"], truth["status"]) == ("posted", "failed")
    assert done["paymentState"] == "reversed"
    assert client.told("GET", f"/invoices/{A}")["totalRemainingAmount"] == 100


def test_locators_may_be_written_in_lower_case(client):
    locator = client.draft()

    found = client.told("GET", f"/payments/{locator.lower()}")
    listed = client.told("GET", f"/payments/list?targetContainerLocator={A.lower()}")

    assert found["locator"] == locator
    assert listed["items"] == [found]


def test_a_list_is_no_locator(client):
    assert client.told("GET", "/payments/list") == {"listCompleted": True, "items": []}
    assert client.refused("GET", "/payments/lost")[:2] == (400, 990400)


def test_a_number_is_decoded(client):
    locator = client.draft()
    client.told("POST", f"/payments/{locator}/number/set?paymentNumber=a%2Fb%20c")

    [found] = client.told("GET", "/payments/numbers/a%2Fb%20c")

    assert found["paymentNumber"] == "a/b c"


def test_a_blank_number_is_refused(client):
    path = f"/payments/{client.draft()}/number/set"

    assert client.refused("POST", f"{path}?paymentNumber=%20")[:2] == (400, 990400)
    assert client.refused("POST", path)[:2] == (400, 990400)


def test_every_violation_is_named(client):
    body = {"amount": "much", "targets": [{"containerLocator": "nowhere"}], "paymentMode": "odd"}

    answer = client.billing("POST", "/payments?extended=perhaps", body).json()

    assert {detail["field"] for detail in answer["details"]} == {
        "type",
        "amount",
        "paymentMode",
        "targets[0].containerLocator",
        "targets[0].containerType",
    }


WITH_A_CURRENCY = {
    "create": ("POST", "/payments", {"type": "StandardPayment", "amount": 1}),
    "change": ("PATCH", "/payments/{draft}", {"amount": 1}),
    "replace": ("PUT", "/payments/{draft}", {"type": "StandardPayment", "amount": 1}),
    "charge": ("POST", f"/accounts/{ACC1}/charges", {"charges": []}),
}


@pytest.mark.parametrize("code", ["QQQ", "XAU", "usd"])
@pytest.mark.parametrize(("method", "path", "body"), WITH_A_CURRENCY.values(), ids=WITH_A_CURRENCY)
def test_a_code_of_no_currency_is_refused(client, method, path, body, code):
    draft = client.draft()
    before = client.told("GET", f"/payments/{draft}")

    answer = client.billing(method, path.format(draft=draft), {**body, "currency": code})

    assert answer.status_code == 400
    assert answer.json()["details"] == [
        {"field": "currency", "reason": "must be the code of a currency, such as USD"}
    ]
    assert client.told("GET", f"/payments/{draft}") == before


def test_a_ledger_is_asked_for_in_a_currency_that_there_is(client):
    ledger = f"/accounting/ledgerAccounts/accountCreditBalance/{ACC1}?currency="

    unknown, other = client.refused("GET", f"{ledger}QQQ"), client.told("GET", f"{ledger}CHF")

    assert unknown[:2] == (400, 990400)
    assert (other["balance"], other["currency"]) == (0, "CHF")


def test_the_order_of_refusal(client):
    """Path, method, credential, tenant, permission, form, resource, state: the first counts."""
    nowhere, reader = "01KT16JKM0000000000N0WHERE", {"permissions": ["payments.read"]}
    elsewhere = bearer(client, tenants=[OTHER], permissions=[])
    reading = bearer(client, **reader)
    locator = client.draft()
    nobody = {"Authorization": ""}

    statuses = [
        client.billing(method, path, body, headers=headers).status_code
        for method, path, body, headers in (
            ("PATCH", "/nothing", {}, nobody),
            ("DELETE", f"/payments/{locator}", None, nobody),
            ("POST", "/payments", {}, nobody),
            ("POST", "/payments", {}, elsewhere),
            ("POST", "/payments", {}, reading),
            ("POST", "/payments", {}, None),
            ("GET", f"/payments/{nowhere}", None, reading),
            ("PATCH", f"/payments/{locator}/post", None, None),
        )
    ]

    assert statuses == [404, 405, 401, 403, 403, 400, 404, 422]


def test_a_permission_and_a_tenant_are_named(client):
    reading = bearer(client, permissions=["payments.read"])
    elsewhere = bearer(client, tenants=[OTHER])

    assert client.refused("POST", "/payments", {}, headers=reading) == (
        403,
        990403,
        "payments.write is required",
    )
    assert client.refused("GET", "/payments/list", headers=elsewhere) == (
        403,
        990403,
        f"the token does not reach tenant {FIRST}",
    )
    answer = client.billing("GET", "/payments/list", headers=elsewhere, tenant=OTHER)
    assert answer.status_code == 200


def test_the_catalogue_of_events_needs_no_credential(client):
    answer = requests.get(f"{client.address}/billing/events", timeout=10)

    assert answer.status_code == 200
    assert {"type": "billing.payment.post", "description": "A payment was posted."} in answer.json()


def test_the_document_is_served_beside_the_api(client):
    document = requests.get(f"{client.address}/billing/openapi.json", timeout=10).json()

    assert document["info"]["title"] == "Socotra billing: Payments"


def test_a_credit_balance_is_set_as_a_tester_does(client):
    locator = client.draft(120)
    for call in ("validate", "post"):
        client.told("PATCH", f"/payments/{locator}/{call}")
    client.control(
        "POST",
        "/fixtures",
        {"accounts": [{"ref": "acc1", "socotra": {"creditBalance": "0.00"}}]},
    )

    refusal = client.refused("PATCH", f"/payments/{locator}/reverse", {"reversalType": "Standard"})

    assert refusal[:2] == (422, 990402)
    assert client.told("GET", f"/payments/{locator}")["paymentState"] == "posted"


def test_the_default_world_has_an_account_with_a_card_and_two_invoices(address):
    url = f"{address}/billing/{FIRST}/invoices/{A}"
    credential = {"Authorization": "Bearer nobody-bound-anything"}

    invoice = requests.get(url, headers=credential, timeout=10).json()

    items = [item["amount"] for item in invoice["invoiceItems"]]
    assert (invoice["invoiceState"], invoice["totalRemainingAmount"], items) == (
        "open",
        100.0,
        [60.0, 40.0],
    )


def test_a_draft_is_written_again_numbered_validated_and_taken_up_once_more(client):
    locator = client.draft(50)

    shown = [
        client.told(method, f"/payments/{locator}{call}", body)
        for method, call, body in (
            ("PATCH", "", {"amount": 60}),
            ("PUT", "", {"type": "StandardPayment", "amount": 70, "targets": [TARGET]}),
            ("POST", "/number/generate", None),
            ("PATCH", "/validate", None),
            ("PATCH", "/reset", None),
            ("PATCH", "/discard", None),
        )
    ]

    assert [one["amount"] for one in shown] == [60, 70, 70, 70, 70, 70]
    states = [one["paymentState"] for one in shown]
    assert states == ["draft", "draft", "draft", "validated", "draft", "discarded"]
    assert shown[-1]["paymentNumber"] == "PAY-00000001"


@pytest.mark.parametrize(("call", "state"), [("cancel", "cancelled"), ("fail", "failed")])
def test_a_payment_that_was_asked_for_is_given_up(client, call, state):
    locator = client.draft()
    client.told("PATCH", f"/payments/{locator}", {"nextRequestTime": "2026-06-02T09:00:00Z"})
    client.told("PATCH", f"/payments/{locator}/validate")
    client.told("PATCH", f"/payments/{locator}/request")

    given_up = client.told("PATCH", f"/payments/{locator}/{call}")

    assert given_up["paymentState"] == state


def test_what_a_payment_over_two_accounts_made_can_be_fetched(client):
    """Its shares, the credit for what it lacked, and the events of all that."""
    other = {"containerLocator": H, "containerType": "invoice", "amount": 60}
    targets = [{**TARGET, "amount": 99.5}, other]
    locator = client.draft(159.5, paymentMode="aggregate", targets=targets)
    client.told("PATCH", f"/payments/{locator}/validate")
    preview = client.told("GET", f"/payments/{locator}/previewPost")
    client.told("PATCH", f"/payments/{locator}/post")

    shares = client.told("GET", f"/payments/{locator}/subpayments/list")["items"]
    [credit] = client.told("GET", f"/payments/{locator}/shortfallCredits/list")["items"]
    fetched = client.told("GET", f"/shortfallCredits/{credit['locator']}")
    events = client.ask("GET", f"/event/{FIRST}/events/list?pageSize=50").json()["events"]
    event = client.ask("GET", f"/event/{FIRST}/events/{events[0]['locator']}").json()

    assert [share["paymentState"] for share in shares] == ["posted", "posted"]
    assert (fetched, event) == (credit, events[0])
    assert len(preview["shortfallCredits"]) == 1


READS = (
    "billing/{tenant}/payments/{payment}/invoices/list",
    "billing/{tenant}/payments/{payment}/previewValidate",
    "billing/{tenant}/invoices/accounts/{account}/list",
    "billing/{tenant}/invoices/{invoice}/payments/list",
    "billing/{tenant}/invoices/{invoice}/details",
    "billing/{tenant}/financialInstruments/list?referenceLocator={account}&referenceType=account",
    "billing/{tenant}/financialInstruments/{instrument}",
    "billing/{tenant}/shortfallCredits/list",
    "billing/{tenant}/externalCashTransactions/{cash}",
    "event/{tenant}/events/request/{payment}",
    "event/{tenant}/webhooks/list",
)


@pytest.mark.parametrize("path", READS, ids=range(len(READS)))
def test_what_stands_around_a_payment_can_be_read(client, path):
    locator = client.draft()
    payment = client.told("GET", f"/payments/{locator}")
    known = {"tenant": FIRST, "account": ACC1, "invoice": A, "instrument": INSTRUMENT}
    cash = payment["externalCashTransactionLocator"]

    answer = client.ask("GET", "/" + path.format(**known, payment=locator, cash=cash))

    assert answer.status_code == 200, answer.text


def test_what_was_paid_to_an_account_stands_in_its_ledger(client):
    locator = client.draft(7, accountLocator=ACC1, targets=[])
    client.told("PATCH", f"/payments/{locator}/validate")
    client.told("PATCH", f"/payments/{locator}/post")

    ledger = client.told("GET", f"/accounting/ledgerAccounts/accountCreditBalance/{ACC1}")

    assert (ledger["balance"], [line["amount"] for line in ledger["lineItems"]]) == (7, [7])


def test_charging_an_account_makes_an_invoice(client):
    charges = [{"amount": 12.5, "chargeType": "lateFee"}]

    made = client.told("POST", f"/accounts/{ACC1}/charges", {"charges": charges})

    assert [charge["amount"] for charge in made] == [12.5]


def test_a_webhook_is_made_changed_and_taken_away(client):
    hooks = f"/event/{FIRST}/webhooks"
    endpoint = {"url": "http://client.test/socotra"}
    body = {"name": "all", "enabled": False, "eventTypes": ["billing.payment.post"]}
    made = client.ask("POST", hooks, {**body, "endpoint": endpoint}).json()
    hook = f"{hooks}/{made['locator']}"

    changed = client.ask("PATCH", hook, {"name": "some"}).json()
    fetched = client.ask("GET", hook).json()
    ended = [client.ask(*call).status_code for call in (
        ("PATCH", f"{hook}/unsuspend"), ("DELETE", hook), ("GET", hook),
    )]  # fmt: skip

    assert (changed["name"], fetched) == ("some", changed)
    assert ended == [204, 204, 404]
