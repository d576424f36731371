"""The ledger of credit balances. A balance is what its entries add up to, in each currency."""

from msgspec.structs import replace

from sandbox.apis.socotra import locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.models import Account, LedgerEntry
from sandbox.apis.socotra.refusals import UnknownLocatorError
from sandbox.engine.sandbox import Sandbox

CREDIT_BALANCE = "accountCreditBalance"


def account_at(sandbox: Sandbox, locator: str) -> Account:
    """The account of this locator, which is known to exist."""
    found = sandbox.last(Account, locator=locator)
    assert found is not None, f"account {locator} is known"
    return found


def check_kept(kind: str, locator: str) -> None:
    """Credit balances are kept; of other kinds of account nothing is known (chosen)."""
    if kind != CREDIT_BALANCE:
        raise UnknownLocatorError(f"ledger account {kind}", locator.upper())


def book(  # noqa: PLR0913, PLR0917  what a posting is made of
    sandbox: Sandbox, locator: str, currency: str, amount: int, note: str, caller: Caller
) -> None:
    """Add to an account's credit balance, or take from it. Nothing is booked for nothing."""
    if not amount:
        return
    account = account_at(sandbox, locator)
    id = sandbox.next_id(LedgerEntry)
    sandbox.keep(
        LedgerEntry(
            id=id,
            locator=locators.made(sandbox, "ledger", id, caller.at),
            tenant=account.tenant,
            account=(locator, currency),
            amount=amount,
            at=caller.at,
            note=note,
        )
    )
    balances = account.balances.set(currency, account.balances.get(currency, 0) + amount)
    sandbox.keep(replace(account, balances=balances))


def balance(sandbox: Sandbox, locator: str, currency: str) -> int:
    """What stands to an account's credit."""
    return account_at(sandbox, locator).balances.get(currency, 0)


def entries(sandbox: Sandbox, locator: str, currency: str, most: int) -> list[LedgerEntry]:
    """The last entries, `most` at most, oldest first."""
    ids = sandbox.ids(LedgerEntry, account=(locator, currency)).in_order()
    first = max(0, len(ids) - most)
    return [sandbox.get(LedgerEntry, ids[number]) for number in range(first, len(ids))]
