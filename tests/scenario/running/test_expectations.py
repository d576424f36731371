"""Expectations: what each key holds for, and what is said where it does not."""

from typing import ClassVar

import pytest

from sandbox.engine.state import Resource
from sandbox.scenario.proving.expectations import Expectations
from sandbox.scenario.proving.judging import Attempt, Witness, by_ref
from sandbox.scenario.running.call_rules import Call, call_rule, note_unmatched

RULES = """
rules:
  - when: payment.created
    then:
      - { after: 1 hour, status: submitted }
      - { after: 1 hour, status: failed, reason: refer_to_payer }
  - { when: payment.failed, then: nothing }
"""
ROWS = [{"thirdPartyPaymentStatus": "NEW"}, {"thirdPartyPaymentStatus": "FAILED"}]
NEVER = Call(api="elevate", operation="getRefunds", canonical="refunds.list")


def after_a_failed_payment(play, line):
    world = play(f"{RULES}\nexpect: [{line}]")
    world.collect()
    world.run()
    return world


@pytest.mark.parametrize(
    "line",
    [
        "{ payment: failed }",
        "{ ref: payment-1, payment: failed, reason: refer_to_payer }",
        "{ ref: payment-1, payment: failed, mandate: active }",
        "{ ref: payment-1, refund: absent }",
        "{ ref: payment-2, payment: absent }",
        "{ api: socotra, payment: absent }",
        "{ refund: absent }",
        '{ payment: failed, has: { amount: "10.00", attempts: 1, reason.scheme_code: ARUDD-0 } }',
        "{ payment: failed, sees: { payment: failed } }",
        "{ payment: failed, sees: { elevate.thirdPartyPaymentStatus: FAILED } }",
        "{ events: [payment.created, payment.failed], no_event: payment.confirmed }",
        "{ ref: flat-bacs, events: [payment.created] }",
        "{ ref: flat-bacs, payment: failed }",
        "{ ref: shop-bacs, no_event: payment.created, payment: absent }",
        "{ count: { payment.created: 1, payment.confirmed: 0 }, calls: { payments.create: 0 } }",
        "{ at: 2026-06-01T09:59, payment: created }",
        "{ at: 2026-06-01T10:00, payment: submitted, no_event: payment.failed }",
        "{ at: 2026-06-01T10:30, payment: submitted }",
    ],
)
def test_a_line_holds(play, line):
    shown = Expectations(Witness(view=lambda *_: ROWS))
    world = after_a_failed_payment(play, line)

    result = shown.result(world.sandbox)

    assert [entry.as_json() for entry in result.entries if entry.instead] == []
    assert result.outcome == "held"


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("{ payment: confirmed }", "payment-1, which is failed"),
        ("{ refund: paid }", "there is no refund"),
        (
            "{ mandate: active }",
            "there are 2 mandates: flat-bacs, which is active, shop-bacs, which is active",
        ),
        ("{ payment: absent }", "there is payment-1, which is failed"),
        ("{ ref: payment-2, payment: failed }", "there is no payment-2"),
        ("{ ref: payment-2, has: { amount: '10.00' } }", "there is no payment-2"),
        ("{ ref: payment-1, refund: paid }", "there is no refund of payment-1"),
        ("{ payment: failed, reason: other }", "payment-1 has the reason refer_to_payer (ARUDD-0)"),
        ('{ payment: failed, has: { amount: "9.00" } }', "payment-1: amount is 10.00"),
        (
            "{ payment: failed, has: { collected: { exists: true } } }",
            "payment-1: collected is not set",
        ),
        (
            "{ payment: failed, sees: { payment: created } }",
            "payment-1: elevate has been told that it is failed",
        ),
        (
            "{ ref: flat-bacs, sees: { mandate: active } }",
            "flat-bacs is known to every API: say which `api` sees it",
        ),
        (
            "{ payment: failed, sees: { elevate.thirdPartyPaymentStatus: PAID } }",
            "payment-1: elevate.thirdPartyPaymentStatus is NEW, FAILED",
        ),
        (
            "{ events: [payment.failed, payment.created] }",
            "payment.created did not happen in its place: payment.created, payment.failed",
        ),
        ("{ no_event: payment.failed }", "payment.failed happened"),
        ("{ count: { payment.failed: 2 } }", "payment.failed happened once"),
        ("{ calls: { payments.create: 2 } }", "payments.create was called 0 times"),
        ("{ at: 2026-06-01T10:59, payment: failed }", "payment-1, which is submitted"),
    ],
)
def test_a_broken_line_says_what_was_the_case_instead(play, line, instead):
    shown = Expectations(Witness(view=lambda *_: ROWS))
    world = after_a_failed_payment(play, line)

    (entry,) = shown.result(world.sandbox).entries

    assert (entry.outcome, entry.instead) == ("broken", (instead,))


def test_a_line_is_judged_when_the_clock_leaves_its_instant(play, expectations):
    world = play(f"{RULES}\nexpect: [{{ at: 2026-06-01T10:00, payment: submitted }}]")
    world.collect()

    world.advance("1 hour")
    standing = expectations.result(world.sandbox)
    last_word = expectations.result(world.sandbox, final=True)
    world.advance("1 minute")
    left = expectations.result(world.sandbox)

    assert [one.outcome for one in (standing, last_word, left)] == ["not_yet_due", "held", "held"]


