"""Scenarios' words in Elevate's own: calls of canonical operations, ids, and what Elevate shows."""

from collections.abc import Callable, Generator, Mapping
from typing import Any

from sandbox.apis import Call, Json, named_in
from sandbox.apis.elevate.models import (
    BILL_RUN_TYPES,
    ROWS,
    Books,
    Mandate,
    OutboundPayment,
    Payment,
    Refund,
    shown,
)
from sandbox.apis.elevate.rules.books import site_method
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import Resource
from sandbox.provider import mandates as provider_mandates
from sandbox.provider import payments as provider_payments
from sandbox.provider.fixtures import AdhocInvoice, Customer, Invoice, PaymentProvider, Site
from sandbox.provider.given import find
from sandbox.provider.instant_payments import InstantPayment
from sandbox.provider.payouts import Payout

Fields = Mapping[str, Any]
RETURN_URL = "https://example.com/back"
FIRST_PAGE = {"page": 1, "pageSize": 1000}


def calls(sandbox: Sandbox, operation: str, fields: Fields) -> Generator[Call, Json, None]:
    """The one call of a canonical operation. LookupError where its fields make none."""
    if operation not in CALLS:
        raise LookupError(f"Elevate has no {operation}")
    yield CALLS[operation](sandbox, fields)


def spelled(sandbox: Sandbox, resource: Resource) -> Json:
    """Elevate's ids are numbers. What it hands to the provider it counts for itself."""
    del sandbox
    return resource.id


def view(sandbox: Sandbox, resource: Resource) -> Json:
    """What Elevate shows of one of the provider's resources: a payment's rows, or one object."""
    match resource:
        case provider_payments.Payment() | InstantPayment():
            payment = sandbox.last(Payment, of=resource.subject)
            if payment is None or payment.invoice is None:
                return []
            type = ROWS[payment.invoice.type]
            return [row.as_json() for row in sandbox.all(type, payment=payment.id)]
        case provider_mandates.Mandate():
            mandate = sandbox.last(Mandate, mandate=resource.id)
            return {**mandate.as_json(), "status": mandate.status} if mandate else None
        case Payout():
            payout = sandbox.last(OutboundPayment, of=resource.subject)
            return payout.as_json() if payout else None
    refund = sandbox.last(Refund, of=resource.subject)
    return refund.as_json() if refund else None


def block(sandbox: Sandbox, resource: Resource) -> dict[str, Json]:
    """What Elevate has worked out itself for the `elevate` block of a fixture that it knows."""
    match resource:
        case Invoice():
            books = sandbox.last(Books, invoice=resource.subject)
            if books is None:
                return {}
            return shown(
                billRunId=books.bill_run,
                paymentStatus=books.payment_status,
                thirdPartyPaymentStatus=books.third_party_status,
                thirdPartyRefundStatus=books.third_party_refund_status,
            )
        case Site():
            mandate = sandbox.last(Mandate, site=resource.id)
            if mandate is None:
                return {}
            return shown(
                mandateStatus=mandate.status,
                mandateReference=mandate.mandate_reference,
                thirdPartyCustomerReference=mandate.customer_reference,
            )
    return {}


def _invoice(sandbox: Sandbox, fields: Fields) -> Invoice:
    """By ref either kind; by id the normal one."""
    try:
        return named_in(sandbox, Invoice, fields, "invoice")
    except LookupError:
        if isinstance(fields.get("invoice"), str):
            return named_in(sandbox, AdhocInvoice, fields, "invoice")
        raise


def _amount(fields: Fields) -> float:
    if "amount" not in fields:
        raise LookupError("amount is needed")
    return float(fields["amount"])


def _said(fields: Fields) -> str:
    """Elevate's description stands for a reference where the call has none."""
    return str(fields.get("reference", fields.get("description", "")))


def _create_mandate(sandbox: Sandbox, fields: Fields) -> Call:
    site = named_in(sandbox, Site, fields, "site")
    return Call("createSitePaymentMandate", body={"siteId": site.id, "returnURL": RETURN_URL})


def _get_mandate(sandbox: Sandbox, fields: Fields) -> Call:
    mandate = named_in(sandbox, provider_mandates.Mandate, fields, "mandate")
    provider = sandbox.find(PaymentProvider, mandate.provider)
    path = {
        "paymentMethod": provider.kind if provider else "GO_CARDLESS",
        "mandateReference": mandate.reference,
    }
    return Call("getPaymentProviderMandate", path=path)


def _list_mandates(sandbox: Sandbox, fields: Fields) -> Call:
    query = dict(FIRST_PAGE)
    if "site" in fields:
        query["siteId"] = named_in(sandbox, Site, fields, "site").id
    return Call("getSitePaymentMandates", query=query)


def _create_payment(sandbox: Sandbox, fields: Fields) -> Call:
    invoice = _invoice(sandbox, fields)
    body = {
        ROWS[invoice.type].invoice_member: invoice.id,
        "amountInMajorCurrency": _amount(fields),
        "description": _said(fields),
        "paymentMethod": site_method(sandbox.get(Site, invoice.site)),
    }
    return Call(_of_kind(invoice.subject, "createInvoicePayment"), body=body)


def _of_kind(invoice: Subject, operation: str) -> str:
    adhoc = invoice.type == AdhocInvoice.type
    return operation.replace("Invoice", "AdhocInvoice") if adhoc else operation


def _get_payment(sandbox: Sandbox, fields: Fields) -> Call:
    payment = _shown_payment(sandbox, fields)
    invoice = _invoice_of(payment)
    row = sandbox.ids(ROWS[invoice.type], payment=payment.id).last
    operation = _of_kind(invoice, "getInvoicePayment")
    name = "adhoc_invoice_payment_id" if "Adhoc" in operation else "invoice_payment_id"
    return Call(operation, path={name: row})


