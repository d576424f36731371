"""What Elevate keeps: its rows, its books, and what it knows of what it handed to a provider.

Amounts are in minor units of their currency here and in major ones in JSON. A member without a
value is left out of an answer, never null (D7).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from sandbox.apis.elevate.lifecycles import (
    MandateStatus,
    ThirdPartyOutboundPaymentStatus,
    ThirdPartyPaymentStatus,
    ThirdPartyRefundStatus,
)
from sandbox.engine.money import to_major
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import Resource

NORMAL, ADHOC = "NORMAL", "ADHOC"
BILL_RUN_TYPES = {"invoice": NORMAL, "adhoc_invoice": ADHOC}

INTEGRATED = {
    "GO_CARDLESS": "bacs",
    "GC_INSTANT_BANK_PAYMENTS": "faster_payments",
    "STRIPE": "card",
    "STRIPE_CARD": "card",
    "STRIPE_DD": "bacs",
    "FINASTRA": "bacs",
}
"""The payment methods that a provider handles, and the scheme of each (D16, D17)."""

CURRENCY_IDS = {"GBP": 1, "EUR": 2, "USD": 3}
"""The vendor's table is not known: 1 is D36's, the others are chosen."""
OTHER_CURRENCY = 99


def currency_id(currency: str) -> int:
    """The numeric `currencyId` of an ISO 4217 code."""
    return CURRENCY_IDS.get(currency, OTHER_CURRENCY)


def shown(**members: Any) -> dict[str, Any]:
    """A JSON object of the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


class Listed(Resource, frozen=True, kw_only=True):
    """A resource that a list shows."""

    def as_json(self) -> dict[str, Any]:
        """The item, without the members that have no value. Each says its own."""
        raise TypeError(f"{self.type} does not say what a list shows of it")


class Row(Listed, frozen=True, kw_only=True):
    """An event about the payment of an invoice: the list only grows, and a row never changes (D15).

    `payment` is the id of the Payment whose row it is, None of a manual one; `refund` that of the
    Refund, where it tells of one.
    """

    filters: ClassVar[tuple[str, ...]] = (
        "invoice", "customer_payment", "bill_run", "customer_payment_type", "payment",
    )  # fmt: skip
    invoice_member: ClassVar[str]

    invoice: int
    bill_run: int
    amount: int
    currency: str
    description: str
    method: str
    payment_date: date
    status: ThirdPartyPaymentStatus | None = None
    meta_data: str | None = None
    error_info: str | None = None
    customer_payment_type: str = "INVOICE"
    customer_payment: int | None = None
    payment: int | None = None
    refund: int | None = None

    def as_json(self) -> dict[str, Any]:
        item: dict[str, Any] = {"id": self.id, self.invoice_member: self.invoice}
        if self.status:
            item["thirdPartyPaymentStatus"] = self.status
        item["amountInMajorCurrency"] = to_major(self.amount, self.currency)
        item["currencyId"] = currency_id(self.currency)
        item["description"] = self.description
        if self.meta_data:
            item["metaData"] = self.meta_data
        if self.error_info:
            item["errorInfo"] = self.error_info
        item["paymentMethod"] = self.method
        item["paymentDate"] = self.payment_date.isoformat()
        item["customerPaymentType"] = self.customer_payment_type
        if self.customer_payment:
            item["customerPaymentId"] = self.customer_payment
        return item


class InvoicePayment(Row, frozen=True, kw_only=True):
    """A row about a normal invoice."""

    type: ClassVar[str] = "elevate.invoice_payment"
    invoice_member: ClassVar[str] = "generatedInvoiceId"


class AdhocInvoicePayment(Row, frozen=True, kw_only=True):
    """A row about an adhoc invoice."""

    type: ClassVar[str] = "elevate.adhoc_invoice_payment"
    invoice_member: ClassVar[str] = "generatedAdhocInvoiceId"


ROWS: Mapping[str, type[Row]] = {"invoice": InvoicePayment, "adhoc_invoice": AdhocInvoicePayment}


