"""Lifecycle rules, from the event to the last step."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.engine.sandbox import EndlessJobsError
from sandbox.engine.scheduler import Subject
from sandbox.scenario.running.underway import runs_of, scenario_of

HAPPY = [
    "Mon 01 09:00 payment-1 created",
    "Tue 02 16:00 payment-1 submitted",
    "Fri 05 12:00 payment-1 confirmed",
    "Mon 08 14:00 payment-1 paid_out",
]


def skips(world):
    return [
        f"{skip.ref} is {skip.status}, {skip.asked} by {skip.rule}"
        for skip in scenario_of(world.sandbox).skipped
    ]


def test_without_a_rule_the_happy_path_collects(play):
    world = play()

    world.collect()
    world.run()

    assert world.history() == HAPPY


def test_all_steps_are_planned_the_moment_a_rule_matches(play):
    world = play("""
rules:
  - when: payment.created
    then:
      - { from: day_zero, at: "16:00", status: submitted }
      - { after: 3 working days, at: "12:00", status: failed, reason: refer_to_payer }
""")

    world.collect()

    assert world.coming() == [
        "Mon 01 16:00 payment-1 story.yaml:6",
        "Thu 04 12:00 payment-1 story.yaml:7",
    ]


def test_a_step_carries_its_line_its_trigger_and_its_reason(play):
    world = play("""
rules:
  - { when: payment.created, then: [{ after: 1 day, status: failed, reason: refer_to_payer }] }
""")

    world.collect()
    world.run()

    created, failed = list(world.sandbox.state.events)[-2:]
    assert failed.cause == ("story.yaml:4", created.number, 1)
    assert str(failed.reason) == "refer_to_payer (ARUDD-0)"


def test_the_first_rule_that_fits_wins_and_the_others_add_nothing(play):
    world = play("""
rules:
  - { when: payment.created, match: { amount: { lt: "10.00" } }, then: [{ status: failed }] }
  - { when: payment.created, then: [{ status: submitted }] }
""")

    world.collect("9.99")
    world.collect("10.00")

    assert world.history() == [
        "Mon 01 09:00 payment-1 created",
        "Mon 01 09:00 payment-1 failed",
        "Mon 01 09:00 payment-2 created",
        "Mon 01 09:00 payment-2 submitted",
    ]


def test_a_wildcard_waits_for_every_event_of_its_type(play):
    world = play("""
rules:
  - { when: payment.*, match: { status: confirmed }, then: [{ status: charged_back }] }
""")

    world.collect()
    world.run()

    assert world.history()[-2:] == [
        "Fri 05 12:00 payment-1 confirmed",
        "Fri 05 12:00 payment-1 charged_back",
    ]


def test_given_resources_can_be_picked_up(play):
    world = play("""
rules:
  - { when: mandate.given, match: { site: flat }, then: [{ after: 1 day, status: suspended }] }
""")

    world.run()

    assert world.history() == ["Tue 02 09:00 flat-bacs suspended"]


def test_nth_counts_the_occurrences_that_an_earlier_rule_wins_too(play):
    world = play("""
rules:
  - { when: payment.created, nth: 1, then: [{ status: failed }] }
  - { when: payment.created, nth: 2, then: [{ status: submitted }] }
  - { when: payment.created, then: nothing }
""")

    for _ in range(3):
        world.collect()

    assert [world.named(f"payment-{n}").status for n in (1, 2, 3)] == [
        "failed",
        "submitted",
        "created",
    ]


def test_per_site_counts_each_site_by_itself(play):
    world = play("""
rules:
  - { when: payment.created, nth: 2, per: site, then: [{ status: failed }] }
  - { when: payment.created, then: nothing }
""")

    for mandate in ("flat-bacs", "shop-bacs", "flat-bacs"):
        world.collect(mandate=mandate)

    assert [world.named(f"payment-{n}").status for n in (1, 2, 3)] == [
        "created",
        "created",
        "failed",
    ]


def test_per_resource_counts_each_payment_by_itself(play):
    world = play("""
