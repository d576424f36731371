"""Rows: every status that Elevate learns of a payment is a new one, and none ever changes (D15)."""

from datetime import datetime

from sandbox.apis.elevate.lifecycles import ThirdPartyPaymentStatus
from sandbox.apis.elevate.models import ROWS, Books, Payment, Row
from sandbox.apis.elevate.rules.books import books_of
from sandbox.engine.frozen import changed
from sandbox.engine.sandbox import Sandbox


def next_id(sandbox: Sandbox, books: Books) -> int:
    """The id of the next row of this kind of invoice."""
    return sandbox.next_id(ROWS[books.invoice.type])


def append(sandbox: Sandbox, books: Books, row: Row) -> Row:
    """Add a row to an invoice's, and let the invoice show its status."""
    if row.status:
        current = sandbox.get(Books, books.id)
        sandbox.keep(changed(current, third_party_status=row.status))
    return sandbox.keep(row)


def row_of(
    sandbox: Sandbox,
    payment: Payment,
    *,
    status: ThirdPartyPaymentStatus | None = None,
    at: datetime | None = None,
    error: str | None = None,
) -> Row | None:
    """Add the row for what Elevate has just learned of a payment. A balance's payment has none.

    `at` is when it happened, also where the notice came late; now, unless it is given.
    """
    if payment.invoice is None:
        return None
    cancelled = payment.status == ThirdPartyPaymentStatus.CANCELLED
    description = payment.notes if cancelled and payment.notes else payment.description
    books = books_of(sandbox, payment.invoice)
    row = ROWS[payment.invoice.type](
        id=next_id(sandbox, books),
        invoice=payment.invoice.id,
        bill_run=books.bill_run,
        amount=payment.amount,
        currency=payment.currency,
        description=description,
        method=payment.method,
        payment_date=sandbox.calendar.local(at or sandbox.now).date(),
        status=status or payment.status,
        meta_data=payment.meta_data,
        error_info=error,
        customer_payment=payment.ledger_row,
        payment=payment.id,
    )
    return append(sandbox, books, row)
