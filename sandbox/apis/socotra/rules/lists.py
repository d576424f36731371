"""What each list holds: by ascending locator, filters combined with AND (chosen)."""

from collections.abc import Iterator

from sandbox.apis.socotra.bodies import credits_of
from sandbox.apis.socotra.lifecycles import PaymentState
from sandbox.apis.socotra.models import Instrument, Invoice, Payment, ShortfallCredit
from sandbox.apis.socotra.rules import invoices
from sandbox.apis.socotra.views import children, find, listed, targeting
from sandbox.engine.sandbox import Sandbox


def payments(
    sandbox: Sandbox, tenant: str, account: str | None, container: str | None
) -> Iterator[Payment]:
    """All payments, shares of aggregate payments too."""
    account = account.upper() if account else None
    if container:
        aimed = listed(sandbox, Payment, tenant, targeting(sandbox, container))
        return (each for each in aimed if account in (None, each.account))
    if account:
        return listed(sandbox, Payment, tenant, account=account)
    return listed(sandbox, Payment, tenant)


def with_number(sandbox: Sandbox, tenant: str, number: str) -> Iterator[Payment]:
    """Those with exactly this number."""
    return listed(sandbox, Payment, tenant, number=number)


def shares(sandbox: Sandbox, payment: Payment) -> Iterator[Payment]:
    """An aggregate payment's subpayments."""
    return iter(sorted(children(sandbox, payment), key=lambda each: each.locator))


def shortfall_credits(sandbox: Sandbox, payment: Payment) -> Iterator[ShortfallCredit]:
    """A payment's; an aggregate payment's are those of its shares."""
    return iter(sorted(credits_of(sandbox, payment), key=lambda each: each.locator))


def all_shortfall_credits(
    sandbox: Sandbox, tenant: str, account: str | None
) -> Iterator[ShortfallCredit]:
    """The tenant's, or an account's."""
    if account:
        return listed(sandbox, ShortfallCredit, tenant, account=account.upper())
    return listed(sandbox, ShortfallCredit, tenant)


def payments_for(
    sandbox: Sandbox, tenant: str, invoice: Invoice, *, reversed_too: bool
) -> Iterator[Payment]:
    """Those that target the invoice: not discarded ones, and reversed ones only if asked for."""
    hidden = {PaymentState.DISCARDED}
    if not reversed_too:
        hidden.add(PaymentState.REVERSED)
    aimed = listed(sandbox, Payment, tenant, targeting(sandbox, invoice.locator))
    return (each for each in aimed if each.status not in hidden)


def invoices_of(sandbox: Sandbox, payment: Payment, *, reversed_too: bool) -> Iterator[Invoice]:
    """The invoices that a payment targets; a reversed payment's only if asked for."""
    if payment.status == PaymentState.REVERSED and not reversed_too:
        return
    names = sorted({target.container for target in payment.terms.targets})
    for name in names:
        if invoice := find(sandbox, Invoice, name, payment.tenant):
            yield invoice


def invoices_of_account(
    sandbox: Sandbox, tenant: str, account: str, *, zero_too: bool
) -> Iterator[Invoice]:
    """An account's invoices; those of nothing only if asked for."""
    for invoice in listed(sandbox, Invoice, tenant, account=account):
        if zero_too or invoices.total(sandbox, invoice):
            yield invoice


def instruments(sandbox: Sandbox, tenant: str, account: str | None) -> Iterator[Instrument]:
    """The tenant's, or an account's."""
    if account:
        return listed(sandbox, Instrument, tenant, account=account.upper())
    return listed(sandbox, Instrument, tenant)