rules:
  - { when: payment.failed, nth: 2, per: resource, then: nothing }
  - when: payment.*
    match: { status: submitted }
    then: [{ after: 1 hour, status: failed, reason: refer_to_payer }]
  - { when: payment.failed, then: [{ after: 1 hour, status: submitted }] }
""")

    world.collect()
    world.run()

    assert world.history("payment.failed", "payment.resubmitted") == [
        "Tue 02 17:00 payment-1 failed",
        "Tue 02 18:00 payment-1 resubmitted",
        "Tue 02 19:00 payment-1 failed",
    ]


def test_chance_is_drawn_for_each_occurrence_and_other_traffic_cannot_change_it(play):
    rule = """
rules:
  - { when: payment.created, match: { site: flat }, probability: 50%, then: [{ status: failed }] }
  - { when: payment.created, then: nothing }
"""

    def outcomes(*mandates):
        world = play(rule)
        made = [world.collect(mandate=mandate) for mandate in mandates]
        return [
            world.named(one.ref).status
            for one, mandate in zip(made, mandates, strict=True)
            if mandate == "flat-bacs"
        ]

    alone = outcomes(*["flat-bacs"] * 20)
    assert outcomes(*["flat-bacs", "shop-bacs"] * 20) == alone
    assert {"failed", "created"} == set(alone)


def test_between_ends_before_its_second_instant(play):
    world = play("""
rules:
  - when: payment.created
    between: [2026-06-01T09:00, 2026-06-01T10:00]
    then: [{ status: failed }]
""")

    world.collect()
    world.advance("59 minutes")
    world.collect()
    world.advance("1 minute")
    world.collect()

    assert [world.named(f"payment-{n}").status for n in (1, 2, 3)] == [
        "failed",
        "failed",
        "created",
    ]


def test_a_rule_whose_if_does_not_fit_is_not_there(play):
    text = """
params: { bank: { default: says_yes, one_of: [says_yes, says_no] } }
rules:
  - { when: payment.created, if: { bank: says_no }, then: [{ status: failed }] }
"""

    yes, no = play(text), play(text, bank="says_no")
    yes.collect()
    no.collect()

    assert (yes.named("payment-1").status, no.named("payment-1").status) == ("created", "failed")


# Steps


def test_after_the_last_step_the_happy_path_takes_over(play):
    world = play("""
rules:
  - when: payment.created
    then:
      - { after: 1 day, status: failed, reason: refer_to_payer }
      - { after: 1 day, emit: payment.resubmission_requested }
""")

    world.collect()
    world.run()

    assert world.history() == [
        "Mon 01 09:00 payment-1 created",
        "Tue 02 09:00 payment-1 failed",
        "Wed 03 09:00 payment-1 resubmission_requested",
        "Thu 04 16:00 payment-1 resubmitted",
        "Tue 09 12:00 payment-1 confirmed",
        "Wed 10 14:00 payment-1 paid_out",
    ]


def test_a_step_that_is_not_legal_is_recorded_and_ends_its_timeline(play):
    world = play("""
rules:
  - when: payment.created
    then:
      - { after: 1 day, status: submitted }
      - { after: 1 day, status: confirmed }
      - { after: 1 day, status: paid_out }
""")
    world.collect()

    world.move("payment-1", "cancelled")
    world.run()

    assert world.history() == ["Mon 01 09:00 payment-1 created", "Mon 01 09:00 payment-1 cancelled"]
    assert skips(world) == ["payment-1 is cancelled, submitted by story.yaml:6"]
    assert world.sandbox.now.day == 2  # the rest was called off, not waited for


def test_the_status_it_already_has_is_not_legal_either(play):
    world = play("""
rules:
  - { when: payment.created, then: [{ after: 1 hour, status: failed }] }
""")
    world.collect()

    world.move("payment-1", "failed")
    world.run()

    (skip,) = scenario_of(world.sandbox).skipped
    assert skip.allowed == ("payment.resubmitted",)
    assert skip.message == "payment is failed: failed is not allowed, only resubmitted"


def test_while_ends_a_timeline_quietly(play):
    world = play("""
rules:
  - when: payment.created
    then:
      - { after: 1 day, while: created, status: submitted }
      - { after: 1 day, status: confirmed }
