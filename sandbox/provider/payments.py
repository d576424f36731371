"""Payments: money collected from the payer under a mandate. The truth, whatever an API shows."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, ClassVar

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.events import CLIENT, Cause, Event
from sandbox.engine.lifecycle import Announcement, Lifecycle, Move
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider import reasons
from sandbox.provider.mandates import USABLE, WAITING, Mandate, MandateNotUsableError, MandateStatus
from sandbox.provider.truth import Truth, made

MOST_RETRIES = 3


class PaymentStatus(StrEnum):
    """What a payment can be."""

    CREATED = "created"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    PAID_OUT = "paid_out"
    FAILED = "failed"
    CHARGED_BACK = "charged_back"
    CANCELLED = "cancelled"


P = PaymentStatus


class PaymentLifecycle(Lifecycle):
    """A payment's moves. When each of them comes is a timeline's business, never this table's."""

    resource = "payment"
    initial = P.CREATED
    basis = "inferred: GoCardless's events of payments"

    submitted = Move(P.CREATED, to=P.SUBMITTED)
    # Once the scheme has it, it is out of our hands.
    cancelled = Move(P.CREATED, to=P.CANCELLED)
    # Bacs never says yes: confirmed means that nobody said no in time.
    confirmed = Move(P.SUBMITTED, to=P.CONFIRMED)
    paid_out = Move(P.CONFIRMED, to=P.PAID_OUT)

    failed = Move(P.CREATED, P.SUBMITTED, to=P.FAILED)
    # The bank reports late, and takes back what was confirmed or even paid out.
    late_failure = Move(P.CONFIRMED, P.PAID_OUT, to=P.FAILED)
    # A retry. How many there may be is a law's and a rule's to say.
    resubmitted = Move(P.FAILED, to=P.SUBMITTED)

    charged_back = Move(P.CONFIRMED, P.PAID_OUT, to=P.CHARGED_BACK)
    chargeback_cancelled = Move(P.CHARGED_BACK, to=P.PAID_OUT)

    # Its mandate has become active.
    released = Announcement(P.CREATED)
    resubmission_requested = Announcement(P.FAILED)
    # The money was taken out of a payout.
    late_failure_settled = Announcement(P.FAILED)
    chargeback_settled = Announcement(P.CHARGED_BACK)
    surcharge_fee_debited = Announcement(P.CONFIRMED, P.PAID_OUT, P.FAILED, P.CHARGED_BACK)


class Payment(Truth, frozen=True, kw_only=True):
    """Money to be collected under a mandate. `amount` is in minor units, as banks count it.

    `collected` is what the bank took, once it has; `refunded` what was given back. `attempts` are
    submissions so far, `retries` how often another was asked for. `reference` is the client's.
    """

    type: ClassVar[str] = "payment"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "mandate", "invoice", "customer", "number")
    references: ClassVar[Map[str, str]] = Map(
        customer="customer", site="site", mandate="mandate", provider="payment_provider"
    )

    amount: int
    currency: str = "GBP"
    scheme: str = "bacs"
    status: PaymentStatus = P.CREATED
    customer: int | None = None
    site: int | None = None
    invoice: Subject | None = None
    mandate: int | None = None
    provider: int | None = None
    number: str = ""
    reference: str = ""
    description: str = ""
    collected: int | None = None
    refunded: int = 0
    attempts: int = 0
    retries: int = 0

    @property
    def provider_reference(self) -> str:
        return self.number


class NotRetriedError(Exception):
    """Law 5: a payment is tried again three times at most, and on an active mandate only."""

    def __init__(self, payment: Payment, why: str) -> None:
        self.payment = payment
        super().__init__(f"payment {payment.number} cannot be tried again: {why}")


def new(sandbox: Sandbox, **known: Any) -> Payment:
    """A payment with the next id, name and provider's reference, not yet kept."""
    return made(sandbox, Payment, known, number="PM")


def create(sandbox: Sandbox, mandate: Mandate, *, cause: Cause = CLIENT, **wanted: Any) -> Payment:
    """Collect under `mandate`. `wanted` are fields of Payment; what the mandate says is its.

    Law 3: on a fallen mandate the provider makes no payment, but raises MandateNotUsableError.
    """
    mandate = sandbox.get(Mandate, mandate.id)  # the one given may be an older value
    if mandate.status not in USABLE:
        raise MandateNotUsableError(mandate)
    belonging = {
        "mandate": mandate.id,
        "scheme": mandate.scheme,
        "customer": mandate.customer,
        "site": mandate.site,
        "provider": mandate.provider,
        "api": mandate.api,
    }
    payment = new(sandbox, **{**belonging, **wanted})
    return sandbox.begin(payment, "payment.created", cause=cause)


