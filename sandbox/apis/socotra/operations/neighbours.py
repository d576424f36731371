"""What a payments test looks through: instruments, shortfall credits, cash, the ledger."""

from sandbox.apis import Answer
from sandbox.apis.socotra import bodies
from sandbox.apis.socotra.models import Account, CashTransaction, Instrument, ShortfallCredit
from sandbox.apis.socotra.rules import ledger, lists
from sandbox.apis.socotra.views import get, page, tenant_of
from sandbox.engine.sandbox import Sandbox


def list_financial_instruments(
    sandbox: Sandbox, tenant_locator: str, account: str | None, offset: int, count: int
) -> Answer:
    one = page(lists.instruments(sandbox, tenant_of(tenant_locator), account), offset, count)
    return Answer(bodies.paged(one, map(bodies.instrument, one.items)))


def fetch_financial_instrument(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    found = get(sandbox, Instrument, locator, tenant_of(tenant_locator))
    return Answer(bodies.instrument(found))


def fetch_multiple_shortfall_credits(
    sandbox: Sandbox, tenant_locator: str, account_locator: str | None, offset: int, count: int
) -> Answer:
    tenant = tenant_of(tenant_locator)
    one = page(lists.all_shortfall_credits(sandbox, tenant, account_locator), offset, count)
    return Answer(bodies.paged(one, map(bodies.shortfall_credit, one.items)))


def fetch_shortfall_credit(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    found = get(sandbox, ShortfallCredit, locator, tenant_of(tenant_locator))
    return Answer(bodies.shortfall_credit(found))


def fetch_external_cash_transaction(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    found = get(sandbox, CashTransaction, locator, tenant_of(tenant_locator))
    return Answer(bodies.cash_transaction(found))


def fetch_ledger_account(  # noqa: PLR0913, PLR0917  what the document has
    sandbox: Sandbox,
    tenant_locator: str,
    ref_type: str,
    ref_locator: str,
    currency: str | None,
    size: int,
) -> Answer:
    ledger.check_kept(ref_type, ref_locator)
    account = get(sandbox, Account, ref_locator, tenant_of(tenant_locator))
    held = currency or account.currency
    balance = ledger.balance(sandbox, account.locator, held)
    items = ledger.entries(sandbox, account.locator, held, size)
    return Answer(bodies.ledger_account(account, held, balance, items))
