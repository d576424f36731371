"""When what happened to which payment: the moments behind the `…Since` filters.

A payment has the latest moment of each kind. Beside the payments each kind has a trail, in the
order of time, so that a filter looks at what happened since then and not at every payment.
"""

from bisect import bisect_left
from datetime import date, datetime
from typing import Any

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from sandbox.apis.backend.models import Attempt, Payment
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.series import Series

PART = "backend"


class Moment(Struct, frozen=True):
    """Something happened to a payment."""

    at: datetime
    payment: int


class Trail(Struct, frozen=True):
    """What happened of one kind. A fixture may be older than what came before it: no order then."""

    moments: Series[Moment] = Series()
    last: Moment | None = None
    in_order: bool = True

    def plus(self, moment: Moment) -> "Trail":
        if moment == self.last:
            return self
        in_order = self.in_order and (self.last is None or moment.at >= self.last.at)
        return Trail(self.moments.plus(moment), moment, in_order)

    def place(self, since: datetime | None) -> int:
        """Where those begin that are not before `since`; a few older ones may be among them."""
        if since is None or not self.in_order:
            return 0
        return bisect_left(self.moments, since, key=lambda moment: moment.at)

    def payments(self, place: int) -> list[int]:
        """The payments from `place` on, each once, by id."""
        return sorted({moment.payment for moment in self.moments.since(place)})


class Books(Struct, frozen=True):
    """What the platform keeps besides payments.

    It is the last ids, the days between which all payments have lain, and the trails by kind. Ids
    rise and are never used again: who pages by `idAfter` loses nothing.
    """

    last_payment: int = 0
    last_attempt: int = 0
    first_day: date = date.max
    last_day: date = date.min
    trails: Map[str, Trail] = Map()

    def trail(self, kind: str) -> Trail:
        return self.trails.get(kind, NO_TRAIL)


NO_TRAIL = Trail()
NO_BOOKS = Books()


def books(sandbox: Sandbox) -> Books:
    """The books of this sandbox."""
    return sandbox.part(PART, NO_BOOKS)


def next_payment_id(sandbox: Sandbox) -> int:
    """A number higher than that of any payment before."""
    return books(sandbox).last_payment + 1


def next_attempt_id(sandbox: Sandbox) -> int:
    """A number higher than that of any attempt before, whatever it collected from."""
    return books(sandbox).last_attempt + 1


def note_attempt(sandbox: Sandbox, attempt: Attempt) -> None:
    """Note that this id is used."""
    known = books(sandbox)
    last = max(known.last_attempt, attempt.id)
    sandbox.keep_part(PART, replace(known, last_attempt=last))


def note(sandbox: Sandbox, payment: Payment, *kinds: str) -> None:
    """Note the payment's id and day, and put its moments of these `kinds` on their trails."""
    known = books(sandbox)
    trails = known.trails
    for kind in kinds:
        at = getattr(payment, kind)
        trails = trails.set(kind, known.trail(kind).plus(Moment(at, payment.id)))
    noted = replace(
        known,
        last_payment=max(known.last_payment, payment.id),
        first_day=min(known.first_day, payment.payment_date),
        last_day=max(known.last_day, payment.payment_date),
        trails=trails,
    )
    sandbox.keep_part(PART, noted)


def stamped(sandbox: Sandbox, payment: Payment, *kinds: str, **changes: Any) -> Payment:
    """Keep `payment` with these changes; the moments of these `kinds`, and its update, are now."""
    kinds = (*kinds, "updated_at")
    changes |= dict.fromkeys(kinds, sandbox.now)
    kept = sandbox.keep(replace(sandbox.get(Payment, payment.id), **changes))
    note(sandbox, kept, *kinds)
    return kept
