"""The books: the ledger of every customer's balance, and how each invoice stands (D20, D30, D31).

A balance is always the sum of its ledger; a row carries the running sums, so it is never summed up.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from sandbox.apis.elevate.models import Books, CustomerPayment
from sandbox.apis.elevate.rules.refusals import UnknownIdError
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider.fixtures import Customer, Invoice, Site, currency_of

OF_PAYMENTS = ("PAYMENT_RECEIVED", "PAYMENT_REVERSED")
CREATED = "INVOICE_CREATED"
NOTHING_YET = (0, 0, 0)


class Entry(Struct, frozen=True):
    """What is to be written in the ledger: the movement, and what it concerns."""

    txn_type: str
    amount: int
    method: str | None = None
    description: str | None = None
    reference: str | None = None
    customer_payment_type: str = "INVOICE"
    payment: int | None = None
    at: datetime | None = None  # when it happened; now, unless it is given


def write(
    sandbox: Sandbox, customer: int, entry: Entry, books: Books | None = None
) -> CustomerPayment:
    """Write `entry` into the customer's ledger, as a movement of an invoice's `books` if any."""
    last = sandbox.last(CustomerPayment, customer=customer)
    stood, total, since = last.sums if last else NOTHING_YET
    if entry.txn_type in OF_PAYMENTS:
        total, since = total + entry.amount, since + entry.amount
    row = CustomerPayment(
        id=sandbox.next_id(CustomerPayment),
        customer=customer,
        amount=entry.amount,
        balance=stood + entry.amount,
        currency=books.currency if books else currency_of(sandbox, customer),
        method=entry.method or method_of(sandbox, customer),
        payment_date=sandbox.day(entry.at),
        customer_payment_type=entry.customer_payment_type,
        txn_type=entry.txn_type,
        description=entry.description,
        reference=entry.reference,
        invoice=books.invoice if books else None,
        invoice_number=books.number if books else None,
        total_payments=total,
        since_last_invoice=0 if entry.txn_type == CREATED else since,
        payment=entry.payment,
    )
    return sandbox.keep(row)


def balance(sandbox: Sandbox, customer: int) -> int:
    """The customer's balance in minor units: negative is debt, positive credit."""
    last = sandbox.last(CustomerPayment, customer=customer)
    return last.balance if last else 0


def method_of(sandbox: Sandbox, customer: int) -> str:
    """The method of a ledger row that has no payment: that of the customer's first site."""
    site = next(sites_of(sandbox, customer), None)
    return site_method(site) if site else "OTHER"


def sites_of(sandbox: Sandbox, customer: int) -> Iterator[Site]:
    """The customer's sites that Elevate knows, by id."""
    return (site for site in sandbox.all(Site, customer=customer) if site.is_known_to("elevate"))


def live_sites(sandbox: Sandbox, customer: int) -> Iterator[Site]:
    """Those without an end date, or with one in the future."""
    today = sandbox.day().isoformat()
    for site in sites_of(sandbox, customer):
        end = site.block("elevate").get("endDate")
        if end is None or str(end) > today:
            yield site


def site_method(site: Site) -> str:
    """How a site pays. The default is chosen (D37)."""
    method: str = site.block("elevate").get("paymentMethod", "GO_CARDLESS")
    return method


def contract_owner(sandbox: Sandbox, customer: int) -> int:
    """The contract owner that a customer belongs to; 1 unless a fixture says otherwise."""
    block = sandbox.get(Customer, customer).block("elevate")
    owner: int = block.get("contractOwnerId", 1)
    return owner


def open_books(sandbox: Sandbox, invoice: Invoice) -> Books:
    """Begin the books of an invoice, with what was paid of it before, and owe it."""
    marks = {"disputed": "DISPUTED", "written_off": "WRITTEN_OFF"}
    books = sandbox.keep(
        Books(
            id=sandbox.next_id(Books),
            invoice=invoice.subject,
            customer=invoice.customer,
            currency=currency_of(sandbox, invoice.customer),
            total=invoice.amount,
            number=invoice.number,
            bill_run=invoice.block("elevate").get("billRunId", 1),
            mark=marks.get(invoice.status, ""),
        )
    )
    method = site_method(sandbox.get(Site, invoice.site))
    write(sandbox, invoice.customer, Entry(CREATED, -invoice.amount, method), books)
    if invoice.paid:
        receive(sandbox, books, Entry("PAYMENT_RECEIVED", invoice.paid, method))
    return books


def receive(sandbox: Sandbox, books: Books, entry: Entry) -> CustomerPayment:
    """Count `entry` towards the invoice and write it in the ledger. Negative takes back."""
    count(sandbox, books, good=entry.amount)
    return write(sandbox, books.customer, entry, books)


def count(sandbox: Sandbox, books: Books, **changes: int) -> Books:
    """Add to what an invoice's books count: good, undecided, refunding, refunded."""
    books = sandbox.get(Books, books.id)
    for name in changes:
        changes[name] += getattr(books, name)
    return sandbox.keep(replace(books, **changes))


def books_of(sandbox: Sandbox, invoice: Subject) -> Books:
    """The books of an invoice that exists."""
    books = sandbox.last(Books, invoice=invoice)
    if books is None:
        raise LookupError(f"{invoice.type} {invoice.id} has no books")
    return books


def books_named(sandbox: Sandbox, type: str, id: int, field: str) -> Books:
    """The books of the invoice that a body names, or UnknownIdError for that member."""
    books = sandbox.last(Books, invoice=Subject(type, id))
    if books is None:
        kind = "adhoc invoice" if type == "adhoc_invoice" else "invoice"
        raise UnknownIdError(field, kind, id)
    return books
