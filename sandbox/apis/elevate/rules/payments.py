"""Payments of invoices: recorded at once, or handed to the provider (D16 to D19, D21, D22)."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sandbox.apis import Json
from sandbox.apis.elevate.lifecycles import (
    CANCELLABLE,
    GOOD,
    UNDECIDED,
    PaymentLifecycle,
    ThirdPartyPaymentStatus,
)
from sandbox.apis.elevate.models import INTEGRATED, ROWS, Books, Payment, Row
from sandbox.apis.elevate.rules import books as ledger
from sandbox.apis.elevate.rules import mandates, providers, rows
from sandbox.apis.elevate.rules.books import Entry, books_named, books_of, count
from sandbox.apis.elevate.rules.refusals import FieldError, RefusedError
from sandbox.engine.events import CLIENT, Cause, Event
from sandbox.engine.lifecycle import Forced, IllegalMoveError
from sandbox.engine.money import FinerThanMinorUnitsError, to_minor
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider import instant_payments, payments
from sandbox.provider.fixtures import Invoice
from sandbox.provider.truth import Truth

TP = ThirdPartyPaymentStatus
INSTANT = "GC_INSTANT_BANK_PAYMENTS"
TRIED_AGAIN = frozenset(
    {
        TP.CANCELLED,
        TP.CUSTOMER_APPROVAL_DENIED,
        TP.UNSENT,
        TP.CHARGED_BACK,
        TP.CHARGEBACK_SETTLED,
        TP.LATE_FAILURE_SETTLED,
    }
)
"""From these an invoice is collected by a new payment, not by a retry (D22)."""


class NewPayment(Struct, frozen=True):
    """What a client wants recorded or collected of an invoice."""

    amount: int
    description: str
    method: str
    status: ThirdPartyPaymentStatus | None = None

    @classmethod
    def from_json(cls, body: Json, currency: str) -> "NewPayment":
        status = body.get("thirdPartyPaymentStatus")
        return cls(
            amount=minor(body["amountInMajorCurrency"], currency),
            description=body["description"],
            method=body["paymentMethod"],
            status=TP(status) if status else None,
        )


def minor(amount: float, currency: str) -> int:
    """An amount of a body in minor units; more decimals than these are refused (D8)."""
    try:
        return to_minor(amount, currency)
    except FinerThanMinorUnitsError as error:
        raise FieldError("amountInMajorCurrency", str(error)) from error


def asked(sandbox: Sandbox, body: Json, type: str) -> Row:
    """The payment that a body asks for, of an invoice of this type. Answers its first row."""
    member = ROWS[type].invoice_member
    books = books_named(sandbox, type, body[member], member)
    return create(sandbox, books, NewPayment.from_json(body, books.currency))


def create(sandbox: Sandbox, books: Books, new: NewPayment) -> Row:
    """Record a payment, or have it collected. Answers its first row."""
    if new.method not in INTEGRATED:
        return record(sandbox, books, new)
    if new.status in (None, TP.NEW):
        return _first_row(sandbox, collect(sandbox, books, new))
    return _first_row(sandbox, _note(sandbox, books, new))


def record(
    sandbox: Sandbox,
    books: Books,
    new: NewPayment,
    *,
    customer_payment: int | None = None,
) -> Row:
    """A manual payment is good at once (D16); a negative one takes back (D18).

    A part of a customer payment is in the ledger already, as `customer_payment`.
    """
    type = "CUSTOMER" if customer_payment else "INVOICE"
    if customer_payment:
        count(sandbox, books, good=new.amount)
    elif new.amount:
        received = "PAYMENT_RECEIVED" if new.amount > 0 else "PAYMENT_REVERSED"
        entry = Entry(received, new.amount, new.method, new.description)
        customer_payment = ledger.receive(sandbox, books, entry).id
    row = ROWS[books.invoice.type](
        id=rows.next_id(sandbox, books),
        invoice=books.invoice.id,
        bill_run=books.bill_run,
        amount=new.amount,
        currency=books.currency,
        description=new.description,
        method=new.method,
        payment_date=sandbox.day(),
        status=new.status,
        customer_payment_type=type,
        customer_payment=customer_payment,
    )
    return rows.append(sandbox, books, row)


def collect(sandbox: Sandbox, books: Books, new: NewPayment) -> Payment:
    """Hand a payment to the provider, if all that it needs is there (D17)."""
    if new.amount <= 0:
        raise FieldError("amountInMajorCurrency", "to be collected, it must be more than 0")
    invoice = _invoice(sandbox, books)
    provider = providers.serving(sandbox, new.method, books.customer)
    wanted: dict[str, Any] = {
        "amount": new.amount,
        "currency": books.currency,
        "invoice": books.invoice,
        "reference": new.description,
        "description": new.description,
        "api": "elevate",
        "provider": provider.id,
    }
    asked: Truth
    if new.method == INSTANT:
        wanted |= {"customer": books.customer, "site": invoice.site}
        asked = instant_payments.create(sandbox, **wanted)
    else:
        mandate = mandates.accepted(sandbox, invoice.site, new.method)
        asked = payments.create(sandbox, mandate, **wanted)
    return begin(sandbox, books, new, of=asked)


def begin(sandbox: Sandbox, books: Books, new: NewPayment, *, of: Truth | None) -> Payment:
    """Keep what Elevate knows of an invoice's payment from here on: so far that it is NEW."""
    count(sandbox, books, undecided=1)
    return sandbox.keep(
        Payment(
            id=sandbox.next_id(Payment),
            customer=books.customer,
            invoice=books.invoice,
            method=new.method,
            amount=new.amount,
            currency=books.currency,
            description=new.description,
            of=of.subject if of else None,
            meta_data=of.provider_reference if of else None,
        )
    )


