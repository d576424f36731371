"""What Socotra makes of fixtures: accounts, instruments, invoices, payments, webhooks.

Nothing of it has happened: no event, and nobody is told. Source: facts 16, chosen.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import orjson
from immutables import Map

from sandbox.apis.socotra import configuration, locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.currencies import major, minor, of_truth
from sandbox.apis.socotra.lifecycles import (
    AttemptState,
    InvoiceState,
    PaymentLifecycle,
    PaymentState,
)
from sandbox.apis.socotra.models import (
    Account,
    Attempt,
    CashTransaction,
    Instrument,
    Invoice,
    InvoiceItem,
    Payment,
    Target,
    Terms,
    Webhook,
)
from sandbox.apis.socotra.rules import invoices, ledger, posting, stream, webhooks
from sandbox.apis.socotra.views import keep_given, keep_payment, note_order
from sandbox.engine.events import Event
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import Resource
from sandbox.provider import fixtures as provider
from sandbox.provider.given import UnknownReferenceError, find
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment as Collected
from sandbox.provider.truth import Known

API = "socotra"
NAMES = ("externalIdentifier", "externalAccountNumber", "institutionName", "nickname")
KINDS = {"bacs": "checking", "card": "creditCard"}
GIVEN_BY = locators.uuid("the scenario")
STATES = {
    "created": (PaymentState.EXECUTING, AttemptState.PENDING),
    "submitted": (PaymentState.EXECUTING, AttemptState.PENDING),
    "confirmed": (PaymentState.VALIDATED, AttemptState.COMPLETED),
    "paid_out": (PaymentState.VALIDATED, AttemptState.COMPLETED),
    "charged_back": (PaymentState.VALIDATED, AttemptState.COMPLETED),
    "failed": (PaymentState.FAILED, AttemptState.FAILED),
    "cancelled": (PaymentState.FAILED, AttemptState.FAILED),
}
"""By the provider's status, how a given payment and its attempt stand; what is valid is posted."""


def given(sandbox: Sandbox, resource: Resource) -> None:
    """Make the view's side of one fixture that Socotra knows."""
    if not isinstance(resource, Known) or resource.api not in ("", API):
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
                payment(sandbox, resource, quiet(resource.created))
            case provider.Webhook():
                _webhook(sandbox, resource)


def laid(sandbox: Sandbox, resources: list[Resource]) -> None:
    """Now that all are there, let aggregate invoices contain what they name."""
    with unheard(sandbox):
        for resource in resources:
            if isinstance(resource, provider.Invoice):
                named = block_of(resource).get("containedInvoices", ())
                if named and (aggregate := _of_given(sandbox, resource.subject)):
                    _contain(sandbox, aggregate, named)


@contextmanager
def unheard(sandbox: Sandbox) -> Iterator[None]:
    """What is given has not happened: no event remains of it."""
    events = sandbox.state.events
    yield
    sandbox.state = replace(sandbox.state, events=events)


def quiet(at: datetime) -> Caller:
    """Who makes what is given: nobody is told."""
    return Caller(GIVEN_BY, "", at, rule="given", quiet=True)


def block_of(resource: Known) -> Mapping[str, Any]:
    """The fixture's block in Socotra's words."""
    found: Mapping[str, Any] = resource.blocks.get(API, Map())
    return found


def _named(sandbox: Sandbox, kind: str, resource: Known) -> dict[str, Any]:
    """Locator and tenant: as the block says, or the one made from seed, kind and id; none."""
    block = block_of(resource)
    locator = block.get("locator") or locators.made(sandbox, f"given {kind}", resource.id)
    return {"locator": locator.upper(), "tenant": block.get("tenantLocator", "").lower()}