""")
    world.collect()

    world.move("payment-1", "cancelled")
    world.run()

    assert world.history()[1:] == ["Mon 01 09:00 payment-1 cancelled"]
    assert skips(world) == []


def test_force_makes_a_move_that_the_lifecycle_does_not_allow(play):
    world = play("""
rules:
  - when: payment.cancelled
    then:
      - { from: day_zero, after: 1 working day, at: "16:00", status: submitted, force: true }
      - { after: 1 day, status: confirmed }
""")
    world.collect()

    world.move("payment-1", "cancelled")
    world.run()

    assert world.history()[1:] == [
        "Mon 01 09:00 payment-1 cancelled",
        "Tue 02 16:00 payment-1 submitted",
        "Wed 03 16:00 payment-1 confirmed",
    ]


def test_as_names_one_of_the_moves_to_a_status(play):
    world = play("""
rules:
  - when: mandate.given
    match: { site: flat }
    then: [{ status: cancelled }, { status: active, as: mandate.reinstated }]
""")

    assert world.history() == [
        "Mon 01 09:00 flat-bacs cancelled",
        "Mon 01 09:00 flat-bacs reinstated",
    ]


def test_a_forced_move_is_announced_as_as_says(play):
    world = play("""
rules:
  - when: mandate.given
    match: { site: flat }
    then: [{ status: created, as: mandate.approval_skipped, force: true }]
""")

    assert world.history() == ["Mon 01 09:00 flat-bacs approval_skipped"]


def test_set_changes_fields_and_lets_the_apis_hear(play, heard):
    world = play("""
rules:
  - when: mandate.given
    match: { site: flat }
    then: [{ set: { reference: MD0000004711, bank_account.number: "12345678" } }]
""")

    mandate = world.named("flat-bacs")
    assert (mandate.reference, mandate.bank_account["number"]) == ("MD0000004711", "12345678")
    assert heard == [("mandate.changed", "flat-bacs", False)]


def test_a_set_amount_is_what_is_collected(play):
    world = play("""
rules:
  - { when: payment.created, then: [{ set: { collected: "4.00" } }] }
  - { when: payment.changed, then: [{ status: submitted }, { status: confirmed }] }
""")

    world.collect("10.00")

    assert world.named("payment-1").collected == 400


SET = "rules: [{ when: payment.created, then: [{ set: %s }] }]"


@pytest.mark.parametrize(
    ("fields", "amount", "collected", "currency"),
    [
        ('{ collected: "12.345", currency: KWD }', 10_000, 12_345, "KWD"),
        ("{ currency: JPY }", 10, None, "JPY"),
        ('{ amount: "7", currency: JPY }', 7, None, "JPY"),
    ],
)
def test_an_amount_stays_what_it_is_in_another_currency(play, fields, amount, collected, currency):
    world = play(SET % fields)

    world.collect("10.00")

    payment = world.named("payment-1")
    assert (payment.amount, payment.collected, payment.currency) == (amount, collected, currency)


@pytest.mark.parametrize("fields", ['{ collected: "1.005" }', "{ currency: JPY }"])
def test_an_amount_finer_than_its_currency_is_not_set(play, fields):
    world = play(SET % fields)

    world.collect("10.50")

    [skip] = scenario_of(world.sandbox).skipped
    assert "decimal places, the most in" in skip.message
    assert world.named("payment-1").currency == "GBP"


@pytest.mark.parametrize(
    ("create", "amount"),
    [
        ("create: refund", 12_345),
        ('create: refund, with: { amount: "0.001" }', 1),
        ('create: payment, with: { amount: "0.001" }', 1),
    ],
)
def test_what_is_created_is_in_the_currency_of_what_it_is_made_beside(play, create, amount):
    world = play(f"rules: [{{ when: payment.confirmed, then: [{{ {create} }}] }}]")

    world.collect(amount=12_345, currency="KWD")
    world.advance("5 working days")

    made = world.named("refund-1") or world.named("payment-2")
    assert (made.amount, made.currency) == (amount, "KWD")


def test_create_makes_a_related_resource_for_the_same_api(play):
    world = play("""
rules:
  - when: payment.confirmed
    then: [{ create: refund, with: { amount: "1.00", description: sorry } }]
