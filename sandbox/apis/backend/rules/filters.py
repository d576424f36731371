"""The filters of the lists: the product of an API whose clients only poll.

A page costs in proportion to itself where a filter is narrow: what happened since a moment is on a
trail, and without one the payments are passed in the order of their ids until the page is full.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from immutables import Map

from sandbox.apis import Asked
from sandbox.apis.backend.lifecycles import Validity
from sandbox.apis.backend.models import Attempt, Payment
from sandbox.apis.backend.rules.moments import books
from sandbox.apis.backend.rules.refusals import BadParameterError
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.series import Series
from sandbox.engine.state import Ids

T = TypeVar("T", Payment, Attempt)

Rising = Series[int] | list[int]
"""Ids in their order, at hand by their place."""

ON = frozenset({"", "true", "1", "yes"})
MICROSECONDS = 6
FRACTION = re.compile(r"\.(\d+)")

STANDS = Map(reversed_at=Validity.REVERSED, reinstated_at=Validity.VALID)
"""What a payment must be now for such a moment to count: undone, it does not."""

MOST_DAYS = 1000
"""Over more days than these, looking at each costs more than passing the payments."""


def is_on(flag: str | None) -> bool:
    """A flag is on when it is there without a value, or with a word for yes."""
    return flag in ON


def moment(text: str) -> datetime:
    """An ISO 8601 moment. Without a zone it is UTC; a day alone is its midnight. ValueError."""
    short = FRACTION.sub(lambda found: "." + found[1][:MICROSECONDS].ljust(MICROSECONDS, "0"), text)
    read = datetime.fromisoformat(short)
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text} lies outside of time") from None


def moments_of(asked: Asked) -> dict[str, datetime]:
    """The moments that are given, by kind: `reversed_since` is `reversed_at`.

    BadParameterError names all that are none: the document's pattern lets days through that no
    month has.
    """
    read, wrong = {}, {}
    for name, text in asked.items():
        kind, is_moment, _ = name.partition("_since")
        try:
            if is_moment and text is not None:
                read[f"{kind}_at"] = moment(text)
        except ValueError:
            wrong[f"{kind}Since"] = "not a datetime"
    if wrong:
        raise BadParameterError(wrong)
    return read


@dataclass(frozen=True, slots=True)
class Page:
    """The standard parameters that cut a list: after which id, how many to skip, how many."""

    limit: int
    offset: int
    id_after: int | None

    @classmethod
    def of(cls, asked: Asked) -> "Page":
        return cls(asked["limit"], asked["offset"], asked["id_after"])

    def after(self, ids: Rising) -> Iterator[int]:
        """Those of `ids`, which rise, that the page may have."""
        first = 0 if self.id_after is None else bisect_right(ids, self.id_after)
        return (ids[place] for place in range(first, len(ids)))

    def cut(self, matching: Iterable[T], most: int) -> list[T]:
        """The page of what matches, of `most` at most."""
        offset = min(self.offset, most)
        return list(islice(matching, offset, offset + self.limit))


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of payments asks for; all of it must hold.

    `validity` is that of the payments listed, None both; `since` is by the kind of moment.
    """

    validity: Validity | None
    first: date
    last: date
    first_reversed: date | None
    last_reversed: date | None
    since: Map[str, datetime]

    @classmethod
    def of(cls, asked: Asked) -> "Filters":
        """Of the parameters as the client wrote them, or BadParameterError."""
        moments = moments_of(asked)
        reversed_days = _day(asked["min_reversed_date"]), _day(asked["max_reversed_date"])
        # Chosen: filters on the reversal imply `reversed`, for under the default none could match.
        only_reversed = is_on(asked["reversed"]) or any(reversed_days) or "reversed_at" in moments
        listed = Validity.REVERSED if only_reversed else Validity.VALID
        return cls(
            validity=None if is_on(asked["include_reversed"]) else listed,
            first=_day(asked["min_date"]) or date.min,
            last=_day(asked["max_date"]) or date.max,
            first_reversed=reversed_days[0],
            last_reversed=reversed_days[1],
            since=Map(moments),
        )

    def match(self, payment: Payment) -> bool:
        return (
            not payment.deleted
            and self.validity in (None, payment.validity)
            and self.first <= payment.payment_date <= self.last
            and self._reversal_matches(payment.reversed_date)
            and all(_happened(payment, kind, since) for kind, since in self.since.items())
        )

    def _reversal_matches(self, day: date | None) -> bool:
        if self.first_reversed is None and self.last_reversed is None:
            return True
        if day is None:
            return False
        return (self.first_reversed or date.min) <= day <= (self.last_reversed or date.max)

    @property
    def looks_at_reversals(self) -> bool:
        """Whether only a payment that was ever reversed can match."""
        dates = (self.first_reversed, self.last_reversed)
        return self.validity is Validity.REVERSED or dates != (None, None)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _happened(payment: Payment, kind: str, since: datetime) -> bool:
    at: datetime | None = getattr(payment, kind)
    return at is not None and at >= since and STANDS.get(kind, payment.validity) == payment.validity


def payments(
    sandbox: Sandbox, filters: Filters, page: Page, customer: int | None = None
) -> list[Payment]:
    """A page of the payments, or of those of one customer, that match, by id."""
    ids = _candidates(sandbox, filters, customer)
    found = (sandbox.find(Payment, id) for id in page.after(ids))
    matching = (
        each for each in found if each and customer in (None, each.customer) and filters.match(each)
    )
    return page.cut(matching, len(ids))


def _candidates(sandbox: Sandbox, filters: Filters, customer: int | None) -> Rising:
    """The ids, rising, of payments among which all that match are: the fewest that are known of."""
    known = sandbox.ids(Payment) if customer is None else sandbox.ids(Payment, customer=customer)
    fewest = len(known)
    ids: Callable[[], Rising] = known.in_order
    kinds: dict[str, datetime | None] = {"reversed_at": None} if filters.looks_at_reversals else {}
    for kind, since in (kinds | dict(filters.since)).items():
        trail = books(sandbox).trail(kind)
        place = trail.place(since)
        if len(trail.moments) - place < fewest:
            fewest, ids = len(trail.moments) - place, partial(trail.payments, place)
    days = _days(sandbox, filters)
    if days is not None and sum(len(each) for each in days) < fewest:
        return sorted(id for each in days for id in each)
    return ids()


def _days(sandbox: Sandbox, filters: Filters) -> list[Ids] | None:
    """The payments of each day that is asked for; None where those are too many days."""
    known = books(sandbox)
    first, last = max(filters.first, known.first_day), min(filters.last, known.last_day)
    if (last - first).days > MOST_DAYS:
        return None
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [sandbox.ids(Payment, payment_date=day) for day in days]


def attempts(
    sandbox: Sandbox, payment: int, scheme: str, since: Mapping[str, datetime], page: Page
) -> list[Attempt]:
    """A page of the attempts to collect a payment by one scheme, the oldest first."""
    ids = sandbox.ids(Attempt, payment=payment).in_order()
    found = (sandbox.get(Attempt, id) for id in page.after(ids))
    matching = (
        each
        for each in found
        if each.scheme == scheme and all(getattr(each, kind) >= at for kind, at in since.items())
    )
    return page.cut(matching, len(ids))