def _note(sandbox: Sandbox, books: Books, new: NewPayment) -> Payment:
    """What happened elsewhere, as the caller tells it: no provider hears of it (D17).

    A row is an event, so where it can be the next one of a payment that was told of before, it is.
    Chosen: else an invoice whose payment was told to be SUBMITTED would be PENDING for ever.
    """
    status = new.status or TP.NEW
    payment = _told_before(sandbox, books, new, status) or begin(sandbox, books, new, of=None)
    return set_status(sandbox, payment, status, status.lower(), cause=CLIENT)


def _told_before(
    sandbox: Sandbox, books: Books, new: NewPayment, status: ThirdPartyPaymentStatus
) -> Payment | None:
    """The newest payment of the invoice, told of by the client, that can come to this status."""
    for id in reversed(sandbox.ids(Payment, invoice=books.invoice).in_order()):
        payment = sandbox.get(Payment, id)
        alike = (payment.method, payment.amount) == (new.method, new.amount)
        if payment.of is None and alike and _leads(payment.status, status):
            return payment
    return None


def _leads(before: ThirdPartyPaymentStatus, status: ThirdPartyPaymentStatus) -> bool:
    return any(move.to == status for move in PaymentLifecycle.allowed(before))


def _first_row(sandbox: Sandbox, payment: Payment) -> Row:
    row = rows.row_of(sandbox, payment)
    if row is None:
        raise LookupError(f"payment {payment.id} is no invoice's")
    return row


def _invoice(sandbox: Sandbox, books: Books) -> Invoice:
    found = sandbox.subject(books.invoice)
    if not isinstance(found, Invoice):
        raise TypeError(f"{books.invoice} is no invoice")
    return found


def set_status(  # noqa: PLR0913  two things and how they come about, each by name
    sandbox: Sandbox,
    payment: Payment,
    status: ThirdPartyPaymentStatus,
    event: str,
    *,
    cause: Cause,
    collected: int | None = None,
    at: datetime | None = None,
) -> Payment:
    """Let the view stand at `status`, and the books follow.

    A view whose notices were lost skips what it missed, so a move may leave rows of the table out.
    """
    before = payment.status
    try:
        move = PaymentLifecycle.between(before, status)
    except IllegalMoveError:
        move = Forced(PaymentLifecycle, status, f"elevate.payment.{event}")
    payment = sandbox.make(payment, move, cause=cause)
    if payment.invoice:
        change = (status in UNDECIDED) - (before in UNDECIDED)
        if change:
            count(sandbox, books_of(sandbox, payment.invoice), undecided=change)
    return _follow(sandbox, payment, payment.amount if collected is None else collected, at)


