"""Working days, cut-offs and durations: the arithmetic of a payment scheme's time.

All of it is local to the calendar's time zone; instants come in and go out in UTC.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.sparing import bare

ONE_DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6


class Unit(StrEnum):
    """What a duration counts."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    WORKING_DAY = "working day"


ELAPSED = {
    Unit.SECOND: timedelta(seconds=1),
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Duration:
    """So many of one unit, as "3 working days"; `then` what comes after them, as in P1DT12H."""

    count: int
    unit: Unit
    then: "Duration | None" = None

    def __str__(self) -> str:
        words = f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"
        return f"{words} and {self.then}" if self.then else words


WORDS = re.compile(r"(\d{1,6}) (second|minute|hour|day|week|month|working day)s?")
ISO = re.compile(
    r"P(?=\d|T)(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?"
)
ISO_UNITS = (Unit.MONTH, Unit.WEEK, Unit.DAY, Unit.HOUR, Unit.MINUTE, Unit.SECOND)


def parse_duration(text: str) -> Duration:
    """Read "3 working days", "90 minutes", or ISO 8601 ("P3D", "PT90M", "P1DT12H").

    Raises ValueError, saying what would be understood.
    """
    if words := WORDS.fullmatch(text):
        return Duration(int(words[1]), Unit(words[2]))
    if iso := ISO.fullmatch(text):
        result = None
        for count, unit in reversed(list(zip(iso.groups(), ISO_UNITS, strict=True))):
            result = Duration(int(count), unit, result) if count else result
        if result:
            return result
    raise ValueError(
        f"{text!r} is no duration. Write a number and a unit ({', '.join(Unit)}), "
        "or ISO 8601, as P3D or PT90M"
    )


def is_time_zone(name: str) -> bool:
    """Whether the machine knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


class CalendarName(StrEnum):
    """The calendars there are."""

    ALWAYS_OPEN = "always-open"
    WEEKDAYS = "weekdays"
    UK_BACS = "uk-bacs"
    TARGET2 = "target2"
    US_FED = "us-fed"


@cache
def bank_holidays(name: CalendarName, year: int) -> frozenset[date]:
    """The days of `year`, besides weekends, on which calendar `name` is closed."""
    import holidays  # a large package: only who asks for a date pays for it

    with bare("holidays.countries", "holidays.financial"):  # or it imports 300 for one
        match name:
            case CalendarName.UK_BACS:
                return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
            case CalendarName.TARGET2:
                return frozenset(holidays.financial_holidays("ECB", years=year))
            case CalendarName.US_FED:
                # The Federal Reserve keeps a Sunday's holiday on Monday, a Saturday's not at all.
                days = holidays.country_holidays("US", observed=False, years=year)
                return frozenset(day + ONE_DAY if day.weekday() == SUNDAY else day for day in days)
            case _:
                return frozenset()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are open, until when a day counts, and in which time zone that is said."""

    name: CalendarName = CalendarName.UK_BACS
    timezone: str = "Europe/London"
    holidays: frozenset[date] = frozenset()
    cut_off: time | None = time(16)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def instant(self, day: date, at: time = time()) -> datetime:
        """Local `day` and time as UTC.

        A time that does not exist moves forward by the gap; of one that exists twice it is the
        first.
        """
        return datetime.combine(day, at.replace(fold=0), self.zone).astimezone(UTC)

    def utc(self, written: datetime) -> datetime:
        """What somebody wrote, as UTC: where it names no time zone, it is local here."""
        if written.tzinfo is not None:
            return written.astimezone(UTC)
        return self.instant(written.date(), written.time())

    def is_open(self, day: date) -> bool:
        if day in self.holidays:
            return False
        if self.name == CalendarName.ALWAYS_OPEN:
            return True
        return day.weekday() < SATURDAY and day not in bank_holidays(self.name, day.year)

    def open_from(self, day: date) -> date:
        """`day` if it is open, else the next open day."""
        while not self.is_open(day):
            day += ONE_DAY
        return day

    def working_days_after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; of 0, `day` itself or the next open one."""
        if count == 0:
            return self.open_from(day)
        for _ in range(count):
            day = self.open_from(day + ONE_DAY)
        return day

    def day_zero(self, instant: datetime) -> date:
        """The working day that something asked for at `instant` counts for.

        Its own date if that is open and the cut-off is not over, else the next open day.
        """
        local = self.local(instant)
        late = self.cut_off is not None and local.time() > self.cut_off
        return self.open_from(local.date() + ONE_DAY if late else local.date())

    def plus(self, instant: datetime, duration: Duration) -> datetime:
        """`instant` and `duration` later, never earlier than `instant`."""
        return self.due(instant, after=duration)

    def due(
        self, base: datetime, *, after: Duration | None = None, at: time | None = None
    ) -> datetime:
        """When a step is due that counts from `base`.

        Seconds, minutes and hours are elapsed time; all else keeps the local time of day, unless
        `at` gives it. A result before `base` moves to the next day, or to the next working day
        where working days are counted.
        """
        reached = base if after is None else self._after(base, after)
        if at is None:
            return reached
        working = after is not None and after.unit == Unit.WORKING_DAY
        return self._not_before(base, self._date(reached), at, working=working)

    def due_from_day_zero(
        self, base: datetime, *, after: Duration | None = None, at: time | None = None
    ) -> datetime:
        """The same, counted from the working day that `base` counts for."""
        start = self._on(self.day_zero(base), base)
        reached = start if after is None else self._after(start, after)
        if at is None:
            return reached
        return self._not_before(base, self._date(reached), at, working=True)

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """How many working days begin, at local midnight, after `start` and not after `end`."""
        return sum(1 for _ in self._midnights(start, end))

    def _midnights(self, start: datetime, end: datetime) -> Iterator[date]:
        day = self._date(start) + ONE_DAY
        while self.instant(day) <= end:
            if self.is_open(day):
                yield day
            day += ONE_DAY

    def _date(self, instant: datetime) -> date:
        return self.local(instant).date()

    def _after(self, start: datetime, duration: Duration) -> datetime:
        """The moment `duration` after `start`, one component after the other."""
        if duration.unit in ELAPSED:
            reached = start + duration.count * ELAPSED[duration.unit]
        else:
            reached = self._on(self._later(self._date(start), duration), start)
        return self._after(reached, duration.then) if duration.then else reached

    def _on(self, day: date, instant: datetime) -> datetime:
        """The local time of `instant` on `day`."""
        local = self.local(instant)
        # Its own day is no change, also in the second of two equal hours of a night.
        return instant if day == local.date() else self.instant(day, local.time())

    def _later(self, day: date, duration: Duration) -> date:
        match duration.unit:
            case Unit.WORKING_DAY:
                return self.working_days_after(day, duration.count)
            case Unit.MONTH:
                months = day.year * 12 + day.month - 1 + duration.count
                year, month = divmod(months, 12)
                return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
            case Unit.WEEK:
                return day + duration.count * 7 * ONE_DAY
            case _:
                return day + duration.count * ONE_DAY

    def _not_before(
        self, base: datetime, day: date, at: time, *, working: bool = False
    ) -> datetime:
        result = self.instant(day, at)
        while result < base:
            day = self.working_days_after(day, 1) if working else day + ONE_DAY
            result = self.instant(day, at)
        return result
