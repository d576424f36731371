"""What Socotra makes of fixtures: accounts, instruments, invoices, payments, webhooks.

Nothing of it has happened: no event, and nobody is told. All of it is chosen.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from immutables import Map
from msgspec.structs import replace

from sandbox.apis.socotra import configuration, locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.blocks import (
    API,
    account_of,
    block_of,
    check_names,
    named,
    of_given,
    text,
)
from sandbox.apis.socotra.lifecycles import (
    InvoiceState,
)
from sandbox.apis.socotra.models import (
    Account,
    Instrument,
    Invoice,
    InvoiceItem,
    Webhook,
)
from sandbox.apis.socotra.rules import invoices, ledger, stream, webhooks
from sandbox.apis.socotra.rules.adopting import adopt
from sandbox.apis.socotra.views import keep_given
from sandbox.engine.events import Event
from sandbox.engine.money import FinerThanMinorUnitsError, as_text, to_minor
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider import fixtures as provider
from sandbox.provider.given import FinerAmountError, UnknownReferenceError, find
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment as Collected
from sandbox.provider.truth import Known
from sandbox.scenario.language.builder import thawed

NAMES = ("externalIdentifier", "externalAccountNumber", "institutionName", "nickname")
KINDS = {"bacs": "checking", "card": "creditCard"}
GIVEN_BY = locators.uuid("the scenario")


def given(sandbox: Sandbox, resource: Resource) -> None:
    """Make the view's side of one fixture that Socotra knows."""
    if not isinstance(resource, Known) or not resource.is_known_to(API):
        return
    with unheard(sandbox):
        match resource:
            case provider.Account():
                _account(sandbox, resource)
            case Mandate():
                _instrument(sandbox, resource)
            case provider.Invoice():
                _invoice(sandbox, resource)
            case Collected():
                adopt(sandbox, resource, quiet(resource.created))
            case provider.Webhook():
                _webhook(sandbox, resource)


def laid(sandbox: Sandbox, resources: list[Resource]) -> None:
    """Now that all are there, let aggregate invoices contain what they name."""
    with unheard(sandbox):
        for resource in resources:
            if isinstance(resource, provider.Invoice):
                within = block_of(resource).get("containedInvoices", ())
                if within and (aggregate := of_given(sandbox, resource.subject)):
                    _contain(sandbox, aggregate, within)


@contextmanager
def unheard(sandbox: Sandbox) -> Iterator[None]:
    """What is given has not happened: no event remains of it."""
    before = sandbox.state
    yield
    sandbox.state = replace(sandbox.state, events=before.events, happened=before.happened)


def quiet(at: datetime) -> Caller:
    """Who makes what is given: nobody is told."""
    return Caller(GIVEN_BY, "", at, rule="given", quiet=True)


def _account(sandbox: Sandbox, resource: provider.Account) -> None:
    block = block_of(resource)
    check_names(sandbox, "accounts", block)
    account = Account(
        **named(sandbox, "account", resource),
        id=sandbox.next_id(Account),
        ref=resource.ref,
        given=resource.id,
        customer=resource.customer,
        currency=resource.currency,
        kind=block.get("type", ""),
        data=text(block.get("data", Map())),
        timezone=block.get("timezone", ""),
        tolerance_plan=block.get("shortfallTolerancePlanName"),
        retry_plan=block.get("paymentExecutionRetryPlanName"),
    )
    keep_given(sandbox, account)
    _set_balance(sandbox, account, block)


def account_changed(sandbox: Sandbox, event: Event) -> None:
    """A tester sets an account's credit balance: the ledger gets an entry of the difference."""
    resource = sandbox.get(provider.Account, event.subject.id)
    account = sandbox.last(Account, given=resource.id)
    if account:
        _set_balance(sandbox, account, block_of(resource))


def _set_balance(sandbox: Sandbox, account: Account, block: Mapping[str, Any]) -> None:
    wanted = _minor("accounts", "creditBalance", block.get("creditBalance", 0), account.currency)
    missing = wanted - ledger.balance(sandbox, account.locator, account.currency)
    who = quiet(sandbox.now)
    ledger.book(sandbox, account.locator, account.currency, missing, "given", who)


def _instrument(sandbox: Sandbox, mandate: Mandate) -> None:
    check_names(sandbox, "mandates", block_of(mandate))
    account = account_of(sandbox, mandate.customer)
    locator = account.locator if account else None
    others = list(sandbox.all(Instrument, account=locator)) if locator else []
    is_default = block_of(mandate).get("isDefault", not any(each.is_default for each in others))
    for other in others if is_default else ():
        sandbox.keep(replace(other, is_default=False))
    instrument = Instrument(
        **named(sandbox, "instrument", mandate),
        id=sandbox.next_id(Instrument),
        ref=mandate.ref,
        account=locator,
        mandate=mandate.id,
        standing=mandate.status,
        token=None,
        is_default=is_default,
        kind="",
    )
    keep_given(sandbox, as_said(instrument, mandate))


