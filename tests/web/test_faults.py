"""Faults over a real socket, met by real clients; and what the journal and the results say."""

import http.client
import json
import select
import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.config import read
from sandbox.web.app import build_app

MONDAY = "2026-09-14T09:00:00Z"
PAYMENT = {
    "generatedInvoiceId": 1,
    "amountInMajorCurrency": 10,
    "description": "September",
    "paymentMethod": "GO_CARDLESS",
}
PAYOUT = {"customerId": 1, "amountInMajorCurrency": 12, "reference": "R1"}
PAYMENTS, LIST = "/v1/invoice-payments", "/v1/invoice-payments?page=1&pageSize=10&invoiceId=1"
OUTAGE = """
rules:
  - when: call payments.create
    per: same_request
    nth: 1-2
    respond: { status: 503, error: provider_unavailable, retry_after: 30 seconds }
  - name: the answer is lost
    when: call payments.create
    per: same_request
    nth: 3
    respond: { fault: connection_reset, commit: true }
expect:
  - { at: end, count: { payment.created: 1 } }
"""
GIVEN = """
given:
  clock: 2026-09-14T10:00
  strict: {strict}
  resources:
    customers: [{{ ref: ada, id: 1, name: Ada Lovelace }}]
    mandates: [{{ ref: ada-bacs, customer: ada, status: active }}]
    invoices: [{{ ref: september, id: 1, customer: ada, amount: "20.00" }}]
"""


class Client:
    """An HTTP client of one sandbox, and its tester."""

    def __init__(self, address, name):
        self.address = address
        self.name = name
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {name}"

    def ask(self, method, path, body=None, **more):
        return self.session.request(method, self.address + path, json=body, timeout=20, **more)

    def control(self, method, path, body=None):
        answer = self.ask(method, f"/_sandbox{path}", body)
        assert answer.ok, answer.text
        return answer.json()

    def play(self, rules, *, strict=False):
        """Bind a scenario of these rules, in which an invoice can be collected."""
        given = GIVEN.format(strict=str(strict).lower())
        text = f"scenario: story\nversion: 1\n{rules.strip()}\n{given}"
        added = self.ask(
            "POST", "/_sandbox/scenarios", data=text, headers={"Content-Type": "application/yaml"}
        )
        assert added.status_code == 201, added.text
        self.control("PUT", "/scenario", {"name": "story"})

    def pay(self):
        return self.ask("POST", PAYMENTS, PAYMENT)

    def payments(self):
        """How many the provider knows of."""
        return len(self.control("GET", "/resources/payment")["items"])

    def last(self):
        """The journal's last entry of a vendor's API."""
        entries = self.control("GET", "/requests")["items"]
        return next(entry for entry in reversed(entries) if entry["api"] != "control")

    def result(self):
        self.control("POST", "/clock/run-until-idle")
        return self.control("GET", "/scenario/result")

    def sent(self, path=LIST):
        """A request whose answer is not read yet, on a connection of its own."""
        where = urlsplit(self.address)
        line = socket.create_connection((where.hostname, where.port), timeout=20)
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.name}\r\n\r\n"
        line.sendall(head.encode())
        return line


def is_silent(line):
    return not select.select([line], [], [], 0)[0]


@pytest.fixture(scope="session")
def app():
    return build_app(read({}, {}))


@pytest.fixture(scope="session")
def sandboxes(serve, app):
    with serve(app) as address:
        yield address


@pytest.fixture
def client(sandboxes, request):
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    return Client(sandboxes, name[:64])


def blind(client):
    """Tries again until it is answered."""
    for _ in range(5):
        try:
            answer = client.pay()
        except requests.ConnectionError:
            continue
        if answer.ok:
            return


def careful(client):
    """Waits as it is told, and looks before it tries again what may have worked."""
    for _ in range(5):
        try:
            answer = client.pay()
        except requests.ConnectionError:
            if client.ask("GET", LIST).json():
                return
            continue
        if answer.ok:
            return
        client.control("POST", "/clock/advance", {"by": f"{answer.headers['Retry-After']} seconds"})


