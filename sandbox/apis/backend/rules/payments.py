"""Adding, changing and deleting payments, by a client."""

from typing import Any

from msgspec.structs import replace

from sandbox.apis.backend.lifecycles import Collection, Validity, ValidityLifecycle
from sandbox.apis.backend.models import Payment, id_of
from sandbox.apis.backend.rules import collecting, customers, fields, moments, reversals
from sandbox.apis.backend.rules.fields import REVERSED_DATE, Body
from sandbox.apis.backend.rules.refusals import ConflictError, NotFoundError
from sandbox.engine.events import CLIENT, Cause
from sandbox.engine.sandbox import Sandbox
from sandbox.provider.fixtures import Customer, currency_of


def find(sandbox: Sandbox, text: str) -> Payment:
    """The payment of this id, reversed or not, or NotFoundError."""
    found = sandbox.find(Payment, id_of(text))
    if found is None or found.deleted:
        raise NotFoundError("payment", text)
    return found


def create(sandbox: Sandbox, customer: Customer, body: Body) -> Payment:
    """Add a payment, and have it collected if its method collects."""
    currency = currency_of(sandbox, customer.id)
    fields.check_new(sandbox, customer.id, body, currency)
    new = {"currency": currency, "payment_date": sandbox.now.date()}
    written = {**new, **fields.read(body, currency)}
    if written.get("method") is None:
        written["method"] = customers.default_method(sandbox, customer)
    return collecting.collect(sandbox, begin(sandbox, customer.id, written))


def begin(
    sandbox: Sandbox, customer: int, written: dict[str, Any], *, cause: Cause = CLIENT
) -> Payment:
    """Put a new payment on the books."""
    payment = Payment(
        id=moments.next_payment_id(sandbox),
        customer=customer,
        created_at=sandbox.now,
        updated_at=sandbox.now,
        **written,
    )
    moments.note(sandbox, payment, "created_at", "updated_at")
    return sandbox.begin(payment, "backend.payment.created", cause=cause)


def update(sandbox: Sandbox, payment: Payment, body: Body) -> Payment:
    """Change what the body names. Its `paymentReversedDate` reverses, reinstates or corrects.

    What has the value already is not changed, and moves no moment.
    """
    fields.check_change(sandbox, payment, body)
    written = fields.read(body, payment.currency)
    reversed_date = fields.day(body.get(REVERSED_DATE))
    was_valid = payment.validity is Validity.VALID
    if reversed_date and not was_valid:
        written["reversed_date"] = reversed_date
    news = {name: value for name, value in written.items() if getattr(payment, name) != value}
    if news:
        sandbox.change(payment, news, cause=CLIENT)
        payment = moments.stamped(sandbox, payment)
    if reversed_date and was_valid:
        return reversals.reverse(sandbox, payment, reversed_date, cause=CLIENT)
    if REVERSED_DATE in body and not reversed_date and not was_valid:
        return reversals.reinstate(sandbox, payment, cause=CLIENT)
    return payment


def delete(sandbox: Sandbox, payment: Payment) -> None:
    """Take it off the books, and out of reach of the provider's notices."""
    if payment.collection is Collection.PENDING:
        raise ConflictError(f"the collection of payment {payment.id} is pending")
    sandbox.announce(payment, ValidityLifecycle.deleted, cause=CLIENT)
    sandbox.keep(replace(payment, deleted=True, provider_payment=None))
