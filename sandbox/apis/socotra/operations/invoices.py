"""Invoices, and the charges that make them."""

from sandbox.apis import Answer, Json
from sandbox.apis.socotra import bodies
from sandbox.apis.socotra.access import caller
from sandbox.apis.socotra.models import Account, Invoice
from sandbox.apis.socotra.rules import charges, lists
from sandbox.apis.socotra.views import get, page, tenant_of
from sandbox.engine.sandbox import Sandbox


def get_invoice_with_items(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    invoice = get(sandbox, Invoice, locator, tenant_of(tenant_locator))
    return Answer(bodies.invoice_with_items(sandbox, invoice))


def fetch_invoice_details(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    invoice = get(sandbox, Invoice, locator, tenant_of(tenant_locator))
    return Answer(bodies.invoice_details(sandbox, invoice))


def fetch_invoices_for_account(  # noqa: PLR0913, PLR0917  what the document has
    sandbox: Sandbox,
    tenant_locator: str,
    account_locator: str,
    include_zero_amount_invoices: bool,
    offset: int,
    count: int,
) -> Answer:
    tenant = tenant_of(tenant_locator)
    account = get(sandbox, Account, account_locator, tenant).locator
    zero_too = include_zero_amount_invoices
    found = lists.invoices_of_account(sandbox, tenant, account, zero_too=zero_too)
    one = page(found, offset, count)
    return Answer(bodies.paged(one, [bodies.invoice(sandbox, each) for each in one.items]))


def fetch_payments_for_an_invoice(  # noqa: PLR0913, PLR0917  what the document has
    sandbox: Sandbox,
    tenant_locator: str,
    locator: str,
    include_reversed: bool,
    offset: int,
    count: int,
) -> Answer:
    tenant = tenant_of(tenant_locator)
    invoice = get(sandbox, Invoice, locator, tenant)
    found = lists.payments_for(sandbox, tenant, invoice, reversed_too=include_reversed)
    one = page(found, offset, count)
    return Answer(bodies.paged(one, [bodies.payment(sandbox, each) for each in one.items]))


def add_charges(
    sandbox: Sandbox, token: str, tenant_locator: str, account_locator: str, body: Json
) -> Answer:
    tenant = tenant_of(tenant_locator)
    account = get(sandbox, Account, account_locator, tenant)
    made = charges.charge(sandbox, caller(sandbox, token), account, tenant, body)
    return Answer([bodies.charge(account, *each) for each in made.charges])
