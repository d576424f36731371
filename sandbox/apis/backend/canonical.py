"""Scenarios' words in this API's own: calls of canonical operations, ids, and what it shows."""

from collections.abc import Generator, Mapping
from typing import Any, TypeVar

from sandbox.apis import Call, Json
from sandbox.apis.backend.models import Payment
from sandbox.apis.backend.rules.customers import is_known
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider import payments as provider
from sandbox.provider.fixtures import Customer, Invoice
from sandbox.provider.given import find
from sandbox.provider.mandates import Mandate
from sandbox.provider.truth import Known

K = TypeVar("K", bound=Known)
Fields = Mapping[str, Any]

SHOWN = frozenset({"customer", "invoice", "mandate"})
"""Fixtures that have an id here. An adhoc invoice has none."""


def calls(sandbox: Sandbox, operation: str, fields: Fields) -> Generator[Call, Json, None]:
    """The one call of a canonical operation. LookupError where its fields make none."""
    match operation:
        case "payments.create":
            yield _create(sandbox, fields)
        case "payments.get":
            payment = _known(sandbox, provider.Payment, fields, "payment")
            yield Call("getPayment", path={"ID": spelled(sandbox, payment)})
        case "payments.list":
            yield _list(sandbox, fields)
        case _:
            raise LookupError(f"backend has no {operation}")


def _create(sandbox: Sandbox, fields: Fields) -> Call:
    if "amount" not in fields:
        raise LookupError("amount is needed")
    invoice = _known(sandbox, Invoice, fields, "invoice")
    body = {"paymentAmount": fields["amount"], "invoiceID": str(invoice.id)}
    for name, ours in (("reference", "ourReference"), ("description", "customerReference")):
        if name in fields:
            body[ours] = fields[name]
    return Call("createCustomerPayment", path={"ID": str(invoice.customer)}, body=body)


def _list(sandbox: Sandbox, fields: Fields) -> Call:
    if "customer" in fields:
        customer = _known(sandbox, Customer, fields, "customer").id
    elif "invoice" in fields:
        customer = _known(sandbox, Invoice, fields, "invoice").customer
    else:
        return Call("listPayments")
    return Call("listCustomerPayments", path={"ID": str(customer)})


def _known(sandbox: Sandbox, type: type[K], fields: Fields, name: str) -> K:
    if name not in fields:
        raise LookupError(f"{name} is needed")
    found = find(sandbox, type, fields[name])
    if found is None or not is_known(found):
        raise LookupError(f"backend knows no {name} {fields[name]}")
    return found


def spelled(sandbox: Sandbox, resource: Resource) -> str | None:
    """Ids are digits as text. A payment has one of its own, for others are counted here too."""
    match resource:
        case provider.Payment():
            payment = sandbox.last(Payment, provider_payment=resource.id)
            return str(payment.id) if payment else None
        case Customer() | Invoice() | Mandate() if resource.type in SHOWN and is_known(resource):
            return str(resource.id)
    return None


def view(sandbox: Sandbox, resource: Resource) -> Json:
    """What this API shows of one of the provider's resources: of payments, and of nothing else."""
    if resource.type != provider.Payment.type:
        return None
    payment = sandbox.last(Payment, provider_payment=resource.id)
    return payment.as_json() if payment else None
