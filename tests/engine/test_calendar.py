from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.calendar import (
    Calendar,
    CalendarName,
    Duration,
    Unit,
    bank_holidays,
    parse_duration,
)

LONDON = Calendar()
ALWAYS = Calendar(CalendarName.ALWAYS_OPEN)

instants = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001  hypothesis wants naive bounds
    datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
durations = st.builds(Duration, st.integers(0, 40), st.sampled_from(Unit))
times = st.none() | st.times()


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def after(calendar, base, text, at=None):
    """What is due so long after `base`; both in UTC."""
    return calendar.due(utc(base), after=parse_duration(text), at=at).isoformat()[:16]


# Durations


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("1 second", Duration(1, Unit.SECOND)),
        ("90 minutes", Duration(90, Unit.MINUTE)),
        ("0 hours", Duration(0, Unit.HOUR)),
        ("2 days", Duration(2, Unit.DAY)),
        ("1 week", Duration(1, Unit.WEEK)),
        ("13 months", Duration(13, Unit.MONTH)),
        ("3 working days", Duration(3, Unit.WORKING_DAY)),
        ("P3D", Duration(3, Unit.DAY)),
        ("P1M", Duration(1, Unit.MONTH)),
        ("PT1M", Duration(1, Unit.MINUTE)),
        ("PT90M", Duration(90, Unit.MINUTE)),
        ("P2W", Duration(2, Unit.WEEK)),
        ("P1DT12H", Duration(1, Unit.DAY, Duration(12, Unit.HOUR))),
        ("P1M2DT3S", Duration(1, Unit.MONTH, Duration(2, Unit.DAY, Duration(3, Unit.SECOND)))),
    ],
)
def test_a_duration_is_a_number_and_a_unit_or_iso_8601(text, duration):
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "days",
        "3  days",
        "-1 day",
        "1.5 days",
        "1 year",
        "P",
        "PT",
        "P1DT",
        "P1Y",
        "3 Days",
    ],
)
def test_what_is_no_duration_is_refused_with_what_would_be(text):
    with pytest.raises(ValueError, match="is no duration") as refused:
        parse_duration(text)

    assert str(refused.value) == (
        f"{text!r} is no duration. Write a number and a unit (second, minute, hour, day, week, "
        "month, working day), or ISO 8601, as P3D or PT90M"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 working day", "1 working day"),
        ("PT90M", "90 minutes"),
        ("P1DT12H", "1 day and 12 hours"),
    ],
)
def test_a_duration_reads_as_words(text, words):
    assert str(parse_duration(text)) == words


# Which days are open


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        (
            CalendarName.UK_BACS,
            ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-26", "12-28"],
        ),
        (CalendarName.TARGET2, ["01-01", "04-03", "04-06", "05-01", "12-25", "12-26"]),
        (
            CalendarName.US_FED,
            [
                *("01-01", "01-19", "02-16", "05-25", "06-19", "07-04", "09-07"),
                *("10-12", "11-11", "11-26", "12-25"),
            ],
        ),
        (CalendarName.WEEKDAYS, []),
        (CalendarName.ALWAYS_OPEN, []),
    ],
)
def test_the_holidays_of_2026(name, closed):
    assert bank_holidays(name, 2026) == {date.fromisoformat(f"2026-{day}") for day in closed}


def test_a_proclaimed_holiday_is_one():
    """The coronation: Monday 8 May 2023."""
    assert not LONDON.is_open(date(2023, 5, 8))


def test_the_federal_reserve_does_not_make_up_for_a_holiday_on_a_saturday():
    fed = Calendar(CalendarName.US_FED)

    assert fed.is_open(date(2026, 7, 3))


def test_the_federal_reserve_keeps_a_sundays_holiday_on_monday():
    """4 July 2027 is a Sunday."""
    fed = Calendar(CalendarName.US_FED)

    assert [fed.is_open(date(2027, 7, day)) for day in (5, 6)] == [False, True]


def test_a_calendar_that_is_always_open_closes_on_its_own_holidays_alone():
    calendar = Calendar(CalendarName.ALWAYS_OPEN, holidays=frozenset({date(2026, 6, 2)}))

    assert [calendar.is_open(date(2026, 6, day)) for day in (1, 2, 6, 7)] == [
        True,
        False,
        True,
        True,
    ]


