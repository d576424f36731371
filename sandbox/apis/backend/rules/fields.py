"""What a client may write in a payment, and the rules that need the payment or the customer.

All of it is chosen: the manual documents the fields, and not which of them may be written. A body
has already been held against the document when it comes here.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from immutables import Map

from sandbox.apis.backend.models import Payment, id_of
from sandbox.apis.backend.rules import customers, payment_types
from sandbox.apis.backend.rules.refusals import ConflictError, InvalidFieldError
from sandbox.engine.money import FinerThanMinorUnitsError, digits, to_minor
from sandbox.engine.sandbox import Sandbox

Body = Mapping[str, Any]

REVERSED_DATE = "paymentReversedDate"
FIELDS = Map(
    {
        "paymentAmount": "amount",
        "ourReference": "our_reference",
        "customerReference": "customer_reference",
        "paymentDate": "payment_date",
        "paymentMethod": "method",
        "invoiceID": "invoice",
        "invoiceIDReversed": "invoice_reversed",
    }
)
"""What a client writes as it stands, by our name. `paymentReversedDate` is a move."""


def read(body: Body, currency: str) -> dict[str, Any]:
    """The fields that the body writes, as ours; the amount is in this currency."""
    return {FIELDS[name]: _value(name, body[name], currency) for name in body if name in FIELDS}


def _value(name: str, value: Any, currency: str) -> Any:
    match name:
        case "paymentAmount":
            return to_minor(value, currency)
        case "paymentDate":
            return day(value)
        case "invoiceID" | "invoiceIDReversed":
            return None if value is None else id_of(str(value))
    return value


def day(text: str | None) -> date | None:
    """The day that a client wrote, if any."""
    return date.fromisoformat(text) if text else None


def check_new(sandbox: Sandbox, customer: int, body: Body, currency: str) -> None:
    """The rules of a new payment, or InvalidFieldError with all that is wrong."""
    wrong = _wrong_values(sandbox, customer, body, currency)
    method = payment_types.named(sandbox, body.get("paymentMethod"))
    if method and method.is_historic:
        wrong["paymentMethod"] = "historic, not for new payments"
    if wrong:
        raise InvalidFieldError(wrong)


def check_change(sandbox: Sandbox, payment: Payment, body: Body) -> None:
    """The rules of a change, or InvalidFieldError with all that is wrong; or ConflictError."""
    reversed_date = day(body[REVERSED_DATE]) if REVERSED_DATE in body else payment.reversed_date
    wrong = _wrong_values(sandbox, payment.customer, body, payment.currency)
    wrong |= _wrong_dates(payment, body, reversed_date)
    if wrong:
        raise InvalidFieldError(wrong)
    if body.get("invoiceIDReversed") is not None and not reversed_date:
        raise ConflictError(
            f"payment {payment.id} is not reversed",
            {"invoiceIDReversed": "only a reversed payment has it"},
        )


def _wrong_values(sandbox: Sandbox, customer: int, body: Body, currency: str) -> dict[str, str]:
    """An amount must be whole minor units, a method a payment type's name, an invoice theirs."""
    wrong = {}
    try:
        to_minor(body.get("paymentAmount", 0), currency)
    except FinerThanMinorUnitsError:
        wrong["paymentAmount"] = f"too fine: {currency} has {digits(currency)} decimal places"
    method = body.get("paymentMethod")
    if method is not None and payment_types.named(sandbox, method) is None:
        wrong["paymentMethod"] = "not a payment type"
    for name in ("invoiceID", "invoiceIDReversed"):
        id = body.get(name)
        if id is not None and customers.invoice(sandbox, customer, id) is None:
            wrong[name] = "no invoice of this customer"
    return wrong


def _wrong_dates(payment: Payment, body: Body, reversed_date: date | None) -> dict[str, str]:
    """A reversal must not precede its payment. It is the field in the body that is to blame."""
    payment_date = day(body.get("paymentDate")) or payment.payment_date
    if reversed_date is None or reversed_date >= payment_date:
        return {}
    if REVERSED_DATE in body:
        return {REVERSED_DATE: "before paymentDate"}
    return {"paymentDate": "after paymentReversedDate"} if "paymentDate" in body else {}
