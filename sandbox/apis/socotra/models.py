"""What Socotra knows: accounts, instruments, invoices, payments and their credits.

Amounts are integers of the currency's minor units, except what a client wrote: a draft may hold an
amount that is finer than its currency. Extension data is kept as JSON text.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from immutables import Map
from msgspec import Struct

from sandbox.apis.socotra.lifecycles import (
    AttemptState,
    InvoiceState,
    PaymentState,
    ShortfallCreditState,
)
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import Resource


class Viewed(Resource, frozen=True, kw_only=True):
    """Something with a locator. Without a `tenant` it is visible in all."""

    indexed: ClassVar[tuple[str, ...]] = ("locator",)

    locator: str
    tenant: str = ""


class Account(Viewed, frozen=True, kw_only=True):
    """Whom invoices and payments belong to. `given` is the fixture's id, `balances` by currency."""

    type: ClassVar[str] = "socotra.account"
    indexed: ClassVar[tuple[str, ...]] = ("locator", "given", "customer")

    given: int
    customer: int
    currency: str
    kind: str = ""
    data: str = "{}"
    timezone: str = ""
    tolerance_plan: str | None = None
    retry_plan: str | None = None
    balances: Map[str, int] = Map()


class Instrument(Viewed, frozen=True, kw_only=True):
    """What money is collected from. `standing` is the last status heard of its mandate."""

    type: ClassVar[str] = "socotra.instrument"
    indexed: ClassVar[tuple[str, ...]] = ("locator", "mandate", "account")

    account: str | None
    mandate: int
    standing: str
    token: str | None  # offlinePaymentToken: the link to a payment provider
    is_default: bool
    kind: str
    method: str | None = None
    expires: datetime | None = None
    retry_plan: str | None = None
    names: Map[str, str] = Map()  # nickname and the like, by the vendor's names


class InvoiceItem(Struct, frozen=True):
    """A line of an invoice."""

    locator: str
    charge_type: str
    charge_category: str
    amount: int
    remaining: int
    settled_at: datetime | None = None
    unsettled_at: datetime | None = None


class Invoice(Viewed, frozen=True, kw_only=True):
    """What an account owes. An aggregate invoice has no items; it `contains` others, by id.

    `given` is the fixture that it comes from, if it does.
    """

    type: ClassVar[str] = "socotra.invoice"
    indexed: ClassVar[tuple[str, ...]] = ("locator", "account", "given")

    account: str
    status: InvoiceState = InvoiceState.OPEN
    currency: str
    timezone: str
    generated: datetime
    due: datetime
    items: tuple[InvoiceItem, ...] = ()
    contains: tuple[int, ...] = ()
    contained_in: int | None = None
    number: str | None = None
    settled_at: datetime | None = None
    unsettled_at: datetime | None = None
    given: Subject | None = None

    @property
    def is_aggregate(self) -> bool:
        return bool(self.contains)


class Target(Struct, frozen=True):
    """What a payment is for: a container, and how much of the payment (None: what it needs)."""

    container: str
    kind: str
    amount: float | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """What a client may write of a payment, as it was written."""

    type: str
    amount: float
    currency: str | None = None
    account: str | None = None
    data: str = "{}"
    targets: tuple[Target, ...] = ()
    use_default: bool = False
    instrument: str | None = None
    method: str | None = None
    transaction_number: str | None = None
    mode: str = "normal"
    retry_plan: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Money that went to one item of an invoice, by the item's place."""

    invoice: int
    item: int
    amount: int


class Payment(Viewed, frozen=True, kw_only=True):
    """Money received, or to be.

    `account` and `currency` are the ones written or those of the targets. `validation` has the last
    validation's errors (None: there was none). `provider_payment` is the provider's id; `job` the
    attempt that is planned; `parts`, `settled` (invoices that it settled) and `remaining` (what the
    credit balance received) are what posting did. `children` are an aggregate payment's shares,
    `parent` the aggregate payment of a share.
    """

    type: ClassVar[str] = "socotra.payment"
    indexed: ClassVar[tuple[str, ...]] = (
        "locator",
        "ref",
        "account",
        "number",
        "provider_payment",
    )

    status: PaymentState = PaymentState.DRAFT
    terms: Terms
    account: str | None
    currency: str
    created: datetime
    created_by: str
    cash: int
    validation: tuple[str, ...] | None = None
    number: str | None = None
    next_request: datetime | None = None
    job: int = 0
    instrument: str | None = None
    provider_payment: int | None = None
    posted_at: datetime | None = None
    parts: tuple[Part, ...] = ()
    settled: tuple[int, ...] = ()
    remaining: int | None = None
    reversal_reason: str | None = None
    reversed_at: datetime | None = None
    reversed_by: str | None = None
    children: tuple[int, ...] = ()
    parent: str | None = None

    @property
    def is_aggregate(self) -> bool:
        return self.terms.mode == "aggregate"


class CashTransaction(Viewed, frozen=True, kw_only=True):
    """How a payment's money arrived. The shares of an aggregate payment have their parent's."""

    type: ClassVar[str] = "socotra.cash"

    method: str
    instrument: str | None = None
    number: str | None = None


class Attempt(Viewed, frozen=True, kw_only=True):
    """One attempt to collect: an entry of a payment's `executionLog`."""

    type: ClassVar[str] = "socotra.attempt"
    indexed: ClassVar[tuple[str, ...]] = ("payment",)

    payment: int
    status: AttemptState = AttemptState.PENDING
    at: datetime
    transaction_id: str | None = None
    note: str | None = None


class ShortfallCredit(Viewed, frozen=True, kw_only=True):
    """The write-off of a small remainder of one invoice, which a payment fell short of."""

    type: ClassVar[str] = "socotra.shortfall_credit"
    indexed: ClassVar[tuple[str, ...]] = ("locator", "account", "payment")

    status: ShortfallCreditState = ShortfallCreditState.DRAFT
    account: str
    payment: int
    parent: str
    invoice: str
    currency: str
    amount: int
    parts: tuple[Part, ...]
    created: datetime
    created_by: str
    reversal_reason: str | None = None


class LedgerEntry(Viewed, frozen=True, kw_only=True):
    """A posting to an account's credit balance: what adds to it is positive."""

    type: ClassVar[str] = "socotra.ledger_entry"
    indexed: ClassVar[tuple[str, ...]] = ("account",)

    account: tuple[str, str]  # its locator, and the currency
    amount: int
    at: datetime
    note: str


class StreamEvent(Viewed, frozen=True, kw_only=True):
    """Something that Socotra says has happened. `cause` is the provider's event, 0 for none.

    `payment` is the id of the payment that it is about, 0 for none; `data` is JSON text.
    """

    type: ClassVar[str] = "socotra.event"
    indexed: ClassVar[tuple[str, ...]] = ("locator", "kind", "request")

    kind: str
    request: str
    user: str
    at: datetime
    data: str
    cause: int = 0
    payment: int = 0


class Webhook(Viewed, frozen=True, kw_only=True):
    """Who is told. `kinds` are the types of event, `causes` the provider's events, to tell of.

    `endpoint` and `failures` are JSON text. `waits` are those before each retry: seconds, or a
    duration as scenarios write it.
    """

    type: ClassVar[str] = "socotra.webhook"
    indexed: ClassVar[tuple[str, ...]] = ("locator", "ref")

    name: str
    enabled: bool
    kinds: tuple[str, ...]
    causes: tuple[str, ...] = ()
    endpoint: str
    failures: str
    waits: tuple[int | str, ...] = ()
    suspended_at: datetime | None = None