""")

    world.collect()
    world.advance("5 working days")

    refund = world.named("refund-1")
    assert (refund.amount, refund.description, refund.api, refund.payment) == (
        100,
        "sorry",
        "elevate",
        1,
    )


def test_what_the_provider_refuses_is_skipped(play):
    """Law 5: a fourth retry."""
    world = play("""
rules:
  - when: payment.*
    match: { status: submitted }
    then: [{ status: failed }, { emit: payment.resubmission_requested }]
""")

    world.collect()
    world.run()

    assert len(world.history("payment.resubmission_requested")) == 3
    assert skips(world) == ["payment-1 is failed, payment.resubmission_requested by story.yaml:6"]


# use


def test_a_used_timeline_is_its_steps_and_later_ones_count_from_its_last(play):
    world = play("""
timelines:
  collected: [{ after: 1 day, status: submitted }, { after: 1 day, status: confirmed }]
rules:
  - when: payment.created
    then: [{ use: collected }, { after: 1 day, status: charged_back }]
""")

    world.collect()

    assert world.coming() == [
        "Tue 02 09:00 payment-1 story.yaml:4",
        "Wed 03 09:00 payment-1 story.yaml:4",
        "Thu 04 09:00 payment-1 story.yaml:7",
    ]


def test_a_name_of_the_happy_path_may_be_used_or_taken(play):
    used = play("rules: [{ when: payment.created, then: [{ use: bacs_new_mandate }] }]")
    taken = play("""
timelines: { bacs_new_mandate: [{ after: 1 hour, status: failed }] }
rules: [{ when: payment.created, then: [{ use: bacs_new_mandate }] }]
""")

    used.collect()
    taken.collect()

    assert used.coming()[0].startswith("Mon 01 16:00 payment-1 happy-path.yaml:")
    assert taken.coming() == ["Mon 01 10:00 payment-1 story.yaml:3"]


def test_a_timeline_used_again_counts_its_day_zero_from_where_it_starts(play):
    world = play("""
timelines:
  refused:
    - { from: day_zero, at: "16:00", status: submitted }
    - { after: 1 working day, at: "12:00", status: failed }
rules:
  - { when: payment.created, then: [{ use: refused }, { use: refused }] }
""")

    world.collect()
    world.run()

    assert world.history()[1:] == [
        "Mon 01 16:00 payment-1 submitted",
        "Tue 02 12:00 payment-1 failed",
        "Tue 02 16:00 payment-1 resubmitted",
        "Wed 03 12:00 payment-1 failed",
    ]


def test_while_on_a_use_is_asked_where_the_timeline_starts(play):
    world = play("""
timelines: { lost: [{ after: 1 hour, status: failed }] }
rules:
  - { when: payment.created, then: [{ after: 1 hour, while: submitted, use: lost }] }
""")

    world.collect()
    world.run()

    assert world.history() == ["Mon 01 09:00 payment-1 created"]
    assert skips(world) == []


# of


TRANSFERRED = """
rules:
  - when: mandate.transferred
    then:
      - { of: payment, while: submitted, status: failed, reason: bank_account_transferred }
      - { of: payment, while: failed, after: 2 working days, emit: payment.resubmission_requested }
  - { when: payment.created, match: { amount: "1.00" }, then: nothing }
  - { when: payment.created, then: [{ status: submitted }] }
  - when: mandate.given
    match: { site: flat }
    then: [{ after: 1 day, emit: mandate.transferred }]
"""


def test_of_is_every_related_resource_when_the_step_is_due_each_judged_by_itself(play):
    world = play(TRANSFERRED)
    world.collect("2.00")
    world.collect("1.00")
    world.collect("3.00", mandate="shop-bacs")
    world.advance("1 hour")
    world.collect("4.00")

    world.advance("5 days")

    assert world.history()[5:10] == [
        "Mon 01 10:00 payment-4 created",
        "Mon 01 10:00 payment-4 submitted",
        "Tue 02 09:00 flat-bacs transferred",
        "Tue 02 09:00 payment-1 failed",
        "Tue 02 09:00 payment-4 failed",
    ]
    assert world.history("payment.resubmission_requested") == [
        "Thu 04 09:00 payment-1 resubmission_requested",
        "Thu 04 09:00 payment-4 resubmission_requested",
    ]
    assert skips(world) == []


def test_no_related_resource_and_nothing_happens(play):
    world = play("rules: [{ when: payment.created, then: [{ of: refund, status: paid }] }]")

    world.collect()
    world.run()

    assert world.history() == ["Mon 01 09:00 payment-1 created"]


def test_one_skipped_resource_does_not_hold_up_the_others(play):
    world = play("""
