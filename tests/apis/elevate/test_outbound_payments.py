"""Outbound payments: eight statuses, checked first, approved at the provider, completed once."""

import pytest

from sandbox.apis.elevate import errors
from sandbox.apis.elevate.rules import approvals as rules
from sandbox.provider import approvals
from sandbox.provider.approvals import ApprovalStatus

STATUS = "/thirdPartyOutboundPaymentStatus"
BODY = {"customerId": 2, "amountInMajorCurrency": 10, "reference": "REFUND 42"}


@pytest.fixture
def credited(elevate):
    """Customer 2 has 100.00 to their credit."""
    body = {"customerId": 2, "amountInMajorCurrency": 281.99}
    elevate.ok("POST", "/customer-balance-adjustments", body)
    return elevate


def status(elevate, id=1):
    return elevate.ok("GET", f"/outbound-payments/{id}")["thirdPartyOutboundPaymentStatus"]


def ask(elevate, to, id=1):
    return elevate.patch(f"/outbound-payments/{id}", {"op": "replace", "path": STATUS, "value": to})


def refused(elevate, *operations):
    media = {"Content-Type": "application/json-patch+json"}
    return elevate.refused("PATCH", "/outbound-payments/1", list(operations), headers=media)


def bring_to(elevate, wanted):
    """A payout in this status, brought there by the bank and whoever approves."""
    elevate.play("rules:\n  - { when: payout.*, then: nothing }\n")
    elevate.pay_out()
    for to in WAYS[wanted]:
        elevate.move("payout-1", to)


WAYS = {
    "NEW": [],
    "VERIFYING": ["verifying"],
    "PENDING_APPROVAL": ["verifying", "pending_approval"],
    "SCHEDULED": ["verifying", "pending_approval", "scheduled"],
    "EXECUTING": ["verifying", "pending_approval", "scheduled", "executing"],
    "EXECUTED": ["verifying", "pending_approval", "scheduled", "executing", "executed"],
    "CANCELLED": ["cancelled"],
    "FAILED": ["verifying", "failed"],
}


def test_an_outbound_payment_answers_200_and_is_new(elevate):
    body = {
        **BODY,
        "description": "refund",
        "executionDate": "2026-06-08",
        "useCustomerCreditBalance": False,
        "thirdPartyOutboundPaymentStatus": "NEW",
    }

    answer = elevate.call("POST", "/v1/outbound-payments", body)

    assert (answer.status_code, answer.json()) == (200, {"id": 1, **body})


def test_it_is_verified_approved_and_executed_in_minutes(elevate):
    elevate.pay_out()

    receipt = elevate.run_until_idle()

    assert [(fired["at"], fired["event"]) for fired in receipt["fired"]] == [
        ("2026-06-01T08:01:00Z", "payout.pending_approval"),
        ("2026-06-01T08:11:00Z", "payout.scheduled"),
        ("2026-06-01T08:11:00Z", "payout.executing"),
        ("2026-06-01T08:16:00Z", "payout.executed"),
    ]
    assert status(elevate) == "EXECUTED"


def test_it_waits_for_its_date_on_any_day_of_the_week(elevate):
    elevate.pay_out(executionDate="2026-06-07")

    receipt = elevate.run_until_idle()

    assert receipt["fired"][-1]["at"] == "2026-06-07T08:05:00Z"  # Sunday, 09:05 in London


@pytest.mark.parametrize("wanted", WAYS)
def test_the_view_follows_the_provider(elevate, wanted):
    bring_to(elevate, wanted)

    assert status(elevate) == wanted


def test_the_view_skips_what_it_has_not_heard_of(elevate):
    elevate.play("notices:\n  - { event: payout.executing, lost: true }\n")
    elevate.pay_out()

    elevate.run_until_idle()

    assert status(elevate) == "EXECUTED"


@pytest.mark.parametrize("amount", [0.01, 25000])
def test_it_takes_amounts_up_to_25000(elevate, amount):
    assert elevate.pay_out(amount)["amountInMajorCurrency"] == amount


