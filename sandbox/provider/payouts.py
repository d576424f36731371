"""Payouts: money sent from the merchant's account to a recipient's bank account."""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from immutables import Map

from sandbox.engine.events import CLIENT, Cause
from sandbox.engine.lifecycle import Announcement, Lifecycle, Move
from sandbox.engine.sandbox import Sandbox
from sandbox.provider.truth import Truth, made


class PayoutStatus(StrEnum):
    """What a payout can be."""

    CREATED = "created"
    VERIFYING = "verifying"
    PENDING_APPROVAL = "pending_approval"
    SCHEDULED = "scheduled"
    EXECUTING = "executing"
    EXECUTED = "executed"
    CANCELLED = "cancelled"
    FAILED = "failed"


O = PayoutStatus  # noqa: E741  the table below reads like the others


class PayoutLifecycle(Lifecycle):
    """A payout's moves. Source: GoCardless's outbound payments; `created` comes before them."""

    resource = "payout"
    initial = O.CREATED
    basis = "inferred: GoCardless's outbound payments"

    verifying = Move(O.CREATED, to=O.VERIFYING)
    pending_approval = Move(O.VERIFYING, to=O.PENDING_APPROVAL)
    # Somebody approved it. Approval is mandatory.
    scheduled = Move(O.PENDING_APPROVAL, to=O.SCHEDULED)
    executing = Move(O.SCHEDULED, to=O.EXECUTING)
    # Accepted by the scheme.
    executed = Move(O.EXECUTING, to=O.EXECUTED)
    # By choice, or not approved in time.
    cancelled = Move(O.CREATED, O.VERIFYING, O.PENDING_APPROVAL, O.SCHEDULED, to=O.CANCELLED)
    # A check says no; the bank says no; the money comes back.
    failed = Move(O.VERIFYING, O.EXECUTING, O.EXECUTED, to=O.FAILED)

    funds_returned = Announcement(O.FAILED)


class Payout(Truth, frozen=True, kw_only=True):
    """Money to send. `amount` is in minor units; no `execution_date` means as soon as possible."""

    type: ClassVar[str] = "payout"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "customer", "number")
    references: ClassVar[Map[str, str]] = Map(customer="customer", provider="payment_provider")

    amount: int
    currency: str = "GBP"
    scheme: str = "faster_payments"
    status: PayoutStatus = O.CREATED
    customer: int | None = None
    provider: int | None = None
    bank_account: Map[str, str] = Map()
    number: str = ""
    reference: str = ""
    description: str = ""
    execution_date: date | None = None

    @property
    def provider_reference(self) -> str:
        return self.number


def new(sandbox: Sandbox, **known: Any) -> Payout:
    """A payout with the next id, name and reference, not yet kept."""
    return made(sandbox, Payout, known, number="OUT")


def create(sandbox: Sandbox, *, cause: Cause = CLIENT, **wanted: Any) -> Payout:
    """Send money. `wanted` are fields of Payout."""
    return sandbox.begin(new(sandbox, **wanted), "payout.created", cause=cause)
