"""This API's side of what is given: a payment with a status stands as if it had come about here.

Customers, accounts, invoices and mandates are looked at where they lie; only payments have a view.
All of it is chosen.
"""

from collections.abc import Mapping
from datetime import date

from immutables import Map

from sandbox.apis.backend.lifecycles import AttemptStatus, Collection, Validity
from sandbox.apis.backend.models import Attempt, Payment
from sandbox.apis.backend.rules import customers, moments, payment_types
from sandbox.apis.backend.rules.adopting import written_by
from sandbox.apis.backend.rules.fields import day, read
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider import payments as provider
from sandbox.provider.fixtures import Customer
from sandbox.provider.given import UnknownReferenceError
from sandbox.provider.mandates import Mandate
from sandbox.provider.truth import Known

P = provider.PaymentStatus
COLLECTIONS: Mapping[str, Collection] = Map(
    {
        P.CREATED: Collection.PENDING,
        P.SUBMITTED: Collection.PENDING,
        P.CONFIRMED: Collection.COLLECTED,
        P.PAID_OUT: Collection.COLLECTED,
        P.FAILED: Collection.FAILED,
        P.CHARGED_BACK: Collection.COLLECTED,
        P.CANCELLED: Collection.CANCELLED,
    }
)
ATTEMPTS: Mapping[str, AttemptStatus] = Map(
    {
        P.CREATED: AttemptStatus.REQUESTED,
        P.SUBMITTED: AttemptStatus.REQUESTED,
        P.CONFIRMED: AttemptStatus.TAKEN,
        P.PAID_OUT: AttemptStatus.TAKEN,
        P.FAILED: AttemptStatus.FAILED,
        P.CHARGED_BACK: AttemptStatus.FAILED,
        P.CANCELLED: AttemptStatus.CANCELLED,
    }
)
REVERSED = frozenset({P.FAILED, P.CHARGED_BACK})
TAKEN = frozenset({P.CONFIRMED, P.PAID_OUT, P.CHARGED_BACK})
NEVER_SUBMITTED = frozenset({P.CREATED, P.CANCELLED})


def given(sandbox: Sandbox, resource: Resource) -> None:
    """Put a given payment on the books, if this API knows it and its customer.

    UnknownReferenceError for a payment type or an invoice that there is not.
    """
    if isinstance(resource, Customer):
        _check_method(sandbox, "customers", "defaultPaymentType", resource)
    if not isinstance(resource, provider.Payment) or not customers.is_known(resource):
        return
    customer = sandbox.find(Customer, resource.customer)
    if customer is None or not customers.is_known(customer):
        return
    _check_method(sandbox, "payments", "paymentMethod", resource)
    _check_invoices(sandbox, customer.id, resource)
    mandate = sandbox.find(Mandate, resource.mandate)
    payment = _payment(sandbox, resource, customer, mandate)
    sandbox.keep(payment)
    happened = ("created_at", "updated_at", "reversed_at", "collected_at", "cancelled_at")
    moments.note(sandbox, payment, *(kind for kind in happened if getattr(payment, kind)))
    if mandate and payment.collection is not Collection.NONE:
        moments.note_attempt(sandbox, sandbox.keep(_attempt(sandbox, resource, payment, mandate)))


def _check_method(sandbox: Sandbox, kind: str, key: str, fixture: Known) -> None:
    name = fixture.blocks.get(customers.API, Map()).get(key)
    if name is not None and payment_types.named(sandbox, name) is None:
        raise UnknownReferenceError(kind, f"{customers.API}.{key}", name)


def _check_invoices(sandbox: Sandbox, customer: int, payment: provider.Payment) -> None:
    block = payment.blocks.get(customers.API, Map())
    for key in ("invoiceID", "invoiceIDReversed"):
        id = block.get(key)
        if id is not None and customers.invoice(sandbox, customer, id) is None:
            raise UnknownReferenceError("payments", f"{customers.API}.{key}", id)


def _payment(
    sandbox: Sandbox, given: provider.Payment, customer: Customer, mandate: Mandate | None
) -> Payment:
    block = given.blocks.get(customers.API, Map())
    method = block.get("paymentMethod") or customers.default_method(sandbox, customer)
    collects = mandate and payment_types.scheme_of(sandbox, method)
    at, status = given.created, given.status
    fell = bool(collects) and status in REVERSED
    reversed_date = day(block.get("paymentReversedDate")) or (at.date() if fell else None)
    return Payment(
        **{
            "id": _free_id(sandbox, given.id),
            "customer": customer.id,
            "payment_date": at.date(),
            **written_by(given),
            **read(block, given.currency),
            "method": method,
            "reversed_date": reversed_date,
            "validity": Validity.REVERSED if reversed_date else Validity.VALID,
            "reversed_by_provider": fell,
            "collection": COLLECTIONS[status] if collects else Collection.NONE,
            "provider_payment": given.id,
            "created_at": at,
            "updated_at": at,
            "reversed_at": at if reversed_date else None,
            "collected_at": at if collects and status in TAKEN else None,
            "cancelled_at": at if collects and status == P.CANCELLED else None,
        }
    )


def _free_id(sandbox: Sandbox, id: int) -> int:
    """The fixture's own id; the next one where a payment of a client's has it already."""
    return moments.next_payment_id(sandbox) if sandbox.find(Payment, id) else id


def _attempt(
    sandbox: Sandbox, given: provider.Payment, payment: Payment, mandate: Mandate
) -> Attempt:
    status: P = given.status
    today: date = given.created.date()
    is_submitted = status not in NEVER_SUBMITTED and mandate.scheme == "bacs"
    return Attempt(
        id=moments.next_attempt_id(sandbox),
        payment=payment.id,
        scheme=mandate.scheme,
        account=mandate.id,
        amount=given.amount,
        currency=given.currency,
        our_reference=payment.our_reference,
        customer_reference=payment.customer_reference,
        status=ATTEMPTS[status],
        collection_date=today if is_submitted else None,
        setup_date=today,
        taken_date=today if status in TAKEN else None,
        failed_date=today if status in REVERSED else None,
        provider_status=status.value,
        provider_detail=str(given.reason) if given.reason else None,
        provider_reference=given.provider_reference,
        created_at=given.created,
        updated_at=given.created,
    )
