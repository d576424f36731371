"""The client of the testers' API, against a real server."""

from datetime import UTC, datetime

import pytest
import requests

from sandbox.client import NothingHappenedError, Sandbox, SandboxError

MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.fixture
def sandbox(address, request):
    with Sandbox(address, request.node.name.replace("_", "-")[:60]) as sandbox:
        sandbox.set_clock(MONDAY)
        yield sandbox


@pytest.fixture
def collect(sandbox):
    """Ask Elevate for a payment of 42.00 under the default world's active mandate."""

    def ask():
        body = {
            "generatedInvoiceId": 2,
            "amountInMajorCurrency": 42,
            "description": "June",
            "paymentMethod": "GO_CARDLESS",
        }
        url = f"{sandbox.url}/v1/invoice-payments"
        answer = requests.post(url, json=body, headers=sandbox.headers, timeout=10)
        assert answer.status_code == 201, answer.text

    return ask


def test_advance_answers_what_happened_in_order(sandbox, collect):
    collect()

    receipt = sandbox.advance("6 working days")

    assert receipt.events == ["payment.submitted", "payment.confirmed", "payment.paid_out"]
    assert receipt.end == datetime(2026, 6, 9, 8, tzinfo=UTC)
    assert receipt.working_days_crossed == 6


def test_the_truth_can_be_read_by_ref(sandbox, collect):
    collect()

    payment = sandbox.resource("payment", "payment-1")

    assert (payment["status"], payment["amount"]) == ("created", "42.00")


def test_a_fork_goes_its_own_way(sandbox, collect):
    collect()

    with sandbox.fork(f"{sandbox.name}-fork") as fork:
        fork.run_until_idle()

        assert fork.resource("payment", 1)["status"] == "paid_out"
        assert sandbox.resource("payment", 1)["status"] == "created"


def test_a_snapshot_can_be_gone_back_to(sandbox, collect):
    collect()
    sandbox.snapshot("asked-for")
    sandbox.run_until_idle()

    sandbox.restore("asked-for")

    assert sandbox.resource("payment", 1)["status"] == "created"
    assert sandbox.now == MONDAY


def test_wait_for_answers_with_what_has_happened_since(sandbox, collect):
    collect()
    sandbox.run_until_idle()

    event = sandbox.wait_for("payment.paid_out", after=0)

    assert (event.resource, event.was, event.became) == ("payment", "confirmed", "paid_out")


def test_waiting_in_vain_says_what_did_happen(sandbox, collect):
    collect()

    with pytest.raises(NothingHappenedError, match=r"no payment\.failed within .*payment\.created"):
        sandbox.wait_for("payment.failed", after=0, seconds=0.05)


def test_fixtures_can_be_added_and_are_answered(sandbox):
    added = sandbox.fixtures(customers=[{"ref": "mary", "name": "Mary Somerville"}])

    assert [fixture["name"] for fixture in added if fixture["resource"] == "customer"] == [
        "Mary Somerville"
    ]


def test_a_refusal_says_why_and_leads_to_the_journal(sandbox):
    sandbox.advance("1 hour")

    with pytest.raises(SandboxError) as refused:
        sandbox.advance(to=MONDAY)

    assert (refused.value.status, refused.value.code) == (409, "clock_backwards")
    assert sandbox.request(refused.value.request)["path"] == "/_sandbox/clock/advance"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda sandbox: sandbox.advance("tomorrow"),
            r"400 invalid_request: The request breaks .*\n  body /by must ",
        ),
        (
            lambda sandbox: sandbox.add_scenario("scenario: late\nversion: 1\nrulez: []\n"),
            r"422 invalid_scenario: .*\n  late\.yaml:3:1 rulez: no such key\. Did you mean `rules`",
        ),
        (
            lambda sandbox: sandbox.scenario("everydya"),
            r"422 .*\n  name: there is no scenario 'everydya'\. Did you mean 'everyday'\?$",
        ),
        (
            lambda sandbox: [sandbox.fork("twice"), sandbox.fork("twice")],
            r"409 conflict: .*\n  what: name, holds: twice exists$",
        ),
    ],
    ids=["a request", "a file", "a name", "a conflict"],
)
def test_a_refusal_tells_each_detail_in_a_line(sandbox, ask, said):
    with pytest.raises(SandboxError, match=said):
        ask(sandbox)


