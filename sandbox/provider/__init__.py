"""The payment provider and the banks behind it, simulated: the truth.

Some of it holds whatever a scenario says. These laws, by the numbers that receipts give:

1. A mandate that falls takes its waiting payments with it.
2. A payment on a mandate that is on its way waits until the mandate is active.
3. On a fallen mandate no payment is made.
4. What the provider does not collect it does not know.
5. A fourth retry of a payment and an eleventh reinstatement of a mandate are refused; a retry needs
   an active mandate.

Who announces something on a scenario's word uses `announce` here: it asks the laws first. Moves go
through `Sandbox.make`; the laws that follow them are reactions.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.engine.events import Cause, Reason
from sandbox.engine.lifecycle import Announcement, Lifecycle
from sandbox.engine.sandbox import Reaction, Sandbox
from sandbox.provider import mandates, notices, payments, refunds
from sandbox.provider.instant_payments import InstantPayment, InstantPaymentLifecycle
from sandbox.provider.mandates import Mandate, MandateLifecycle
from sandbox.provider.payments import Payment, PaymentLifecycle
from sandbox.provider.payouts import Payout, PayoutLifecycle
from sandbox.provider.refunds import Refund, RefundLifecycle
from sandbox.provider.truth import Truth

RESOURCES: Mapping[str, type[Truth]] = {
    "mandate": Mandate,
    "payment": Payment,
    "instant_payment": InstantPayment,
    "refund": Refund,
    "payout": Payout,
}
LIFECYCLES: Mapping[str, type[Lifecycle]] = {
    "mandate": MandateLifecycle,
    "payment": PaymentLifecycle,
    "instant_payment": InstantPaymentLifecycle,
    "refund": RefundLifecycle,
    "payout": PayoutLifecycle,
}
TYPES = tuple(LIFECYCLES)

CHECKS: Mapping[str, Callable[[Sandbox, Any], None]] = {
    "payment.resubmission_requested": payments.check_retry,
    "mandate.resubmission_requested": mandates.check_reinstatement,
}
"""Law 5, by the announcement that it may forbid."""

REFUSALS = (payments.NotRetriedError, mandates.TooManyReinstatementsError)
"""What a check raises."""


def announce(
    sandbox: Sandbox,
    resource: Truth,
    announcement: Announcement,
    *,
    cause: Cause,
    reason: Reason | None = None,
) -> None:
    """Let an event happen that changes no status, if lifecycle and laws allow it."""
    if check := CHECKS.get(announcement.event):
        check(sandbox, resource)
    sandbox.announce(resource, announcement, cause=cause, reason=reason)


def laws() -> dict[str, tuple[Reaction, ...]]:
    """What the provider does after an event whatever a scenario says, by the event's name."""
    found: dict[str, tuple[Reaction, ...]] = {}
    for reactions in (mandates.REACTIONS, payments.REACTIONS, refunds.REACTIONS):
        for event, after in reactions.items():
            found[event] = (*found.get(event, ()), *after)
    for type in TYPES:
        found[f"{type}.given"] = (notices.acquaint,)
    return found


def events() -> list[str]:
    """The names of all events of the provider, by type and in the lifecycle's order."""
    names: list[str] = []
    for type in TYPES:
        lifecycle = LIFECYCLES[type]
        rows = [row.event for row in (*lifecycle.moves(), *lifecycle.announcements())]
        first = f"{type}.{lifecycle.initial}"
        names += dict.fromkeys([first, *rows, f"{type}.given", f"{type}.changed"])
    return names