rules:
  - when: mandate.suspended
    then:
      - { of: payment, status: failed }
      - { of: payment, after: 1 day, emit: payment.resubmission_requested }
  - { when: payment.created, then: nothing }
  - { when: payment.failed, then: nothing }
""")
    world.collect()
    world.collect()
    world.move("payment-1", "cancelled")

    world.move("flat-bacs", "suspended")
    world.run()

    assert skips(world) == [
        "payment-1 is cancelled, failed by story.yaml:6",
        "payment-2 is failed, payment.resubmission_requested by story.yaml:7",
    ]


def test_use_with_of_starts_the_timeline_for_each_at_the_steps_due_time(play):
    world = play("""
timelines:
  lost: [{ after: 1 hour, status: failed }, { after: 1 hour, set: { description: gone } }]
rules:
  - { when: mandate.suspended, then: [{ of: payment, after: 1 day, use: lost }] }
  - { when: payment.created, then: nothing }
""")
    world.collect()
    world.collect()

    world.move("flat-bacs", "suspended")
    world.run()

    assert world.history()[3:] == [
        "Tue 02 10:00 payment-1 failed",
        "Tue 02 10:00 payment-2 failed",
        "Tue 02 11:00 payment-1 changed",
        "Tue 02 11:00 payment-2 changed",
    ]


def test_what_a_used_timeline_skips_the_one_that_uses_it_leaves_alone_too(play):
    world = play("""
timelines: { lost: [{ after: 1 hour, status: failed }] }
rules:
  - when: mandate.suspended
    then: [{ of: payment, use: lost }, { of: payment, after: 1 day, set: { description: lost } }]
  - { when: payment.created, then: nothing }
""")
    world.collect()
    world.collect()
    world.move("payment-1", "cancelled")

    world.move("flat-bacs", "suspended")
    world.run()

    assert skips(world) == ["payment-1 is cancelled, failed by story.yaml:3"]
    assert world.history("payment.changed") == ["Tue 02 09:00 payment-2 changed"]


# The happy path gives way


def test_nothing_means_nothing_until_something_moves_it(play):
    world = play("""
rules:
  - { when: payment.created, then: nothing }
""")
    world.collect()
    world.run()
    before = world.history()

    world.move("payment-1", "failed")
    world.move("payment-1", "submitted")
    world.run()

    assert before == ["Mon 01 09:00 payment-1 created"]
    assert len(runs_of(world.sandbox).nothing) == 0


def test_nothing_leaves_it_alone_even_when_its_mandate_becomes_active(play):
    world = play("""
rules:
  - { when: mandate.given, match: { site: flat }, then: [{ status: created, force: true }] }
  - { when: mandate.created, then: [{ after: 1 day, status: submitted }, { status: active }] }
  - { when: payment.created, then: nothing }
""")
    world.collect()

    world.run()

    assert world.history()[1:] == [
        "Mon 01 09:00 payment-1 created",
        "Tue 02 09:00 flat-bacs submitted",
        "Tue 02 09:00 flat-bacs active",
        "Tue 02 09:00 payment-1 released",
    ]


def test_the_happy_path_ends_when_anything_else_moves_its_resource(play):
    world = play()
    world.collect()
    world.advance("2 working days")

    world.move("payment-1", "failed")

    assert len(world.sandbox.state.jobs) == 0
    assert skips(world) == []


def test_a_law_that_moves_its_resource_ends_the_happy_path_too(play):
    world = play()
    world.collect()

    world.move("flat-bacs", "cancelled")

    assert world.history()[1:] == [
        "Mon 01 09:00 flat-bacs cancelled",
        "Mon 01 09:00 payment-1 cancelled",
    ]
    assert len(world.sandbox.state.jobs) == 0


def test_the_happy_path_starts_nothing_while_the_scenario_has_a_step_to_come(play):
    world = play("""
