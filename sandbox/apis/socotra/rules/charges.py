"""Charges with immediate invoicing: the cheapest way to an invoice.

The terms are chosen.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sandbox.apis.socotra import configuration, locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.models import Account, Invoice, InvoiceItem
from sandbox.apis.socotra.refusals import UnusableError
from sandbox.apis.socotra.rules import stream
from sandbox.engine.money import FinerThanMinorUnitsError, digits, to_minor
from sandbox.engine.sandbox import Sandbox

TERMS = timedelta(days=14)
CATEGORY = "fee"


class Charged(NamedTuple):
    """The charges made: each with its locator and what was asked for."""

    charges: list[tuple[str, Mapping[str, Any]]]
    invoice: Invoice


def charge(sandbox: Sandbox, caller: Caller, account: Account, tenant: str, body: Any) -> Charged:
    """One open invoice with an item for each charge."""
    currency = body.get("currency", account.currency)
    amounts = _amounts(body, currency)
    id = sandbox.next_id(Invoice)
    first = sandbox.part(CHARGES, 0) + 1
    sandbox.keep_part(CHARGES, first + len(amounts) - 1)
    items = tuple(
        InvoiceItem(
            locator=locators.made(sandbox, "invoice item", first + place, caller.at),
            charge_type=each["chargeType"],
            charge_category=CATEGORY,
            amount=amount,
            remaining=amount,
        )
        for place, (each, amount) in enumerate(zip(body["charges"], amounts, strict=True))
    )
    timezone = account.timezone or configuration.of(sandbox).tenant(tenant).timezone
    invoice = Invoice(
        id=id,
        ref=f"socotra-invoice-{id}",
        locator=locators.made(sandbox, "invoice", id, caller.at),
        tenant=tenant,
        account=account.locator,
        currency=currency,
        timezone=timezone,
        generated=caller.at,
        due=caller.at + TERMS,
        items=items,
    )
    invoice = sandbox.begin(invoice, "socotra.invoice.generate", cause=caller.cause)
    stream.tell_invoice(sandbox, caller, "generate", invoice)
    names = (
        locators.made(sandbox, "charge", first + place, caller.at) for place in range(len(items))
    )
    return Charged(list(zip(names, body["charges"], strict=True)), invoice)


CHARGES = "socotra.charges"  # the part that counts them


def _amounts(body: Any, currency: str) -> list[int]:
    """Each charge's amount, or UnusableError with everything that cannot be used."""
    wrong: list[tuple[str, str]] = []
    if body.get("invoicing", "immediate") != "immediate":
        wrong.append(("invoicing", f"{body['invoicing']} is not simulated, only immediate is"))
    if not body["charges"]:
        wrong.append(("charges", "there must be at least one"))
    amounts: list[int] = []
    for place, each in enumerate(body["charges"]):
        field = f"charges[{place}].amount"
        try:
            amounts.append(to_minor(each["amount"], currency))
        except FinerThanMinorUnitsError:
            most = digits(currency)
            wrong.append((field, f"has more than {most} decimal places, the most in {currency}"))
            continue
        if amounts[-1] <= 0:
            wrong.append((field, "must be greater than 0"))
    if wrong:
        raise UnusableError(wrong)
    return amounts
