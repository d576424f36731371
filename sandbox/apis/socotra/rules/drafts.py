"""Drafts: what a client writes of a payment, and what follows from it without being written."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from msgspec.structs import replace

from sandbox.apis.socotra import configuration, locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.lifecycles import PaymentLifecycle
from sandbox.apis.socotra.models import (
    Account,
    CashTransaction,
    Instrument,
    Invoice,
    Payment,
    Target,
    Terms,
)
from sandbox.apis.socotra.refusals import MalformedError, UnusableError
from sandbox.apis.socotra.rules import aggregates, execution, numbering, states, stream
from sandbox.apis.socotra.views import change_cash, default_instrument, find, keep_payment
from sandbox.engine.sandbox import Sandbox

DRAFTS = "socotra.drafts"  # the part that counts them, for their names in scenarios
SCALARS = {
    "type": "type",
    "amount": "amount",
    "currency": "currency",
    "accountLocator": "account",
    "useDefaultFinancialInstrument": "use_default",
    "financialInstrumentLocator": "instrument",
    "transactionMethod": "method",
    "transactionNumber": "transaction_number",
    "paymentMode": "mode",
    "retryPlanName": "retry_plan",
}
"""The scalars that a create and an update may have, and where they are kept."""

COLLECTIONS = ("setData", "removeData", "addTargets", "removeTargets")


def create(sandbox: Sandbox, caller: Caller, tenant: str, body: Mapping[str, Any]) -> Payment:
    """A new draft. Unknown types, accounts and instruments are refused, unknown targets are not."""
    terms = _checked(sandbox, tenant, written(body))
    id, cash = sandbox.next_id(Payment), sandbox.next_id(CashTransaction)
    sandbox.keep(
        CashTransaction(
            id=cash,
            locator=locators.made(sandbox, "cash", cash, caller.at),
            tenant=tenant,
            method="standard",
        )
    )
    draft = Payment(
        id=id,
        ref=_next_ref(sandbox),
        locator=locators.made(sandbox, "payment", id, caller.at),
        tenant=tenant,
        terms=terms,
        account=None,
        currency="",
        created=caller.at,
        created_by=caller.user,
        cash=cash,
    )
    draft = keep_payment(sandbox, settled_anew(sandbox, draft))
    draft = sandbox.begin(draft, "socotra.payment.create", cause=caller.cause)
    stream.tell_payment(sandbox, caller, "create", draft)
    return numbering.assign(sandbox, draft, caller, "creation")


def _next_ref(sandbox: Sandbox) -> str:
    """`draft-<n>`: what scenarios call a payment that the provider does not know yet."""
    number = sandbox.part(DRAFTS, 0) + 1
    sandbox.keep_part(DRAFTS, number)
    return f"draft-{number}"


def update(sandbox: Sandbox, payment: Payment, body: Mapping[str, Any]) -> Payment:
    """PATCH: change what the body names of a draft; of a requested payment the next attempt."""
    lc = PaymentLifecycle
    others = [name for name in (*SCALARS, *COLLECTIONS) if body.get(name) not in NOT_SENT]
    alone = "nextRequestTime" in body and not others
    if states.require(payment, lc.update, *([lc.postpone] if alone else [])) is lc.postpone:
        return execution.postpone(sandbox, payment, _instant(body["nextRequestTime"]))
    terms = _checked(sandbox, payment.tenant, updated(payment.terms, body))
    draft = settled_anew(sandbox, replace(payment, terms=terms, validation=None))
    if "nextRequestTime" in body:
        draft = replace(draft, next_request=_instant(body["nextRequestTime"]))
    return keep_payment(sandbox, draft)


NOT_SENT: tuple[Any, ...] = (None, {}, [])


def overwrite(sandbox: Sandbox, payment: Payment, body: Mapping[str, Any]) -> Payment:
    """PUT: replace everything that a create may write (chosen)."""
    states.require(payment, PaymentLifecycle.update)
    terms = _checked(sandbox, payment.tenant, written(body))
    draft = replace(payment, terms=terms, validation=None)
    return keep_payment(sandbox, settled_anew(sandbox, draft))


def written(body: Mapping[str, Any]) -> Terms:
    """What a create says. The collections may be missing."""
    return Terms(
        **_scalars(body),
        data=orjson.dumps(body.get("data", {})).decode(),
        targets=tuple(map(_target, body.get("targets", ()))),
    )


def updated(terms: Terms, body: Mapping[str, Any]) -> Terms:
    """What an update makes of it: removals before additions, absent scalars unchanged."""
    data = orjson.loads(terms.data)
    for name in body.get("removeData", ()):
        data.pop(name, None)
    data |= body.get("setData", {})
    removed = {locator.upper() for locator in body.get("removeTargets", ())}
    left = tuple(target for target in terms.targets if target.container not in removed)
    return replace(
        terms,
        **_scalars(body),
        data=orjson.dumps(data).decode(),
        targets=left + tuple(map(_target, body.get("addTargets", ()))),
    )


def _scalars(body: Mapping[str, Any]) -> dict[str, Any]:
    found = {kept: body[name] for name, kept in SCALARS.items() if name in body}
    for name in ("account", "instrument"):
        if name in found:
            found[name] = found[name].upper()
    return found


def _target(body: Mapping[str, Any]) -> Target:
    return Target(body["containerLocator"].upper(), body["containerType"], body.get("amount"))


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedError("nextRequestTime", "is no date-time") from None


def _checked(sandbox: Sandbox, tenant: str, terms: Terms) -> Terms:
    """With the configured spelling of the type; UnusableError names every unknown reference."""
    kind = configuration.of(sandbox).payment_types.get(terms.type.lower())
    unknown = list(_unknown(sandbox, tenant, terms))
    if kind is None or kind.abstract:
        unknown.insert(0, ("type", f"no payment type is called {terms.type}"))
    if unknown or kind is None:
        raise UnusableError(unknown)
    return replace(terms, type=kind.name)


def _unknown(sandbox: Sandbox, tenant: str, terms: Terms) -> Iterator[tuple[str, str]]:
    if terms.account and not find(sandbox, Account, terms.account, tenant):
        yield "accountLocator", f"account {terms.account} does not exist"
    if terms.instrument and not find(sandbox, Instrument, terms.instrument, tenant):
        yield "financialInstrumentLocator", f"instrument {terms.instrument} does not exist"


def settled_anew(sandbox: Sandbox, draft: Payment) -> Payment:
    """What follows from its terms: the account, the currency, how the money arrives.

    The account of the targets, if they have one in common; the currency of the first, else the
    tenant's (chosen).
    """
    terms, tenant = draft.terms, draft.tenant
    found = [find(sandbox, Invoice, target.container, tenant) for target in terms.targets]
    invoices = [invoice for invoice in found if invoice]
    accounts = {invoice.account for invoice in invoices}
    account = terms.account or (accounts.pop() if len(accounts) == 1 else None)
    currency = terms.currency or (invoices[0].currency if invoices else None)
    named = find(sandbox, Instrument, terms.instrument, tenant)
    if named is None and terms.use_default:
        named = default_instrument(sandbox, account, tenant)
    change_cash(
        sandbox,
        draft.cash,
        method=terms.method or (named.method if named else None) or "standard",
        instrument=named.locator if named else None,
        number=terms.transaction_number,
    )
    by_default = configuration.of(sandbox).tenant(tenant).currency
    return replace(draft, account=account, currency=currency or by_default)


def reset(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    """Back to draft: without its validation, and without shares."""
    row = states.calling(payment, "reset")
    whole = aggregates.joined(sandbox, payment)
    return states.move(sandbox, whole, row, caller, validation=None)


def discard(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    """Give it up, for good. There is no event for it."""
    row = states.calling(payment, "discard")
    return states.move(sandbox, payment, row, caller)
