"""Shortfall credits: a small remainder of an invoice is written off, so that it settles.

Source: the guide on payment shortfall handling. Bound, moment and one credit an invoice are chosen.
"""

from msgspec.structs import replace

from sandbox.apis.socotra import configuration, locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.lifecycles import ShortfallCreditLifecycle
from sandbox.apis.socotra.models import Account, Invoice, Payment, ShortfallCredit
from sandbox.apis.socotra.rules import invoices, stream
from sandbox.apis.socotra.views import note_order
from sandbox.engine.sandbox import Sandbox


def tolerance(sandbox: Sandbox, account: Account, currency: str, tenant: str) -> int:
    """Up to how much may be missing: by the account's plan, else by the tenant's."""
    set_up = configuration.of(sandbox)
    name = account.tolerance_plan or set_up.tenant(tenant).tolerance_plan
    plan = set_up.tolerance_plans.get(name.lower())
    return plan.get(currency.upper(), 0) if plan else 0


def write_off(sandbox: Sandbox, payment: Payment, invoice: Invoice, caller: Caller) -> None:
    """Create and distribute the credit for what remains of `invoice`."""
    left = invoices.remaining(sandbox, invoice)
    parts = invoices.apply(sandbox, invoice, left)
    id = sandbox.next_id(ShortfallCredit)
    credit = ShortfallCredit(
        id=id,
        ref=f"shortfall-credit-{id}",
        locator=locators.made(sandbox, "shortfall credit", id, caller.at),
        tenant=payment.tenant,
        account=invoice.account,
        payment=payment.id,
        parent=payment.locator,
        invoice=invoice.locator,
        currency=invoice.currency,
        amount=left,
        parts=parts,
        created=caller.at,
        created_by=caller.user,
    )
    note_order(sandbox, credit)
    credit = sandbox.begin(credit, "socotra.shortfall_credit.create", cause=caller.cause)
    stream.tell_credit(sandbox, caller, "create", credit)
    credit = sandbox.make(credit, ShortfallCreditLifecycle.distribute, cause=caller.cause)
    stream.tell_credit(sandbox, caller, "distribute", credit)


def reverse(sandbox: Sandbox, credit: ShortfallCredit, reason: str, caller: Caller) -> None:
    """Take it back: what it settled remains again."""
    invoices.take_back(sandbox, credit.parts)
    credit = sandbox.make(credit, ShortfallCreditLifecycle.reverse, cause=caller.cause)
    credit = sandbox.keep(replace(credit, reversal_reason=reason))
    stream.tell_credit(sandbox, caller, "reverse", credit)