def test_the_end_is_whenever_nothing_is_pending(play, expectations):
    world = play(f"{RULES}\nexpect: [{{ at: end, count: {{ payment.created: 1 }} }}]")
    world.collect()

    pending = expectations.result(world.sandbox)
    world.run()
    idle = expectations.result(world.sandbox)

    assert [pending.outcome, idle.outcome] == ["not_yet_due", "held"]


def test_a_line_whose_if_does_not_fit_is_not_there(play, expectations):
    world = play("""
params: { payer: { default: authorises, one_of: [authorises, declines] } }
expect: [{ if: { payer: declines }, at: 2026-06-01T10:00, payment: failed }]
rules: [{ when: payment.created, if: { payer: declines }, then: nothing }]
""")
    world.advance("2 hours")

    assert expectations.result(world.sandbox).entries == ()


def test_calls_are_counted_by_either_name_whatever_they_were_answered(play, expectations):
    world = play("""
expect: [{ calls: { refunds.list: 2, elevate.getRefunds: 2 } }]
rules: [{ when: call *, respond: { status: 503 } }]
""")

    call_rule(world.sandbox, NEVER)
    call_rule(world.sandbox, NEVER)

    assert expectations.result(world.sandbox).outcome == "held"


def test_deliveries_are_those_that_arrived_and_attempts_all_of_them(play):
    post = ("socotra.billing.payment.post", "payment.confirmed")
    sent = (
        Attempt(post, "socotra", arrived=False),
        Attempt(post, "socotra", arrived=True),
        Attempt(("socotra.billing.payment.fail",), "socotra", arrived=True, is_signed_well=False),
    )
    expectations = Expectations(Witness(sent=lambda _: sent))
    world = play("""
expect:
  - { attempts: { socotra.billing.payment.post: 2 } }
  - delivered: [payment.confirmed, { event: socotra.billing.payment.fail, signature: bad }]
  - delivered: [socotra.billing.payment.post, socotra.billing.payment.post]
""")

    entries = expectations.result(world.sandbox).entries

    assert [entry.outcome for entry in entries] == ["held", "held", "broken"]
    assert entries[2].instead == (
        "socotra.billing.payment.post was not delivered in its place: "
        "socotra.billing.payment.post, socotra.billing.payment.fail",
    )


def test_strict_forgives_neither_skips_nor_unused_rules_nor_unknown_calls(play, expectations):
    world = play(
        """
params: { payer: { default: authorises, one_of: [authorises, declines] } }
rules:
  - { when: payment.created, then: [{ after: 1 hour, status: submitted }] }
  - { name: never, when: payment.confirmed, then: nothing }
  - { when: payment.charged_back, if: { payer: declines }, then: nothing }
""",
        given="""
given:
  strict: true
  resources:
    customers: [{ ref: ada, id: 1 }]
    mandates: [{ ref: flat-bacs, customer: ada }]
""",
    )
    world.collect()
    world.move("payment-1", "cancelled")
    world.run()
    note_unmatched(world.sandbox, "GET /v1/nothing")

    result = expectations.result(world.sandbox)

    assert [(entry.kind, entry.source) for entry in result.entries] == [
        ("skipped_step", "story.yaml:5"),
        ("unused_rule", "story.yaml:6"),
        ("unmatched_call", "GET /v1/nothing"),
    ]
    assert result.outcome == "broken"


def test_the_result_as_json_and_as_junit(play, expectations):
    world = play("""
expect:
  - { at: end, ref: payment-1, payment: absent }
  - { at: end, payment: created }
""")

    result = expectations.result(world.sandbox)

    assert result.as_json() == {
        "scenario": "story",
        "params": {},
        "strict": False,
        "now": "2026-06-01T08:00:00Z",
        "result": "broken",
        "counts": {"held": 1, "broken": 1, "notYetDue": 0},
        "items": [
            {
                "kind": "expectation",
                "source": "story.yaml:4",
                "at": "end",
                "expected": "payment-1: payment absent",
                "result": "held",
            },
            {
                "kind": "expectation",
                "source": "story.yaml:5",
                "at": "end",
                "expected": "payment created",
                "result": "broken",
                "actual": "there is no payment",
            },
        ],
    }
    assert b'<failure message="there is no payment"' in result.as_junit()


def test_each_variant_is_a_suite_of_its_own(play, expectations):
    params = "params: { b: { default: 2 }, a: { default: x, one_of: [x, y] } }"
    line = "{ if: { a: y, b: 2 }, payment: absent }"
    world = play(f"{params}\nexpect: [{line}]", a="y")

    suite = expectations.result(world.sandbox).suite()

    assert suite.name == "story[a=y, b=2]"
    assert [case.classname for case in suite] == ["story[a=y, b=2]"]


class AnApisPayment(Resource, frozen=True, kw_only=True):
    type: ClassVar[str] = "an_api.payment"
    indexed: ClassVar[tuple[str, ...]] = ("ref",)


def test_a_name_means_the_truth_also_where_a_view_bears_it(play):
    world = play(RULES)
    truth = world.collect()
    world.sandbox.keep(AnApisPayment(id=7, ref=truth.ref))
    draft = world.sandbox.keep(AnApisPayment(id=8, ref="draft-1"))

    assert by_ref(world.sandbox, truth.ref).subject == truth.subject
    assert by_ref(world.sandbox, "draft-1") == draft