def test_a_client_that_retries_blindly_pays_twice(client):
    client.play(OUTAGE)

    blind(client)

    assert client.payments() == 2
    assert client.result()["result"] == "broken"


def test_a_client_that_looks_first_pays_once(client):
    client.play(OUTAGE)

    careful(client)

    assert client.payments() == 1
    assert client.result()["result"] == "held"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (LIST, {"error": "Service Unavailable", "message": "Sorry"}),
        (
            "/backend/api/v1/payments?customerId=1",
            {"error": {"code": "unavailable", "message": "Sorry"}},
        ),
    ],
    ids=["elevate", "backend"],
)
def test_a_rule_answers_in_the_apis_own_words(client, path, body):
    client.play("""
rules:
  - { when: call *, respond: { status: 503, message: Sorry, retry_after: 2 minutes } }
""")

    answer = client.ask("GET", path)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")
    assert answer.json() == body


def test_without_an_error_the_status_decides_and_a_401_says_how(client):
    client.play("rules: [{ when: call *, respond: { status: 401 } }]")

    answer = client.ask("GET", LIST)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["error"] == "Unauthorized"


@pytest.mark.parametrize("status", [204, 299, 418, 599])
def test_any_status_can_be_answered(client, status):
    client.play(f"rules: [{{ when: call *, respond: {{ status: {status} }} }}]")

    answers = [
        client.ask("GET", LIST),
        client.ask("GET", "/backend/api/v1/payments?customerId=1"),
        client.ask("GET", "/billing/50c07a00-0000-4000-8000-000000000001/payments/list"),
    ]

    assert [answer.status_code for answer in answers] == [status] * 3


def test_a_payout_that_needs_approval_leads_to_a_page_of_this_sandbox(client):
    client.play(
        "rules: [{ when: call payouts.create, respond: { status: 403, error: approval_required } }]"
    )

    answer = client.ask("POST", "/v1/outbound-payments", PAYOUT)

    assert (answer.status_code, sorted(answer.json())) == (403, ["authorisationUrl", "message"])
    assert answer.json()["authorisationUrl"].startswith(f"{client.address}/approve/")
    assert client.name not in answer.json()["authorisationUrl"]


def test_a_payout_that_was_approved_goes_through(client):
    client.play(
        "rules: [{ when: call payouts.create, respond: { status: 403, error: approval_required } }]"
    )
    refused = client.ask("POST", "/v1/outbound-payments", PAYOUT)
    id = refused.json()["authorisationUrl"].rpartition("/")[2]

    client.ask("PUT", f"/_sandbox/approvals/{id}", {"status": "approved"})

    assert client.ask("POST", "/v1/outbound-payments", PAYOUT).status_code == 200
    other = {**PAYOUT, "reference": "R2"}
    assert client.ask("POST", "/v1/outbound-payments", other).status_code == 403


def test_a_call_that_is_refused_by_a_rule_has_no_effect_unless_it_is_committed(client):
    client.play("""
rules:
  - { when: call payments.create, nth: 1, respond: { status: 503 } }
  - { when: call payments.create, nth: 2, respond: { status: 503, commit: true } }
""")

    payments = [(client.pay().status_code, client.payments()) for _ in range(3)]

    assert payments == [(503, 0), (503, 1), (201, 2)]


def test_the_journal_names_the_rule_and_what_was_done_all_the_same(client):
    client.play(OUTAGE)

    blind(client)

    found = [
        (one.get("status"), one.get("rule"), one.get("fault"), one.get("notes"))
        for one in client.control("GET", "/requests")["items"]
        if one["api"] == "elevate"
    ]
    lost = ["carried out all the same: 201 was not sent"]
    assert found == [
        (503, "story.yaml:4", None, None),
        (503, "story.yaml:4", None, None),
        (None, "story.yaml:8", "connection_reset", lost),
        (201, None, None, None),
    ]


