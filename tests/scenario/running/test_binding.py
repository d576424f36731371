"""Binding: when it may be, what it changes, and what it refuses."""

from datetime import UTC, datetime

import pytest
from immutables import Map
from msgspec.structs import replace

from sandbox.engine.calendar import CalendarName
from sandbox.engine.scheduler import Subject
from sandbox.provider.laying import FixtureConflictError
from sandbox.scenario.language.builder import freeze
from sandbox.scenario.running import binding
from sandbox.scenario.running.binding import AlreadyHappenedError, JobsPendingError, Pending
from sandbox.scenario.running.underway import counts_of, scenario_of

PLAIN = "scenario: plain\nversion: 1\nrules: [{ when: payment.created, then: nothing }]\n"
CLOCKED = "scenario: clocked\nversion: 1\ngiven: { clock: 2026-01-05T09:00, calendar: target2 }\n"


def test_a_new_sandbox_without_a_scenario_has_the_starter_set(shelf, wiring):
    wall = datetime(2026, 6, 1, 8, tzinfo=UTC)

    sandbox = binding.found("t", wall, wiring=wiring, happy=shelf.happy)

    names = [row.ref for row in sandbox.state.table("customer").rows.values()]
    assert sorted(names) == ["ada", "alan", "grace"]
    assert (sandbox.now, sandbox.calendar.name) == (wall, "uk-bacs")


def test_given_sets_clock_calendar_cut_off_and_seed(play):
    world = play(
        given="""
given:
  clock: 2026-01-05T09:00
  timezone: Europe/Berlin
  calendar: target2
  holidays: [2026-01-07]
  cut_off: null
  seed: 7
"""
    )

    state = world.sandbox.state
    assert state.clock.now == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert (state.calendar.name, state.calendar.timezone) == (CalendarName.TARGET2, "Europe/Berlin")
    assert (len(state.calendar.holidays), state.calendar.cut_off, state.seed) == (1, None, 7)


def test_while_nothing_has_happened_the_world_begins_again(play, make_ready):
    world = play()

    binding.bind(world.sandbox, make_ready(CLOCKED))

    assert world.sandbox.now == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert world.named("flat") is None  # another scenario's
    assert world.named("alan") is not None  # the starter set's


def test_a_clock_is_refused_once_something_has_happened(play, make_ready):
    world = play("rules: [{ when: payment.created, then: nothing }]")
    world.collect()
    before = world.sandbox.state

    with pytest.raises(AlreadyHappenedError) as refused:
        binding.bind(world.sandbox, make_ready(CLOCKED))

    assert (refused.value.what, refused.value.events) == ("given.clock", 1)
    assert world.sandbox.state is before


def test_a_call_to_an_api_counts_as_something(play, make_ready):
    world = play()
    world.sandbox.state = replace(world.sandbox.state, touched=True)

    with pytest.raises(AlreadyHappenedError, match="an API has been called and 0 events"):
        binding.bind(world.sandbox, make_ready(CLOCKED))


def test_jobs_pending_are_refused_and_named(play, make_ready):
    world = play()
    world.collect()

    with pytest.raises(JobsPendingError, match="3 jobs are pending, the next at 2026-06-02T15"):
        binding.bind(world.sandbox, make_ready(PLAIN))


def test_kept_jobs_go_on_under_the_rules_that_planned_them(play, make_ready):
    world = play("""
rules:
  - { when: payment.created, then: [{ after: 1 day, status: failed, reason: refer_to_payer }] }
""")
    world.collect()

    binding.bind(world.sandbox, make_ready(PLAIN), Pending.KEEP)
    world.collect()
    world.run()

    assert world.history() == [
        "Mon 01 09:00 payment-1 created",
        "Mon 01 09:00 payment-2 created",
        "Tue 02 09:00 payment-1 failed",
    ]


def test_dropped_jobs_are_removed_and_recorded(play, make_ready):
    world = play()
    world.collect()

    binding.bind(world.sandbox, make_ready(PLAIN), Pending.DROP)
    world.run()

    assert world.history() == ["Mon 01 09:00 payment-1 created"]
    dropped = scenario_of(world.sandbox).dropped
    assert [(one.kind, one.subject) for one in dropped] == [("step", Subject("payment", 1))] * 3


def test_counts_start_afresh(play, make_ready):
    first = "scenario: first\nversion: 1\nrules: [{ when: payment.created, nth: 1, then: nothing }]"
    world = play("rules: [{ when: payment.created, nth: 1, then: nothing }]")
    world.collect()

    binding.bind(world.sandbox, make_ready(first))

    assert len(counts_of(world.sandbox).fitted) == 0


def test_resources_are_added_later_and_a_known_ref_is_refused(play, make_ready):
    world = play("rules: [{ when: payment.created, then: nothing }]")
    world.collect()
    more = "scenario: more\nversion: 1\ngiven: { resources: { customers: [{ ref: REF }] } }"

    binding.bind(world.sandbox, make_ready(more.replace("REF", "bob")))

    assert world.named("bob") is not None
    assert world.named("flat") is not None
    with pytest.raises(FixtureConflictError):
        binding.bind(world.sandbox, make_ready(more.replace("REF", "ada")))


def test_the_clock_may_be_set_while_nothing_has_happened(play):
    """And what was given is laid again there."""
    world = play()
    binding.give(world.sandbox, freeze({"customers": [{"ref": "bob"}]}))
    instant = datetime(2025, 3, 3, 9, tzinfo=UTC)

    binding.set_clock(world.sandbox, instant)

    assert world.sandbox.now == instant
    assert world.named("flat-bacs").created == instant
    assert world.named("bob") is not None


def test_the_clock_may_not_be_set_afterwards(play):
    world = play("rules: [{ when: payment.created, then: nothing }]")
    world.collect()

    with pytest.raises(AlreadyHappenedError):
        binding.set_clock(world.sandbox, world.sandbox.now)


def test_settings_outlive_a_new_beginning(play, make_ready):
    world = play()
    world.sandbox.keep_part(binding.SETTINGS, Map(elevateVersion="1.37"))

    binding.bind(world.sandbox, make_ready(CLOCKED))

    assert world.sandbox.part(binding.SETTINGS, None) == Map(elevateVersion="1.37")


def test_the_first_word_of_an_apis_configuration_is_the_scenarios(play):
    world = play(given="given: { config: { socotra: { defaultCurrency: EUR } } }")

    assert binding.config(world.sandbox, "socotra") == Map(defaultCurrency="EUR")
    assert binding.config(world.sandbox, "backend") is None
