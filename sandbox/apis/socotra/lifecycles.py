"""What leads from one state to another, in Socotra's words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from sandbox.engine.lifecycle import Announcement, Lifecycle, Move


class PaymentState(StrEnum):
    """Where a payment stands."""

    DRAFT = "draft"
    VALIDATED = "validated"
    REQUESTED = "requested"
    EXECUTING = "executing"
    POSTED = "posted"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"
    DISCARDED = "discarded"


class InvoiceState(StrEnum):
    """Where an invoice stands."""

    OPEN = "open"
    SETTLED = "settled"
    DISCARDED = "discarded"


class ShortfallCreditState(StrEnum):
    """Where a shortfall credit stands."""

    DRAFT = "draft"
    DISTRIBUTED = "distributed"
    REVERSED = "reversed"


class AttemptState(StrEnum):
    """What became of one attempt to collect: `PaymentRequestState` in the spec."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    ERROR = "error"


class DeliveryState(StrEnum):
    """What became of a delivery."""

    HELD = "held"
    PENDING = "pending"
    DELIVERED = "delivered"
    KEPT = "kept"
    FAILED = "failed"
    LOST = "lost"


P, N, C, A, D = PaymentState, InvoiceState, ShortfallCreditState, AttemptState, DeliveryState
SILENT = "the vendor does not list the states that it may start from"
NUMBERED = (P.DRAFT, P.VALIDATED, P.REQUESTED, P.EXECUTING, P.POSTED)


class PaymentLifecycle(Lifecycle):
    """A payment's moves: by a call of that name, or by the execution service."""

    resource = "socotra.payment"
    initial = P.DRAFT

    validate = Move(P.DRAFT, to=P.VALIDATED)
    reset = Move(P.VALIDATED, to=P.DRAFT)
    discard = Move(P.DRAFT, P.VALIDATED, to=P.DISCARDED, chosen="as the vendor's disbursements")
    # The client's own booking: the provider is asked nothing.
    post = Move(P.VALIDATED, to=P.POSTED)
    request = Move(P.VALIDATED, to=P.REQUESTED)
    # The execution service calls the provider.
    execute = Move(P.REQUESTED, to=P.EXECUTING)
    succeed = Move(P.EXECUTING, to=P.POSTED)
    # The provider collected after all, while the retry plan's next attempt was being waited for.
    succeed_unasked = Move(P.REQUESTED, to=P.POSTED, event="succeed", chosen="the money is there")
    # The retry plan has another attempt.
    retry_later = Move(P.EXECUTING, to=P.REQUESTED)
    fail = Move(P.EXECUTING, to=P.FAILED)
    fail_request = Move(P.REQUESTED, to=P.FAILED, event="fail", chosen=SILENT)
    cancel = Move(P.REQUESTED, to=P.CANCELLED, chosen=SILENT)
    # In full, or not at all.
    reverse = Move(P.POSTED, to=P.REVERSED)

    update = Announcement(P.DRAFT)
    # `nextRequestTime`, alone.
    postpone = Announcement(P.REQUESTED, chosen="the property matters in that state")
    number = Announcement(*NUMBERED, chosen=SILENT)
    preview_validate = Announcement(P.DRAFT, chosen=SILENT)
    preview_post = Announcement(P.DRAFT, P.VALIDATED, chosen=SILENT)


class InvoiceLifecycle(Lifecycle):
    """An invoice's moves. The events' names are documented, what calls for them is not."""

    resource = "socotra.invoice"
    initial = N.OPEN
    basis = "inferred: the events of invoices"
    never: ClassVar[Mapping[StrEnum, str]] = {
        N.DISCARDED: "no call served here discards an invoice"
    }

    settle = Move(N.OPEN, to=N.SETTLED)
    # A reversal brings it back.
    unsettle = Move(N.SETTLED, to=N.OPEN)


class ShortfallCreditLifecycle(Lifecycle):
    """A shortfall credit's moves. It is distributed as it is created."""

    resource = "socotra.shortfall_credit"
    initial = C.DRAFT
    basis = "inferred: the order of the states"

    distribute = Move(C.DRAFT, to=C.DISTRIBUTED)
    reverse = Move(C.DISTRIBUTED, to=C.REVERSED)


class AttemptLifecycle(Lifecycle):
    """The moves of one entry of a payment's execution log, by the provider's word."""

    resource = "socotra.attempt"
    initial = A.PENDING
    basis = "chosen: the values are documented, what leads to them is not"

    complete = Move(A.PENDING, to=A.COMPLETED)
    # The provider collected after all, or after a notice of failure.
    complete_late = Move(A.FAILED, A.ERROR, to=A.COMPLETED, event="complete")
    fail = Move(A.PENDING, to=A.FAILED)
    err = Move(A.PENDING, to=A.ERROR)


class DeliveryLifecycle(Lifecycle):
    """A delivery's moves: the sandbox's own, not the vendor's."""

    resource = "delivery"
    initial = D.PENDING
    basis = "chosen: the vendor shows no deliveries"
    never: ClassVar[Mapping[StrEnum, str]] = {
        D.HELD: "it begins so, behind another event",
        D.LOST: "it begins so, by a rule of the scenario",
    }

    release = Move(D.HELD, to=D.PENDING)
    deliver = Move(D.PENDING, to=D.DELIVERED)
    # A webhook without a url.
    keep = Move(D.PENDING, to=D.KEPT)
    fail = Move(D.PENDING, to=D.FAILED)
