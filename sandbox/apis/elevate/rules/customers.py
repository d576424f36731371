"""Customers: payments of theirs, the ledger, the balance and the credit status (D29 to D32)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec.structs import replace

from sandbox.apis import Json
from sandbox.apis.elevate.models import (
    BILL_RUN_TYPES,
    ROWS,
    Books,
    CustomerPayment,
    currency_id,
    shown,
)
from sandbox.apis.elevate.rules import books as ledger
from sandbox.apis.elevate.rules import listing, payments
from sandbox.apis.elevate.rules.books import Entry, books_of
from sandbox.apis.elevate.rules.listing import Page, Query
from sandbox.apis.elevate.rules.refusals import NotFoundError, UnknownIdError
from sandbox.engine.money import to_major
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider.fixtures import Account, Customer, Invoice, Site, currency_of

PAYABLE = ("UNPAID", "PARTIALLY_PAID")


@dataclass(frozen=True, slots=True)
class NewCustomerPayment:
    """What a client wants booked for a customer."""

    customer: int
    amount: int
    method: str
    description: str | None
    reference: str | None
    bill_run_type: str | None

    @classmethod
    def from_json(cls, sandbox: Sandbox, body: Json) -> "NewCustomerPayment":
        customer = named(sandbox, body["customerId"], "customerId").id
        currency = currency_of(sandbox, customer)
        return cls(
            customer=customer,
            amount=payments.minor(body["amountInMajorCurrency"], currency),
            method=body["type"],
            description=body.get("description"),
            reference=body.get("reference"),
            bill_run_type=body.get("billRunType"),
        )


def named(sandbox: Sandbox, id: int, field: str, *, where: str = "body") -> Customer:
    """The customer that a body or a required parameter names (D3)."""
    customer = sandbox.find(Customer, id)
    if customer is None or not customer.is_known_to("elevate"):
        raise UnknownIdError(field, "customer", id, where=where)
    return customer


def pay(sandbox: Sandbox, new: NewCustomerPayment) -> CustomerPayment:
    """Book a payment at once; it pays unpaid invoices, the rest stays on the balance (D29)."""
    entry = Entry(
        "PAYMENT_RECEIVED",
        new.amount,
        new.method,
        new.description,
        new.reference,
        customer_payment_type="CUSTOMER",
    )
    row = ledger.write(sandbox, new.customer, entry)
    allocate(sandbox, row, new.bill_run_type)
    return row


def allocate(sandbox: Sandbox, row: CustomerPayment, bill_run_type: str | None = None) -> int:
    """Pay the customer's invoices from a ledger row, oldest first. Answers what is left."""
    left = row.amount
    for books in _payable(sandbox, row.customer, bill_run_type):
        part = min(left, books.open_amount)
        if part <= 0:
            break
        new = payments.NewPayment(part, row.description or "", row.method)
        payments.record(sandbox, books, new, customer_payment=row.id)
        left -= part
    return left


def take_back(sandbox: Sandbox, row: CustomerPayment) -> None:
    """Undo what was allocated from a ledger row: its payment has come to nothing after all."""
    for type in ROWS.values():
        for part in list(sandbox.all(type, customer_payment=row.id)):
            books = books_of(sandbox, Subject(INVOICE_OF[type.type], part.invoice))
            new = payments.NewPayment(-part.amount, part.description, part.method)
            payments.record(sandbox, books, new, customer_payment=row.id)


INVOICE_OF = {type.type: invoice for invoice, type in ROWS.items()}


def _payable(sandbox: Sandbox, customer: int, bill_run_type: str | None) -> list[Books]:
    """By due date, then id, normal before adhoc; never what is pending, disputed or refunded."""

    def age(books: Books) -> tuple[Any, ...]:
        invoice = sandbox.subject(books.invoice)
        due = invoice.due if isinstance(invoice, Invoice) else sandbox.now.date()
        return due, books.invoice.id, books.invoice.type == "adhoc_invoice"

    return sorted(
        (
            books
            for books in sandbox.all(Books, customer=customer)
            if books.payment_status in PAYABLE
            and bill_run_type in (None, BILL_RUN_TYPES[books.invoice.type])
        ),
        key=age,
    )


def get(sandbox: Sandbox, id: int) -> CustomerPayment:
    """The ledger row that a path names."""
    row = sandbox.find(CustomerPayment, id)
    if row is None:
        raise NotFoundError("customer payment", id)
    return row


