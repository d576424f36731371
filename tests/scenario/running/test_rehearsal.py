"""Rehearsals: a client plays the acts, and what they gave is held against what they should."""

from datetime import UTC, datetime

import pytest

from sandbox.provider import payments
from sandbox.provider.given import find
from sandbox.provider.mandates import Mandate
from sandbox.scenario.language.model import Fault
from sandbox.scenario.proving.rehearsal import (
    CannotSayError,
    Reply,
    Request,
    combinations,
    never_used,
    rehearse,
)
from sandbox.scenario.running import binding

WALL = datetime(2026, 6, 1, 8, tzinfo=UTC)
GIVEN = """
given:
  clock: 2026-06-01T09:00
  resources:
    customers: [{ ref: ada, id: 1 }]
    mandates: [{ ref: ada-bacs, customer: ada }]
    invoices: [{ ref: june, id: 9001, customer: ada, amount: "42.00" }]
"""


class Speaker:
    """An API with one canonical call, which takes two requests, and one of its own."""

    def requests(self, _, operation, fields):
        if operation != "payments.create":
            raise CannotSayError(f"elevate has no {operation}")
        draft = yield Request("POST", "/drafts", body=fields)
        yield Request("POST", f"/drafts/{draft.body}/execute", body=fields)

    def request(self, _, operation, parts):
        return Request("GET", f"/{operation}", body=parts)

    def id_of(self, _, ref):
        return f"the id of {ref}"


class Client:
    """What it is answered stands in `replies`; a payment is made all the same."""

    def __init__(self, sandbox, replies=()):
        self.sandbox = sandbox
        self.speakers = {"elevate": Speaker()}
        self.replies = list(replies)
        self.sent = []

    def send(self, request):
        self.sent.append(request)
        if request.path == "/drafts":
            return Reply(201, body=7)
        if request.path.endswith("/execute"):
            mandate = find(self.sandbox, Mandate, "ada-bacs")
            payments.create(self.sandbox, mandate, amount=1000, api="elevate")
            self.sandbox.settle()
        return self.replies.pop(0) if self.replies else Reply(200)

    def advance_to(self, instant):
        self.sandbox.advance_to(instant)

    def run_until_idle(self):
        while job := self.sandbox.state.jobs.first():
            self.sandbox.advance_to(job.due)


@pytest.fixture
def played(make_ready, shelf, wiring, words, expectations):
    """A scenario rehearsed by a client that is answered so."""

    def play(text, *replies, **params):
        bound = make_ready(f"scenario: story\nversion: 1\n{text.strip()}\n{GIVEN}", **params)
        sandbox = binding.found("t", WALL, wiring=wiring, happy=shelf.happy)
        client = Client(sandbox, replies)
        rehearsal = rehearse(bound, client, words, expectations, api="elevate")
        return rehearsal, client

    return play


COLLECT = '{ call: payments.create, with: { invoice: june, amount: "10.00" }'


def test_a_rehearsal_plays_its_acts_and_judges_what_is_expected(played):
    rehearsal, _ = played(f"""
rules: [{{ when: payment.created, then: [{{ after: 1 day, status: submitted }}] }}]
expect:
  - {{ at: 2026-06-02T08:59, payment: created }}
  - {{ at: end, payment: failed, reason: other }}
rehearse:
  - {COLLECT} }}
  - {{ run: until idle }}
  - {{ move: payment-1, to: failed, reason: other }}
  - {{ advance: 1 working day }}
  - {{ advance_to: 2026-06-04T12:00 }}
""")

    assert rehearsal.is_ok
    assert [" ".join(line.split()) for line in rehearsal.timeline] == [
        "2026-06-01 09:00:00 payment.created payment-1 - → created client",
        "2026-06-02 09:00:00 payment.submitted payment-1 created → submitted story.yaml:3",
        "2026-06-02 09:00:00 payment.failed payment-1 submitted → failed other (ARUDD-6) tester",
    ]


def test_it_ends_at_the_last_instant_that_is_expected(played):
    rehearsal, client = played(f"""
expect: [{{ at: 2026-06-02T16:00, payment: submitted }}]
rehearse: [{COLLECT} }}]
""")

    assert rehearsal.is_ok
    assert client.sandbox.calendar.local(client.sandbox.now).hour == 16


def test_it_tells_a_line_that_was_never_judged_for_something_is_still_to_come(played):
    expected = "expect: [{ payment: failed }]\nrehearse:\n"

    cut_short, _ = played(f"{expected}  - {COLLECT} }}")
    to_the_end, _ = played(f"{expected}  - {COLLECT} }}\n  - {{ run: until idle }}")

    assert cut_short.undecided == (
        "story.yaml:3  not yet due at the end of the rehearsal: payment failed",
    )
    assert (cut_short.is_ok, to_the_end.is_ok, to_the_end.undecided) == (True, False, ())


def test_a_broken_line_fails_it(played):
    rehearsal, _ = played(f"""
expect: [{{ at: 2026-06-02T16:00, payment: created }}]
rehearse: [{COLLECT} }}]
""")

    assert not rehearsal.is_ok
    assert rehearsal.result.outcome == "broken"


