"""What Elevate makes of the provider's notices (D19, D26, D27, D33): the projection of the truth.

Elevate stores events as statuses: what counts is the last event heard of, and each notice is a row.
"""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from sandbox.apis.elevate.lifecycles import (
    NOT_AT_THE_BANK,
    MandateLifecycle,
    MandateStatus,
    ThirdPartyOutboundPaymentStatus,
    ThirdPartyPaymentStatus,
    ThirdPartyRefundStatus,
)
from sandbox.apis.elevate.models import (
    Books,
    CustomerPayment,
    Mandate,
    OutboundPayment,
    Payment,
    PaymentLink,
    Refund,
)
from sandbox.apis.elevate.rules import customers, outbound, payments, refunds, rows
from sandbox.apis.elevate.rules.books import books_of
from sandbox.apis.elevate.rules.mandates import STATUS_OF_EVENT, customer_reference
from sandbox.apis.elevate.rules.payments import INSTANT, NewPayment
from sandbox.engine.events import Cause, Event
from sandbox.engine.lifecycle import Forced, IllegalMoveError
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import mandates as provider_mandates
from sandbox.provider import payments as provider_payments
from sandbox.provider.fixtures import PaymentProvider
from sandbox.provider.instant_payments import InstantPayment

TP = ThirdPartyPaymentStatus
TR = ThirdPartyRefundStatus
OP = ThirdPartyOutboundPaymentStatus

PAYMENTS: Mapping[str, TP] = {
    "payment.created": TP.PENDING_SUBMISSION,
    "payment.submitted": TP.SUBMITTED,
    "payment.confirmed": TP.CONFIRMED,
    "payment.paid_out": TP.PAID_OUT,
    "payment.failed": TP.FAILED,
    "payment.late_failure": TP.FAILED,
    "payment.late_failure_settled": TP.LATE_FAILURE_SETTLED,
    "payment.resubmission_requested": TP.RESUBMISSION_REQUESTED,
    "payment.resubmitted": TP.SUBMITTED,
    "payment.charged_back": TP.CHARGED_BACK,
    "payment.chargeback_settled": TP.CHARGEBACK_SETTLED,
    "payment.chargeback_cancelled": TP.CHARGEBACK_CANCELLED,
    "payment.cancelled": TP.CANCELLED,
    "instant_payment.authorised": TP.CREATED,
    "instant_payment.executed": TP.CONFIRMED,
    "instant_payment.settled": TP.PAID_OUT,
    "instant_payment.denied": TP.FAILED,
    "instant_payment.failed": TP.FAILED,
    "instant_payment.abandoned": TP.CANCELLED,
}
"""What Elevate calls a payment after each event (D19). Others leave it as it is."""

NOTHING_AUTHORISED = (
    "instant_payment.created",
    "instant_payment.denied",
    "instant_payment.abandoned",
)
"""Before the payer has authorised, a link and a mandate's page show nothing (D34)."""

REFUNDS: Mapping[str, TR] = {
    "refund.created": TR.PENDING_SUBMISSION,
    "refund.submitted": TR.SUBMITTED,
    "refund.paid": TR.PAID,
    "refund.cancelled": TR.CANCELLED,
    "refund.bounced": TR.BOUNCED,
    "refund.funds_returned": TR.FUNDS_RETURNED,
    "refund.settled": TR.REFUND_SETTLED,
}
PAYOUTS: Mapping[str, OP] = {
    "payout.verifying": OP.VERIFYING,
    "payout.pending_approval": OP.PENDING_APPROVAL,
    "payout.scheduled": OP.SCHEDULED,
    "payout.executing": OP.EXECUTING,
    "payout.executed": OP.EXECUTED,
    "payout.cancelled": OP.CANCELLED,
    "payout.failed": OP.FAILED,
}


def hear(sandbox: Sandbox, event: Event, will_retry: bool) -> None:
    """Let Elevate's view follow the event. `will_retry`: another attempt is planned already."""
    HEARERS[event.subject.type](sandbox, event, will_retry)


def _mandate(sandbox: Sandbox, event: Event, _will_retry: bool) -> None:
    mandate = sandbox.last(Mandate, mandate=event.subject.id)
    if mandate is None:
        return
    truth = sandbox.get(provider_mandates.Mandate, event.subject.id)
    if event.name != "mandate.requested":
        mandate = sandbox.keep(
            replace(
                mandate,
                mandate_reference=truth.reference,
                customer_reference=customer_reference(truth),
            )
        )
    status = STATUS_OF_EVENT.get(event.name)
    if status and status != mandate.status:
        _set_mandate(sandbox, mandate, MandateStatus(status), event)
    if event.name in ("mandate.approval_granted", "mandate.approval_skipped"):
        _approve_waiting(sandbox, event)


def _set_mandate(sandbox: Sandbox, mandate: Mandate, status: MandateStatus, event: Event) -> None:
    try:
        move = MandateLifecycle.between(mandate.status, status)
    except IllegalMoveError:
        move = Forced(MandateLifecycle, status, f"elevate.{event.name}")
    sandbox.make(mandate, move, cause=Cause(event.cause.rule, trigger=event.number))