REFUSED = {
    "unknown customer": (
        {"customerId": 99},
        "Validation failed for field 'customerId': there is no customer 99",
    ),
    "too much": (
        {"amountInMajorCurrency": 25000.01},
        "Validation failed for field 'amountInMajorCurrency': must be at most 25000",
    ),
    "too little": (
        {"amountInMajorCurrency": 0},
        "Validation failed for field 'amountInMajorCurrency': must be at least 0.01",
    ),
    "a part of a penny": (
        {"amountInMajorCurrency": 1.001},
        "Validation failed for field 'amountInMajorCurrency': 1.001 has more than 2 decimal "
        "places, the most in GBP",
    ),
    "today": (
        {"executionDate": "2026-06-01"},
        "Validation failed for field 'executionDate': it must lie after today, 2026-06-01",
    ),
    "another status": (
        {"thirdPartyOutboundPaymentStatus": "EXECUTED"},
        "Validation failed for field 'thirdPartyOutboundPaymentStatus': a new outbound payment is "
        "NEW",
    ),
    "no credit": (
        {"useCustomerCreditBalance": True},
        "Validation failed for field 'amountInMajorCurrency': the credit balance is -181.99",
    ),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_paid_out_is_refused(elevate, changes, message):
    assert elevate.refused("POST", "/outbound-payments", {**BODY, **changes}) == (400, message)


@pytest.mark.parametrize("reference", ["", "nineteen characters", "no_underscore", "no,comma"])
def test_a_reference_that_the_scheme_cannot_carry_is_refused(elevate, reference):
    status, message = elevate.refused(
        "POST", "/outbound-payments", {**BODY, "reference": reference}
    )

    assert (status, "reference" in message) == (400, True)


def test_a_reference_may_have_all_that_the_scheme_carries(elevate):
    assert elevate.pay_out(reference="Aa0 &-./")["reference"] == "Aa0 &-./"


def test_tomorrow_is_tomorrow_in_london(elevate):
    """At 23:30 UTC it is the next day there."""
    elevate.advance("PT15H30M")

    body = {**BODY, "executionDate": "2026-06-02"}
    refusal = elevate.refused("POST", "/outbound-payments", body)

    assert refusal == (
        400,
        "Validation failed for field 'executionDate': it must lie after today, 2026-06-02",
    )


def test_without_an_active_gocardless_nothing_is_paid_out(elevate):
    elevate.patch("/payment-providers/1", {"op": "replace", "path": "/status", "value": "INACTIVE"})

    refusal = elevate.refused("POST", "/outbound-payments", BODY)

    assert refusal == (400, "There is no ACTIVE GO_CARDLESS payment provider for contract owner 1")


# The recipient


def recipient(elevate, ref="payout-1"):
    return elevate.truth(ref)["bank_account"]["number"]


def test_the_recipient_is_the_account_of_the_newest_mandate(elevate):
    elevate.give(
        mandates=[
            {"site": 3, "bank_account": {"number": "11112222"}, "api": "elevate"},
        ]
    )

    elevate.pay_out()

    assert recipient(elevate) == "11112222"


def test_without_a_mandate_it_is_that_of_the_lowest_live_site(elevate):
    elevate.give(
        customers=[{"ref": "mary", "id": 7, "name": "Mary", "api": "elevate"}],
        sites=[
            {
                "id": 10,
                "customer": "mary",
                "bank_account": {"number": "11110000"},
                "elevate": {"endDate": "2026-01-01"},
            },
            {"id": 11, "customer": "mary", "bank_account": {"number": "22220000"}},
        ],
    )

    elevate.pay_out(customer=7)

    assert recipient(elevate) == "22220000"


def test_a_customer_without_any_account_cannot_be_paid(elevate):
    elevate.give(
        customers=[{"ref": "mary", "id": 7, "name": "Mary", "api": "elevate"}],
        sites=[{"id": 10, "customer": "mary", "elevate": {"endDate": "2026-01-01"}}],
    )

    refusal = elevate.refused("POST", "/outbound-payments", {**BODY, "customerId": 7})

    assert refusal == (400, "Customer 7 has no bank account to pay to")


# The credit


def test_the_credit_falls_once_when_it_completes(credited):
    credited.pay_out(100, useCustomerCreditBalance=True)
    before = credited.balance(2)

    credited.run_until_idle()

    assert (before, credited.balance(2)) == (100.0, 0.0)
    assert credited.movements(2)[-1] == ("OUTBOUND_PAYMENT_EXECUTED", -100.0)


def test_without_the_wish_the_credit_stays(credited):
    credited.pay_out(100)

    credited.run_until_idle()

    assert credited.balance(2) == 100.0


def test_what_fails_after_it_was_executed_is_credited_back(credited):
    credited.pay_out(100, useCustomerCreditBalance=True)
    credited.run_until_idle()

    credited.move("payout-1", "failed", "bank_account_closed")

    assert credited.balance(2) == 100.0
    assert credited.movements(2)[-1] == ("OUTBOUND_PAYMENT_RETURNED", 100.0)


def test_what_fails_before_it_was_executed_moves_no_credit(credited):
    credited.pay_out(100, useCustomerCreditBalance=True)

    credited.move("payout-1", "failed")

    assert (status(credited), credited.balance(2)) == ("FAILED", 100.0)


def test_more_than_the_credit_is_refused_by_a_penny(credited):
    body = {**BODY, "amountInMajorCurrency": 100.01, "useCustomerCreditBalance": True}

    refusal = credited.refused("POST", "/outbound-payments", body)

    assert refusal == (
        400,
        "Validation failed for field 'amountInMajorCurrency': the credit balance is 100.00",
    )


def test_a_client_that_reports_it_done_reduces_the_credit_once(credited):
    credited.pay_out(40, useCustomerCreditBalance=True, executionDate="2026-06-30")
    credited.advance("15 minutes")

    ask(credited, "EXECUTED")
    credited.run_until_idle()

    assert status(credited) == "EXECUTED"
    movements = [row for row in credited.movements(2) if row[0].startswith("OUTBOUND")]
    assert movements == [("OUTBOUND_PAYMENT_EXECUTED", -40.0)]


def test_the_notices_of_what_a_client_has_had_done_are_no_news(elevate):
    bring_to(elevate, "SCHEDULED")
    before = len(elevate.sandbox.state.events)

    ask(elevate, "EXECUTED")

    moves = [
        (event.was, event.became)
        for event in elevate.sandbox.state.events.since(before)
        if event.subject.type == "elevate.outbound_payment"
    ]
    assert moves == [("SCHEDULED", "EXECUTING"), ("EXECUTING", "EXECUTED")]


# PATCH

ALLOWED = {
    ("NEW", "CANCELLED"),
    ("VERIFYING", "CANCELLED"),
    ("PENDING_APPROVAL", "CANCELLED"),
    ("PENDING_APPROVAL", "SCHEDULED"),
    ("SCHEDULED", "CANCELLED"),
    ("SCHEDULED", "EXECUTED"),
    ("EXECUTING", "EXECUTED"),
}
TO_SAY = {
    "NEW": "only CANCELLED",
    "VERIFYING": "only CANCELLED",
    "PENDING_APPROVAL": "only CANCELLED or SCHEDULED",
    "SCHEDULED": "only CANCELLED or EXECUTED",
    "EXECUTING": "only EXECUTED",
    "EXECUTED": "nothing",
    "CANCELLED": "nothing",
    "FAILED": "nothing",
}
NOT_ALLOWED = [(was, to) for was in WAYS for to in WAYS if was != to and (was, to) not in ALLOWED]


@pytest.mark.parametrize(("was", "to"), sorted(ALLOWED), ids=str)
def test_a_client_may_ask_for_this(elevate, was, to):
    bring_to(elevate, was)

    patched = ask(elevate, to)

    assert patched == elevate.ok("GET", "/outbound-payments/1")
    assert patched["thirdPartyOutboundPaymentStatus"] == to
    assert elevate.truth("payout-1")["status"] == to.lower()


@pytest.mark.parametrize(("was", "to"), NOT_ALLOWED, ids=str)
def test_all_else_is_the_providers_to_say(elevate, was, to):
    bring_to(elevate, was)

    refusal = refused(elevate, {"op": "replace", "path": STATUS, "value": to})

    assert refusal == (
        400,
        "Validation failed for field 'thirdPartyOutboundPaymentStatus': "
        f"from {was} to {to} is not the client's to say; it may be {TO_SAY[was]}",
    )


@pytest.mark.parametrize("was", WAYS)
def test_the_status_that_it_has_changes_nothing(elevate, was):
    bring_to(elevate, was)

    assert ask(elevate, was)["thirdPartyOutboundPaymentStatus"] == was


def test_an_approved_payout_goes_on_by_itself(elevate):
    elevate.pay_out()
    elevate.advance("1 minute")

    ask(elevate, "SCHEDULED")
    elevate.run_until_idle()

    assert status(elevate) == "EXECUTED"


def test_a_cancelled_payout_stays_cancelled(elevate):
    elevate.pay_out()

    ask(elevate, "CANCELLED")
    elevate.run_until_idle()

    assert status(elevate) == "CANCELLED"


def test_where_the_view_is_stale_the_provider_says_no(elevate):
    elevate.play("notices:\n  - { event: payout.executing, lost: true }\n")
    elevate.pay_out()
    elevate.advance("12 minutes")

    refusal = refused(elevate, {"op": "replace", "path": STATUS, "value": "CANCELLED"})

    assert refusal == (
        400,
        "payout is executing: cancelled is not allowed, only executed or failed",
    )


PATCHES = {
    "another member": [{"op": "replace", "path": "/reference", "value": "REFUND 42"}],
    "another member taken away": [{"op": "remove", "path": "/reference"}],
    "the id": [{"op": "replace", "path": "/id", "value": 2}],
    "an unknown member": [{"op": "add", "path": "/nothing", "value": 2}],
    "no status": [{"op": "remove", "path": STATUS}],
    "an unknown status": [{"op": "replace", "path": STATUS, "value": "LOST"}],
    "a status of no text": [{"op": "replace", "path": STATUS, "value": {}}],
    "no value": [{"op": "replace", "path": STATUS}],
    "a failing test": [
        {"op": "test", "path": STATUS, "value": "EXECUTED"},
        {"op": "replace", "path": STATUS, "value": "CANCELLED"},
    ],
    "a second operation that fails": [
        {"op": "replace", "path": STATUS, "value": "CANCELLED"},
        {"op": "replace", "path": "/customerId", "value": 1},
    ],
}


@pytest.mark.parametrize("operations", PATCHES.values(), ids=PATCHES)
def test_a_patch_touches_the_status_alone_and_all_of_it_or_nothing(elevate, operations):
    elevate.pay_out()

    code, _ = refused(elevate, *operations)

    assert code == 400
    assert status(elevate) == "VERIFYING"


def test_another_member_may_be_tested(elevate):
    elevate.pay_out()

    patched = elevate.patch(
        "/outbound-payments/1",
        {"op": "test", "path": "/reference", "value": "REFUND 42"},
        {"op": "replace", "path": STATUS, "value": "CANCELLED"},
    )

    assert patched["thirdPartyOutboundPaymentStatus"] == "CANCELLED"


def test_an_empty_patch_changes_nothing(elevate):
    elevate.pay_out()

    assert elevate.patch("/outbound-payments/1") == elevate.ok("GET", "/outbound-payments/1")


@pytest.mark.parametrize(("method", "patch"), [("GET", None), ("PATCH", [])])
def test_an_unknown_outbound_payment_is_not_found(elevate, method, patch):
    media = {"Content-Type": "application/json-patch+json"}

    refusal = elevate.refused(method, "/outbound-payments/99", patch, headers=media)

    assert refusal == (404, "There is no outbound payment 99")


# Approval at the provider


def test_the_documented_403_has_a_message_and_the_page():
    answer = errors.fault(403, "approval_required", url="https://sandbox/approve/1")

    assert (answer.status, answer.body) == (
        403,
        {
            "message": "Payment requires approval through payment provider",
            "authorisationUrl": "https://sandbox/approve/1",
        },
    )


@pytest.mark.parametrize(
    ("status", "members"), [(403, ["authorisationUrl", "message"]), (500, ["error", "message"])]
)
def test_a_scenario_that_wants_an_approval_says_with_which_status(elevate, status, members):
    elevate.play(
        "rules:\n"
        "  - when: call payouts.create\n"
        f"    respond: {{ status: {status}, error: approval_required }}\n"
    )

    answer = elevate.call("POST", "/v1/outbound-payments", BODY)

    assert (answer.status_code, sorted(answer.json())) == (status, members)
    assert answer.json()["message"] == "Payment requires approval through payment provider"


def page_for(elevate, body):
    return rules.page_for(elevate.sandbox, elevate.server.links_key, body)


def approve(elevate, page):
    approvals.answer(elevate.sandbox, page.rpartition("/")[2], ApprovalStatus.APPROVED)


def test_once_the_page_has_approved_it_the_same_request_needs_no_approval(elevate):
    page = page_for(elevate, BODY)

    approve(elevate, page)

    assert page_for(elevate, {**BODY, "amountInMajorCurrency": 10.0}) is None


@pytest.mark.parametrize(
    "change", [{"customerId": 1}, {"amountInMajorCurrency": 10.01}, {"reference": "REFUND 43"}]
)
def test_another_request_needs_its_own_approval(elevate, change):
    page = page_for(elevate, BODY)

    approve(elevate, page)

    other = page_for(elevate, {**BODY, **change})
    assert other not in (None, page)
    assert elevate.token not in other


def test_what_was_approved_before_a_fork_is_approved_in_it_too(elevate):
    approve(elevate, page_for(elevate, BODY))

    fork = elevate.server.sandboxes.at("fork", elevate.sandbox.now)
    fork.state = elevate.sandbox.state

    assert rules.page_for(fork, elevate.server.links_key, BODY) is None