def test_a_connection_is_really_reset(client):
    client.play("rules: [{ when: call *, respond: { fault: connection_reset } }]")

    with closing(client.sent()) as line, pytest.raises(ConnectionResetError):
        line.recv(1)

    assert client.last()["explanation"] == "the scenario's rule at story.yaml:3"


def test_a_body_that_is_cut_short_ends_before_its_announced_length(client):
    client.play("rules: [{ when: call *, respond: { fault: truncated_body } }]")
    where = urlsplit(client.address)
    with closing(http.client.HTTPConnection(where.hostname, where.port, timeout=20)) as connection:
        connection.request("POST", PAYMENTS, json.dumps(PAYMENT), headers(client))

        answer = connection.getresponse()
        with pytest.raises(http.client.IncompleteRead) as cut:
            answer.read()

    assert (answer.status, client.payments()) == (201, 1)
    assert len(cut.value.partial) + (cut.value.expected or 0) == int(
        answer.headers["Content-Length"]
    )


def headers(client):
    return {"Authorization": f"Bearer {client.name}", "Content-Type": "application/json"}


def test_json_that_is_none_comes_whole(client):
    client.play("rules: [{ when: call *, respond: { fault: malformed_json } }]")

    answer = client.pay()

    assert (answer.status_code, client.payments()) == (201, 1)
    assert answer.headers["Content-Type"] == "application/json"
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_who_meets_a_timeout_waits_alone(client, sandboxes):
    """The same sandbox and others go on; so does the server when the client has gone."""
    client.play("rules: [{ when: call payments.list, respond: { fault: timeout } }]")
    other = Client(sandboxes, f"{client.name[:60]}-2")

    with closing(client.sent()) as line:
        theirs, ours = other.ask("GET", LIST), client.pay()
        entry = client.last() if ours.ok else {}
        waits = is_silent(line)

    assert (theirs.status_code, ours.status_code, waits) == (200, 201, True)
    lists = [one for one in client.control("GET", "/requests")["items"] if one.get("fault")]
    assert [one["fault"] for one in lists] == ["timeout"]
    assert entry["operationId"] == "createInvoicePayment"


def test_who_gives_up_before_a_timeout_is_left_in_peace(client, caplog):
    client.play("rules: [{ when: call payments.list, respond: { fault: timeout } }]")

    with closing(client.sent()) as line:
        waits = is_silent(line)
    for _ in range(3):  # by then the server has seen that it is gone
        client.control("GET", "/clock")

    assert (waits, caplog.messages) == (True, [])


def test_an_answer_that_is_delayed_keeps_nobody_else_waiting(client):
    client.play("rules: [{ when: call payments.list, respond: { delay: 1 second } }]")

    with closing(client.sent()) as line:
        paid = client.pay()
        waits = is_silent(line)
        status = line.recv(4096).split(b"\r\n", 1)[0]

    assert (paid.status_code, waits, status) == (201, True, b"HTTP/1.1 200 OK")


def test_a_second_use_of_a_key_gets_the_first_answer(client):
    client.play("""
rules:
  - when: call payments.create
    per: header.idempotency-key
    nth: "2-"
    respond: { replay: true }
""")

    def pay(key):
        return client.ask("POST", PAYMENTS, PAYMENT, headers={"Idempotency-Key": key})

    first, again, other = pay("a"), pay("a"), pay("b")

    assert again.status_code == 201
    assert again.json() == first.json()
    assert other.json()["id"] != first.json()["id"]
    assert client.payments() == 2


def test_what_a_lost_answer_would_have_been_is_what_is_replayed(client):
    client.play("""
rules:
  - when: call payments.create
    per: same_request
    nth: 1
    respond: { fault: connection_reset, commit: true }
  - { when: call payments.create, per: same_request, nth: "2-", respond: { replay: true } }
""")
    with pytest.raises(requests.ConnectionError):
        client.pay()

    answer = client.pay()

    assert (answer.status_code, answer.json()["generatedInvoiceId"]) == (201, 1)
    assert client.payments() == 1


