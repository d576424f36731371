"""Elevate's lifecycles, in Elevate's words. It documents statuses and no moves."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from sandbox.engine.lifecycle import Lifecycle, Move


class ThirdPartyPaymentStatus(StrEnum):
    """What Elevate says of a payment at its provider."""

    NEW = "NEW"
    CREATED = "CREATED"
    PENDING_CUSTOMER_APPROVAL = "PENDING_CUSTOMER_APPROVAL"
    PENDING_SUBMISSION = "PENDING_SUBMISSION"
    SUBMITTED = "SUBMITTED"
    CONFIRMED = "CONFIRMED"
    PAID_OUT = "PAID_OUT"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    FAILED_RETRYING = "FAILED_RETRYING"
    CHARGED_BACK = "CHARGED_BACK"
    CUSTOMER_APPROVAL_GRANTED = "CUSTOMER_APPROVAL_GRANTED"
    CUSTOMER_APPROVAL_DENIED = "CUSTOMER_APPROVAL_DENIED"
    CHARGEBACK_CANCELLED = "CHARGEBACK_CANCELLED"
    LATE_FAILURE_SETTLED = "LATE_FAILURE_SETTLED"
    CHARGEBACK_SETTLED = "CHARGEBACK_SETTLED"
    SURCHARGE_FEE_DEBITED = "SURCHARGE_FEE_DEBITED"
    RESUBMISSION_REQUESTED = "RESUBMISSION_REQUESTED"
    UNSUPPORTED_PAYMENT_TYPE = "UNSUPPORTED_PAYMENT_TYPE"
    UNAUTHORISED_PAYMENT_TYPE = "UNAUTHORISED_PAYMENT_TYPE"
    CUSTOMER_APPROVAL_MISSING = "CUSTOMER_APPROVAL_MISSING"
    SURCHARGE_FEE_CREDITED = "SURCHARGE_FEE_CREDITED"
    MANUALLY_PAID = "MANUALLY_PAID"
    UNSENT = "UNSENT"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUND_PENDING = "REFUND_PENDING"


TP = ThirdPartyPaymentStatus
NOT_AT_THE_BANK = (
    TP.PENDING_CUSTOMER_APPROVAL,
    TP.PENDING_SUBMISSION,
    TP.CUSTOMER_APPROVAL_GRANTED,
)
FAILED_SOMEHOW = (
    TP.FAILED,
    TP.FAILED_RETRYING,
    TP.RESUBMISSION_REQUESTED,
    TP.LATE_FAILURE_SETTLED,
)
GOOD = frozenset({TP.CONFIRMED, TP.PAID_OUT, TP.CHARGEBACK_CANCELLED})
"""The money is there (D20)."""

CANCELLABLE = frozenset({TP.NEW, *NOT_AT_THE_BANK})
"""Pending, as far as Elevate knows: not yet at the bank (D21)."""

UNDECIDED = CANCELLABLE | {
    TP.CREATED,
    TP.SUBMITTED,
    TP.FAILED_RETRYING,
    TP.RESUBMISSION_REQUESTED,
}
"""A collection that may still come to something (D20)."""


class PaymentLifecycle(Lifecycle):
    """What Elevate shows of a payment that it handed to a provider."""

    resource = "elevate.payment"
    initial = TP.NEW
    basis = "chosen: D19, after GoCardless's events, which Elevate's names repeat"
    never: ClassVar[Mapping[StrEnum, str]] = {
        TP.UNSENT: "whatever is accepted here is sent",
        TP.MANUALLY_PAID: "a manual payment has no status unless the caller sends one",
        TP.UNSUPPORTED_PAYMENT_TYPE: "such a payment is refused",
        TP.UNAUTHORISED_PAYMENT_TYPE: "such a payment is refused",
        TP.CUSTOMER_APPROVAL_MISSING: "such a payment waits",
        TP.SURCHARGE_FEE_CREDITED: "the provider has no such event",
        TP.SURCHARGE_FEE_DEBITED: "a row beside the payment's own, no move",
        TP.REFUND_PENDING: "a row beside the payment's own, no move",
        TP.REFUNDED: "a row beside the payment's own, no move",
        TP.PARTIALLY_REFUNDED: "a row beside the payment's own, no move",
    }

    created = Move(TP.NEW, to=TP.PENDING_SUBMISSION)
    # Its mandate waits for a second signatory.
    approval_awaited = Move(TP.NEW, to=TP.PENDING_CUSTOMER_APPROVAL)
    customer_approval_granted = Move(*NOT_AT_THE_BANK, to=TP.CUSTOMER_APPROVAL_GRANTED)
    customer_approval_denied = Move(*NOT_AT_THE_BANK, to=TP.CUSTOMER_APPROVAL_DENIED)
    cancelled = Move(*NOT_AT_THE_BANK, to=TP.CANCELLED)
    submitted = Move(TP.PENDING_SUBMISSION, TP.CUSTOMER_APPROVAL_GRANTED, to=TP.SUBMITTED)

    # An instant payment: the payer's word comes first.
    authorised = Move(TP.NEW, to=TP.CREATED)
    denied = Move(TP.NEW, to=TP.FAILED)
    abandoned = Move(TP.NEW, to=TP.CANCELLED)

    confirmed = Move(TP.CREATED, TP.SUBMITTED, to=TP.CONFIRMED)
    failed = Move(*NOT_AT_THE_BANK, TP.CREATED, TP.SUBMITTED, to=TP.FAILED)
    # The provider will try again by itself.
    failed_retrying = Move(*NOT_AT_THE_BANK, TP.SUBMITTED, to=TP.FAILED_RETRYING)
    paid_out = Move(TP.CONFIRMED, to=TP.PAID_OUT)
    late_failure = Move(TP.CONFIRMED, TP.PAID_OUT, TP.CHARGEBACK_CANCELLED, to=TP.FAILED)
    late_failure_settled = Move(*FAILED_SOMEHOW, to=TP.LATE_FAILURE_SETTLED)
    resubmission_requested = Move(*FAILED_SOMEHOW, to=TP.RESUBMISSION_REQUESTED)
    resubmitted = Move(*FAILED_SOMEHOW, to=TP.SUBMITTED)

    charged_back = Move(TP.CONFIRMED, TP.PAID_OUT, TP.CHARGEBACK_CANCELLED, to=TP.CHARGED_BACK)
    chargeback_settled = Move(TP.CHARGED_BACK, TP.CHARGEBACK_SETTLED, to=TP.CHARGEBACK_SETTLED)
    chargeback_cancelled = Move(TP.CHARGED_BACK, TP.CHARGEBACK_SETTLED, to=TP.CHARGEBACK_CANCELLED)


class MandateStatus(StrEnum):
    """What Elevate says of a mandate."""

    NEW = "NEW"
    INACTIVE = "INACTIVE"
    CREATED = "CREATED"
    CUSTOMER_APPROVAL_GRANTED = "CUSTOMER_APPROVAL_GRANTED"
    CUSTOMER_APPROVAL_SKIPPED = "CUSTOMER_APPROVAL_SKIPPED"
    PENDING_SUBMISSION = "PENDING_SUBMISSION"
    SUBMITTED = "SUBMITTED"
    ACTIVE = "ACTIVE"
    REINSTATED = "REINSTATED"
    PENDING_CUSTOMER_APPROVAL = "PENDING_CUSTOMER_APPROVAL"
    RESUBMISSION_REQUESTED = "RESUBMISSION_REQUESTED"
    TRANSFERRED = "TRANSFERRED"
    REPLACED = "REPLACED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    BLOCKED = "BLOCKED"


MS = MandateStatus
SIGNED = (MS.CREATED, MS.CUSTOMER_APPROVAL_GRANTED, MS.CUSTOMER_APPROVAL_SKIPPED)
IN_FORCE = (MS.ACTIVE, MS.REINSTATED)
FALLEN = (MS.CANCELLED, MS.EXPIRED, MS.RESUBMISSION_REQUESTED)
ACCEPTED = frozenset({*SIGNED, MS.PENDING_SUBMISSION, MS.SUBMITTED, *IN_FORCE})
"""The seven states in which a GoCardless mandate counts. Source: Elevate 1.37 and 1.39."""


class MandateLifecycle(Lifecycle):
    """What Elevate shows of a mandate: the name of the last event that it heard of."""

    resource = "elevate.mandate"
    initial = MS.NEW
    basis = "chosen: D27, after GoCardless's events"
    never: ClassVar[Mapping[StrEnum, str]] = {
        MS.TRANSFERRED: "the mandate stays what it was",
        MS.REPLACED: "no Service User Number changes here",
        MS.PENDING_SUBMISSION: "CREATED, or the approval's own status, stands for it",
    }

    # NEW: the payer has not finished the hosted page.
    created = Move(MS.NEW, to=MS.CREATED)
    approval_requested = Move(MS.CREATED, to=MS.PENDING_CUSTOMER_APPROVAL)
    approval_granted = Move(MS.PENDING_CUSTOMER_APPROVAL, to=MS.CUSTOMER_APPROVAL_GRANTED)
    approval_skipped = Move(MS.PENDING_CUSTOMER_APPROVAL, to=MS.CUSTOMER_APPROVAL_SKIPPED)
    submitted = Move(*SIGNED, to=MS.SUBMITTED)
    active = Move(MS.SUBMITTED, to=MS.ACTIVE)
    failed = Move(*SIGNED, MS.SUBMITTED, to=MS.FAILED)
    cancelled = Move(
        MS.NEW,
        *SIGNED,
        MS.PENDING_CUSTOMER_APPROVAL,
        MS.SUBMITTED,
        *IN_FORCE,
        MS.INACTIVE,
        to=MS.CANCELLED,
    )
    expired = Move(*IN_FORCE, to=MS.EXPIRED)
    suspended = Move(*IN_FORCE, to=MS.INACTIVE)
    resumed = Move(MS.INACTIVE, to=MS.ACTIVE)
    resubmission_requested = Move(MS.CANCELLED, MS.EXPIRED, to=MS.RESUBMISSION_REQUESTED)
    reinstated = Move(*FALLEN, to=MS.REINSTATED)
    reinstatement_failed = Move(*FALLEN, to=MS.FAILED)
    blocked = Move(
        *SIGNED,
        MS.PENDING_CUSTOMER_APPROVAL,
        MS.SUBMITTED,
        *IN_FORCE,
        MS.INACTIVE,
        *FALLEN,
        to=MS.BLOCKED,
    )


class ThirdPartyRefundStatus(StrEnum):
    """What Elevate says of a refund."""

    CREATED = "CREATED"
    PENDING_SUBMISSION = "PENDING_SUBMISSION"
    SUBMITTED = "SUBMITTED"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    BOUNCED = "BOUNCED"
    FUNDS_RETURNED = "FUNDS_RETURNED"
    MANUALLY_REFUNDED = "MANUALLY_REFUNDED"
    REFUND_SETTLED = "REFUND_SETTLED"


TR = ThirdPartyRefundStatus
UNDER_WAY = frozenset({TR.CREATED, TR.PENDING_SUBMISSION, TR.SUBMITTED})
GIVEN_BACK = frozenset({TR.PAID, TR.REFUND_SETTLED, TR.MANUALLY_REFUNDED})
STANDING = UNDER_WAY | GIVEN_BACK
"""Refunds that count against what can still be refunded (D24)."""


class RefundLifecycle(Lifecycle):
    """What Elevate shows of a refund: one row, changed in place."""

    resource = "elevate.refund"
    initial = TR.CREATED
    basis = "chosen: D26, after GoCardless's events"

    pending_submission = Move(TR.CREATED, to=TR.PENDING_SUBMISSION)
    submitted = Move(TR.PENDING_SUBMISSION, to=TR.SUBMITTED)
    paid = Move(TR.SUBMITTED, to=TR.PAID)
    settled = Move(TR.PAID, to=TR.REFUND_SETTLED)
    cancelled = Move(TR.CREATED, TR.PENDING_SUBMISSION, to=TR.CANCELLED)
    bounced = Move(TR.SUBMITTED, TR.PAID, to=TR.BOUNCED)
    funds_returned = Move(TR.SUBMITTED, TR.PAID, to=TR.FUNDS_RETURNED)
    # Taken out of a payout is not the end either: the provider's refund is still paid.
    bounced_later = Move(TR.REFUND_SETTLED, to=TR.BOUNCED, event="bounced")
    funds_returned_later = Move(TR.REFUND_SETTLED, to=TR.FUNDS_RETURNED, event="funds_returned")
    # By a method that no provider handles: done when it is recorded.
    manually_refunded = Move(TR.CREATED, to=TR.MANUALLY_REFUNDED)


class ThirdPartyOutboundPaymentStatus(StrEnum):
    """What Elevate says of a payout."""

    NEW = "NEW"
    VERIFYING = "VERIFYING"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    SCHEDULED = "SCHEDULED"
    EXECUTING = "EXECUTING"
    EXECUTED = "EXECUTED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


OP = ThirdPartyOutboundPaymentStatus


class OutboundPaymentLifecycle(Lifecycle):
    """What Elevate shows of a payout to a recipient's bank account. GoCardless only."""

    resource = "elevate.outbound_payment"
    initial = OP.NEW
    basis = "inferred: GoCardless's outbound payments, which Elevate rides on"

    # NEW is Elevate's own: stored, and not yet accepted by GoCardless, which checks the recipient.
    accepted = Move(OP.NEW, to=OP.VERIFYING)
    verified = Move(OP.VERIFYING, to=OP.PENDING_APPROVAL, event="set_to_pending_approval")
    # Approval is mandatory. A payout that nobody approves in time is cancelled.
    approved = Move(OP.PENDING_APPROVAL, to=OP.SCHEDULED)
    # The execution date has come.
    started = Move(OP.SCHEDULED, to=OP.EXECUTING)
    # The scheme has accepted it, and the money is on its way.
    executed = Move(OP.EXECUTING, to=OP.EXECUTED)

    cancelled = Move(OP.VERIFYING, OP.PENDING_APPROVAL, OP.SCHEDULED, to=OP.CANCELLED)
    withdrawn = Move(OP.NEW, to=OP.CANCELLED, event="cancelled", chosen="nobody else has it yet")
    # "While or after executing": also what was executed can still fail.
    failed = Move(OP.EXECUTING, OP.EXECUTED, to=OP.FAILED)
    rejected = Move(OP.VERIFYING, to=OP.FAILED, event="failed", chosen="a check can say no")


LIFECYCLES: tuple[type[Lifecycle], ...] = (
    PaymentLifecycle,
    MandateLifecycle,
    RefundLifecycle,
    OutboundPaymentLifecycle,
)
