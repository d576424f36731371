"""The surroundings of a payment: customers, accounts, sites, invoices, payment providers.

They are given, by a scenario or a tester, and no payment API makes them. `laying.py` puts them in
place, and with them mandates, payments, refunds and payouts from before the first call.
"""

from datetime import date
from typing import ClassVar

from immutables import Map

from sandbox.engine.money import CURRENCY
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider.truth import Known


class PaymentProvider(Known, frozen=True, kw_only=True):
    """A provider that an API can be set up with. `kind` is Elevate's payment method for it."""

    type: ClassVar[str] = "payment_provider"

    kind: str
    name: str
    status: str = "active"
    schemes: tuple[str, ...] = ()
    instant: bool = False
    retries: bool = False
    accepts_external: bool = False
    credits_first_payment: bool = False


class Customer(Known, frozen=True, kw_only=True):
    """Who pays. `address` has line1, line2, line3, city, region, postcode, country."""

    type: ClassVar[str] = "customer"

    name: str
    given_name: str = ""
    family_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    address: Map[str, str] = Map()


class Account(Known, frozen=True, kw_only=True):
    """A customer's account. `balance` and `credit_threshold` are in minor units; negative owes.

    Without a `balance` it is what the given invoices, payments and refunds add up to.
    """

    type: ClassVar[str] = "account"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "customer", "number")
    references: ClassVar[Map[str, str]] = Map(customer="customer")

    customer: int
    number: str = ""
    currency: str = "GBP"
    balance: int | None = None
    credit_threshold: int | None = None


class Site(Known, frozen=True, kw_only=True):
    """Where a customer is served, with a bank account: holder, sort_code, number, iban, bank."""

    type: ClassVar[str] = "site"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "customer")
    references: ClassVar[Map[str, str]] = Map(customer="customer")

    customer: int
    name: str = ""
    reference: str = ""
    bank_account: Map[str, str] = Map()


class Invoice(Known, frozen=True, kw_only=True):
    """What a customer owes. `amount` and `paid` are in minor units.

    Normal and adhoc invoices are two types, because they count their ids separately.
    """

    type: ClassVar[str] = "invoice"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "customer", "site")
    references: ClassVar[Map[str, str]] = Map(customer="customer", site="site")
    kind: ClassVar[str] = "normal"

    customer: int
    site: int
    amount: int
    number: str = ""
    paid: int = 0
    currency: str = "GBP"
    issued: date
    due: date
    status: str = "open"


class AdhocInvoice(Invoice, frozen=True, kw_only=True):
    """An invoice outside the bill runs."""

    type: ClassVar[str] = "adhoc_invoice"
    kind: ClassVar[str] = "adhoc"


class Webhook(Known, frozen=True, kw_only=True):
    """Where an API sends its events. Without a `url` they are kept, not sent.

    `events` empty means all; `retries` are the waits before the second, third … attempt.
    """

    type: ClassVar[str] = "webhook"

    url: str = ""
    events: tuple[str, ...] = ()
    secret: str = ""
    retries: tuple[str, ...] = ()


def currency_of(sandbox: Sandbox, customer: int | None) -> str:
    """The currency of a customer's account."""
    account = sandbox.last(Account, customer=customer)
    return account.currency if account else CURRENCY


INVOICES: Map[str, type[Invoice]] = Map(normal=Invoice, adhoc=AdhocInvoice)


def invoice_subject(kind: str, id: int) -> Subject:
    """The invoice of this kind, `normal` or `adhoc`, and id."""
    return Subject(INVOICES[kind].type, id)
