from datetime import datetime, time

import pytest
from immutables import Map

from sandbox.engine.calendar import Duration, Unit
from sandbox.scenario.language.loader import load
from sandbox.scenario.language.model import (
    Act,
    Base,
    Delivered,
    DeliveryRule,
    Expectation,
    Fault,
    Gives,
    Matcher,
    NoticeRule,
    Nth,
    Operator,
    ReasonSpec,
    Respond,
    Rule,
    Step,
    Trigger,
)

HEAD = "scenario: late\nversion: 1\n"


def scenario(text, vocabulary):
    return load(HEAD + text, "scenarios/late.yaml", vocabulary).ok()


def test_a_rule_with_steps_becomes_a_value(vocabulary):
    text = """rules:
  - name: refused
    when: payment.created
    match: { amount: { gte: "1.00", lt: "10.00" }, mandate.status: active }
    nth: 1-2
    per: resource
    probability: 10%
    between: [2026-09-14, 2026-09-14T12:30]
    then:
      - { from: day_zero, after: 1 working day, at: "16:00", status: submitted }
      - { while: [submitted], status: failed, reason: { code: other, scheme_code: X }, force: true }
      - { of: mandate, emit: mandate.transferred }
      - { set: { reference: MD1 } }
      - { create: refund, with: { amount: "1.00" } }
      - { use: card }
"""
    assert scenario(text, vocabulary).rules == (
        Rule(
            when=Trigger("payment.created"),
            line=4,
            name="refused",
            match=(
                Matcher(("amount",), Operator.GTE, "1.00", 6),
                Matcher(("amount",), Operator.LT, "10.00", 6),
                Matcher(("mandate", "status"), Operator.IS, "active", 6),
            ),
            nth=Nth(1, 2),
            per="resource",
            probability=10,
            between=(datetime(2026, 9, 14), datetime(2026, 9, 14, 12, 30)),  # noqa: DTZ001
            then=(
                Step(
                    12,
                    from_=Base.DAY_ZERO,
                    after=Duration(1, Unit.WORKING_DAY),
                    at=time(16),
                    status="submitted",
                ),
                Step(
                    13,
                    while_=("submitted",),
                    status="failed",
                    reason=ReasonSpec("other", scheme_code="X"),
                    force=True,
                ),
                Step(14, of="mandate", emit="mandate.transferred"),
                Step(15, set_=Map(reference="MD1")),
                Step(16, create="refund", with_=Map(amount="1.00")),
                Step(17, use="card"),
            ),
        ),
    )


def test_rules_on_calls_notices_and_deliveries_become_values(vocabulary):
    text = """given: { resources: { webhooks: [{ ref: inbox, retries: [1 minute] }] } }
rules:
  - when: call payments.create
    nth: 3-
    per: header.idempotency-key
    respond: { fault: truncated_body, delay: 5 seconds }
  - { when: call *, respond: { status: 503, error: provider_unavailable, retry_after: PT30S } }
  - { when: call elevate.getRefunds, nth: 2, respond: { replay: true } }
  - { when: payout.created, then: nothing }
notices:
  - { event: payment.failed, to: elevate, late: 2 days, copies: 2 }
deliveries:
  - { event: socotra.billing.payment.post, to: inbox, fail_first: 2, bad_signature: true }
"""
    found = load(HEAD + text.replace("call *", "call payments.list"), "late.yaml", vocabulary).ok()

    assert found.rules == (
        Rule(
            Trigger("payments.create", is_call=True),
            5,
            nth=Nth(3),
            per="header.idempotency-key",
            respond=Respond(
                8, fault=Fault.TRUNCATED_BODY, delay=Duration(5, Unit.SECOND), commit=True
            ),
        ),
        Rule(
            Trigger("payments.list", is_call=True),
            9,
            respond=Respond(
                9,
                status=503,
                error="provider_unavailable",
                retry_after=Duration(30, Unit.SECOND),
            ),
        ),
        Rule(
            Trigger("elevate.getRefunds", is_call=True),
            10,
            nth=Nth(2, 2),
            respond=Respond(10, replay=True),
        ),
        Rule(Trigger("payout.created"), 11, nothing=True),
    )
    assert found.notices == (
        NoticeRule("payment.failed", 13, to="elevate", late=Duration(2, Unit.DAY), copies=2),
    )
    assert found.deliveries == (
        DeliveryRule(
            "socotra.billing.payment.post", 15, to="inbox", fail_first=2, bad_signature=True
        ),
    )


