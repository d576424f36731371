"""What this API does on a notice of the provider's.

A notice carries the event and the whole status. Where an earlier one was lost, the next one brings
the view in line with the status that it carries, and makes nothing up: a day that nobody told of
stays unknown. A notice about a payment that is no longer on the books changes nothing.
"""

from collections.abc import Callable, Mapping

from immutables import Map

from sandbox.apis.backend.lifecycles import (
    AttemptLifecycle,
    AttemptStatus,
    Collection,
    CollectionLifecycle,
)
from sandbox.apis.backend.models import Attempt, Payment
from sandbox.apis.backend.rules import adopting, collecting, moments, reversals
from sandbox.engine.events import Cause, Event
from sandbox.engine.lifecycle import Move
from sandbox.engine.sandbox import Sandbox

ASKED_AGAIN = "resubmission_requested"
"""What an attempt shows as the provider's word until the retry is submitted."""

SETTLED = "payment.late_failure_settled"
"""It comes after a late failure, and after no other."""


class Hearing:
    """One notice about one payment. A day is that of the event, whenever the notice comes."""

    def __init__(self, sandbox: Sandbox, event: Event, payment: Payment) -> None:
        self.sandbox = sandbox
        self.event = event
        self.id = payment.id
        self.cause = Cause(event.cause.rule, trigger=event.number)
        self.day = event.at.date()
        # An event that changes no status tells that something happened before it, and not when.
        self.day_of_the_move = self.day if event.was != event.became else None

    @property
    def payment(self) -> Payment:
        return self.sandbox.get(Payment, self.id)

    @property
    def attempt(self) -> Attempt:
        """The last one: only it can change."""
        return self.sandbox.get(Attempt, self.sandbox.ids(Attempt, payment=self.id).last)

    def submitted(self) -> None:
        """It shows in the attempt alone, unless nobody told that it is tried again."""
        self._be(AttemptStatus.REQUESTED)
        due = collecting.charge_date(self.sandbox, self.attempt.scheme, self.event.at)
        self._note(collection_date=due)
        if self.payment.collection is not Collection.PENDING:
            self._collection(CollectionLifecycle.retry)

    def confirmed(self) -> None:
        self._be(AttemptStatus.REQUESTED)
        self._attempt(AttemptLifecycle.taken, taken_date=self.day_of_the_move)
        self._collection(CollectionLifecycle.collected, "collected_at")

    def paid_out(self) -> None:
        """No change, unless nobody told that it was collected."""
        if self.attempt.status is AttemptStatus.TAKEN:
            self._note()
            return
        self._be(AttemptStatus.REQUESTED)
        self._attempt(AttemptLifecycle.taken)
        self._collection(CollectionLifecycle.collected, "collected_at")

    def failed(self) -> None:
        self._be(AttemptStatus.REQUESTED)
        self._attempt(AttemptLifecycle.failed, failed_date=self.day_of_the_move)
        self._collection(CollectionLifecycle.failed)
        self._reverse()

    def taken_back(self) -> None:
        """A late failure or a chargeback: it was collected, and does not count any more."""
        self._be(AttemptStatus.REQUESTED, AttemptStatus.TAKEN)
        self._attempt(AttemptLifecycle.failed, failed_date=self.day_of_the_move)
        if self.payment.collection is not Collection.COLLECTED:
            self._collection(CollectionLifecycle.collected, "collected_at")
        self._reverse()

    def claim_withdrawn(self) -> None:
        if self.attempt.status is not AttemptStatus.FAILED:
            self.paid_out()  # nobody told of the chargeback
            return
        self._attempt(AttemptLifecycle.restored, failed_date=None)
        if self.payment.collection is not Collection.COLLECTED:
            self._collection(CollectionLifecycle.collected, "collected_at")
        self._reinstate()

    def cancelled(self) -> None:
        """Only while it is pending. The payment stays valid."""
        if self.payment.collection is Collection.PENDING:
            self._attempt(AttemptLifecycle.cancelled)
            self._collection(CollectionLifecycle.cancelled, "cancelled_at")

    def tried_again(self) -> None:
        if self.attempt.status is AttemptStatus.REQUESTED:
            self._attempt(AttemptLifecycle.failed)  # nobody told of the failure
        self._try_again(ASKED_AGAIN)
        self._collection(CollectionLifecycle.retry)

    def changed(self) -> None:
        adopting.adopt_changes(self.sandbox, self.payment, self.attempt, cause=self.cause)

    def announced(self) -> None:
        """Nothing follows, unless nobody told of the status that the provider's payment has."""
        known = self.attempt.provider_status
        if known not in (self.event.became, ASKED_AGAIN) and self.event.became in MISSED:
            MISSED[self.event.became](self)

    def had_failed(self) -> None:
        """Nobody told of a failure: what was taken was taken back, what was not had failed."""
        if self.attempt.status is AttemptStatus.TAKEN or self.event.name == SETTLED:
            self.taken_back()
        else:
            self.failed()

    def _be(self, *statuses: AttemptStatus) -> None:
        """Where the last attempt is past these statuses, nobody told that there is another one."""
        if self.attempt.status not in statuses:
            self._try_again(str(self.event.became))

    def _try_again(self, provider_status: str) -> None:
        collecting.open_another(
            self.sandbox, self.attempt, self.day, provider_status, cause=self.cause
        )
        self._reinstate()

    def _reverse(self) -> None:
        reversals.reverse_by_provider(self.sandbox, self.payment, self.day, cause=self.cause)

    def _reinstate(self) -> None:
        reversals.reinstate_by_provider(self.sandbox, self.payment, cause=self.cause)

    def _note(self, **changes: object) -> None:
        """Keep the provider's own word in the attempt."""
        collecting.keep_attempt(
            self.sandbox,
            self.attempt,
            provider_status=str(self.event.became),
            provider_detail=str(self.event.reason) if self.event.reason else None,
            **changes,
        )

    def _attempt(self, move: Move, **changes: object) -> None:
        self._note(**changes)
        self.sandbox.make(self.attempt, move, cause=self.cause, reason=self.event.reason)

    def _collection(self, move: Move, *kinds: str) -> None:
        moments.stamped(self.sandbox, self.payment, *kinds)
        self.sandbox.make(self.payment, move, cause=self.cause, reason=self.event.reason)