class Payment(Resource, frozen=True, kw_only=True):
    """What Elevate knows of one payment by an integrated method. `status` is its newest row's.

    `of` is the provider's resource; None where the caller recorded what happened elsewhere.
    `counted` is what of it stands in the books now; `ledger_row` the newest ledger row it made.
    One that no invoice has asked for `credits` the balance or not, and `allocates` it to invoices.
    """

    type: ClassVar[str] = "elevate.payment"
    indexed: ClassVar[tuple[str, ...]] = ("of", "invoice", "customer")

    customer: int
    invoice: Subject | None
    method: str
    amount: int
    currency: str
    description: str
    status: ThirdPartyPaymentStatus = ThirdPartyPaymentStatus.NEW
    of: Subject | None = None
    meta_data: str | None = None
    notes: str | None = None  # why it was cancelled, if the client said so
    counted: int = 0
    credits: bool = True
    allocates: bool = False
    ledger_row: int | None = None


class Books(Resource, frozen=True, kw_only=True):
    """How an invoice stands. Its id is its own; `invoice` says whose it is.

    `good` is what was paid and is there; `undecided` counts collections under way, `refunding`
    refunds under way; `refunded` is what was given back. The rest decides what nobody paid.
    """

    type: ClassVar[str] = "elevate.books"
    indexed: ClassVar[tuple[str, ...]] = ("invoice", "customer")

    invoice: Subject
    customer: int
    currency: str
    total: int
    number: str
    bill_run: int
    good: int = 0
    undecided: int = 0
    refunding: int = 0
    refunded: int = 0
    mark: str = ""  # DISPUTED or WRITTEN_OFF, where a fixture says so
    third_party_status: str | None = None
    third_party_refund_status: str | None = None

    @property
    def open_amount(self) -> int:
        """What the invoice lacks."""
        return self.total - self.good

    @property
    def payment_status(self) -> str:  # noqa: PLR0911  one line a rule, in D20's order
        """Its `paymentStatus` (D20)."""
        if self.mark:
            return self.mark
        if self.total == 0:
            return "NA"
        if self.refunding:
            return "REFUND_PENDING"
        if self.refunded and self.good > 0:
            return "REFUNDED" if self.refunded >= self.good else "PART_REFUNDED"
        if self.good >= self.total:
            return "PAID"
        if self.undecided:
            return "PENDING"
        return "PARTIALLY_PAID" if self.good > 0 else "UNPAID"


class CustomerPayment(Listed, frozen=True, kw_only=True):
    """A row of the ledger of all movements of a customer's balance (D30).

    `balance`, `total_payments` and `since_last_invoice` are running sums up to this row. `payment`
    is the id of the Payment that it counts, where no invoice asked for that one.
    """

    type: ClassVar[str] = "elevate.customer_payment"
    indexed: ClassVar[tuple[str, ...]] = ("customer",)

    customer: int
    amount: int
    balance: int
    currency: str
    method: str
    payment_date: date
    customer_payment_type: str
    txn_type: str
    description: str | None = None
    reference: str | None = None
    invoice: Subject | None = None
    invoice_number: str | None = None
    total_payments: int = 0
    since_last_invoice: int = 0
    payment: int | None = None

    @property
    def sums(self) -> tuple[int, int, int]:
        """The running sums."""
        return self.balance, self.total_payments, self.since_last_invoice

    def as_json(self) -> dict[str, Any]:
        return shown(
            id=self.id,
            customerId=self.customer,
            amountInMajorCurrency=to_major(self.amount, self.currency),
            resultingCustomerBalance=to_major(self.balance, self.currency),
            currencyId=currency_id(self.currency),
            description=self.description,
            reference=self.reference,
            type=self.method,
            paymentDate=self.payment_date.isoformat(),
            customerPaymentType=self.customer_payment_type,
            txnType=self.txn_type,
            invoiceNumber=self.invoice_number,
            invoiceId=self.invoice.id if self.invoice else None,
            billRunType=BILL_RUN_TYPES[self.invoice.type] if self.invoice else None,
        )


