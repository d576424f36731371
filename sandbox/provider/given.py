"""How a given resource is made of its fixture: one function a kind, with every default.

A fixture is a map of canonical fields, already checked against the scenario schema. References are
a `ref` (text) or an id.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from immutables import Map

from sandbox.engine.events import Reason
from sandbox.engine.money import CURRENCY, FinerThanMinorUnitsError, to_minor
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider import instant_payments, mandates, payments, payouts, reasons, refunds
from sandbox.provider.fixtures import (
    Account,
    AdhocInvoice,
    Customer,
    Invoice,
    PaymentProvider,
    Site,
    Webhook,
    currency_of,
)
from sandbox.provider.instant_payments import InstantPayment, InstantPaymentStatus
from sandbox.provider.mandates import Mandate, MandateStatus
from sandbox.provider.payments import Payment, PaymentStatus
from sandbox.provider.payouts import Payout, PayoutStatus
from sandbox.provider.refunds import Refund, RefundStatus

R = TypeVar("R", bound=Resource)
Fields = Mapping[str, Any]

APIS = ("elevate", "backend", "socotra")
TERMS = timedelta(days=14)
BANK_ACCOUNT = Map(sort_code="200000", number="55779911")
SCHEMES = Map(
    {
        "GO_CARDLESS": ("bacs", "faster_payments"),
        "GC_INSTANT_BANK_PAYMENTS": ("faster_payments",),
        "STRIPE": ("card",),
        "STRIPE_CARD": ("card",),
        "STRIPE_DD": ("bacs",),
        "FINASTRA": ("bacs",),
    }
)
"""Which schemes a provider of this kind collects by. Chosen (D17)."""


class FinerAmountError(Exception):
    """A fixture with an amount that has more decimal places than its currency."""

    def __init__(self, kind: str, key: str, why: FinerThanMinorUnitsError) -> None:
        self.kind = kind
        self.key = key
        super().__init__(f"{kind}: {key}: {why}")


class UnknownReferenceError(Exception):
    """A fixture that names another which does not exist."""

    def __init__(self, kind: str, key: str, named: object) -> None:
        self.kind = kind
        self.key = key
        super().__init__(f"{kind}: {key}: there is no {named!r}")


def find(sandbox: Sandbox, type: type[R], named: str | int) -> R | None:
    """The resource of this type with this `ref` (text) or id (integer)."""
    if isinstance(named, int):
        return sandbox.find(type, named)
    return sandbox.last(type, ref=named)


def _known(sandbox: Sandbox, type: type[Resource], fields: Fields) -> dict[str, Any]:
    """What every fixture may have: id, ref, api and the per-API blocks."""
    return {
        "id": fields.get("id") or sandbox.next_id(type),
        "ref": fields.get("ref") or sandbox.next_ref(type),
        "api": fields.get("api", ""),
        "blocks": Map({api: fields[api] for api in APIS if api in fields}),
    }


def _named(sandbox: Sandbox, kind: str, key: str, type: type[R], fields: Fields) -> R | None:
    if key not in fields:
        return None
    found = find(sandbox, type, fields[key])
    if found is None:
        raise UnknownReferenceError(kind, key, fields[key])
    return found


def _some(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


def _money(kind: str, fields: Fields, currency: str, *names: str) -> dict[str, Any]:
    """The currency, and these amounts in its minor units."""
    found: dict[str, Any] = {"currency": currency}
    for name in names:
        if name in fields:
            try:
                found[name] = to_minor(fields[name], currency)
            except FinerThanMinorUnitsError as error:
                raise FinerAmountError(kind, name, error) from None
    return found


def _currency(sandbox: Sandbox, customer: int, fields: Fields) -> str:
    """The currency that a fixture says; else that of the customer's account."""
    return fields.get("currency") or currency_of(sandbox, customer)


def new_provider(sandbox: Sandbox, type: type[PaymentProvider], fields: Fields) -> PaymentProvider:
    """A payment provider; its schemes are those of its kind."""
    kind = fields["type"]
    flags = ("status", "instant", "retries", "accepts_external", "credits_first_payment")
    return type(
        **_known(sandbox, type, fields),
        **_some(fields, *flags),
        kind=kind,
        name=fields.get("name", kind),
        schemes=tuple(fields.get("schemes", SCHEMES.get(kind, ()))),
    )