def test_a_rule_sees_a_request_that_is_refused_and_what_is_in_it(client):
    client.play("""
rules:
  - when: call elevate.getInvoicePayment
    match: { path.invoice_payment_id: 77, query.trace: x1, header.x-client: { exists: true } }
    respond: { status: 409 }
  - { when: call payments.create, nth: 3, respond: { status: 429 } }
  - when: call payments.create
    match: { body.amountInMajorCurrency: { gt: 100 } }
    respond: { status: 422 }
""")

    seen = [
        client.ask("GET", "/v1/invoice-payments/77?trace=x1", headers={"X-Client": "a"}),
        client.ask("GET", "/v1/invoice-payments/78?trace=x1", headers={"X-Client": "a"}),
        client.ask("POST", PAYMENTS, {"amountInMajorCurrency": 1}),
        client.ask("POST", PAYMENTS, {"amountInMajorCurrency": 101}),
        client.ask("POST", PAYMENTS, data="<xml/>", headers={"Content-Type": "text/xml"}),
        client.ask("POST", PAYMENTS, data="<xml/>", headers={"Content-Type": "text/xml"}),
    ]

    assert [answer.status_code for answer in seen] == [409, 404, 400, 422, 429, 415]


def test_strict_scenarios_hold_calls_against_the_documents(client):
    client.play("expect: [{ at: end, calls: { elevate.getRefunds: 2 } }]", strict=True)

    client.ask("GET", "/v1/refunds?page=1&pageSize=10")
    client.ask("GET", "/v1/refunds")
    client.ask("GET", "/v1/nothing")
    client.ask("GET", "/_sandbox/nothing")

    asked = "GET /v1/refunds: query /page is required; query /pageSize is required"
    found = [(one["kind"], one["source"], one["result"]) for one in client.result()["items"]]
    assert found == [
        ("expectation", "story.yaml:3", "held"),
        ("unmatched_call", "GET /v1/nothing", "broken"),
        ("invalid_request", asked, "broken"),
    ]


def test_who_asks_for_a_token_meets_the_faults_of_the_sandbox_that_it_names(client, sandboxes):
    client.play("rules: [{ when: call elevate.createBearerToken, respond: { status: 403 } }]")

    def ask(username):
        body = {"brand": "brand", "username": username, "password": "secret"}
        return requests.post(f"{sandboxes}/v1/authenticate", json=body, timeout=10).status_code

    assert (ask(client.name), ask(f"not-{client.name}"[:64])) == (403, 200)


def test_the_testers_own_api_is_never_faulted(client):
    client.play("rules: [{ when: call *, respond: { fault: timeout } }]")

    assert client.control("GET", "/clock")["now"] == MONDAY


def test_a_view_is_stale_until_somebody_asks_the_provider(client):
    client.play("notices: [{ event: payment.confirmed, to: elevate, lost: true }]")
    client.pay()
    client.control("POST", "/clock/advance", {"by": "4 working days"})
    client.control("POST", "/clock/advance", {"by": "3 hours"})
    truth = client.control("GET", "/resources/payment/payment-1")["status"]

    before, why = shown(client), notice_of(client, "payment.confirmed")
    client.ask("POST", "/v1/payment-provider-reprocess")

    assert (truth, before, shown(client)) == ("confirmed", "SUBMITTED", "CONFIRMED")
    assert why == ("elevate is never told of payment.confirmed", "story.yaml:3")


def notice_of(client, event):
    """What explains whether Elevate was told of an event."""
    causes = client.control("GET", "/explain/payment/payment-1")["causes"]
    (told,) = [one for one in causes if one["what"] == "notice" and one["event"] == event]
    return told["text"], told["rule"]


def shown(client):
    rows = client.ask("GET", LIST).json()
    return max(rows, key=lambda row: row["id"])["thirdPartyPaymentStatus"]
