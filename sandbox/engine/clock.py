"""Time is an object. The machine's clock is read in this file and nowhere else."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace


def wall() -> datetime:
    """The machine's time. `web/middleware.py` asks once a request and passes the answer down."""
    return datetime.now(UTC)


def written(instant: datetime) -> str:
    """`instant` as every API writes it: UTC with `Z`, a fraction only where there is one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


class BackwardsError(Exception):
    """Somebody asked for a time before the one that the clock shows."""

    def __init__(self, now: datetime, asked: datetime) -> None:
        self.now = now
        self.asked = asked
        super().__init__(
            f"the clock stands at {written(now)} and never goes back: {written(asked)} is over"
        )


class Clock(Struct, frozen=True):
    """One sandbox's time, in UTC: it stands at `now`, and stays there while a request runs.

    A running clock keeps in `since` what the wall showed when it was last set; each request first
    brings it up to date. A stopped clock has no `since`.
    """

    now: datetime
    since: datetime | None = None

    def target(self, wall: datetime) -> datetime:
        """Where it should stand when the wall shows `wall`: where it is, unless it runs."""
        return self.now + max(wall - self.since, timedelta()) if self.since else self.now

    def at(self, instant: datetime) -> "Clock":
        if instant < self.now:
            raise BackwardsError(self.now, instant)
        return replace(self, now=instant)

    def run(self, wall: datetime) -> "Clock":
        """Run from here on. A restored snapshot starts here too, not where the wall has got to."""
        return replace(self, since=wall)

    def stop(self) -> "Clock":
        return replace(self, since=None)