def new_customer(sandbox: Sandbox, type: type[Customer], fields: Fields) -> Customer:
    """A customer, named by their names, their company, or their id."""
    both = f"{fields.get('given_name', '')} {fields.get('family_name', '')}".strip()
    known = _known(sandbox, type, fields)
    name = fields.get("name") or both or fields.get("company") or f"Customer {known['id']}"
    rest = ("given_name", "family_name", "company", "email", "phone", "address")
    return type(**known, **_some(fields, *rest), name=name)


def new_account(sandbox: Sandbox, type: type[Account], fields: Fields) -> Account:
    """An account of a customer."""
    customer = _named(sandbox, "accounts", "customer", Customer, fields)
    known = _known(sandbox, type, fields)
    currency = fields.get("currency", CURRENCY)
    return type(
        **known,
        **_money("accounts", fields, currency, "balance", "credit_threshold"),
        number=fields.get("number", f"A{known['id']}"),
        customer=customer.id if customer else 0,
    )


def new_site(sandbox: Sandbox, type: type[Site], fields: Fields) -> Site:
    """A site of a customer. Every one has bank details."""
    customer = _named(sandbox, "sites", "customer", Customer, fields)
    holder = customer.name if customer else ""
    known = _known(sandbox, type, fields)
    return type(
        **known,
        customer=customer.id if customer else 0,
        name=fields.get("name", f"Site {known['id']}"),
        reference=fields.get("reference", f"S{known['id']}"),
        bank_account=BANK_ACCOUNT.set("holder", holder).update(fields.get("bank_account", {})),
    )


def _belonging(sandbox: Sandbox, kind: str, fields: Fields) -> tuple[Customer, Site]:
    """Whose it is: by its site, or by its customer, whose first site it then belongs to."""
    site = _named(sandbox, kind, "site", Site, fields)
    customer = _named(sandbox, kind, "customer", Customer, fields)
    if site is None and customer is not None:
        site = next(sandbox.all(Site, customer=customer.id))
    if site is None:
        raise UnknownReferenceError(kind, "customer", None)
    return customer or sandbox.get(Customer, site.customer), site


def new_mandate(sandbox: Sandbox, type: type[Mandate], fields: Fields) -> Mandate:
    """A mandate of a site, active unless it says otherwise."""
    customer, site = _belonging(sandbox, "mandates", fields)
    scheme = fields.get("scheme", "bacs")
    provider = _named(sandbox, "mandates", "provider", PaymentProvider, fields) or next(
        (each for each in sandbox.all(PaymentProvider) if scheme in each.schemes), None
    )
    status = MandateStatus(fields.get("status", "active"))
    account = Map() if scheme == "card" else site.bank_account
    card = Map(holder=customer.name, last4="4242", expires="2030-12") if scheme == "card" else Map()
    return mandates.new(
        sandbox,
        **_known(sandbox, type, fields),
        **_some(fields, "reference"),
        customer=customer.id,
        site=site.id,
        provider=provider.id if provider else None,
        scheme=scheme,
        status=status,
        reason=_reason(fields, scheme, f"mandate.{status}"),
        created=_instant(sandbox, fields),
        bank_account=account.update(fields.get("bank_account", {})),
        card=card.update(fields.get("card", {})),
    )


def new_invoice(sandbox: Sandbox, type: type[Invoice], fields: Fields) -> Invoice:
    """An invoice of a site, due fourteen days after it was issued."""
    customer, site = _belonging(sandbox, "invoices", fields)
    today = sandbox.day()
    issued = _date(fields.get("issued")) or today
    known = _known(sandbox, type, fields)
    currency = _currency(sandbox, customer.id, fields)
    return type(
        **known,
        **_some(fields, "status"),
        **_money("invoices", fields, currency, "amount", "paid"),
        customer=customer.id,
        site=site.id,
        number=fields.get(
            "number", f"INV-{known['id']}" if type is Invoice else f"ADH-{known['id']}"
        ),
        issued=issued,
        due=_date(fields.get("due")) or issued + TERMS,
    )


def _payment_parties(sandbox: Sandbox, kind: str, fields: Fields) -> dict[str, Any]:
    """The customer, site, invoice and money of a given payment."""
    invoice = _invoice_named(sandbox, kind, fields)
    owner = Map(site=invoice.site) if invoice else fields
    customer, site = _belonging(sandbox, kind, owner)
    currency = invoice.currency if invoice else _currency(sandbox, customer.id, fields)
    return {
        "customer": customer.id,
        "site": site.id,
        "invoice": invoice.subject if invoice else None,
        **_money(kind, fields, fields.get("currency", currency), "amount", "collected", "refunded"),
    }