def _follow(sandbox: Sandbox, payment: Payment, collected: int, at: datetime | None) -> Payment:
    """What a status means for the invoice and the ledger: counted once, taken back once."""
    books = books_of(sandbox, payment.invoice) if payment.invoice else None
    counted = collected if payment.status in GOOD else 0
    if payment.status in GOOD and payment.counted:
        counted = payment.counted
    if counted == payment.counted or not payment.credits:
        return payment
    change = counted - payment.counted
    type = "PAYMENT_RECEIVED" if change > 0 else "PAYMENT_REVERSED"
    entry = Entry(type, change, payment.method, payment.description, payment.meta_data, at=at)
    if books:
        row = ledger.receive(sandbox, books, entry)
    else:
        entry = replace(entry, customer_payment_type="CUSTOMER", payment=payment.id)
        row = ledger.write(sandbox, payment.customer, entry)
    return sandbox.keep(replace(payment, counted=counted, ledger_row=row.id))


def learn(
    sandbox: Sandbox,
    payment: Payment,
    status: ThirdPartyPaymentStatus,
    event: Event,
    *,
    collected: int | None = None,
) -> Payment:
    """What a notice says of a payment: its status, the books, and one row."""
    cause = Cause(event.cause.rule, trigger=event.number)
    name = event.name.partition(".")[2]
    payment = set_status(
        sandbox, payment, status, name, cause=cause, collected=collected, at=event.at
    )
    error = str(event.reason) if event.reason else None
    rows.row_of(sandbox, payment, at=event.at, error=error)
    return payment


def cancel(sandbox: Sandbox, invoice: Subject, notes: str | None) -> None:
    """Ask the provider to call off what is pending on an invoice (D21). Accepted is not done."""
    books = books_named(sandbox, invoice.type, invoice.id, "invoiceId")
    pending = [
        payment
        for payment in sandbox.all(Payment, invoice=books.invoice)
        if payment.status in CANCELLABLE
    ]
    if not pending:
        raise RefusedError(f"No payment is pending on invoice {invoice.id}")
    for payment in pending:
        _cancel(sandbox, payment, notes)


def _cancel(sandbox: Sandbox, payment: Payment, notes: str | None) -> None:
    sandbox.keep(replace(payment, notes=notes))
    asked = sandbox.subject(payment.of) if payment.of else None
    try:
        match asked:
            case payments.Payment():
                payments.cancel(sandbox, asked)
            case instant_payments.InstantPayment():
                instant_payments.cancel(sandbox, asked)
            case _:
                rows.row_of(
                    sandbox,
                    set_status(sandbox, payment, TP.CANCELLED, "cancelled", cause=CLIENT),
                )
    except IllegalMoveError as error:
        sandbox.keep(payment)
        sandbox.notes.append(f"the provider cannot cancel it any more: {error}")


def try_again(sandbox: Sandbox, invoice: Subject, notes: str | None) -> None:
    """Have a failed or cancelled collection of an invoice tried again (D22)."""
    books = books_named(sandbox, invoice.type, invoice.id, "invoiceId")
    newest = sandbox.last(Payment, invoice=books.invoice)
    if newest is None:
        raise RefusedError(f"Invoice {invoice.id} has no payment by an integrated method")
    if books.open_amount <= 0:
        raise RefusedError(f"Invoice {invoice.id} lacks nothing")
    if notes:
        sandbox.notes.append(f"notes of the reprocess: {notes}")
    retried = newest.of if newest.of and newest.of.type == payments.Payment.type else None
    if newest.status == TP.FAILED and retried:
        payments.retry(sandbox, sandbox.get(payments.Payment, retried.id))
    elif newest.status in (TP.FAILED, *TRIED_AGAIN):
        again = NewPayment(newest.amount, newest.description, newest.method)
        rows.row_of(sandbox, collect(sandbox, books, again))
    else:
        raise RefusedError(
            f"Invoice {invoice.id} is {books.payment_status} and its newest payment "
            f"{newest.status}: there is nothing to try again"
        )
