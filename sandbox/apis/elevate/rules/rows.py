"""Rows: every status that Elevate learns of a payment is a new one, and none ever changes (D15)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from sandbox.apis.elevate.lifecycles import ThirdPartyPaymentStatus
from sandbox.apis.elevate.models import ROWS, Books, Payment, Row
from sandbox.apis.elevate.rules import listing
from sandbox.apis.elevate.rules.books import books_of
from sandbox.apis.elevate.rules.listing import Page, Query
from sandbox.engine.sandbox import Sandbox


def next_id(sandbox: Sandbox, books: Books) -> int:
    """The id of the next row of this kind of invoice."""
    return sandbox.next_id(ROWS[books.invoice.type])


def append(sandbox: Sandbox, books: Books, row: Row) -> Row:
    """Add a row to an invoice's, and let the invoice show its status."""
    if row.status:
        current = sandbox.get(Books, books.id)
        sandbox.keep(replace(current, third_party_status=row.status))
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
        payment_date=sandbox.day(at),
        status=status or payment.status,
        meta_data=payment.meta_data,
        error_info=error,
        customer_payment=payment.ledger_row,
        payment=payment.id,
    )
    return append(sandbox, books, row)


@dataclass(frozen=True, slots=True)
class Filter:
    """The documented filters of the list of rows, each as text; empty is none (D6)."""

    invoice: str | None
    customer_payment: str | None
    bill_run: str | None
    customer_payment_type: str | None

    def exact(self) -> dict[str, Any]:
        """By field, the one value that it must have: an index finds such rows at once."""
        run, kind = self.bill_run or "", self.customer_payment_type or ""
        ids = {"invoice": self.invoice, "customer_payment": self.customer_payment}
        exact: dict[str, Any] = {
            name: listing.id_filter(text) for name, text in ids.items() if text
        }
        if run.isdecimal() and str(listing.id_filter(run)) == run:
            exact["bill_run"] = int(run)
        if kind and not kind.startswith(listing.PREFIXES):
            exact["customer_payment_type"] = kind
        return exact

    def others(self) -> dict[str, listing.Test | None]:
        """By field, what a row has to be asked."""
        fits = listing.text_filter(self.bill_run)
        return {
            "bill_run": fits and (lambda run: fits(str(run))),
            "customer_payment_type": listing.text_filter(self.customer_payment_type),
        }


def page(
    sandbox: Sandbox, type: type[Row], wanted: Filter, query: Query, names: tuple[str, ...]
) -> Page:
    """A page of the rows of normal or of adhoc invoices."""
    exact = wanted.exact()
    others = {name: test for name, test in wanted.others().items() if test and name not in exact}
    groups = [sandbox.ids(type, **{name: value}) for name, value in exact.items()]
    ids = min(groups, key=len) if groups else sandbox.ids(type)

    def fits(row: Row) -> bool:
        return all(getattr(row, name) == value for name, value in exact.items()) and all(
            test(getattr(row, name)) for name, test in others.items()
        )

    test = fits if others or len(exact) > 1 else None
    return listing.page_of(sandbox, type, ids, query, names, test)
