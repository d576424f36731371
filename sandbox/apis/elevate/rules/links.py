"""Payment links and the instant payments behind them and behind mandates (D34, D35)."""

from typing import Any

from sandbox.apis import Json
from sandbox.apis.elevate.lifecycles import ACCEPTED
from sandbox.apis.elevate.models import Books, Mandate, Payment, PaymentLink, shown
from sandbox.apis.elevate.rules import customers, payments, providers
from sandbox.apis.elevate.rules.books import books_named, sites_of
from sandbox.apis.elevate.rules.refusals import FieldError, RefusedError, UnknownIdError
from sandbox.engine.clock import written
from sandbox.engine.money import to_major
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import instant_payments
from sandbox.provider.fixtures import Invoice, Site, currency_of
from sandbox.provider.instant_payments import InstantPayment

INVOICES = {"invoiceId": "invoice", "adhocInvoiceId": "adhoc_invoice"}


def create(sandbox: Sandbox, body: Json, page: str) -> PaymentLink:
    """Make a link by which a customer pays an invoice, or towards the balance."""
    books, customer = _target(sandbox, body)
    currency = currency_of(sandbox, customer)
    amount = payments.minor(body["amountInMajorCurrency"], currency)
    provider = providers.named(sandbox, body["paymentProviderId"], "paymentProviderId")
    if provider.status != "active" or not provider.instant:
        why = f"payment provider {provider.id} must be ACTIVE and have instantBankPayments"
        raise FieldError("paymentProviderId", why)
    invoice = sandbox.subject(books.invoice) if books else None
    first = next(sites_of(sandbox, customer), None)
    site = invoice.site if isinstance(invoice, Invoice) else first and first.id
    asked = instant_payments.create(
        sandbox,
        customer=customer,
        site=site,
        invoice=books.invoice if books else None,
        provider=provider.id,
        amount=amount,
        currency=currency,
        reference=body["description"],
        description=body["description"],
        api="elevate",
    )
    return sandbox.keep(
        PaymentLink(
            id=sandbox.next_id(PaymentLink),
            provider=provider.id,
            amount=amount,
            currency=asked.currency,
            description=body["description"],
            email=body.get("emailAddress"),
            invoice=books.invoice if books else None,
            customer=customer,
            names_customer="customerId" in body,
            of=asked.subject,
            link=f"{page}/{asked.token}",
        )
    )


def _target(sandbox: Sandbox, body: Json) -> tuple[Books | None, int]:
    """Exactly one invoice, or a customer alone; a customer beside an invoice must be its own."""
    named = [member for member in INVOICES if member in body]
    if len(named) > 1:
        raise FieldError("adhocInvoiceId", "one link pays one invoice: invoiceId is there too")
    if not named:
        if "customerId" not in body:
            raise RefusedError("One of invoiceId, adhocInvoiceId and customerId is needed")
        return None, customers.named(sandbox, body["customerId"], "customerId").id
    books = books_named(sandbox, INVOICES[named[0]], body[named[0]], named[0])
    if body.get("customerId", books.customer) != books.customer:
        why = f"the invoice is customer {books.customer}'s"
        raise FieldError("customerId", why)
    return books, books.customer


def of_mandate(sandbox: Sandbox, reference: str, method: str) -> list[dict[str, Any]]:
    """The instant first payment that was made while a mandate was set up, if there is one."""
    mandate = sandbox.last(Mandate, mandate_reference=reference)
    if mandate is None:
        raise UnknownIdError("mandateReference", "mandate", reference, where="query")
    if mandate.status not in ACCEPTED:
        why = f"the mandate is {mandate.status}, which is none of the accepted states"
        raise FieldError("mandateReference", why, where="query")
    if method != "GO_CARDLESS":
        return []
    known = sandbox.all(Payment, customer=_customer(sandbox, mandate))
    heard = {payment.of for payment in known}
    first = [
        payment
        for payment in sandbox.all(InstantPayment, mandate=mandate.mandate)
        if payment.subject in heard
    ]
    return [_as_json(reference, payment) for payment in first[:1]]


def _customer(sandbox: Sandbox, mandate: Mandate) -> int:
    return sandbox.get(Site, mandate.site).customer


def _as_json(reference: str, payment: InstantPayment) -> dict[str, Any]:
    return shown(
        mandateReference=reference,
        amountInMajorCurrency=to_major(payment.amount, payment.currency),
        description=payment.description,
        paymentMethod="GC_INSTANT_BANK_PAYMENTS",
        reference=payment.number,
        creationDate=written(payment.created),
    )
