"""What the platform knows of a payment and of the attempts to collect it, and how it shows them.

Amounts are in minor units of their currency here and decimal text in JSON; ids are whole numbers
here and text there. Moments are kept and never shown: each feeds one of the filters.
"""

from datetime import date, datetime
from typing import Any, ClassVar

from sandbox.apis.backend.lifecycles import AttemptStatus, Collection, Validity
from sandbox.engine.money import digits, exactly
from sandbox.engine.state import Resource

LEAST_DECIMALS = 2
MOST_DIGITS = 18


def amount_as_json(minor: int, currency: str) -> str:
    """An amount as the platform writes it: -1250 is "-12.50". Yen have two decimals here too."""
    amount = exactly(minor, currency)
    return f"{amount:.{max(LEAST_DECIMALS, digits(currency))}f}"


def id_as_json(id: int | None) -> str | None:
    """An id as the platform writes it; None where there is none."""
    return None if id is None else str(id)


def id_of(text: str) -> int | None:
    """The number that an id on the wire stands for; None where it is no id of ours."""
    if not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS:
        return None
    return int(text) if text == str(int(text)) else None


def date_as_json(day: date | None) -> str | None:
    """A day as the platform writes it; None where there is none."""
    return None if day is None else day.isoformat()


class Payment(Resource, frozen=True, kw_only=True):
    """Money received from a customer, or to be collected, or with a negative amount given back.

    `provider_payment` is the id of the provider's payment that collects it. `reversed_by_provider`
    tells a reversal that a failure brought about from one of the client's: only the first is undone
    when the collection is tried again. One that was `deleted` leaves its number, so that nobody
    else gets it and what happened to it can still be told; clients see nothing of it.
    """

    type: ClassVar[str] = "backend.payment"
    indexed: ClassVar[tuple[str, ...]] = ("customer", "payment_date", "provider_payment")

    customer: int
    amount: int
    currency: str
    payment_date: date
    method: str | None
    our_reference: str | None = None
    customer_reference: str | None = None
    invoice: int | None = None
    reversed_date: date | None = None
    invoice_reversed: int | None = None
    validity: Validity = Validity.VALID
    collection: Collection = Collection.NONE
    provider_payment: int | None = None
    reversed_by_provider: bool = False
    deleted: bool = False
    created_at: datetime
    updated_at: datetime
    reversed_at: datetime | None = None
    reinstated_at: datetime | None = None
    collected_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def names(self) -> list[str]:
        """The names of the statuses that are active now, that of the collection first."""
        names: list[str] = []
        if self.collection is not Collection.NONE:
            names.append(self.collection.value)
        if self.validity is Validity.REVERSED:
            names.append(self.validity.value)
        return names

    def as_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "ourReference": self.our_reference,
            "customerReference": self.customer_reference,
            "paymentDate": self.payment_date.isoformat(),
            "paymentReversedDate": date_as_json(self.reversed_date),
            "status": self.names,
            "paymentAmount": amount_as_json(self.amount, self.currency),
            "paymentMethod": self.method,
            "invoiceID": id_as_json(self.invoice),
            "invoiceIDReversed": id_as_json(self.invoice_reversed),
        }


class Attempt(Resource, frozen=True, kw_only=True):
    """One attempt to collect a payment: what was asked for, and what the provider made of it.

    `account` is the id of the mandate: a direct debit account or a card here. The references and
    the amount are those with which the provider was asked.
    """

    type: ClassVar[str] = "backend.attempt"
    indexed: ClassVar[tuple[str, ...]] = ("payment",)

    payment: int
    scheme: str
    account: int
    amount: int
    currency: str
    our_reference: str | None = None
    customer_reference: str | None = None
    status: AttemptStatus = AttemptStatus.REQUESTED
    collection_date: date | None = None
    setup_date: date
    taken_date: date | None = None
    failed_date: date | None = None
    provider_status: str
    provider_detail: str | None = None
    provider_reference: str | None = None
    created_at: datetime
    updated_at: datetime

    def as_direct_debit(self) -> dict[str, Any]:
        return {
            "ourReference": self.our_reference,
            "customerReference": self.customer_reference,
            "directDebitAccountID": str(self.account),
            "directDebitRun": None,
            "directDebitPaymentAmount": amount_as_json(self.amount, self.currency),
            "collectionDate": date_as_json(self.collection_date),
            "status": self.status.value,
            "directDebitPaymentSetupStamp": self.setup_date.isoformat(),
            "directDebitPaymentTakenStamp": date_as_json(self.taken_date),
            "directDebitPaymentFailedStamp": date_as_json(self.failed_date),
            "providerStatus": self.provider_status,
            "providerStatusDetail": self.provider_detail,
            "providerPaymentReference": self.provider_reference,
            "id": str(self.id),
        }

    def as_card(self) -> dict[str, Any]:
        return {
            "ourReference": self.our_reference,
            "customerReference": self.customer_reference,
            "paymentCardID": str(self.account),
            "paymentCardRun": None,
            "paymentCardPaymentAmount": amount_as_json(self.amount, self.currency),
            "status": self.status.value,
            "paymentCardPaymentSetupStamp": self.setup_date.isoformat(),
            "paymentCardPaymentTakenStamp": date_as_json(self.taken_date),
            "providerStatus": self.provider_status,
            "providerStatusDetail": self.provider_detail,
            "providerTransaction": self.provider_reference,
            "providerKey": None,
            "providerAuthorisationCode": None,
            "id": str(self.id),
        }
