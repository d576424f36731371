"""Call rules: which request is answered by which rule."""

import pytest

from sandbox.scenario.running.call_rules import Call, call_rule, delivery_rule

CREATE = Call(
    api="elevate",
    operation="createInvoicePayment",
    canonical="payments.create",
    method="POST",
    url="/v1/invoice-payments",
    body={"amount": 10},
)
OTHER = Call(
    api="elevate",
    operation="createInvoicePayment",
    canonical="payments.create",
    method="POST",
    url="/v1/invoice-payments",
    body={"amount": 11},
)


def statuses(world, *calls):
    rulings = [call_rule(world.sandbox, call) for call in calls]
    return [ruling.respond.status if ruling.respond else None for ruling in rulings]


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ("*", True),
        ("elevate.*", True),
        ("socotra.*", False),
        ("payments.create", True),
        ("elevate.createInvoicePayment", True),
        ("payments.cancel", False),
    ],
)
def test_a_rule_names_all_calls_an_apis_a_canonical_one_or_an_own(play, when, fits):
    world = play(f'rules: [{{ when: "call {when}", respond: {{ status: 503 }} }}]')

    assert statuses(world, CREATE) == [503 if fits else None]


def test_same_request_counts_equal_requests_only(play):
    world = play("""
rules:
  - { when: call payments.create, per: same_request, nth: 1-2, respond: { status: 503 } }
""")

    assert statuses(world, CREATE, OTHER, CREATE, CREATE) == [503, 503, 503, None]


def test_a_header_counts_the_requests_that_bear_it(play):
    world = play("""
rules:
  - when: call *
    per: header.idempotency-key
    nth: 2-
    respond: { status: 409 }
""")

    def keyed(key):
        return Call(api="elevate", operation="createRefund", header={"idempotency-key": key})

    without = Call(api="elevate", operation="createRefund")
    assert statuses(world, keyed("a"), keyed("b"), keyed("a"), without, without) == [
        None,
        None,
        409,
        None,
        None,
    ]


def test_a_replay_names_the_request_whose_answer_it_repeats(play):
    world = play("""
rules:
  - { when: call *, per: same_request, nth: 2-, respond: { replay: true } }
""")

    first = call_rule(world.sandbox, CREATE)
    second = call_rule(world.sandbox, CREATE)

    assert (first.respond, second.respond.replay) == (None, True)
    assert first.remember == (second.first,)
    assert second.remember == ()


def test_a_ruling_says_where_its_rule_stands(play):
    world = play("rules: [{ when: call *, respond: { fault: timeout, commit: true } }]")

    ruling = call_rule(world.sandbox, CREATE)

    assert (ruling.where, ruling.respond.commit) == ("story.yaml:3", True)


def test_deliveries_are_chosen_by_their_own_name_or_the_event_that_caused_them(play):
    world = play(
        """
deliveries:
  - { event: payment.failed, to: outbox, lost: true }
  - { event: payment.failed, bad_signature: true }
  - { event: socotra.billing.payment.post, nth: 1, fail_first: 2 }
"""
        + "expect: [{ at: end, count: { payment.created: 0 } }]"
    )
    payment = world.collect()

    def chosen(*events):
        rule = delivery_rule(world.sandbox, events, payment, "inbox")
        return rule.where if rule else None

    post = ("socotra.billing.payment.post", "payment.confirmed")
    assert [
        chosen("socotra.billing.payment.fail", "payment.failed"),
        chosen(*post),
        chosen(*post),
    ] == [
        "story.yaml:5",
        "story.yaml:6",
        None,
    ]
