"""Outbound payments: money sent to a customer's bank account, through GoCardless (D33)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from immutables import Map
from msgspec.structs import replace

from sandbox.apis import Json
from sandbox.apis.elevate.lifecycles import (
    OutboundPaymentLifecycle,
    ThirdPartyOutboundPaymentStatus,
)
from sandbox.apis.elevate.models import OutboundPayment
from sandbox.apis.elevate.rules import books as ledger
from sandbox.apis.elevate.rules import customers, payments, providers
from sandbox.apis.elevate.rules.books import Entry
from sandbox.apis.elevate.rules.refusals import FieldError, NotFoundError, RefusedError
from sandbox.engine.events import CLIENT, Cause, Event
from sandbox.engine.lifecycle import Forced, IllegalMoveError
from sandbox.engine.money import as_text
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import mandates, notices, payouts, reasons
from sandbox.provider.fixtures import currency_of
from sandbox.provider.payouts import Payout, PayoutLifecycle

OP = ThirdPartyOutboundPaymentStatus
STATUS = "thirdPartyOutboundPaymentStatus"
ASKED: Map[tuple[OP, OP], str] = Map(
    {
        (OP.NEW, OP.CANCELLED): "cancel",
        (OP.VERIFYING, OP.CANCELLED): "cancel",
        (OP.PENDING_APPROVAL, OP.CANCELLED): "cancel",
        (OP.SCHEDULED, OP.CANCELLED): "cancel",
        (OP.PENDING_APPROVAL, OP.SCHEDULED): "approve",
        (OP.SCHEDULED, OP.EXECUTED): "execute",
        (OP.EXECUTING, OP.EXECUTED): "execute",
    }
)
"""What a client's change of the status asks of the provider; all else is the provider's to say."""


MEMBERS = {
    "id": None,
    "customerId": None,
    "amountInMajorCurrency": None,
    "reference": None,
    "description": None,
    "executionDate": None,
    "useCustomerCreditBalance": None,
    STATUS: None,
}
READ_ONLY = tuple(name for name in MEMBERS if name != STATUS)


def create(sandbox: Sandbox, body: Json) -> OutboundPayment:
    """Ask the provider to send money. Everything that it needs is checked first."""
    customer = customers.named(sandbox, body["customerId"], "customerId")
    currency = currency_of(sandbox, customer.id)
    amount = payments.minor(body["amountInMajorCurrency"], currency)
    execution = _execution_date(sandbox, body.get("executionDate"))
    if body.get(STATUS, OP.NEW) != OP.NEW:
        raise FieldError(STATUS, "a new outbound payment is NEW")
    use_credit = body.get("useCustomerCreditBalance", False)
    credit = ledger.balance(sandbox, customer.id)
    if use_credit and credit < amount:
        why = f"the credit balance is {as_text(credit, currency)}"
        raise FieldError("amountInMajorCurrency", why)
    provider = providers.serving(sandbox, "GO_CARDLESS", customer.id)
    payout = payouts.create(
        sandbox,
        customer=customer.id,
        provider=provider.id,
        amount=amount,
        currency=currency,
        bank_account=_recipient(sandbox, customer.id),
        reference=body["reference"],
        description=body.get("description", ""),
        execution_date=execution,
        api="elevate",
    )
    return sandbox.keep(
        OutboundPayment(
            id=sandbox.next_id(OutboundPayment),
            customer=customer.id,
            amount=amount,
            currency=currency,
            reference=body["reference"],
            use_credit=use_credit,
            of=payout.subject,
            description=body.get("description"),
            execution_date=execution,
        )
    )


def _execution_date(sandbox: Sandbox, text: str | None) -> date | None:
    if text is None:
        return None
    today = sandbox.day()
    wanted = date.fromisoformat(text)
    if wanted <= today:
        raise FieldError("executionDate", f"it must lie after today, {today.isoformat()}")
    return wanted


def _recipient(sandbox: Sandbox, customer: int) -> Map[str, str]:
    """The account of the customer's newest mandate, else that of their lowest live site."""
    known = [
        mandate
        for mandate in sandbox.all(mandates.Mandate, customer=customer)
        if mandate.is_known_to("elevate")
    ]
    if known and known[-1].bank_account:
        return known[-1].bank_account
    for site in ledger.live_sites(sandbox, customer):
        if site.bank_account:
            return site.bank_account
    raise RefusedError(f"Customer {customer} has no bank account to pay to")