def test_an_application_whose_token_cannot_change_uses_the_base_url(sandbox):
    answer = requests.get(
        f"{sandbox.base_url}/v1/customer-balances",
        params={"customer_id": 1},
        headers={"Authorization": "Bearer always-the-same"},
        timeout=10,
    )

    assert answer.status_code == 200
    assert [entry["path"] for entry in sandbox.journal(path="/v1")] == ["/v1/customer-balances"]


def test_an_export_is_loaded_into_another_sandbox(sandbox, collect):
    collect()
    document = sandbox.export()

    with Sandbox(sandbox.url, f"{sandbox.name}-loaded") as other:
        other.load(document)

        assert other.run_until_idle() == sandbox.run_until_idle()


def test_what_a_payer_says_on_a_page_can_be_said_by_calls(sandbox):
    body = {"siteId": 1, "returnURL": "https://shop.example/"}
    url = f"{sandbox.url}/v1/site-payment-mandates"
    flow = requests.post(url, json=body, headers=sandbox.headers, timeout=10).json()["flowToken"]

    mandate = sandbox.give_account(flow, holder="Ada", sort_code="200000", number="55779911")
    added = sandbox.add_first_payment(flow, "61.17", "First premium")

    assert mandate["bank_account"]["holder"] == "Ada"
    assert added == sandbox.first_payment(flow)


APPROVAL = """
scenario: approval
version: 1
title: Every payout needs a person's approval
rules:
  - { when: call payouts.create, respond: { status: 403, error: approval_required } }
"""


@pytest.mark.parametrize(("verb", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_a_payout_is_agreed_to_or_not(sandbox, verb, status):
    sandbox.add_scenario(APPROVAL)
    sandbox.scenario("approval")
    body = {"customerId": 1, "amountInMajorCurrency": 10.5, "reference": "REFUND 42"}
    requests.post(
        f"{sandbox.url}/v1/outbound-payments", json=body, headers=sandbox.headers, timeout=10
    )
    waiting = sandbox.approvals()

    getattr(sandbox, verb)(waiting[0]["id"])

    assert [one["status"] for one in waiting] == ["waiting"]
    assert [one["status"] for one in sandbox.approvals()] == [status]


def test_the_clock_runs_until_it_is_stopped(sandbox):
    sandbox.run_clock()
    running = sandbox.describe()["clock"]["mode"]

    sandbox.stop_clock()

    assert (running, sandbox.describe()["clock"]["mode"]) == ("running", "stopped")


def test_next_goes_to_what_is_due_first_and_no_further(sandbox, collect):
    collect()

    receipt = sandbox.next()

    assert receipt.events == ["payment.submitted"]
    assert receipt.end == sandbox.now < receipt.next_due


def test_what_a_tester_moves_is_told_and_explained(sandbox, collect):
    collect()

    sandbox.move("payment", "payment-1", "failed", reason="insufficient_funds")

    (payment,) = sandbox.resources("payment")
    causes = sandbox.explain("payment", "payment-1")["causes"]
    assert payment["status"] == "failed"
    assert [one["text"] for one in causes if one["what"] == "request"] == [
        "elevate.createInvoicePayment asked for it",
        "control.moveResource asked for it",
    ]


def test_a_setting_is_this_sandboxs_own(sandbox):
    sandbox.settings(elevateVersion="1.37")

    assert sandbox.describe()["settings"]["elevateVersion"] == "1.37"