class Mandate(Listed, frozen=True, kw_only=True):
    """A site's mandate. `mandate` is the provider's; its references come with the first notice."""

    type: ClassVar[str] = "elevate.mandate"
    indexed: ClassVar[tuple[str, ...]] = ("site", "mandate", "mandate_reference")

    site: int
    mandate: int
    method: str
    redirect_url: str | None
    flow_token: str
    return_url: str
    exit_url: str | None = None
    mandate_reference: str | None = None
    customer_reference: str | None = None
    status: MandateStatus = MandateStatus.NEW

    def as_json(self) -> dict[str, Any]:
        return shown(
            id=self.id,
            redirectURL=self.redirect_url,
            flowToken=self.flow_token,
            siteId=self.site,
            returnURL=self.return_url,
            mandateReference=self.mandate_reference,
            thirdPartyCustomerReference=self.customer_reference,
            exitURL=self.exit_url,
        )


class Refund(Listed, frozen=True, kw_only=True):
    """A refund. `payment` is the Payment it gives back, None of a manual one; `of` the provider's.

    `ledgered` tells whether it stands in the ledger.
    """

    type: ClassVar[str] = "elevate.refund"
    indexed: ClassVar[tuple[str, ...]] = ("invoice", "customer", "of", "payment")

    customer: int
    invoice: Subject | None
    method: str
    amount: int
    currency: str
    status: ThirdPartyRefundStatus = ThirdPartyRefundStatus.CREATED
    description: str | None = None
    error_info: str | None = None
    payment: int | None = None
    of: Subject | None = None
    ledgered: bool = False

    def as_json(self) -> dict[str, Any]:
        return shown(
            id=self.id,
            invoiceId=self.invoice.id if self.invoice else None,
            customerId=self.customer,
            billRunType=BILL_RUN_TYPES[self.invoice.type] if self.invoice else None,
            thirdPartyRefundStatus=self.status,
            description=self.description,
            errorInfo=self.error_info,
            paymentMethod=self.method,
            amountInMajorCurrency=to_major(self.amount, self.currency),
        )


class PaymentLink(Resource, frozen=True, kw_only=True):
    """A link by which a customer pays. `of` is the provider's instant payment behind it."""

    type: ClassVar[str] = "elevate.payment_link"
    indexed: ClassVar[tuple[str, ...]] = ("of",)

    provider: int
    amount: int
    currency: str
    description: str
    email: str | None
    invoice: Subject | None
    customer: int
    names_customer: bool
    of: Subject
    link: str

    def as_json(self) -> dict[str, Any]:
        kind = self.invoice.type if self.invoice else ""
        return shown(
            id=self.id,
            paymentProviderId=self.provider,
            amountInMajorCurrency=to_major(self.amount, self.currency),
            currencyId=currency_id(self.currency),
            description=self.description,
            emailAddress=self.email,
            invoiceId=self.invoice.id if self.invoice and kind == "invoice" else None,
            adhocInvoiceId=self.invoice.id if self.invoice and kind == "adhoc_invoice" else None,
            customerId=self.customer if self.names_customer else None,
            paymentLink=self.link,
        )


class OutboundPayment(Resource, frozen=True, kw_only=True):
    """A payout as Elevate shows it. `ledgered` tells whether it has reduced the credit."""

    type: ClassVar[str] = "elevate.outbound_payment"
    indexed: ClassVar[tuple[str, ...]] = ("customer", "of")

    customer: int
    amount: int
    currency: str
    reference: str
    use_credit: bool
    of: Subject
    description: str | None = None
    execution_date: date | None = None
    status: ThirdPartyOutboundPaymentStatus = ThirdPartyOutboundPaymentStatus.NEW
    ledgered: bool = False

    def as_json(self) -> dict[str, Any]:
        return shown(
            id=self.id,
            customerId=self.customer,
            amountInMajorCurrency=to_major(self.amount, self.currency),
            reference=self.reference,
            description=self.description,
            executionDate=self.execution_date.isoformat() if self.execution_date else None,
            useCustomerCreditBalance=self.use_credit,
            thirdPartyOutboundPaymentStatus=self.status,
        )
