"""Instant payments: the payer authorises in their banking app and the money moves at once."""

from enum import StrEnum
from typing import Any, ClassVar

from immutables import Map

from sandbox.engine.events import CLIENT, Cause
from sandbox.engine.ids import reference
from sandbox.engine.lifecycle import Lifecycle, Move
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider import reasons
from sandbox.provider.truth import Truth, made


class InstantPaymentStatus(StrEnum):
    """What an instant payment can be."""

    CREATED = "created"
    AUTHORISED = "authorised"
    EXECUTED = "executed"
    SETTLED = "settled"
    DENIED = "denied"
    ABANDONED = "abandoned"
    FAILED = "failed"


I = InstantPaymentStatus  # noqa: E741  the table below reads like the others


class InstantPaymentLifecycle(Lifecycle):
    """An instant payment's moves. Source: GoCardless's billing requests, in statuses of ours."""

    resource = "instant_payment"
    initial = I.CREATED
    basis = "inferred: GoCardless's Instant Bank Pay"

    # In the payer's banking app.
    authorised = Move(I.CREATED, to=I.AUTHORISED)
    # The money has moved.
    executed = Move(I.AUTHORISED, to=I.EXECUTED)
    # Paid out.
    settled = Move(I.EXECUTED, to=I.SETTLED)
    denied = Move(I.CREATED, to=I.DENIED)
    # The hosted page lives seven days.
    abandoned = Move(I.CREATED, to=I.ABANDONED)
    failed = Move(I.AUTHORISED, I.EXECUTED, to=I.FAILED)


class InstantPayment(Truth, frozen=True, kw_only=True):
    """Money that the payer sends at once. `amount` is in minor units.

    `mandate` is the one that is being set up with it; `token` names the payer's page.
    """

    type: ClassVar[str] = "instant_payment"
    indexed: ClassVar[tuple[str, ...]] = (
        "ref", "mandate", "invoice", "customer", "number", "token",
    )  # fmt: skip
    references: ClassVar[Map[str, str]] = Map(
        customer="customer", site="site", mandate="mandate", provider="payment_provider"
    )

    amount: int
    currency: str = "GBP"
    scheme: str = "faster_payments"
    status: InstantPaymentStatus = I.CREATED
    customer: int | None = None
    site: int | None = None
    invoice: Subject | None = None
    mandate: int | None = None
    provider: int | None = None
    number: str = ""
    token: str = ""
    reference: str = ""
    description: str = ""
    refunded: int = 0
    attempts: int = 1

    @property
    def provider_reference(self) -> str:
        return self.number


def new(sandbox: Sandbox, **known: Any) -> InstantPayment:
    """An instant payment with the next id, name and references, not yet kept."""
    # Its own row of numbers: the provider calls these PM… too.
    number = reference(sandbox.state.seed + 1, "PM", sandbox.next_id(InstantPayment))
    return made(sandbox, InstantPayment, {"number": number, **known}, token="BRQ")


def cancel(sandbox: Sandbox, payment: InstantPayment, *, cause: Cause = CLIENT) -> InstantPayment:
    """Withdraw what the payer has not authorised. IllegalMoveError when it is too late."""
    reason = reasons.reason("payment_cancelled")
    return sandbox.make(payment, InstantPaymentLifecycle.abandoned, cause=cause, reason=reason)


def create(sandbox: Sandbox, *, cause: Cause = CLIENT, **wanted: Any) -> InstantPayment:
    """Give the payer a link, or a page, on which to pay. `wanted` are fields of InstantPayment."""
    return sandbox.begin(new(sandbox, **wanted), "instant_payment.created", cause=cause)
