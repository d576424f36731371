"""The eight operations that are served: each translates, asks a rule, and answers."""

from urllib.parse import urlsplit

from sandbox.apis import Answer, Json
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


def list_payments(  # noqa: PLR0913  the document's parameters
    *,
    sandbox: Sandbox,
    reversed: str | None,
    include_reversed: str | None,
    min_date: str | None,
    max_date: str | None,
    min_reversed_date: str | None,
    max_reversed_date: str | None,
    reversed_since: str | None,
    reinstated_since: str | None,
    collected_since: str | None,
    cancelled_since: str | None,
    created_since: str | None,
    updated_since: str | None,
    limit: int,
    offset: int,
    id_after: int | None,
) -> Answer:
    return _listed(**locals())


def list_customer_payments(  # noqa: PLR0913  the document's parameters
    *,
    sandbox: Sandbox,
    id: str,
    reversed: str | None,
    include_reversed: str | None,
    min_date: str | None,
    max_date: str | None,
    min_reversed_date: str | None,
    max_reversed_date: str | None,
    reversed_since: str | None,
    reinstated_since: str | None,
    collected_since: str | None,
    cancelled_since: str | None,
    created_since: str | None,
    updated_since: str | None,
    limit: int,
    offset: int,
    id_after: int | None,
) -> Answer:
    return _listed(**locals())


def _listed(
    *,
    sandbox: Sandbox,
    limit: int,
    offset: int,
    id_after: int | None,
    id: str | None = None,
    **asked: str | None,
) -> Answer:
    """A page of all payments, or of those of the customer with this `id`."""
    wanted, page = Filters.of(**asked), Page(limit, offset, id_after)
    customer = None if id is None else customers.customer(sandbox, id).id
    found = filters.payments(sandbox, wanted, page, customer)
    return Answer([payment.as_json() for payment in found])


def list_payment_direct_debit_payments(  # noqa: PLR0913  the document's parameters
    *,
    sandbox: Sandbox,
    id: str,
    limit: int,
    offset: int,
    id_after: int | None,
    created_since: str | None,
    updated_since: str | None,
) -> Answer:
    since = filters.moments_of(created_since=created_since, updated_since=updated_since)
    payment, page = payments.find(sandbox, id), Page(limit, offset, id_after)
    found = filters.attempts(sandbox, payment.id, "bacs", since, page)
    return Answer([attempt.as_direct_debit() for attempt in found])


def list_payment_payment_card_payments(  # noqa: PLR0913  the document's parameters
    *,
    sandbox: Sandbox,
    id: str,
    limit: int,
    offset: int,
    id_after: int | None,
    created_since: str | None,
    updated_since: str | None,
) -> Answer:
    since = filters.moments_of(created_since=created_since, updated_since=updated_since)
    payment, page = payments.find(sandbox, id), Page(limit, offset, id_after)
    found = filters.attempts(sandbox, payment.id, "card", since, page)
    return Answer([attempt.as_card() for attempt in found])
