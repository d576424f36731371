"""Refunds: money given back that was collected before."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, ClassVar

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.events import CLIENT, Cause, Event
from sandbox.engine.lifecycle import Announcement, Lifecycle, Move
from sandbox.engine.sandbox import Sandbox
from sandbox.provider.instant_payments import InstantPayment
from sandbox.provider.payments import Payment
from sandbox.provider.truth import Truth, made


class RefundStatus(StrEnum):
    """What a refund can be."""

    CREATED = "created"
    SUBMITTED = "submitted"
    PAID = "paid"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"
    FUNDS_RETURNED = "funds_returned"


R = RefundStatus


class RefundLifecycle(Lifecycle):
    """A refund's moves. Source: GoCardless's events of refunds."""

    resource = "refund"
    initial = R.CREATED
    basis = "inferred: GoCardless's events of refunds"

    submitted = Move(R.CREATED, to=R.SUBMITTED)
    paid = Move(R.SUBMITTED, to=R.PAID)
    cancelled = Move(R.CREATED, to=R.CANCELLED)
    # The receiving bank refuses it.
    bounced = Move(R.SUBMITTED, R.PAID, to=R.BOUNCED)
    # The money is back at the merchant.
    funds_returned = Move(R.SUBMITTED, R.PAID, to=R.FUNDS_RETURNED)

    # Taken out of a payout.
    settled = Announcement(R.PAID)


class Refund(Truth, frozen=True, kw_only=True):
    """Money given back of one payment, or of one instant payment. `amount` is in minor units."""

    type: ClassVar[str] = "refund"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "payment", "instant_payment", "number")
    references: ClassVar[Map[str, str]] = Map(
        customer="customer",
        site="site",
        payment="payment",
        instant_payment="instant_payment",
        mandate="mandate",
        provider="payment_provider",
    )

    amount: int
    currency: str = "GBP"
    scheme: str = "bacs"
    status: RefundStatus = R.CREATED
    payment: int | None = None
    instant_payment: int | None = None
    customer: int | None = None
    site: int | None = None
    invoice: Any = None
    mandate: int | None = None
    provider: int | None = None
    number: str = ""
    reference: str = ""
    description: str = ""

    @property
    def provider_reference(self) -> str:
        return self.number


def new(sandbox: Sandbox, of: Payment | InstantPayment, **known: Any) -> Refund:
    """A refund of `of` with the next id, name and reference, not yet kept."""
    its = {
        of.type: of.id,
        "currency": of.currency,
        "scheme": of.scheme,
        "customer": of.customer,
        "site": of.site,
        "invoice": of.invoice,
        "mandate": of.mandate,
        "provider": of.provider,
        "api": of.api,
    }
    return made(sandbox, Refund, {**its, **known}, number="RF")


def create(
    sandbox: Sandbox, of: Payment | InstantPayment, *, cause: Cause = CLIENT, **wanted: Any
) -> Refund:
    """Give back what `of` collected. `wanted` are fields of Refund, its `amount` among them."""
    return sandbox.begin(new(sandbox, of, **wanted), "refund.created", cause=cause)


def refunded(sandbox: Sandbox, refund: Refund) -> Payment | InstantPayment:
    """What it gives back."""
    if refund.payment:
        return sandbox.get(Payment, refund.payment)
    return sandbox.get(InstantPayment, refund.instant_payment)


def give_back(sandbox: Sandbox, event: Event) -> None:
    """A refund that was paid counts on its payment; one that came back no longer does."""
    refund = sandbox.get(Refund, event.subject.id)
    paid, was_paid = event.became == R.PAID, event.was == R.PAID
    if paid != was_paid:
        of = refunded(sandbox, refund)
        change = refund.amount if paid else -refund.amount
        # One that was given as paid may not have been counted.
        sandbox.keep(replace(of, refunded=max(0, of.refunded + change)))


REACTIONS: Map[str, tuple[Callable[[Sandbox, Event], None], ...]] = Map(
    {
        "refund.paid": (give_back,),
        "refund.bounced": (give_back,),
        "refund.funds_returned": (give_back,),
    }
)
