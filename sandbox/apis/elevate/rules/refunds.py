"""Refunds: money given back that was collected before (D24 to D26)."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from sandbox.apis import Json
from sandbox.apis.elevate.lifecycles import (
    GIVEN_BACK,
    GOOD,
    STANDING,
    UNDER_WAY,
    RefundLifecycle,
    ThirdPartyPaymentStatus,
    ThirdPartyRefundStatus,
)
from sandbox.apis.elevate.models import (
    INTEGRATED,
    ROWS,
    Books,
    CustomerPayment,
    Payment,
    Refund,
    Row,
)
from sandbox.apis.elevate.rules import books as ledger
from sandbox.apis.elevate.rules import listing, payments, rows
from sandbox.apis.elevate.rules.books import (
    Entry,
    books_named,
    books_of,
    count,
    site_method,
)
from sandbox.apis.elevate.rules.listing import Page, Query
from sandbox.apis.elevate.rules.refusals import FieldError, RefusedError
from sandbox.engine.events import CLIENT, Cause, Event
from sandbox.engine.lifecycle import Forced, IllegalMoveError
from sandbox.engine.money import as_text
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider import instant_payments
from sandbox.provider import payments as provider_payments
from sandbox.provider import refunds as provider_refunds
from sandbox.provider.fixtures import Invoice, Site

TP = ThirdPartyPaymentStatus
TR = ThirdPartyRefundStatus
INVOICE_TYPES = {"NORMAL": "invoice", "ADHOC": "adhoc_invoice"}


@dataclass(frozen=True, slots=True)
class NewRefund:
    """What a client wants given back. Without an amount: all that can be."""

    invoice: Subject
    amount: int | None
    method: str | None
    description: str | None

    @classmethod
    def from_json(cls, sandbox: Sandbox, body: Json) -> "NewRefund":
        for field in ("invoiceId", "billRunType"):
            if field not in body:
                raise FieldError(field, "it is needed to tell which invoice is meant")
        type, amount = INVOICE_TYPES[body["billRunType"]], body.get("amountInMajorCurrency")
        books = books_named(sandbox, type, body["invoiceId"], "invoiceId")
        return cls(
            invoice=books.invoice,
            amount=None if amount is None else payments.minor(amount, books.currency),
            method=body.get("paymentMethod"),
            description=body.get("description"),
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """The documented filters of the list."""

    customer: int | None
    invoice: int | None
    bill_run_type: str | None

    def fits(self, refund: Refund) -> bool:
        type = INVOICE_TYPES.get(self.bill_run_type or "")
        of = refund.invoice
        return (
            self.customer in (None, refund.customer)
            and self.invoice in (None, of.id if of else None)
            and type in (None, of.type if of else None)
        )


def page(sandbox: Sandbox, wanted: Filter, query: Query, names: tuple[str, ...]) -> Page:
    """A page of refunds."""
    groups = [sandbox.ids(Refund)]
    if wanted.customer is not None:
        groups.append(sandbox.ids(Refund, customer=wanted.customer))
    if wanted.invoice is not None and wanted.bill_run_type:
        invoice = Subject(INVOICE_TYPES[wanted.bill_run_type], wanted.invoice)
        groups.append(sandbox.ids(Refund, invoice=invoice))
    test = None if wanted == Filter(None, None, None) else wanted.fits
    return listing.page_of(sandbox, Refund, min(groups, key=len), query, names, test)


def create(sandbox: Sandbox, new: NewRefund) -> Refund:
    """Give back what an invoice's payments collected, by the method they came by."""
    books = books_of(sandbox, new.invoice)
    source = _source(sandbox, books)
    left = books.good - _standing(sandbox, books)
    amount = left if new.amount is None else new.amount
    if source is None or left <= 0:
        raise RefusedError(f"Nothing that was collected on invoice {books.invoice.id} is left")
    if amount > left:
        why = f"only {as_text(left, books.currency)} of what was collected can still be refunded"
        raise FieldError("amountInMajorCurrency", why)
    method, payment = source
    manual = method not in INTEGRATED
    refund = Refund(
        id=sandbox.next_id(Refund),
        customer=books.customer,
        invoice=books.invoice,
        method=_manual_method(new.method, method) if manual else method,
        amount=amount,
        currency=books.currency,
        description=new.description,
        payment=payment.id if payment else None,
        of=_ask(sandbox, payment, amount, new.description) if payment else None,
    )
    sandbox.keep(refund)
    count(sandbox, books, refunding=1)
    if refund.of:
        show(sandbox, refund)
        return refund
    return set_status(sandbox, refund, TR.MANUALLY_REFUNDED, CLIENT)


def _source(sandbox: Sandbox, books: Books) -> tuple[str, Payment | None] | None:
    """By which method the last good payment came, and which one it was if a provider made it.

    What a fixture says was paid has no row: it came by the site's method.
    """
    row = _last_successful(sandbox, books)
    if row:
        return row.method, _payment_of(sandbox, row)
    if books.good <= 0:
        return None
    invoice = sandbox.subject(books.invoice)
    site = sandbox.find(Site, invoice.site) if isinstance(invoice, Invoice) else None
    return (site_method(site) if site else "OTHER"), None


