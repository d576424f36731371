"""Aggregate payments: one receipt over invoices of several accounts, split into a share for each.

The properties are documented, how they come about is chosen.
"""

from msgspec.structs import replace

from sandbox.apis.socotra import locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.models import Invoice, Payment, Target
from sandbox.apis.socotra.rules import stream
from sandbox.apis.socotra.views import children, forget_payment, keep_payment
from sandbox.engine.money import to_major, to_minor
from sandbox.engine.sandbox import Sandbox


def split(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    """With a share for each account, in the order of the targets."""
    by_account: dict[str, list[Target]] = {}
    for target in payment.terms.targets:
        invoice = sandbox.last(Invoice, locator=target.container)
        assert invoice is not None, "a validated payment's targets exist"
        by_account.setdefault(invoice.account, []).append(target)
    shares = tuple(
        _share(sandbox, payment, account, tuple(targets), caller)
        for account, targets in by_account.items()
    )
    return keep_payment(sandbox, replace(payment, children=shares))


def _share(
    sandbox: Sandbox,
    payment: Payment,
    account: str,
    targets: tuple[Target, ...],
    caller: Caller,
) -> int:
    id = sandbox.next_id(Payment)
    sum_of = sum(to_minor(target.amount or 0, payment.currency) for target in targets)
    amount = to_major(sum_of, payment.currency)
    terms = replace(payment.terms, amount=amount, targets=targets, mode="normal")
    child = Payment(
        id=id,
        locator=locators.made(sandbox, "payment", id, caller.at),
        tenant=payment.tenant,
        status=payment.status,
        terms=terms,
        account=account,
        currency=payment.currency,
        created=caller.at,
        created_by=caller.user,
        cash=payment.cash,
        validation=(),
        parent=payment.locator,
    )
    keep_payment(sandbox, child)
    sandbox.begin(child, "socotra.payment.create", cause=caller.cause)
    stream.tell_payment(sandbox, caller, "create", child)
    return id


def joined(sandbox: Sandbox, payment: Payment) -> Payment:
    """Without its shares: they are deleted."""
    for child in children(sandbox, payment):
        forget_payment(sandbox, child)
    return keep_payment(sandbox, replace(payment, children=()))


def tell(sandbox: Sandbox, caller: Caller, what: str, payment: Payment) -> None:
    """An event of the payment, then of each share."""
    stream.tell_payment(sandbox, caller, what, payment)
    for child in children(sandbox, payment):
        stream.tell_payment(sandbox, caller, what, child)