def test_expectations_and_acts_become_values(vocabulary):
    text = """params: { payer: { default: pays, one_of: [pays, declines] } }
given: { clock: 2026-04-01T09:00 }
expect:
  - if: { payer: { not: declines } }
    at: 2026-04-02
    api: socotra
    ref: payment-1
    payment: failed
    mandate: absent
    reason: other
    has: { amount: "1.00" }
    sees: { payment: submitted, socotra.paymentState: posted }
    events: [payment.created]
    no_event: payment.confirmed
    count: { payment.created: 1 }
    calls: { payments.create: 3 }
    delivered: [payment.failed, { event: socotra.billing.payment.post, signature: bad }]
    attempts: { payment.failed: 2 }
rehearse:
  - call: payments.create
    api: elevate
    with: { invoice: ada-normal, amount: "1.00" }
    gives: { status: 503, retry_after: 30 seconds, headers: { x-a: { contains: b } } }
  - { call: payments.create, gives: timeout }
  - { call: payments.create, gives: 403 }
  - { call: payments.create }
  - { move: payout-1, to: scheduled, as: payout.scheduled, reason: other }
  - { advance: 3 working days }
  - { advance_to: 2026-04-03T12:00 }
  - { run: until idle }
"""
    found = scenario(text, vocabulary)

    assert found.expect == (
        Expectation(
            6,
            condition=(Matcher(("payer",), Operator.NOT, "declines", 6),),
            at=datetime(2026, 4, 2),  # noqa: DTZ001
            api="socotra",
            ref="payment-1",
            statuses=Map(payment="failed", mandate="absent"),
            reason="other",
            has=(Matcher(("amount",), Operator.IS, "1.00", 13),),
            sees=Map(payment="submitted"),
            sees_fields=(Matcher(("socotra", "paymentState"), Operator.IS, "posted", 14),),
            events=("payment.created",),
            no_event=("payment.confirmed",),
            count=Map({"payment.created": 1}),
            calls=Map({"payments.create": 3}),
            delivered=(
                Delivered("payment.failed"),
                Delivered("socotra.billing.payment.post", "bad"),
            ),
            attempts=Map({"payment.failed": 2}),
        ),
    )
    assert found.rehearse == (
        Act(
            22,
            call="payments.create",
            api="elevate",
            with_=Map(invoice="ada-normal", amount="1.00"),
            gives=Gives(
                503,
                retry_after=Duration(30, Unit.SECOND),
                headers=(Matcher(("x-a",), Operator.CONTAINS, "b", 25),),
            ),
        ),
        Act(26, call="payments.create", gives=Gives(fault=Fault.TIMEOUT)),
        Act(27, call="payments.create", gives=Gives(403)),
        Act(28, call="payments.create"),
        Act(
            29, move="payout-1", to="scheduled", as_="payout.scheduled", reason=ReasonSpec("other")
        ),
        Act(30, advance=Duration(3, Unit.WORKING_DAY)),
        Act(31, advance_to=datetime(2026, 4, 3, 12)),  # noqa: DTZ001
        Act(32, run=True),
    )


@pytest.mark.parametrize(
    ("given_", "cut_off"),
    [
        ("{ seed: 1 }", time(16)),
        ("{ calendar: uk-bacs }", time(16)),
        ("{ calendar: target2 }", None),
        ("{ cut_off: null }", None),
        ('{ calendar: weekdays, cut_off: "17:30" }', time(17, 30)),
    ],
)
def test_only_bacs_has_a_cut_off_unless_the_file_says_so(vocabulary, given_, cut_off):
    assert scenario(f"given: {given_}\n", vocabulary).given.cut_off == cut_off