def _account(sandbox: Sandbox, resource: provider.Account) -> None:
    block = block_of(resource)
    account = Account(
        **_named(sandbox, "account", resource),
        id=sandbox.next_id(Account),
        ref=resource.ref,
        given=resource.id,
        customer=resource.customer,
        currency=resource.currency,
        kind=block.get("type", ""),
        data=_text(block.get("data", Map())),
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
    wanted = minor(block.get("creditBalance", 0), account.currency)
    missing = wanted - ledger.balance(sandbox, account.locator, account.currency)
    who = quiet(sandbox.now)
    ledger.book(sandbox, account.locator, account.currency, missing, "given", who)


def _instrument(sandbox: Sandbox, mandate: Mandate) -> None:
    account = account_of(sandbox, mandate.customer)
    locator = account.locator if account else None
    others = list(sandbox.all(Instrument, account=locator)) if locator else []
    is_default = block_of(mandate).get("isDefault", not any(each.is_default for each in others))
    for other in others if is_default else ():
        sandbox.keep(replace(other, is_default=False))
    instrument = Instrument(
        **_named(sandbox, "instrument", mandate),
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


def account_of(sandbox: Sandbox, customer: int | None) -> Account | None:
    """A customer's account: the first."""
    return next(sandbox.all(Account, customer=customer), None) if customer else None


def _invoice(sandbox: Sandbox, resource: provider.Invoice) -> None:
    account = account_of(sandbox, resource.customer)
    if account is None:
        return
    block = block_of(resource)
    tenant = block.get("tenantLocator", "").lower()
    default_zone = configuration.of(sandbox).tenant(tenant).timezone
    invoice = Invoice(
        **_named(sandbox, resource.type, resource),
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
    paid = of_truth(resource.paid, resource.currency)
    if resource.status == "written_off":
        paid = invoices.remaining(sandbox, invoice)
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
    one = {"amount": str(major(of_truth(resource.amount, resource.currency), resource.currency))}
    items = []
    for place, entry in enumerate(block.get("invoiceItems") or (one,)):
        amount = minor(entry["amount"], resource.currency)
        locator = locators.made(sandbox, f"given {resource.type} item {resource.id}", place + 1)
        kind = entry.get("chargeType", "premium")
        category = entry.get("chargeCategory", "premium")
        items.append(InvoiceItem(locator, kind, category, amount, amount))
    return tuple(items)


def _contain(sandbox: Sandbox, aggregate: Invoice, named: tuple[str | int, ...]) -> None:
    ids = []
    for name in named:
        resource = find(sandbox, provider.Invoice, name)
        contained = _of_given(sandbox, resource.subject) if resource else None
        if contained is None:
            raise UnknownReferenceError("invoices", "socotra.containedInvoices", name)
        sandbox.keep(replace(contained, contained_in=aggregate.id))
        ids.append(contained.id)
    whole = sandbox.keep(replace(aggregate, contains=tuple(ids)))
    invoices.settle(sandbox, whole, quiet(whole.generated))


def _of_given(sandbox: Sandbox, subject: Subject | None) -> Invoice | None:
    return sandbox.last(Invoice, given=subject) if subject else None


def payment(sandbox: Sandbox, truth: Collected, caller: Caller) -> Payment | None:
    """The view of a payment that Socotra has not asked for: given, or made by a scenario's step."""
    invoice = _of_given(sandbox, truth.invoice)
    account = account_of(sandbox, truth.customer)
    if account is None:
        return None
    block, state = block_of(truth), STATES[truth.status]
    instrument = sandbox.last(Instrument, mandate=truth.mandate)
    id = sandbox.next_id(Payment)
    named = _named(sandbox, "payment", truth)
    if not caller.quiet:
        named["locator"] = locators.made(sandbox, "payment", id, caller.at)
    cash = sandbox.next_id(CashTransaction)
    method = block.get("transactionMethod") or (instrument.method if instrument else None)
    number = block.get("transactionNumber") or truth.reference or None
    collected = state[1] == AttemptState.COMPLETED
    keep_given(
        sandbox,
        CashTransaction(
            id=cash,
            locator=locators.made(sandbox, "given cash", cash),
            tenant=named["tenant"],
            method=method or "standard",
            instrument=instrument.locator if instrument else None,
            number=truth.number if collected else number,
        ),
    )
    amount = of_truth(truth.amount, truth.currency)
    terms = Terms(
        type=block.get("type", "StandardPayment"),
        amount=major(amount, truth.currency),
        data=_text(block.get("data", Map())),
        targets=_targets(block, invoice),
        instrument=instrument.locator if instrument else None,
        method=block.get("transactionMethod"),
        transaction_number=number,
        retry_plan=block.get("retryPlanName"),
    )
    made = Payment(
        **named,
        id=id,
        ref=truth.ref,
        status=state[0],
        terms=terms,
        account=invoice.account if invoice else account.locator,
        currency=truth.currency,
        created=caller.at,
        created_by=caller.user,
        cash=cash,
        validation=(),
        number=block.get("paymentNumber"),
        instrument=instrument.locator if instrument else None,
        provider_payment=truth.id,
    )
    note_order(sandbox, made)
    keep_payment(sandbox, made)
    _attempt(sandbox, made, truth, state[1], caller)
    if collected:
        return posting.post(sandbox, made, caller, PaymentLifecycle.post)
    return made


def _targets(block: Mapping[str, Any], invoice: Invoice | None) -> tuple[Target, ...]:
    if "targets" not in block:
        return (Target(invoice.locator, "invoice"),) if invoice else ()
    return tuple(
        Target(
            each["containerLocator"].upper(),
            each["containerType"],
            float(each["amount"]) if "amount" in each else None,
        )
        for each in block["targets"]
    )


def _attempt(
    sandbox: Sandbox, made: Payment, truth: Collected, status: AttemptState, caller: Caller
) -> None:
    id = sandbox.next_id(Attempt)
    failed = status == AttemptState.FAILED
    attempt = Attempt(
        id=id,
        locator=locators.made(sandbox, "given attempt", id),
        tenant=made.tenant,
        payment=made.id,
        status=status,
        at=caller.at,
        transaction_id=truth.number if truth.status not in ("created", "cancelled") else None,
        note=str(truth.reason) if failed and truth.reason else None,
    )
    keep_given(sandbox, attempt)


def _webhook(sandbox: Sandbox, resource: provider.Webhook) -> None:
    block = block_of(resource)
    said = dict(block.get("endpoint", {}))
    secret = resource.secret or said.get("secret", "")
    endpoint = {
        **webhooks.ENDPOINT,
        "hmacEnabled": bool(secret),
        **_thawed(said),
        "url": resource.url or said.get("url", ""),
        "secret": secret,
    }
    failures = webhooks.failure_handling(_thawed(block.get("failureHandling", Map())))
    prefix = f"{API}."
    own = [name.removeprefix(prefix) for name in resource.events if name.startswith(prefix)]
    causes = tuple(name for name in resource.events if not name.startswith(prefix))
    wanted = block.get("eventTypes") or (own if resource.events else sorted(stream.KINDS))
    keep_given(
        sandbox,
        Webhook(
            **_named(sandbox, "webhook", resource),
            id=sandbox.next_id(Webhook),
            ref=resource.ref,
            name=block.get("name", resource.ref),
            enabled=block.get("enabled", True),
            kinds=tuple(wanted),
            causes=causes,
            endpoint=_text(endpoint),
            failures=_text(failures),
            waits=resource.retries or webhooks.waits(failures),
        ),
    )


def _text(value: Any) -> str:
    return orjson.dumps(_thawed(value), option=orjson.OPT_SORT_KEYS).decode()


def _thawed(value: Any) -> Any:
    """A frozen JSON value as orjson writes it."""
    if isinstance(value, Mapping):
        return {name: _thawed(value[name]) for name in value}
    return [_thawed(each) for each in value] if isinstance(value, list | tuple) else value