HEARD: Mapping[str, Callable[[Hearing], None]] = Map(
    {
        "payment.submitted": Hearing.submitted,
        "payment.resubmitted": Hearing.submitted,
        "payment.confirmed": Hearing.confirmed,
        "payment.paid_out": Hearing.paid_out,
        "payment.failed": Hearing.failed,
        "payment.late_failure": Hearing.taken_back,
        "payment.charged_back": Hearing.taken_back,
        "payment.chargeback_cancelled": Hearing.claim_withdrawn,
        "payment.cancelled": Hearing.cancelled,
        "payment.resubmission_requested": Hearing.tried_again,
        "payment.changed": Hearing.changed,
    }
)
"""What follows from an event. From all others nothing does, but for what was missed."""

MISSED: Mapping[str, Callable[[Hearing], None]] = Map(
    submitted=Hearing.submitted,
    confirmed=Hearing.confirmed,
    paid_out=Hearing.paid_out,
    failed=Hearing.had_failed,
    charged_back=Hearing.taken_back,
    cancelled=Hearing.cancelled,
)
"""What follows from a status of the provider's payment that nobody told of."""


def hear(sandbox: Sandbox, event: Event, _will_retry: bool) -> None:
    """Bring the view of a payment in line with what the provider tells of it."""
    if event.subject.type != "payment":
        return  # a mandate is what is collected from: nothing of it shows
    payment = sandbox.last(Payment, provider_payment=event.subject.id)
    if payment is None:
        if event.name == "payment.created":
            adopting.adopt(sandbox, event)
    elif sandbox.ids(Attempt, payment=payment.id):
        HEARD.get(event.name, Hearing.announced)(Hearing(sandbox, event, payment))