def adjust(sandbox: Sandbox, body: Json) -> dict[str, Any]:
    """Put a debit or a credit on the balance by hand: a ledger row that pays no invoice (D31)."""
    customer = named(sandbox, body["customerId"], "customerId")
    currency = currency_of(sandbox, customer.id)
    amount = payments.minor(body["amountInMajorCurrency"], currency)
    entry = Entry("BALANCE_ADJUSTED", amount, customer_payment_type="CUSTOMER")
    row = ledger.write(sandbox, customer.id, replace(entry, description=body.get("description")))
    return shown(
        id=row.id,
        customerId=customer.id,
        amountInMajorCurrency=to_major(amount, row.currency),
        currencyId=currency_id(row.currency),
        description=row.description,
    )


def balance_json(sandbox: Sandbox, id: int) -> dict[str, Any]:
    """A customer's balance, and how their live sites pay."""
    customer = named(sandbox, id, "customer_id", where="query")
    last = sandbox.last(CustomerPayment, customer=customer.id)
    currency = currency_of(sandbox, customer.id)
    sites = list(ledger.live_sites(sandbox, customer.id))
    plans = [plan for plan in map(_repayment_plan, sites) if plan]
    return {
        "id": customer.id,
        "customerId": customer.id,
        "balance": to_major(last.balance if last else 0, currency),
        "totalPayments": to_major(last.total_payments if last else 0, currency),
        "totalPaymentsSinceLastInvoice": to_major(last.since_last_invoice if last else 0, currency),
        "paymentMethodSummary": _summary(
            [{"paymentMethod": ledger.site_method(site)} for site in sites]
        ),
        "repaymentPlanSummary": _summary(plans),
    }


def _repayment_plan(site: Site) -> dict[str, Any] | None:
    block = site.block("elevate")
    if "repaymentPlanAmount" not in block:
        return None
    return {
        "repaymentPlanAmount": float(block["repaymentPlanAmount"]),
        "repaymentPlanRemainingPeriods": block.get("repaymentPlanRemainingPeriods", 0),
    }


def _summary(values: list[dict[str, Any]]) -> dict[str, Any]:
    """NONE, SINGLE with the one value, or MULTIPLE without (D31)."""
    if not values:
        return {"summaryType": "NONE"}
    if all(value == values[0] for value in values):
        return {**values[0], "summaryType": "SINGLE"}
    return {"summaryType": "MULTIPLE"}


def credit_statuses(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Every customer with a credit threshold, by id: the balance against it (D32)."""
    for account in sorted(sandbox.all(Account), key=lambda account: account.customer):
        if account.credit_threshold and account.is_known_to("elevate"):
            bill = -ledger.balance(sandbox, account.customer)
            threshold = account.credit_threshold
            open_value = account.block("elevate").get("openBillRunValue", "0")
            yield {
                "customerId": account.customer,
                "creditThreshold": to_major(threshold, account.currency),
                "billAmount": to_major(bill, account.currency),
                "valueDifference": to_major(threshold - bill, account.currency),
                "percentageDifference": _percentage(bill, threshold),
                "openBillRunValue": float(open_value),
            }


def _percentage(bill: int, threshold: int) -> float:
    """With two decimals; of a tiny credit no minus zero is left."""
    exact = Decimal(bill) / threshold * 100
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP)) or 0.0


def ledger_tests(
    *, text: str | None, kind: str | None, debits: str | None, credits: str | None
) -> list[listing.Test]:
    """The ledger's filters as tests of a row (D6)."""
    tests: list[listing.Test] = []
    if found := _containing(text):
        names = ("description", "reference", "invoice_number")
        tests.append(lambda row: any(found(getattr(row, name)) for name in names))
    if fits := listing.text_filter(kind):
        tests.append(lambda row: fits(row.customer_payment_type))
    if (debits or "").lower() == "true":
        tests.append(lambda row: row.amount >= 0)
    if (credits or "").lower() == "true":
        tests.append(lambda row: row.amount < 0)
    return tests


def ledger_page(
    sandbox: Sandbox,
    customer: int,
    tests: list[listing.Test],
    query: Query,
    names: tuple[str, ...],
) -> Page:
    """A page of a customer's ledger."""

    def fits(row: CustomerPayment) -> bool:
        return all(test(row) for test in tests)

    ids = sandbox.ids(CustomerPayment, customer=customer)
    return listing.page_of(sandbox, CustomerPayment, ids, query, names, fits if tests else None)


def _containing(text: str | None) -> listing.Test | None:
    """The ledger's `filter`: "contains", in any case, where it has no prefix."""
    if not text or text.startswith(("in:", "like:")):
        return listing.text_filter(text)
    wanted = text.casefold()
    return lambda actual: isinstance(actual, str) and wanted in actual.casefold()
