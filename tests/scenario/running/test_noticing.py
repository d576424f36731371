"""Notices: what an API hears of an event, and when."""

from dataclasses import replace

import pytest

from sandbox.engine.events import TESTER
from sandbox.provider import announce, notices
from sandbox.provider.mandates import MandateLifecycle


def hears(play, heard, rules, *, then="nothing"):
    world = play(f"{rules}\nrules: [{{ when: payment.created, then: {then} }}]")
    world.collect()
    world.run()
    return [name for name, _, _ in heard]


def test_without_a_rule_a_notice_arrives_in_the_instant_of_its_event(play, heard):
    world = play("rules: [{ when: payment.created, then: nothing }]")

    world.collect()

    assert heard == [("payment.created", "payment-1", False)]


def test_a_lost_notice_never_arrives(play, heard):
    assert hears(play, heard, "notices: [{ event: payment.created, lost: true }]") == []


def test_a_notice_to_another_api_is_none_of_ours(play, heard):
    rules = "notices: [{ event: payment.created, to: socotra, lost: true }]"

    assert hears(play, heard, rules) == ["payment.created"]


def test_a_late_notice_leaves_the_view_stale_until_it_comes(play, heard):
    world = play("""
notices: [{ event: payment.created, late: 2 days }]
rules: [{ when: payment.created, then: nothing }]
""")
    world.collect()

    world.advance("47 hours")
    before = list(heard)
    world.advance("1 hour")

    assert (before, heard) == ([], [("payment.created", "payment-1", False)])


def test_behind_lets_the_later_event_show_first(play, heard):
    rules = "notices: [{ event: payment.submitted, behind: payment.failed }]"

    told = hears(play, heard, rules, then="[{ status: submitted }, { status: failed }]")

    assert told == ["payment.created", "payment.failed"]


def test_a_copy_changes_nothing_and_is_recorded(play, heard):
    world = play("""
notices: [{ event: payment.created, copies: 2 }]
rules: [{ when: payment.created, then: nothing }]
""")

    world.collect()

    assert [notice.fate for notice in notices.of(world.sandbox).told] == ["told", "stale"]
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("then", "retries"),
    [
        ("[{ status: failed }]", False),
        ("[{ status: failed }, { after: 1 day, emit: payment.resubmission_requested }]", True),
        ("[{ status: failed }, { after: 1 day, status: submitted }]", True),
        ("[{ status: failed }, { after: 1 day, of: mandate, status: suspended }]", False),
    ],
)
def test_a_failure_says_whether_a_retry_is_planned(play, heard, then, retries):
    world = play(f"rules: [{{ when: payment.created, then: {then} }}]")

    world.collect()

    assert heard[-1] == ("payment.failed", "payment-1", retries)


def test_rules_count_each_resource_by_itself_where_they_say_so(play, heard):
    rules = "notices: [{ event: payment.*, nth: 2, per: resource, lost: true }]"

    told = hears(play, heard, rules, then="[{ status: submitted }, { status: failed }]")

    assert told == ["payment.created", "payment.failed"]


def test_each_apis_notices_are_counted_by_themselves(play, heard, wiring):
    world = play("""
notices: [{ event: payment.created, nth: 1, lost: true }]
rules: [{ when: payment.created, then: nothing }]
""")
    hear = wiring.hearers["elevate"]
    world.sandbox.wiring = replace(wiring, hearers={"elevate": hear, "backend": hear})

    world.collect(api="")
    world.collect(api="")

    assert [ref for _, ref, _ in heard] == ["payment-2", "payment-2"]


def test_a_failure_by_a_step_for_related_payments_says_whether_a_retry_is_planned(play, heard):
    world = play("""
rules:
  - when: mandate.transferred
    then:
      - { of: payment, status: failed }
      - { of: payment, after: 1 day, emit: payment.resubmission_requested }
""")
    world.collect()

    announce(world.sandbox, world.named("flat-bacs"), MandateLifecycle.transferred, cause=TESTER)
    world.sandbox.settle()

    assert heard[-1] == ("payment.failed", "payment-1", True)