def _invoice_named(sandbox: Sandbox, kind: str, fields: Fields) -> Invoice | None:
    """An id alone means the normal invoice; a ref may be either's."""
    if "invoice" not in fields:
        return None
    named = fields["invoice"]
    found = find(sandbox, Invoice, named)
    if found is None and isinstance(named, str):
        found = find(sandbox, AdhocInvoice, named)
    if found is None:
        raise UnknownReferenceError(kind, "invoice", named)
    return found


def new_payment(sandbox: Sandbox, type: type[Payment], fields: Fields) -> Payment:
    """A payment with a status, as if the happy path had led there."""
    parties = _payment_parties(sandbox, "payments", fields)
    mandate = _named(sandbox, "payments", "mandate", Mandate, fields) or sandbox.last(
        Mandate, site=parties["site"]
    )
    status = PaymentStatus(fields["status"])
    scheme = mandate.scheme if mandate else "bacs"
    good = (PaymentStatus.CONFIRMED, PaymentStatus.PAID_OUT, PaymentStatus.CHARGED_BACK)
    if status in good:
        parties.setdefault("collected", parties["amount"])
    never_submitted = (PaymentStatus.CREATED, PaymentStatus.CANCELLED)
    return payments.new(
        sandbox,
        **_known(sandbox, type, fields),
        **parties,
        **_some(fields, "reference", "description"),
        mandate=mandate.id if mandate else None,
        provider=mandate.provider if mandate else None,
        scheme=scheme,
        status=status,
        attempts=0 if status in never_submitted else 1,
        reason=_reason(fields, scheme, f"payment.{status}"),
        created=_instant(sandbox, fields),
    )


def new_instant_payment(
    sandbox: Sandbox, type: type[InstantPayment], fields: Fields
) -> InstantPayment:
    """An instant payment with a status."""
    mandate = _named(sandbox, "instant_payments", "mandate", Mandate, fields)
    status = InstantPaymentStatus(fields["status"])
    return instant_payments.new(
        sandbox,
        **_known(sandbox, type, fields),
        **_payment_parties(sandbox, "instant_payments", fields),
        **_some(fields, "reference", "description"),
        mandate=mandate.id if mandate else None,
        status=status,
        reason=_reason(fields, "faster_payments", f"instant_payment.{status}"),
        created=_instant(sandbox, fields),
    )


def new_refund(sandbox: Sandbox, type: type[Refund], fields: Fields) -> Refund:
    """A refund of a payment or an instant payment."""
    named = fields["payment"]
    of = find(sandbox, Payment, named) or find(sandbox, InstantPayment, named)
    if of is None:
        raise UnknownReferenceError("refunds", "payment", named)
    status = RefundStatus(fields["status"])
    return refunds.new(
        sandbox,
        of,
        **_known(sandbox, type, fields),
        **_money("refunds", fields, of.currency, "amount"),
        **_some(fields, "description"),
        status=status,
        reason=_reason(fields, of.scheme, f"refund.{status}"),
        created=_instant(sandbox, fields),
    )


def new_payout(sandbox: Sandbox, type: type[Payout], fields: Fields) -> Payout:
    """A payout to the bank account of the customer's first site."""
    customer, site = _belonging(sandbox, "payouts", fields)
    status = PayoutStatus(fields["status"])
    return payouts.new(
        sandbox,
        **_known(sandbox, type, fields),
        **_money("payouts", fields, _currency(sandbox, customer.id, fields), "amount"),
        **_some(fields, "reference", "description"),
        customer=customer.id,
        bank_account=site.bank_account,
        execution_date=_date(fields.get("execution_date")),
        status=status,
        reason=_reason(fields, "faster_payments", f"payout.{status}"),
        created=_instant(sandbox, fields),
    )


def new_webhook(sandbox: Sandbox, type: type[Webhook], fields: Fields) -> Webhook:
    """Where an API's events are sent."""
    return type(
        **_known(sandbox, type, fields),
        **_some(fields, "url", "secret"),
        events=tuple(fields.get("events", ())),
        retries=tuple(fields.get("retries", ())),
    )


def _reason(fields: Fields, scheme: str, event: str) -> Reason | None:
    named = fields.get("reason")
    if named is None:
        return None
    spec = {"code": named} if isinstance(named, str) else dict(named)
    return reasons.reason(spec.pop("code"), scheme, event, **spec)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(sandbox: Sandbox, fields: Fields) -> datetime:
    """When it was made: local to the scenario's time zone; the clock's now unless said."""
    text = fields.get("created")
    if text is None:
        return sandbox.now
    return sandbox.calendar.utc(datetime.fromisoformat(text))