def cancel(sandbox: Sandbox, payment: Payment, *, cause: Cause = CLIENT) -> Payment:
    """Call off what is not yet at the bank. IllegalMoveError when it is too late."""
    reason = reasons.reason("payment_cancelled", payment.scheme)
    return sandbox.make(payment, PaymentLifecycle.cancelled, cause=cause, reason=reason)


def retry(sandbox: Sandbox, payment: Payment, *, cause: Cause = CLIENT) -> None:
    """Ask for a failed payment to be tried again. NotRetriedError when law 5 forbids it."""
    check_retry(sandbox, payment)
    sandbox.announce(payment, PaymentLifecycle.resubmission_requested, cause=cause)


def check_retry(sandbox: Sandbox, payment: Payment) -> None:
    """Law 5."""
    payment = sandbox.get(Payment, payment.id)
    mandate = sandbox.find(Mandate, payment.mandate)
    # Socotra's retry plans have a cap of their own.
    if payment.retries >= MOST_RETRIES and payment.api != "socotra":
        raise NotRetriedError(payment, f"it was tried again {MOST_RETRIES} times")
    if mandate and mandate.status != MandateStatus.ACTIVE:
        raise NotRetriedError(payment, f"its mandate {mandate.reference} is {mandate.status}")


def waits(sandbox: Sandbox, payment: Payment) -> bool:
    """Law 2: whether it waits for its mandate to become active."""
    mandate = sandbox.find(Mandate, payment.mandate)
    return payment.status == P.CREATED and mandate is not None and mandate.status in WAITING


def fall_with_mandate(sandbox: Sandbox, event: Event) -> None:
    """Law 1: a mandate that falls takes its waiting payments with it."""
    mandate = sandbox.get(Mandate, event.subject.id)
    code = event.reason.code if event.reason else f"mandate_{event.became}"
    for payment in list(sandbox.all(Payment, mandate=mandate.id)):
        if payment.status == P.CREATED:
            sandbox.make(
                payment,
                PaymentLifecycle.cancelled,
                cause=Cause("law 1", trigger=event.number),
                reason=reasons.reason(code, payment.scheme, "payment.failed"),
            )


def release(sandbox: Sandbox, event: Event) -> None:
    """Law 2: what waited for the mandate goes to the bank once it is active."""
    for payment in list(sandbox.all(Payment, mandate=event.subject.id)):
        if payment.status == P.CREATED:
            cause = Cause("law 2", trigger=event.number)
            sandbox.announce(payment, PaymentLifecycle.released, cause=cause)


def count_attempt(sandbox: Sandbox, event: Event) -> None:
    """A submission is an attempt, the first and each retry."""
    payment = sandbox.get(Payment, event.subject.id)
    sandbox.keep(replace(payment, attempts=payment.attempts + 1))


def count_retry(sandbox: Sandbox, event: Event) -> None:
    """So that law 5 can say when it is enough."""
    payment = sandbox.get(Payment, event.subject.id)
    sandbox.keep(replace(payment, retries=payment.retries + 1))


def collect(sandbox: Sandbox, event: Event) -> None:
    """What was confirmed was collected: all of it, unless a scenario has `set` another amount."""
    payment = sandbox.get(Payment, event.subject.id)
    if payment.collected is None:
        sandbox.keep(replace(payment, collected=payment.amount))


REACTIONS: Map[str, tuple[Callable[[Sandbox, Event], None], ...]] = Map(
    {
        "mandate.failed": (fall_with_mandate,),
        "mandate.reinstatement_failed": (fall_with_mandate,),
        "mandate.cancelled": (fall_with_mandate,),
        "mandate.expired": (fall_with_mandate,),
        "mandate.blocked": (fall_with_mandate,),
        "mandate.active": (release,),
        "payment.submitted": (count_attempt,),
        "payment.resubmitted": (count_attempt,),
        "payment.resubmission_requested": (count_retry,),
        "payment.confirmed": (collect,),
    }
)
