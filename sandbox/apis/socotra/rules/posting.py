"""Posting: a payment's money goes to its targets, and what is left to the account's credit.

And back: a reversal undoes all of it, or nothing. The algorithm is chosen.
"""

from typing import Any

from msgspec.structs import replace

from sandbox.apis.socotra import configuration
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.lifecycles import InvoiceState
from sandbox.apis.socotra.models import Invoice, Part, Payment, ShortfallCredit, Target
from sandbox.apis.socotra.refusals import CreditSpentError, UnusableError
from sandbox.apis.socotra.rules import invoices, ledger, shortfall, states, stream
from sandbox.apis.socotra.views import children, keep_payment
from sandbox.engine.lifecycle import Move
from sandbox.engine.money import to_major, to_minor
from sandbox.engine.sandbox import Sandbox

REVERSES_PAYMENTS = ("any", "payment")


def post(sandbox: Sandbox, payment: Payment, caller: Caller, row: Move) -> Payment:
    """Post and distribute it; an aggregate payment through its shares. `row` is the move."""
    posted = states.move(sandbox, payment, row, caller, posted_at=caller.at)
    _tell_posted(sandbox, posted, caller)
    if not posted.is_aggregate:
        return _distribute(sandbox, posted, caller)
    left = 0
    for child in children(sandbox, posted):
        stamped = keep_payment(sandbox, replace(child, posted_at=caller.at))
        _tell_posted(sandbox, stamped, caller)
        left += _distribute(sandbox, stamped, caller).remaining or 0
    return keep_payment(sandbox, replace(posted, remaining=left))


def _tell_posted(sandbox: Sandbox, payment: Payment, caller: Caller) -> None:
    stream.tell_payment(sandbox, caller, "post", payment)
    stream.tell_payment(sandbox, caller, "distribute", payment)


def _distribute(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    """Serve the targets in order, each with what it asks for, needs and can still have."""
    left = to_minor(payment.terms.amount, payment.currency)
    targets: list[Target] = []
    parts: list[Part] = []
    settled: list[int] = []
    for target in payment.terms.targets:
        invoice = sandbox.last(Invoice, locator=target.container)
        assert invoice is not None, "a validated payment's targets exist"
        needed = invoices.remaining(sandbox, invoice)
        want = (
            min(needed, left)
            if target.amount is None
            else to_minor(target.amount, payment.currency)
        )
        applied = min(want, needed, left)
        parts += invoices.apply(sandbox, invoice, applied)
        left -= applied
        targets.append(replace(target, amount=to_major(want, payment.currency)))
        _forgive(sandbox, payment, invoice, caller)
        settled += invoices.settle(sandbox, invoice, caller)
    if left:
        assert payment.account, "a validated payment has an account to credit"
        note = f"payment {payment.locator}"
        ledger.book(sandbox, payment.account, payment.currency, left, note, caller)
    terms = replace(payment.terms, targets=tuple(targets))
    return keep_payment(
        sandbox,
        replace(payment, terms=terms, parts=tuple(parts), settled=tuple(settled), remaining=left),
    )


def _forgive(sandbox: Sandbox, payment: Payment, invoice: Invoice, caller: Caller) -> None:
    """Write off what the invoice lacks, if that is within the tolerance."""
    if invoice.is_aggregate or invoice.status != InvoiceState.OPEN:
        return
    account = ledger.account_at(sandbox, invoice.account)
    most = shortfall.tolerance(sandbox, account, invoice.currency, payment.tenant)
    invoice = sandbox.get(Invoice, invoice.id)
    if 0 < invoices.remaining(sandbox, invoice) <= most:
        shortfall.write_off(sandbox, payment, invoice, caller)


def reverse(sandbox: Sandbox, payment: Payment, reason: str, caller: Caller) -> Payment:
    """Take a posted payment back, in full. The provider is asked nothing."""
    row = states.calling(payment, "reverse")
    credit_type = configuration.of(sandbox).reversal_types.get(reason.lower())
    if credit_type not in REVERSES_PAYMENTS:
        why = "does not reverse payments" if credit_type else "is no configured reversal type"
        raise UnusableError([("reversalType", f"{reason} {why}")])
    whole = children(sandbox, payment) or [payment]
    _check_credit(sandbox, whole)
    stamps: dict[str, Any] = {
        "reversed_at": caller.at,
        "reversed_by": caller.user,
        "reversal_reason": reason,
    }
    moved = states.move(sandbox, payment, row, caller, **stamps)
    if moved.is_aggregate:
        stream.tell_payment(sandbox, caller, "reverse", moved)
    for one in whole:
        stamped = keep_payment(sandbox, replace(sandbox.get(Payment, one.id), **stamps))
        stream.tell_payment(sandbox, caller, "reverse", stamped)
        _undo(sandbox, stamped, reason, caller)
    return sandbox.get(Payment, payment.id)


def _check_credit(sandbox: Sandbox, payments: list[Payment]) -> None:
    """Before anything is undone: the balances still have what the payments credited."""
    for payment in payments:
        if payment.account and payment.remaining:
            there = ledger.balance(sandbox, payment.account, payment.currency)
            if there < payment.remaining:
                raise CreditSpentError(payment.account)


def _undo(sandbox: Sandbox, payment: Payment, reason: str, caller: Caller) -> None:
    parts = payment.parts
    invoices.take_back(sandbox, parts)
    for credit in list(sandbox.all(ShortfallCredit, payment=payment.id)):
        shortfall.reverse(sandbox, credit, reason, caller)
        parts += credit.parts
    invoices.unsettle(sandbox, payment.settled, parts, caller)
    if payment.account and payment.remaining:
        note = f"reversal of payment {payment.locator}"
        ledger.book(sandbox, payment.account, payment.currency, -payment.remaining, note, caller)
