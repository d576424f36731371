"""Payments that Socotra has not asked for: given ones, and those that a scenario's step makes."""

from collections.abc import Mapping
from typing import Any

from immutables import Map

from sandbox.apis.socotra import locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.blocks import account_of, block_of, check_names, named, of_given, text
from sandbox.apis.socotra.lifecycles import AttemptState, PaymentLifecycle, PaymentState
from sandbox.apis.socotra.models import (
    Attempt,
    CashTransaction,
    Instrument,
    Invoice,
    Payment,
    Target,
    Terms,
)
from sandbox.apis.socotra.rules import posting
from sandbox.apis.socotra.views import keep_given, keep_payment, note_order
from sandbox.engine.money import to_major
from sandbox.engine.sandbox import Sandbox
from sandbox.provider.payments import Payment as Collected

STATES = {
    "created": (PaymentState.EXECUTING, AttemptState.PENDING),
    "submitted": (PaymentState.EXECUTING, AttemptState.PENDING),
    "confirmed": (PaymentState.VALIDATED, AttemptState.COMPLETED),
    "paid_out": (PaymentState.VALIDATED, AttemptState.COMPLETED),
    "charged_back": (PaymentState.VALIDATED, AttemptState.COMPLETED),
    "failed": (PaymentState.FAILED, AttemptState.FAILED),
    "cancelled": (PaymentState.FAILED, AttemptState.FAILED),
}
"""By the provider's status, how a given payment and its attempt stand; what is valid is posted."""


def adopt(sandbox: Sandbox, truth: Collected, caller: Caller) -> Payment | None:
    """The view of a payment that Socotra has not asked for: given, or made by a scenario's step."""
    invoice = of_given(sandbox, truth.invoice)
    account = account_of(sandbox, truth.customer)
    if account is None:
        return None
    block, state = block_of(truth), STATES[truth.status]
    check_names(sandbox, "payments", block)
    instrument = sandbox.last(Instrument, mandate=truth.mandate)
    id = sandbox.next_id(Payment)
    known = named(sandbox, "payment", truth)
    if not caller.quiet:
        known["locator"] = locators.made(sandbox, "payment", id, caller.at)
    cash = sandbox.next_id(CashTransaction)
    method = block.get("transactionMethod") or (instrument.method if instrument else None)
    number = block.get("transactionNumber") or truth.reference or None
    collected = state[1] == AttemptState.COMPLETED
    keep_given(
        sandbox,
        CashTransaction(
            id=cash,
            locator=locators.made(sandbox, "given cash", cash),
            tenant=known["tenant"],
            method=method or "standard",
            instrument=instrument.locator if instrument else None,
            number=truth.number if collected else number,
        ),
    )
    terms = Terms(
        type=block.get("type", "StandardPayment"),
        amount=to_major(truth.amount, truth.currency),
        data=text(block.get("data", Map())),
        targets=_targets(block, invoice),
        instrument=instrument.locator if instrument else None,
        method=block.get("transactionMethod"),
        transaction_number=number,
        retry_plan=block.get("retryPlanName"),
    )
    made = Payment(
        **known,
        id=id,
        ref=truth.ref,
        status=state[0],
        terms=terms,
        account=invoice.account if invoice else account.locator,
        currency=truth.currency,
        created=caller.at,
        created_by=caller.user,
        cash=cash,
        validation=(),
        number=block.get("paymentNumber"),
        instrument=instrument.locator if instrument else None,
        provider_payment=truth.id,
    )
    note_order(sandbox, made)
    keep_payment(sandbox, made)
    _attempt(sandbox, made, truth, state[1], caller)
    if collected:
        return posting.post(sandbox, made, caller, PaymentLifecycle.post)
    return made


def _targets(block: Mapping[str, Any], invoice: Invoice | None) -> tuple[Target, ...]:
    if "targets" not in block:
        return (Target(invoice.locator, "invoice"),) if invoice else ()
    return tuple(
        Target(
            each["containerLocator"].upper(),
            each["containerType"],
            float(each["amount"]) if "amount" in each else None,
        )
        for each in block["targets"]
    )


def _attempt(
    sandbox: Sandbox, made: Payment, truth: Collected, status: AttemptState, caller: Caller
) -> None:
    id = sandbox.next_id(Attempt)
    failed = status == AttemptState.FAILED
    attempt = Attempt(
        id=id,
        locator=locators.made(sandbox, "given attempt", id),
        tenant=made.tenant,
        payment=made.id,
        status=status,
        at=caller.at,
        transaction_id=truth.number if truth.status not in ("created", "cancelled") else None,
        note=str(truth.reason) if failed and truth.reason else None,
    )
    keep_given(sandbox, attempt)