def _approve_waiting(sandbox: Sandbox, event: Event) -> None:
    """The second signature stands on the mandate's waiting payments too."""
    for waiting in sandbox.all(provider_payments.Payment, mandate=event.subject.id):
        payment = sandbox.last(Payment, of=waiting.subject)
        if payment and payment.status in NOT_AT_THE_BANK:
            payments.learn(sandbox, payment, TP.CUSTOMER_APPROVAL_GRANTED, event)


def _payment(sandbox: Sandbox, event: Event, will_retry: bool) -> None:
    payment = sandbox.last(Payment, of=event.subject) or _external(sandbox, event)
    if payment is None:
        return
    if event.name == "payment.surcharge_fee_debited":
        rows.row_of(sandbox, payment, status=TP.SURCHARGE_FEE_DEBITED, at=event.at)
        return
    status = _status(sandbox, event, will_retry)
    if status:
        truth = sandbox.get(provider_payments.Payment, event.subject.id)
        payments.learn(sandbox, payment, status, event, collected=truth.collected)


def _status(sandbox: Sandbox, event: Event, will_retry: bool) -> TP | None:
    """The status that this event means, where more than its name decides."""
    match event.name:
        case "payment.created" if _awaits_approval(sandbox, event):
            return TP.PENDING_CUSTOMER_APPROVAL
        case "payment.failed" if will_retry:
            return TP.FAILED_RETRYING
        case "payment.cancelled" if event.reason and event.reason.code == "approval_denied":
            return TP.CUSTOMER_APPROVAL_DENIED
    return PAYMENTS.get(event.name)


def _awaits_approval(sandbox: Sandbox, event: Event) -> bool:
    payment = sandbox.get(provider_payments.Payment, event.subject.id)
    mandate = sandbox.find(provider_mandates.Mandate, payment.mandate)
    waits = provider_mandates.MandateStatus.AWAITING_APPROVAL
    return mandate is not None and mandate.status == waits


def _external(sandbox: Sandbox, event: Event) -> Payment | None:
    """A payment that did not begin here shows only where its provider's flag says so (D19)."""
    truth = sandbox.get(provider_payments.Payment, event.subject.id)
    provider = sandbox.find(PaymentProvider, truth.provider)
    if provider is None or not _takes_external(sandbox, truth, provider):
        return None
    return _begin(sandbox, truth, provider.kind)


def _takes_external(
    sandbox: Sandbox, truth: provider_payments.Payment | InstantPayment, provider: PaymentProvider
) -> bool:
    known = truth.invoice is not None and bool(sandbox.ids(Books, invoice=truth.invoice))
    return known and provider.accepts_external


def _begin(
    sandbox: Sandbox, truth: provider_payments.Payment | InstantPayment, method: str
) -> Payment:
    """Keep a payment of an invoice that Elevate has not asked for itself."""
    if truth.invoice is None:
        raise LookupError(f"{truth.ref} is no invoice's")
    books = books_of(sandbox, truth.invoice)
    new = NewPayment(truth.amount, truth.description, method)
    return payments.begin(sandbox, books, new, of=truth)


def _instant_payment(sandbox: Sandbox, event: Event, _will_retry: bool) -> None:
    payment = sandbox.last(Payment, of=event.subject)
    if payment is None and event.name not in NOTHING_AUTHORISED:
        payment = _begin_instant(sandbox, event)
    status = PAYMENTS.get(event.name)
    if payment is None or status is None:
        return
    before = payment
    payment = payments.learn(sandbox, payment, status, event)
    if not payment.allocates or payment.counted == before.counted:
        return
    if payment.counted:
        customers.allocate(sandbox, sandbox.get(CustomerPayment, payment.ledger_row))
    else:
        customers.take_back(sandbox, sandbox.get(CustomerPayment, before.ledger_row))


def _begin_instant(sandbox: Sandbox, event: Event) -> Payment | None:
    """The payer of a link, or of a mandate's first payment, has authorised: now it shows."""
    truth = sandbox.get(InstantPayment, event.subject.id)
    link = sandbox.last(PaymentLink, of=truth.subject)
    provider = sandbox.find(PaymentProvider, truth.provider)
    if truth.invoice:
        external = provider is not None and _takes_external(sandbox, truth, provider)
        return _begin(sandbox, truth, INSTANT) if link or external else None
    if truth.customer is None:
        return None
    return sandbox.keep(
        Payment(
            id=sandbox.next_id(Payment),
            customer=truth.customer,
            invoice=None,
            method=INSTANT,
            amount=truth.amount,
            currency=truth.currency,
            description=truth.description,
            of=truth.subject,
            meta_data=truth.number,
            credits=link is not None or bool(provider and provider.credits_first_payment),
            allocates=link is not None,
        )
    )


def _refund(sandbox: Sandbox, event: Event, _will_retry: bool) -> None:
    refund = sandbox.last(Refund, of=event.subject)
    status = REFUNDS.get(event.name)
    if refund and status:
        refunds.learn(sandbox, refund, status, event)


def _payout(sandbox: Sandbox, event: Event, _will_retry: bool) -> None:
    payment = sandbox.last(OutboundPayment, of=event.subject)
    status = PAYOUTS.get(event.name)
    if payment and status:
        outbound.learn(sandbox, payment, status, event)


HEARERS: Mapping[str, Callable[[Sandbox, Event, bool], None]] = {
    "mandate": _mandate,
    "payment": _payment,
    "instant_payment": _instant_payment,
    "refund": _refund,
    "payout": _payout,
}
