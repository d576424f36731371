"""Two sandboxes share nothing: not time, not ids, not journals. What each is, it is alone."""

import json
import re

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

MONDAY = "2026-06-01T08:00:00Z"  # nine o'clock in London
TUESDAY = "2026-06-02T08:00:00Z"
LINK = re.compile(r"(/mandate|/pay)/[^/\"?]+/")  # a digest of the sandbox's name
VARY = ("date", "content-length")  # the server's own; the names and links differ in length
COLLECT = {
    "generatedInvoiceId": 2,
    "amountInMajorCurrency": 42,
    "description": "June",
    "paymentMethod": "GO_CARDLESS",
}

# What a client or a tester may do. Some of it is refused, at first or always.
SET_CLOCK = ("PUT", "/_sandbox/clock", {"now": MONDAY})
ACTIONS = {
    "new mandate": ("POST", "/v1/site-payment-mandates", {"siteId": 1, "returnURL": "https://a.b"}),
    "collect": ("POST", "/v1/invoice-payments", COLLECT),
    "cheque": ("POST", "/v1/invoice-payments", {**COLLECT, "paymentMethod": "CHEQUE"}),
    "cancel": ("POST", "/v1/invoice-payment-cancel", {"invoiceId": 2, "billRunType": "NORMAL"}),
    "refund": ("POST", "/v1/refunds", {"invoiceId": 2, "billRunType": "NORMAL"}),
    "pay out": (
        "POST",
        "/v1/outbound-payments",
        {"customerId": 2, "amountInMajorCurrency": 25, "reference": "GOODWILL"},
    ),
    "wrong": ("POST", "/v1/invoice-payments", {"generatedInvoiceId": "two"}),
    "rows": ("GET", "/v1/invoice-payments?page=1&pageSize=100", None),
    "ledger": ("GET", "/v1/customer-payments?customer_id=2&page=1&pageSize=100", None),
    "a day": ("POST", "/_sandbox/clock/advance", {"by": "1 day"}),
    "next": ("POST", "/_sandbox/clock/next", None),
    "until idle": ("POST", "/_sandbox/clock/run-until-idle", None),
    "bind": (
        "PUT",
        "/_sandbox/scenario",
        {"name": "mandate-fails-at-bank", "pending": "drop"},
    ),
    "events": ("GET", "/_sandbox/events", None),
    "sandbox": ("GET", "/_sandbox", None),
    "fixtures": ("GET", "/_sandbox/fixtures", None),
    "report": ("GET", "/_sandbox/report", None),
    "timeline": ("GET", "/_sandbox/timeline", None),
    "scenarios": ("GET", "/_sandbox/scenarios", None),
    "journal": ("GET", "/_sandbox/requests", None),
}
STORY = [
    "new mandate", "a day", "collect", "cheque", "wrong", "rows", "until idle", "refund", "pay out",
    "a day", "ledger", "until idle", "rows", "fixtures", "report", "timeline", "events", "sandbox",
    "bind", "scenarios", "journal",
]  # fmt: skip
HISTORIES = st.lists(
    st.tuples(st.sampled_from(("one", "other")), st.sampled_from(sorted(ACTIONS))), max_size=16
)


class Caller:
    """A client under one token. It keeps every answer, but for what names its sandbox."""

    def __init__(self, address, name):
        self.address = address
        self.name = name
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {name}"
        self.heard = []

    def ask(self, method, path, body=None):
        response = self.session.request(method, self.address + path, json=body, timeout=10)
        headers = [pair for pair in response.headers.items() if pair[0] not in VARY]
        text = LINK.sub(r"\1/…/", response.text.replace(self.name, "…"))
        self.heard.append((method, path, response.status_code, headers, text))
        return response

    def begin(self):
        self.ask("DELETE", "/_sandbox")
        self.ask(*SET_CLOCK)
        self.heard.clear()

    def do(self, action):
        return self.ask(*ACTIONS[action])


def alone(address, name, actions):
    """What one hears who does these things with nobody else there."""
    caller = Caller(address, name)
    caller.begin()
    for action in actions:
        caller.do(action)
    return caller.heard


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(history=HISTORIES)
def test_two_sandboxes_are_what_each_is_alone_however_they_are_interleaved(address, history):
    callers = {name: Caller(address, f"isolated-{name}") for name in ("one", "other")}
    for caller in callers.values():
        caller.begin()

    for name, action in history:
        callers[name].do(action)

    for name, caller in callers.items():
        actions = [action for whose, action in history if whose == name]
        assert caller.heard == alone(address, f"alone-{name}", actions)


def test_the_same_calls_under_two_tokens_answer_the_same_bytes(address):
    """But for links and tokens: each says which sandbox is meant."""
    one, other = (alone(address, name, STORY) for name in ("same-1", "same-2"))

    assert one == other
    assert {row[2] for row in one} == {200, 201, 400, 409}


@pytest.mark.parametrize("hashes", ["1", "2"])
def test_another_server_answers_the_same_bytes(address, server, hashes, monkeypatch):
    """Nothing hangs on the order in which a process happens to keep things."""
    monkeypatch.setenv("PYTHONHASHSEED", hashes)

    with server() as (_, another):
        there = alone(another, "same-1", STORY)

    here = alone(address, "same-1", STORY)
    assert [masked(row, another) for row in there] == [masked(row, address) for row in here]


def masked(heard, address):
    """What was heard, but for the port at which it was asked."""
    return (*heard[:-1], heard[-1].replace(address.partition("//")[2], "…"))


@pytest.fixture
def pair(address):
    """Two clients who begin on the same Monday."""
    pair = Caller(address, "pair-1"), Caller(address, "pair-2")
    for caller in pair:
        caller.begin()
    return pair


def test_time_passes_in_one_sandbox_alone(pair):
    pair[0].do("a day")

    assert [caller.ask("GET", "/_sandbox/clock").json()["now"] for caller in pair] == [
        TUESDAY,
        MONDAY,
    ]


def test_what_is_made_in_one_sandbox_is_not_there_in_the_other(pair):
    here, there = pair
    before = [there.do(what).json() for what in ("events", "rows")]

    payment = here.do("collect").json()

    path = f"/v1/invoice-payments/{payment['id']}"
    assert [caller.ask("GET", path).status_code for caller in pair] == [200, 404]
    assert [there.do(what).json() for what in ("events", "rows")] == before


def test_a_request_stands_in_the_journal_of_its_own_sandbox(pair):
    here, there = pair

    wrong = here.do("wrong").headers["X-Sandbox-Request"]

    path = f"/_sandbox/requests/{wrong}"
    assert here.ask("GET", path).json()["status"] == 400
    assert [row["path"] for row in there.do("journal").json()["items"]] == ["/_sandbox/clock"]


def test_forgetting_one_sandbox_leaves_the_other(pair):
    for caller in pair:
        caller.do("collect")

    pair[0].ask("DELETE", "/_sandbox")

    assert [len(json.loads(caller.do("rows").text)) for caller in pair] == [0, 2]
