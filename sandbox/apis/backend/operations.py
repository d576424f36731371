"""The eight operations that are served: each translates, asks a rule, and answers."""

from urllib.parse import urlsplit

from sandbox.apis import Answer, Asked, Json
from sandbox.apis.backend.rules import customers, filters, payments
from sandbox.apis.backend.rules.filters import Filters, Page
from sandbox.engine.sandbox import Sandbox

BASE = "/backend/api/v1"


def get_payment(sandbox: Sandbox, id: str) -> Answer:
    return Answer(payments.find(sandbox, id).as_json())


def create_customer_payment(sandbox: Sandbox, id: str, body: Json) -> Answer:
    payment = payments.create(sandbox, customers.customer(sandbox, id), body)
    here = f"{urlsplit(sandbox.origin).path}{BASE}/payments/{payment.id}"
    return Answer(payment.as_json(), 201, (("Location", here),))


def update_payment(sandbox: Sandbox, id: str, body: Json) -> Answer:
    return Answer(payments.update(sandbox, payments.find(sandbox, id), body).as_json())


def delete_payment(sandbox: Sandbox, id: str) -> Answer:
    payments.delete(sandbox, payments.find(sandbox, id))
    return Answer(status=204)


def list_payments(sandbox: Sandbox, query: Asked) -> Answer:
    found = filters.payments(sandbox, Filters.of(query), Page.of(query))
    return Answer([payment.as_json() for payment in found])


def list_customer_payments(sandbox: Sandbox, id: str, query: Asked) -> Answer:
    wanted, page = Filters.of(query), Page.of(query)
    found = filters.payments(sandbox, wanted, page, customers.customer(sandbox, id).id)
    return Answer([payment.as_json() for payment in found])


def list_payment_direct_debit_payments(sandbox: Sandbox, id: str, query: Asked) -> Answer:
    since, payment = filters.moments_of(query), payments.find(sandbox, id)
    found = filters.attempts(sandbox, payment.id, "bacs", since, Page.of(query))
    return Answer([attempt.as_direct_debit() for attempt in found])


def list_payment_payment_card_payments(sandbox: Sandbox, id: str, query: Asked) -> Answer:
    since, payment = filters.moments_of(query), payments.find(sandbox, id)
    found = filters.attempts(sandbox, payment.id, "card", since, Page.of(query))
    return Answer([attempt.as_card() for attempt in found])