def _last_successful(sandbox: Sandbox, books: Books) -> Row | None:
    """The newest row of a payment that is good, manual or integrated (D25).

    A negative row takes back the newest of its method that is left.
    """
    type = ROWS[books.invoice.type]
    taken_back: dict[tuple[str, int | None], int] = {}
    for id in reversed(sandbox.ids(type, invoice=books.invoice.id).in_order()):
        row = sandbox.get(type, id)
        if row.refund:
            continue
        payment = sandbox.find(Payment, row.payment)
        if payment:
            if payment.status in GOOD and payment.counted > 0:
                return row
            continue
        of = row.customer_payment if row.customer_payment_type == "CUSTOMER" else None
        back = taken_back.get((row.method, of), 0)
        if row.amount > back:
            return row
        taken_back[row.method, of] = back - row.amount
    return None


def _payment_of(sandbox: Sandbox, row: Row) -> Payment | None:
    """The payment whose row it is, or out of which it was paid."""
    if row.customer_payment_type == "INVOICE":
        return sandbox.find(Payment, row.payment)
    part_of = sandbox.find(CustomerPayment, row.customer_payment)
    return sandbox.find(Payment, part_of.payment) if part_of else None


def _manual_method(sent: str | None, own: str) -> str:
    if sent in INTEGRATED:
        why = f"what came by {own} cannot be given back by {sent}"
        raise FieldError("paymentMethod", why)
    return sent or own


def _standing(sandbox: Sandbox, books: Books) -> int:
    return sum(
        refund.amount
        for refund in sandbox.all(Refund, invoice=books.invoice)
        if refund.status in STANDING
    )


def _ask(
    sandbox: Sandbox, payment: Payment, amount: int, description: str | None
) -> Subject | None:
    """Ask the provider; None where no provider knows the payment, which is then given back here."""
    if payment.of is None:
        return None
    of = sandbox.subject(payment.of)
    if not isinstance(of, provider_payments.Payment | instant_payments.InstantPayment):
        raise TypeError(f"{payment.of} is no payment")
    asked = provider_refunds.create(
        sandbox, of, amount=amount, description=description or "", api="elevate"
    )
    return asked.subject


def learn(sandbox: Sandbox, refund: Refund, status: ThirdPartyRefundStatus, event: Event) -> None:
    """What a notice says of a refund: one row, changed in place."""
    if event.reason:
        refund = sandbox.keep(replace(refund, error_info=str(event.reason)))
    if status != refund.status:
        cause = Cause(event.cause.rule, trigger=event.number)
        set_status(sandbox, refund, status, cause, event.at)


def set_status(
    sandbox: Sandbox,
    refund: Refund,
    status: ThirdPartyRefundStatus,
    cause: Cause,
    at: datetime | None = None,
) -> Refund:
    """Let the view of a refund stand at `status`, and books and rows follow."""
    before = refund.status
    try:
        move = RefundLifecycle.between(before, status)
    except IllegalMoveError:
        move = Forced(RefundLifecycle, status, f"elevate.refund.{status.lower()}")
    refund = sandbox.make(refund, move, cause=cause)
    if refund.invoice:
        books = books_of(sandbox, refund.invoice)
        count(sandbox, books, refunding=(status in UNDER_WAY) - (before in UNDER_WAY))
    _follow(sandbox, refund, at)
    show(sandbox, refund, at)
    return sandbox.get(Refund, refund.id)


def _follow(sandbox: Sandbox, refund: Refund, at: datetime | None) -> None:
    """The ledger has a refund once it is paid, and takes it back when it returns."""
    given_back = refund.status in GIVEN_BACK
    if given_back == refund.ledgered:
        return
    change = refund.amount if given_back else -refund.amount
    type = "REFUND_PAID" if given_back else "REFUND_RETURNED"
    books = books_of(sandbox, refund.invoice) if refund.invoice else None
    if books:
        count(sandbox, books, refunded=change)
    entry = Entry(type, -change, refund.method, refund.description, at=at)
    ledger.write(sandbox, refund.customer, entry, books)
    sandbox.keep(replace(refund, ledgered=given_back))


def show(sandbox: Sandbox, refund: Refund, at: datetime | None = None) -> None:
    """The invoice shows its newest refund; created and paid are rows beside the payment's own."""
    if refund.invoice is None:
        return
    books = books_of(sandbox, refund.invoice)
    newest = sandbox.last(Refund, invoice=refund.invoice)
    if newest and newest.id == refund.id:
        books = sandbox.keep(replace(books, third_party_refund_status=refund.status))
    if refund.status == TR.CREATED:
        status = TP.REFUND_PENDING
    elif refund.status in (TR.PAID, TR.MANUALLY_REFUNDED):
        full = books.refunded >= books.good
        status = TP.REFUNDED if full else TP.PARTIALLY_REFUNDED
    else:
        return
    _row(sandbox, refund, books, status, at or sandbox.now)


def _row(
    sandbox: Sandbox,
    refund: Refund,
    books: Books,
    status: ThirdPartyPaymentStatus,
    at: datetime,
) -> None:
    payment = sandbox.find(Payment, refund.payment)
    type = ROWS[books.invoice.type]
    row = type(
        id=rows.next_id(sandbox, books),
        invoice=books.invoice.id,
        bill_run=books.bill_run,
        amount=refund.amount,
        currency=books.currency,
        description=refund.description or "",
        method=refund.method,
        payment_date=sandbox.day(at),
        status=status,
        meta_data=payment.meta_data if payment else None,
        payment=refund.payment,
        refund=refund.id,
    )
    rows.append(sandbox, books, row)