def as_said(instrument: Instrument, mandate: Mandate) -> Instrument:
    """The instrument with what its mandate's block says of it now."""
    block = block_of(mandate)
    expires = block.get("expirationTime")
    return replace(
        instrument,
        token=block.get("offlinePaymentToken", "tok_success"),
        kind=block.get("instrumentType", KINDS.get(mandate.scheme, "checking")),
        method=block.get("defaultTransactionMethod"),
        expires=datetime.fromisoformat(expires.upper()).astimezone(UTC) if expires else None,
        retry_plan=block.get("retryPlanName"),
        names=Map({name: block[name] for name in NAMES if name in block}),
    )


def _invoice(sandbox: Sandbox, resource: provider.Invoice) -> None:
    account = account_of(sandbox, resource.customer)
    if account is None:
        return
    block = block_of(resource)
    tenant = block.get("tenantLocator", "").lower()
    default_zone = configuration.of(sandbox).tenant(tenant).timezone
    invoice = Invoice(
        **named(sandbox, resource.type, resource),
        id=sandbox.next_id(Invoice),
        ref=f"socotra-{resource.ref}",
        account=account.locator,
        currency=resource.currency,
        timezone=block.get("timezone") or account.timezone or default_zone,
        generated=_midnight(sandbox, resource.issued),
        due=_midnight(sandbox, resource.due),
        items=_items(sandbox, resource, block),
        number=block.get("invoiceNumber", resource.number or None),
        given=resource.subject,
    )
    invoice = keep_given(sandbox, invoice)
    is_written_off = resource.status == "written_off"
    paid = invoices.remaining(sandbox, invoice) if is_written_off else resource.paid
    invoices.apply(sandbox, invoice, paid)
    if resource.status == "discarded":
        kept = sandbox.get(Invoice, invoice.id)
        sandbox.keep(replace(kept, status=InvoiceState.DISCARDED))
    elif paid:
        invoices.settle(sandbox, invoice, quiet(invoice.generated))


def _midnight(sandbox: Sandbox, day: date) -> datetime:
    return sandbox.calendar.instant(day)


def _items(
    sandbox: Sandbox, resource: provider.Invoice, block: Mapping[str, Any]
) -> tuple[InvoiceItem, ...]:
    """Those of the block, else one of the whole amount. An aggregate invoice has none."""
    if block.get("containedInvoices"):
        return ()
    one = {"amount": as_text(resource.amount, resource.currency)}
    items = []
    for place, entry in enumerate(block.get("invoiceItems") or (one,)):
        amount = _minor("invoices", "invoiceItems", entry["amount"], resource.currency)
        locator = locators.made(sandbox, f"given {resource.type} item {resource.id}", place + 1)
        kind = entry.get("chargeType", "premium")
        category = entry.get("chargeCategory", "premium")
        items.append(InvoiceItem(locator, kind, category, amount, amount))
    return tuple(items)


def _minor(kind: str, key: str, amount: float | str, currency: str) -> int:
    try:
        return to_minor(amount, currency)
    except FinerThanMinorUnitsError as error:
        raise FinerAmountError(kind, f"{API}.{key}", error) from None


def _contain(sandbox: Sandbox, aggregate: Invoice, within: tuple[str | int, ...]) -> None:
    ids = []
    for name in within:
        resource = find(sandbox, provider.Invoice, name)
        contained = of_given(sandbox, resource.subject) if resource else None
        if contained is None:
            raise UnknownReferenceError("invoices", "socotra.containedInvoices", name)
        sandbox.keep(replace(contained, contained_in=aggregate.id))
        ids.append(contained.id)
    whole = sandbox.keep(replace(aggregate, contains=tuple(ids)))
    invoices.settle(sandbox, whole, quiet(whole.generated))


def _webhook(sandbox: Sandbox, resource: provider.Webhook) -> None:
    block = block_of(resource)
    said = dict(block.get("endpoint", {}))
    secret = resource.secret or said.get("secret", "")
    endpoint = {
        **webhooks.ENDPOINT,
        "hmacEnabled": bool(secret),
        **thawed(said),
        "url": resource.url or said.get("url", ""),
        "secret": secret,
    }
    failures = webhooks.failure_handling(thawed(block.get("failureHandling", Map())))
    prefix = f"{API}."
    own = [name.removeprefix(prefix) for name in resource.events if name.startswith(prefix)]
    causes = tuple(name for name in resource.events if not name.startswith(prefix))
    wanted = block.get("eventTypes") or (own if resource.events else sorted(stream.KINDS))
    keep_given(
        sandbox,
        Webhook(
            **named(sandbox, "webhook", resource),
            id=sandbox.next_id(Webhook),
            ref=resource.ref,
            name=block.get("name", resource.ref),
            enabled=block.get("enabled", True),
            kinds=tuple(wanted),
            causes=causes,
            endpoint=text(endpoint),
            failures=text(failures),
            waits=resource.retries or webhooks.waits(failures),
        ),
    )