def get(sandbox: Sandbox, id: int) -> OutboundPayment:
    """The outbound payment that a path names."""
    payment = sandbox.find(OutboundPayment, id)
    if payment is None:
        raise NotFoundError("outbound payment", id)
    return payment


def update(
    sandbox: Sandbox, id: int, patched: Callable[[dict[str, Any]], dict[str, Any]]
) -> OutboundPayment:
    """A client's change of the status, which the provider carries out; it touches nothing else."""
    payment = get(sandbox, id)
    after = patched(payment.as_json())
    wanted = OP(after[STATUS])  # the document's enum has been checked
    if wanted != payment.status:
        _ask(sandbox, payment, wanted)
    return get(sandbox, id)


def _ask(
    sandbox: Sandbox, payment: OutboundPayment, wanted: ThirdPartyOutboundPaymentStatus
) -> None:
    asked = ASKED.get((payment.status, wanted))
    if asked is None:
        allowed = [to for (before, to) in ASKED if before == payment.status]
        would = f"only {' or '.join(sorted(allowed))}" if allowed else "nothing"
        why = f"from {payment.status} to {wanted} is not the client's to say; it may be {would}"
        raise FieldError(STATUS, why)
    payout = sandbox.get(Payout, payment.of.id)
    match asked:
        case "cancel":
            reason = reasons.reason("payment_cancelled")
            sandbox.make(payout, PayoutLifecycle.cancelled, cause=CLIENT, reason=reason)
        case "approve":
            sandbox.make(payout, PayoutLifecycle.scheduled, cause=CLIENT)
        case "execute":
            if payout.status == payouts.PayoutStatus.SCHEDULED:
                payout = sandbox.make(payout, PayoutLifecycle.executing, cause=CLIENT)
            sandbox.make(payout, PayoutLifecycle.executed, cause=CLIENT)
    # It has done this itself, so the notices of it are no news.
    notices.know(sandbox, "elevate", payment.of)
    if (payment.status, wanted) == (OP.SCHEDULED, OP.EXECUTED):
        _set_status(sandbox, payment, OP.EXECUTING, CLIENT)
    _set_status(sandbox, get(sandbox, payment.id), wanted, CLIENT)


def learn(
    sandbox: Sandbox,
    payment: OutboundPayment,
    status: ThirdPartyOutboundPaymentStatus,
    event: Event,
) -> None:
    """What a notice says of a payout."""
    if status != payment.status:
        _set_status(sandbox, payment, status, Cause(event.cause.rule, trigger=event.number))


def _set_status(
    sandbox: Sandbox,
    payment: OutboundPayment,
    status: ThirdPartyOutboundPaymentStatus,
    cause: Cause,
) -> None:
    try:
        move = OutboundPaymentLifecycle.between(payment.status, status)
    except IllegalMoveError:
        name = f"elevate.outbound_payment.{status.lower()}"
        move = Forced(OutboundPaymentLifecycle, status, name)
    payment = sandbox.make(payment, move, cause=cause)
    reduces = status == OP.EXECUTED
    if payment.use_credit and reduces != payment.ledgered and status in (OP.EXECUTED, OP.FAILED):
        _reduce_credit(sandbox, payment, reduces)


def _reduce_credit(sandbox: Sandbox, payment: OutboundPayment, reduces: bool) -> None:
    """The credit falls once, on completion, and comes back if the money does."""
    type = "OUTBOUND_PAYMENT_EXECUTED" if reduces else "OUTBOUND_PAYMENT_RETURNED"
    amount = -payment.amount if reduces else payment.amount
    entry = Entry(
        type,
        amount,
        "GO_CARDLESS",
        payment.description,
        payment.reference,
        customer_payment_type="CUSTOMER",
    )
    ledger.write(sandbox, payment.customer, entry)
    sandbox.keep(replace(payment, ledgered=reduces))
