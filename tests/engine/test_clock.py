from datetime import UTC, datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from sandbox.engine.clock import BackwardsError, Clock, wall, written

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_wall_is_the_machines_time_in_utc():
    with freeze_time("1999-12-31T23:59:58"):
        assert wall() == datetime(1999, 12, 31, 23, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (MONDAY, "2026-06-01T09:00:00Z"),
        (MONDAY.replace(microsecond=1500), "2026-06-01T09:00:00.001500Z"),
        (MONDAY.astimezone(timezone(HOUR)), "2026-06-01T09:00:00Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_a_z(instant, text):
    assert written(instant) == text


def test_a_stopped_clock_stands_where_it_is_whatever_the_wall_shows():
    assert Clock(MONDAY).target(MONDAY + HOUR) == MONDAY


def test_a_running_clock_goes_on_as_far_as_the_wall_has():
    clock = Clock(MONDAY).run(MONDAY + 5 * HOUR)

    assert clock.target(MONDAY + 7 * HOUR) == MONDAY + 2 * HOUR


def test_a_running_clock_does_not_go_back_with_the_wall():
    clock = Clock(MONDAY).run(MONDAY)

    assert clock.target(MONDAY - HOUR) == MONDAY


def test_a_clock_that_was_stopped_no_longer_follows_the_wall():
    assert Clock(MONDAY).run(MONDAY).stop() == Clock(MONDAY)


def test_a_clock_may_be_set_to_where_it_stands():
    assert Clock(MONDAY).at(MONDAY) == Clock(MONDAY)


def test_a_clock_keeps_running_when_it_is_set():
    assert Clock(MONDAY, since=MONDAY).at(MONDAY + HOUR) == Clock(MONDAY + HOUR, since=MONDAY)


def test_a_clock_never_goes_back_and_says_both_times():
    with pytest.raises(BackwardsError) as refused:
        Clock(MONDAY).at(MONDAY - HOUR)

    assert (refused.value.now, refused.value.asked) == (MONDAY, MONDAY - HOUR)
    assert str(refused.value) == (
        "the clock stands at 2026-06-01T09:00:00Z and never goes back: 2026-06-01T08:00:00Z is over"
    )
