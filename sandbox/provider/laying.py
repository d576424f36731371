"""Laying the world: what `given.resources` and `/_sandbox/fixtures` name becomes resources.

The shape is the scenario schema's, and has been checked against it: by kind, each fixture a map of
canonical fields. Nothing of what is laid has happened.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from immutables import Map

from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider import given
from sandbox.provider.fixtures import (
    INVOICES,
    Account,
    AdhocInvoice,
    Customer,
    Invoice,
    PaymentProvider,
    Site,
    Webhook,
)
from sandbox.provider.given import Fields
from sandbox.provider.instant_payments import InstantPayment
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment
from sandbox.provider.payouts import Payout
from sandbox.provider.refunds import Refund
from sandbox.provider.truth import Known


class FixtureConflictError(Exception):
    """A fixture whose ref or id is taken."""

    def __init__(self, kind: str, what: str) -> None:
        self.kind = kind
        super().__init__(f"{kind}: {what} exists already in this sandbox")


def lay(sandbox: Sandbox, resources: Mapping[str, Iterable[Fields]]) -> list[Resource]:
    """Put these fixtures in place and answer them, with the sites and accounts that they imply.

    Raises FixtureConflictError or UnknownReferenceError; run it inside an attempt.
    """
    laid: list[Resource] = []
    for kind, make in KINDS.items():
        for fields in resources.get(kind, ()):
            type = INVOICES[fields.get("kind", "normal")] if kind == "invoices" else TYPES[kind]
            _check_free(sandbox, kind, type, fields)
            laid.append(sandbox.give(make(sandbox, type, fields)))
        if kind == "sites":
            laid += _implied(sandbox)
    for react in sandbox.wiring.laid:
        react(sandbox, laid)
    return laid


def _check_free(sandbox: Sandbox, kind: str, type: type[Resource], fields: Fields) -> None:
    id, ref = fields.get("id"), fields.get("ref")
    if sandbox.find(type, id):
        raise FixtureConflictError(kind, f"id {id}")
    if ref and any(sandbox.ids(other, ref=ref) for other in REFERABLE):
        raise FixtureConflictError(kind, f"ref {ref!r}")


def _implied(sandbox: Sandbox) -> list[Resource]:
    """A customer without a site gets one, a customer without an account too: with their id."""
    implied: list[Resource] = []
    for customer in list(sandbox.all(Customer)):
        fields = Map(customer=customer.id, api=customer.api)
        for kind, type in (("sites", Site), ("accounts", Account)):
            if not sandbox.ids(type, customer=customer.id):
                free = sandbox.find(type, customer.id) is None
                own = fields.set("id", customer.id) if free else fields
                implied.append(sandbox.give(KINDS[kind](sandbox, type, own)))
    return implied


TYPES: Mapping[str, type[Known]] = {
    "payment_providers": PaymentProvider,
    "customers": Customer,
    "accounts": Account,
    "sites": Site,
    "mandates": Mandate,
    "invoices": Invoice,
    "payments": Payment,
    "instant_payments": InstantPayment,
    "refunds": Refund,
    "payouts": Payout,
    "webhooks": Webhook,
}
REFERABLE: Sequence[type[Known]] = (*TYPES.values(), AdhocInvoice)
"""All types whose resources have a ref, which no two share."""

KINDS: Mapping[str, Callable[[Sandbox, Any, Fields], Resource]] = {
    "payment_providers": given.new_provider,
    "customers": given.new_customer,
    "accounts": given.new_account,
    "sites": given.new_site,
    "mandates": given.new_mandate,
    "invoices": given.new_invoice,
    "payments": given.new_payment,
    "instant_payments": given.new_instant_payment,
    "refunds": given.new_refund,
    "payouts": given.new_payout,
    "webhooks": given.new_webhook,
}
"""How each kind is made, in the order in which they may refer to each other."""