# Working days


@pytest.mark.parametrize(
    ("base", "text", "due"),
    [
        ("2026-04-02T09:00", "0 working days", "2026-04-02T09:00"),
        ("2026-04-02T09:00", "1 working day", "2026-04-07T09:00"),
        ("2026-04-02T09:00", "3 working days", "2026-04-09T09:00"),
        ("2026-04-04T09:00", "0 working days", "2026-04-07T09:00"),
        ("2026-04-04T09:00", "1 working day", "2026-04-07T09:00"),
        # The cut-off has no say here: 18:00 on Tuesday, 18:00 on Friday.
        ("2026-06-02T17:00", "3 working days", "2026-06-05T17:00"),
    ],
)
def test_working_days_skip_easter_and_keep_the_time_of_day(base, text, due):
    assert after(LONDON, base, text) == due


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2026-04-01T23:00", "2026-04-07T23:00", 2),  # local midnights: Tuesday's, Wednesday's
        ("2026-04-01T22:59", "2026-04-07T22:59", 2),  # Thursday's, Tuesday's
        ("2026-06-01T08:00", "2026-06-01T20:00", 0),
        ("2026-06-01T23:00", "2026-06-01T23:00", 0),
        ("2026-06-05T08:00", "2026-06-08T08:00", 1),
    ],
)
def test_a_working_day_is_crossed_at_its_local_midnight(start, end, count):
    assert LONDON.working_days_between(utc(start), utc(end)) == count


@given(instants, st.integers(0, 30), st.integers(0, 30))
def test_the_working_days_of_two_stretches_add_up(start, first, second):
    middle = start + first * timedelta(hours=13)
    end = middle + second * timedelta(hours=13)

    assert LONDON.working_days_between(start, end) == LONDON.working_days_between(
        start, middle
    ) + LONDON.working_days_between(middle, end)


# Day zero


@pytest.mark.parametrize(
    ("instant", "zero"),
    [
        ("2026-06-01T15:00:00", date(2026, 6, 1)),  # 16:00:00 in London: still in time
        ("2026-06-01T15:00:01", date(2026, 6, 2)),
        ("2026-06-01T15:00:00.000001", date(2026, 6, 2)),
        ("2026-06-05T15:00:01", date(2026, 6, 8)),
        ("2026-06-06T10:00:00", date(2026, 6, 8)),
        ("2026-04-02T15:00:01", date(2026, 4, 7)),
        ("2026-06-01T23:30:00", date(2026, 6, 2)),  # half past midnight in London
    ],
)
def test_day_zero_is_the_day_itself_up_to_and_with_the_cut_off(instant, zero):
    assert LONDON.day_zero(utc(instant)) == zero


def test_without_a_cut_off_the_whole_day_counts():
    assert Calendar(cut_off=None).day_zero(utc("2026-06-01T22:59:59")) == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("base", "text", "at", "due"),
    [
        ("2026-06-01T09:00", None, time(16), "2026-06-01T15:00"),
        ("2026-06-01T16:00", None, time(16), "2026-06-02T15:00"),
        ("2026-06-01T16:00", "1 working day", time(16), "2026-06-03T15:00"),
        ("2026-06-01T16:00", "1 working day", None, "2026-06-03T16:00"),
        ("2026-06-01T16:00", "2 hours", None, "2026-06-02T18:00"),
        ("2026-06-01T09:00", "2 hours", None, "2026-06-01T11:00"),
        # Nine o'clock is over on Friday: from day zero the next one is Monday's.
        ("2026-06-05T09:00", None, time(9), "2026-06-08T08:00"),
        ("2026-06-05T09:00", "0 days", time(9), "2026-06-08T08:00"),
        ("2026-06-05T09:00", "2 days", time(9), "2026-06-07T08:00"),
        ("2026-06-05T09:00", "P1DT1H", time(9), "2026-06-06T08:00"),
    ],
)
def test_a_step_may_count_from_day_zero(base, text, at, due):
    duration = parse_duration(text) if text else None

    assert LONDON.due_from_day_zero(utc(base), after=duration, at=at) == utc(due)


# Daylight saving: 2026-03-29 01:00 → 02:00, 2026-10-25 02:00 → 01:00