def test_a_skipped_step_fails_it(played):
    rehearsal, _ = played(f"""
rules: [{{ when: payment.created, then: [{{ after: 1 hour, status: submitted }}] }}]
rehearse: [{COLLECT} }}, {{ move: payment-1, to: cancelled }}, {{ run: until idle }}]
""")

    assert [skip.rule for skip in rehearsal.skipped] == ["story.yaml:3"]
    assert not rehearsal.is_ok
    assert [(case.name, len(case.result)) for case in rehearsal.suite()] == [
        ("story.yaml:4 elevate: payments.create", 0),
        ("story.yaml:4 move payment-1 to cancelled", 0),
        ("story.yaml:4 run until idle", 0),
        ("story.yaml:3 submitted of payment-1", 1),
    ]


@pytest.mark.parametrize(
    ("gives", "reply", "instead"),
    [
        ("ok", Reply(204), ""),
        ("ok", Reply(503), "it gave 503, not ok"),
        ("503", Reply(503), ""),
        ("503", Reply(200), "it gave 200, not 503"),
        ("timeout", Reply(fault=Fault.TIMEOUT), ""),
        ("timeout", Reply(200), "it gave 200, not timeout"),
        ("ok", Reply(fault=Fault.TIMEOUT), "it gave timeout, not ok"),
        (
            "{ status: 429, retry_after: 1 minute }",
            Reply(429, {"retry-after": "60"}),
            "",
        ),
        (
            "{ status: 429, retry_after: 1 minute }",
            Reply(429, {"retry-after": "6"}),
            "Retry-After is 6, not 60",
        ),
        (
            "{ status: 200, headers: { etag: { starts_with: W } } }",
            Reply(200, {"etag": "V"}),
            "the header etag is V",
        ),
    ],
)
def test_an_act_says_what_it_gave_instead(played, gives, reply, instead):
    rehearsal, _ = played(f"rehearse: [{COLLECT}, gives: {gives} }}]", reply)

    assert [act.instead for act in rehearsal.acts] == [instead]
    assert rehearsal.is_ok == (not instead)


def test_an_apis_own_call_has_its_own_ids_for_refs(played):
    _, client = played("""
rehearse:
  - call: elevate.getRefunds
    with: { query: { invoiceId: { ref: june }, page: 1, pageSize: 10 } }
""")

    assert client.sent == [
        Request(
            "GET",
            "/getRefunds",
            body={"query": {"invoiceId": "the id of june", "page": 1, "pageSize": 10}},
        )
    ]


def test_acts_whose_if_does_not_fit_are_left_out(played):
    text = f"""
params: {{ payer: {{ default: pays, one_of: [pays, leaves] }} }}
rules: [{{ when: payment.created, if: {{ payer: pays }}, then: nothing }}]
rehearse: [{COLLECT}, if: {{ payer: pays }} }}, {{ run: until idle }}]
"""

    pays, _ = played(text)
    leaves, _ = played(text, payer="leaves")

    assert [len(one.acts) for one in (pays, leaves)] == [2, 1]


@pytest.mark.parametrize(
    ("act", "instead"),
    [
        ("{ call: refunds.list }", "elevate has no refunds.list"),
        ("{ move: payment-1, to: failed }", "there is no payment-1"),
        (
            "{ move: ada-bacs, to: submitted }",
            "mandate is active: submitted is not allowed, "
            "only cancelled or expired or suspended or blocked",
        ),
        ("{ advance_to: 2026-06-01T09:00:00 }", ""),
    ],
)
def test_an_act_that_cannot_be_played_fails_it(played, act, instead):
    rehearsal, _ = played(f"rehearse: [{act}]")

    assert [one.instead for one in rehearsal.acts] == [instead]


def test_combinations_are_all_the_values_there_are_the_defaults_first(make_ready):
    bound = make_ready("""
scenario: story
version: 1
params:
  a: { default: 2, one_of: [1, 2] }
  b: { default: x, one_of: [x, y] }
  c: { default: free }
rules:
  - { when: payment.created, if: { a: 1, b: x, c: free }, then: nothing }
""")

    found = [(one["a"], one["b"], one["c"]) for one in combinations(bound.scenario)]

    assert found == [(2, "x", "free"), (2, "y", "free"), (1, "x", "free"), (1, "y", "free")]


def test_a_rule_that_no_combination_used_is_found(played):
    text = f"""
params: {{ payer: {{ default: pays, one_of: [pays, leaves] }} }}
rules:
  - {{ when: payment.created, if: {{ payer: pays }}, then: nothing }}
  - {{ when: payment.created, if: {{ payer: leaves }}, then: nothing }}
  - {{ when: payment.failed, then: nothing }}
rehearse: [{COLLECT} }}]
"""

    variants = [played(text, payer=payer)[0] for payer in ("pays", "leaves")]

    assert never_used(variants) == ("story.yaml:7",)
    assert never_used(variants[:1]) == ("story.yaml:6", "story.yaml:7")


def test_the_same_rehearsal_leaves_the_same_trace(played):
    text = f"rehearse: [{COLLECT} }}, {{ run: until idle }}]"

    (one, _), (other, _) = played(text), played(text)

    assert one.trace == other.trace
    assert len(one.trace) > 8