rules:
  - when: payment.created
    then:
      - { status: failed }
      - { emit: payment.resubmission_requested }
      - { after: 10 days, set: { description: late } }
""")

    world.collect()
    world.run()

    assert world.history()[1:] == [
        "Mon 01 09:00 payment-1 failed",
        "Mon 01 09:00 payment-1 resubmission_requested",
        "Thu 11 09:00 payment-1 changed",
    ]


def test_the_happy_path_gives_way_to_a_status_step_due_at_the_same_instant(play):
    """The scenario's step was planned later, so it would run after."""
    world = play("""
rules:
  - when: mandate.given
    match: { site: flat }
    then: [{ at: "10:00", set: { reference: MD0000000001 } }]
  - when: mandate.changed
    then: [{ of: payment, from: day_zero, after: 1 working day, at: "16:00", status: failed }]
""")
    world.collect()

    world.run()

    assert world.history("payment.submitted", "payment.failed") == ["Tue 02 16:00 payment-1 failed"]
    assert skips(world) == []


# What is under way


def test_nothing_is_left_under_way_when_all_is_done(play):
    world = play(TRANSFERRED)
    world.collect("2.00")

    world.run()

    runs = runs_of(world.sandbox)
    assert (dict(runs.by_number), dict(runs.of_subject), dict(runs.aimed)) == ({}, {}, {})


def test_a_timeline_that_has_ended_for_its_resource_calls_its_steps_off(play):
    world = play("""
rules:
  - when: payment.created
    then:
      - { after: 1 hour, status: failed, while: submitted }
      - { of: mandate, after: 1 day, status: suspended }
      - { after: 30 days, set: { description: never } }
""")

    world.collect()
    world.advance("1 hour")

    assert world.coming() == ["Tue 02 10:00 payment-1 story.yaml:7"]


def test_rules_that_chase_each_other_are_stopped_and_named(play):
    world = play("""
rules:
  - { when: payment.submitted, then: [{ status: failed }] }
  - { when: payment.failed, then: [{ status: submitted }] }
  - { when: payment.resubmitted, then: [{ status: failed }] }
""")

    world.collect(api="backend")

    with pytest.raises(EndlessJobsError, match=r"^story\.yaml:[56] plans job after job"):
        world.run()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(min_value=0, max_value=72), max_size=6))
def test_time_may_be_cut_into_any_steps(play, hours):
    """Who advances hour by hour and who jumps a week have the same history."""
    text = f"{TRANSFERRED}\nexpect: [{{ at: 2026-06-02T12:00, ref: payment-1, payment: failed }}]"
    in_steps, at_once = play(text), play(text)
    for world in (in_steps, at_once):
        world.collect("2.00")
        world.collect("1.00")

    for step in hours:
        in_steps.advance(f"{step} hours")
    at_once.advance(f"{sum(hours)} hours")

    assert in_steps.sandbox.state == at_once.sandbox.state


def test_create_without_an_amount_gives_back_all_of_it(play):
    world = play("rules: [{ when: payment.confirmed, then: [{ create: refund }] }]")

    world.collect("10.00")
    world.advance("5 working days")

    assert world.named("refund-1").amount == 1000


def test_what_cannot_be_created_is_skipped(play):
    world = play("""
rules:
  - { when: mandate.given, match: { site: flat }, then: [{ create: payment }] }
""")

    assert [skip.message for skip in scenario_of(world.sandbox).skipped] == [
        "a payment needs an amount, and flat-bacs has none to go by"
    ]


def test_two_worlds_of_one_scenario_have_the_same_history(play):
    one, other = play(TRANSFERRED), play(TRANSFERRED)

    for world in (one, other):
        world.collect("2.00")
        world.run()

    assert list(one.sandbox.state.events) == list(other.sandbox.state.events)
    assert one.sandbox.subject(Subject("payment", 1)) == other.sandbox.subject(
        Subject("payment", 1)
    )