def test_a_local_time_that_does_not_exist_moves_forward_by_the_gap():
    assert LONDON.instant(date(2026, 3, 29), time(1, 30)) == utc("2026-03-29T01:30")
    assert LONDON.local(utc("2026-03-29T01:30")).time() == time(2, 30)


def test_a_local_time_that_exists_twice_is_the_first():
    assert LONDON.instant(date(2026, 10, 25), time(1, 30)) == utc("2026-10-25T00:30")


@pytest.mark.parametrize("written", ["2026-06-01T09:00", "2026-06-01T10:00+02:00"])
def test_what_is_written_without_a_time_zone_is_local(written):
    assert LONDON.utc(datetime.fromisoformat(written)) == utc("2026-06-01T08:00")


@pytest.mark.parametrize(
    ("base", "text", "due"),
    [
        ("2026-03-28T01:30", "1 day", "2026-03-29T01:30"),
        ("2026-03-28T09:00", "1 day", "2026-03-29T08:00"),
        ("2026-03-28T09:00", "24 hours", "2026-03-29T09:00"),
        ("2026-10-24T00:30", "1 day", "2026-10-25T00:30"),
        # From the second half past one of the night, which is fold=1 to Python.
        ("2026-10-25T01:30", "0 days", "2026-10-25T01:30"),
        ("2026-10-25T01:30", "1 hour", "2026-10-25T02:30"),
        ("2025-10-26T01:30", "52 weeks", "2026-10-25T00:30"),
        ("2025-10-26T01:30", "22 weeks", "2026-03-29T01:30"),
    ],
)
def test_days_keep_the_local_time_and_hours_the_elapsed(base, text, due):
    assert after(ALWAYS, base, text) == due


# Months, times of day, several components


@pytest.mark.parametrize(
    ("base", "text", "due"),
    [
        ("2026-01-31T09:00", "1 month", "2026-02-28T09:00"),
        ("2028-01-31T09:00", "1 month", "2028-02-29T09:00"),
        ("2026-01-31T09:00", "2 months", "2026-03-31T08:00"),
        ("2026-12-15T09:00", "1 month", "2027-01-15T09:00"),
        ("2026-02-28T09:00", "12 months", "2027-02-28T09:00"),
        ("2026-01-31T09:00", "P1M1D", "2026-03-01T09:00"),
        ("2026-01-01T09:00", "P1M1W1DT1H1M", "2026-02-09T10:01"),
    ],
)
def test_months_end_where_a_month_does(base, text, due):
    assert after(LONDON, base, text) == due


@pytest.mark.parametrize(
    ("base", "text", "due"),
    [
        ("2026-06-01T07:00", None, "2026-06-01T08:00"),
        ("2026-06-01T08:00", None, "2026-06-01T08:00"),
        ("2026-06-01T08:01", None, "2026-06-02T08:00"),
        ("2026-06-01T10:00", "2 days", "2026-06-03T08:00"),
        ("2026-06-05T10:00", "0 days", "2026-06-06T08:00"),
        ("2026-06-05T10:00", "0 working days", "2026-06-08T08:00"),
        ("2026-06-01T10:00", "1 hour", "2026-06-02T08:00"),
        ("2026-06-01T10:00", "P1DT1H", "2026-06-02T08:00"),
    ],
)
def test_at_is_that_local_time_on_the_date_reached_and_never_before_the_base(base, text, due):
    duration = parse_duration(text) if text else None

    assert LONDON.due(utc(base), after=duration, at=time(9)) == utc(due)


@given(instants, st.none() | durations, times)
def test_a_step_is_never_due_before_its_base(base, duration, at):
    assert LONDON.due(base, after=duration, at=at) >= base
    assert LONDON.due_from_day_zero(base, after=duration, at=at) >= base


@given(instants, durations)
def test_a_calendar_counts_from_an_instant_as_a_step_does(base, duration):
    assert LONDON.plus(base, duration) == LONDON.due(base, after=duration)


@given(instants, st.integers(1, 40))
def test_the_nth_working_day_crosses_n_of_them(base, count):
    due = LONDON.due(base, after=Duration(count, Unit.WORKING_DAY))

    assert LONDON.is_open(LONDON.local(due).date())
    assert LONDON.working_days_between(base, due) == count