def _shown_payment(sandbox: Sandbox, fields: Fields) -> Payment:
    truth = named_in(sandbox, provider_payments.Payment, fields, "payment")
    payment = sandbox.last(Payment, of=truth.subject)
    if payment is None:
        raise LookupError(f"Elevate knows no payment {truth.ref}")
    return payment


def _invoice_of(payment: Payment) -> Subject:
    if payment.invoice is None:
        raise LookupError(f"payment {payment.id} is no invoice's")
    return payment.invoice


def _list_payments(sandbox: Sandbox, fields: Fields) -> Call:
    if "invoice" not in fields:
        return Call("getInvoicePayments", query=FIRST_PAGE)
    invoice = _invoice(sandbox, fields)
    query = {**FIRST_PAGE, ROWS[invoice.type].invoice_member: invoice.id}
    return Call(_of_kind(invoice.subject, "getInvoicePayments"), query=query)


def _of_invoice(operation: str) -> Callable[[Sandbox, Fields], Call]:
    """Cancel and reprocess take the invoice, not the payment."""

    def call(sandbox: Sandbox, fields: Fields) -> Call:
        type, id = _invoice_of(_shown_payment(sandbox, fields))
        return Call(operation, body={"invoiceId": id, "billRunType": BILL_RUN_TYPES[type]})

    return call


def _create_link(sandbox: Sandbox, fields: Fields) -> Call:
    providers = [each for each in sandbox.all(PaymentProvider) if each.instant]
    if not providers:
        raise LookupError("no payment provider takes instant bank payments")
    body = {
        "paymentProviderId": providers[0].id,
        "amountInMajorCurrency": _amount(fields),
        "description": _said(fields),
    }
    if "invoice" in fields:
        invoice = _invoice(sandbox, fields)
        member = "adhocInvoiceId" if invoice.type == AdhocInvoice.type else "invoiceId"
        body[member] = invoice.id
    else:
        body["customerId"] = named_in(sandbox, Customer, fields, "customer").id
    return Call("createPaymentProviderPaymentLink", body=body)


def _get_instant_payment(sandbox: Sandbox, fields: Fields) -> Call:
    mandate = named_in(sandbox, provider_mandates.Mandate, fields, "mandate")
    query = {"mandateReference": mandate.reference, "paymentMethod": "GO_CARDLESS"}
    return Call("getInstantBankPaymentForMandate", query=query)


def _create_refund(sandbox: Sandbox, fields: Fields) -> Call:
    named = fields.get("payment")
    truth = find(sandbox, provider_payments.Payment, named or "") or find(
        sandbox, InstantPayment, named or ""
    )
    if truth is None or truth.invoice is None:
        raise LookupError(f"there is no payment {named} of an invoice")
    type, id = truth.invoice
    body: dict[str, Any] = {"invoiceId": id, "billRunType": BILL_RUN_TYPES[type]}
    if "amount" in fields:
        body["amountInMajorCurrency"] = _amount(fields)
    return Call("createRefund", body=body)


def _list_refunds(sandbox: Sandbox, fields: Fields) -> Call:
    query: dict[str, Any] = dict(FIRST_PAGE)
    if "customer" in fields:
        query["customerId"] = named_in(sandbox, Customer, fields, "customer").id
    if "invoice" in fields:
        invoice = _invoice(sandbox, fields)
        query |= {"invoiceId": invoice.id, "billRunType": BILL_RUN_TYPES[invoice.type]}
    return Call("getRefunds", query=query)


def _create_payout(sandbox: Sandbox, fields: Fields) -> Call:
    body: dict[str, Any] = {
        "customerId": named_in(sandbox, Customer, fields, "customer").id,
        "amountInMajorCurrency": _amount(fields),
        "reference": str(fields.get("reference", "")),
    }
    if "execution_date" in fields:
        body["executionDate"] = str(fields["execution_date"])
    return Call("createOutboundPayment", body=body)


def _shown_payout(sandbox: Sandbox, fields: Fields) -> dict[str, int]:
    truth = named_in(sandbox, Payout, fields, "payout")
    payment = sandbox.last(OutboundPayment, of=truth.subject)
    if payment is None:
        raise LookupError(f"Elevate knows no payout {truth.ref}")
    return {"outbound_payment_id": payment.id}


def _get_payout(sandbox: Sandbox, fields: Fields) -> Call:
    return Call("getOutboundPayment", path=_shown_payout(sandbox, fields))


def _update_payout(sandbox: Sandbox, fields: Fields) -> Call:
    patch = {
        "op": "replace",
        "path": "/thirdPartyOutboundPaymentStatus",
        "value": str(fields.get("status", "")).upper(),
    }
    return Call("updateOutboundPayment", path=_shown_payout(sandbox, fields), body=[patch])


def _reprocess(sandbox: Sandbox, fields: Fields) -> Call:
    del sandbox, fields
    return Call("paymentProviderReprocess")


CALLS: Mapping[str, Callable[[Sandbox, Fields], Call]] = {
    "mandates.create": _create_mandate,
    "mandates.get": _get_mandate,
    "mandates.list": _list_mandates,
    "payments.create": _create_payment,
    "payments.get": _get_payment,
    "payments.list": _list_payments,
    "payments.cancel": _of_invoice("cancelInvoicePayment"),
    "payments.retry": _of_invoice("reprocessInvoicePayment"),
    "instant_payments.create": _create_link,
    "instant_payments.get": _get_instant_payment,
    "refunds.create": _create_refund,
    "refunds.list": _list_refunds,
    "payouts.create": _create_payout,
    "payouts.get": _get_payout,
    "payouts.update": _update_payout,
    "provider.reprocess": _reprocess,
}
