"""Previews: what a call would bring about. It is done by the same code, looked at, and put back.

No state, no event and no number outlives it, and the provider is asked nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from sandbox.apis import Json
from sandbox.apis.socotra import bodies
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.lifecycles import PaymentLifecycle, PaymentState, ShortfallCreditState
from sandbox.apis.socotra.models import CashTransaction, Invoice, Part, Payment, ShortfallCredit
from sandbox.apis.socotra.rules import invoices, posting, states, validation
from sandbox.apis.socotra.views import children
from sandbox.engine.clock import written
from sandbox.engine.money import to_major
from sandbox.engine.sandbox import Sandbox

CREDITING = "accountCreditBalance"


@contextmanager
def put_back(sandbox: Sandbox) -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    before = sandbox.state
    try:
        yield
    finally:
        sandbox.state = before


def of_validation(sandbox: Sandbox, payment: Payment, caller: Caller) -> Json:
    """What validating, and then posting, a draft would bring about."""
    lc = PaymentLifecycle
    states.require(payment, lc.preview_validate)
    with put_back(sandbox):
        return _outcome(sandbox, payment, caller, PaymentState.VALIDATED)


def of_posting(sandbox: Sandbox, payment: Payment, caller: Caller) -> Json:
    """What posting a draft, once it is valid, or a validated payment would bring about."""
    states.require(payment, PaymentLifecycle.preview_post)
    with put_back(sandbox):
        return _outcome(sandbox, payment, caller, PaymentState.POSTED)


def _outcome(sandbox: Sandbox, payment: Payment, caller: Caller, state: PaymentState) -> Json:
    if payment.status == PaymentState.DRAFT:
        payment = validation.validate(sandbox, payment, caller)
    if payment.status == PaymentState.DRAFT:
        return {**_common(sandbox, payment, payment.status), **NOTHING}
    posted = posting.post(sandbox, payment, caller, PaymentLifecycle.post)
    body = _body(sandbox, posted, state)
    if posted.is_aggregate:
        shares = [_body(sandbox, child, state) for child in children(sandbox, posted)]
        body["subpayments"] = shares
        body["invoices"] = _page([each for one in shares for each in one["invoices"]["items"]])
        for name in ("credits", "shortfallCredits"):
            body[name] = [each for one in shares for each in one[name]]
    return body


def _page(items: list[Json]) -> Json:
    return {"listCompleted": True, "items": items}


NOTHING: dict[str, Any] = {"credits": [], "shortfallCredits": [], "invoices": _page([])}


def _body(sandbox: Sandbox, posted: Payment, state: PaymentState) -> dict[str, Json]:
    """PreviewPaymentResponse of a payment that has been posted."""
    posts = state == PaymentState.POSTED
    credit_state = ShortfallCreditState.DISTRIBUTED if posts else ShortfallCreditState.DRAFT
    return {
        **_common(sandbox, posted, state),
        **bodies.some(
            remainingAmount=to_major(posted.remaining or 0, posted.currency),
            postedAt=bodies.instant(posted.posted_at) if posts else None,
        ),
        "credits": _credits(sandbox, posted),
        "shortfallCredits": [
            {**bodies.shortfall_preview(each), "shortfallCreditState": credit_state}
            for each in sandbox.all(ShortfallCredit, payment=posted.id)
        ],
        "invoices": _page([_invoice(sandbox, posted, each) for each in posted.terms.targets]),
    }


def _common(sandbox: Sandbox, it: Payment, state: PaymentState) -> dict[str, Json]:
    return {
        "locator": it.locator,
        "paymentState": state,
        "type": it.terms.type,
        "currency": it.currency,
        "amount": it.terms.amount,
        "data": orjson.loads(it.terms.data),
        "createdAt": written(it.created),
        "createdBy": it.created_by,
        **bodies.some(
            accountLocator=it.account,
            externalCashTransactionLocator=sandbox.get(CashTransaction, it.cash).locator,
            validationResult=bodies.validation_result(it),
            aggregatePaymentLocator=it.parent,
        ),
        "paymentMode": it.terms.mode,
        "targets": [bodies.target(each) for each in it.terms.targets],
    }


def _credits(sandbox: Sandbox, it: Payment) -> list[Json]:
    """The ledger's entries to be: for each invoice item, and for what is left over."""
    entries = [_credit(sandbox, part, it.currency) for part in it.parts]
    if it.remaining and it.account:
        amount = to_major(it.remaining, it.currency)
        entries.append({"type": CREDITING, "locator": it.account, "amount": amount})
    return entries


def _credit(sandbox: Sandbox, part: Part, currency: str) -> Json:
    item = sandbox.get(Invoice, part.invoice).items[part.item]
    return {
        "type": "invoiceItem",
        "locator": item.locator,
        "amount": to_major(part.amount, currency),
    }


def _invoice(sandbox: Sandbox, posted: Payment, target: Any) -> Json:
    """InvoicePaymentPreview: what this payment would apply, and what is left afterwards."""
    invoice = sandbox.last(Invoice, locator=target.container)
    assert invoice is not None, "a validated payment's targets exist"
    owners = invoice.contains or (invoice.id,)
    applied = sum(part.amount for part in posted.parts if part.invoice in owners)
    return {
        "locator": invoice.locator,
        "accountLocator": invoice.account,
        "invoiceState": invoice.status,
        "amount": to_major(applied, invoice.currency),
        "remainingAmount": to_major(invoices.remaining(sandbox, invoice), invoice.currency),
    }
