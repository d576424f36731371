"""Whose payment it is: the customer, what can be collected from, and the invoices.

These are the sandbox's fixtures. This API serves none of them and changes none.
"""

from immutables import Map

from sandbox.apis.backend.models import id_of
from sandbox.apis.backend.rules import payment_types
from sandbox.apis.backend.rules.refusals import NotFoundError
from sandbox.engine.sandbox import Sandbox
from sandbox.provider.fixtures import Customer, Invoice
from sandbox.provider.mandates import Mandate
from sandbox.provider.truth import Known

API = "backend"
PRIORITIES = Map(bacs="directDebitAccountPriority", card="paymentCardPriority")


def is_known(fixture: Known) -> bool:
    """Whether this API knows it: it belongs to all APIs, or to this one."""
    return fixture.is_known_to(API)


def customer(sandbox: Sandbox, text: str) -> Customer:
    """The customer of this id, or NotFoundError."""
    found = sandbox.find(Customer, id_of(text))
    if found is None or not is_known(found):
        raise NotFoundError("customer", text)
    return found


def invoice(sandbox: Sandbox, customer: int, id: str | int) -> Invoice | None:
    """The invoice of this id, if it is one of the customer's."""
    found = sandbox.find(Invoice, id_of(str(id)))
    return found if found and is_known(found) and found.customer == customer else None


def mandates(sandbox: Sandbox, customer: int) -> list[Mandate]:
    """The customer's direct debit accounts and cards, in the order in which they came."""
    return [each for each in sandbox.all(Mandate, customer=customer) if is_known(each)]


def to_collect_from(sandbox: Sandbox, customer: int, scheme: str) -> Mandate | None:
    """The direct debit account, or the card, with the highest priority: 1 is first.

    Those that give none have 1, 2, … in their order. Chosen: of two with one priority it is the
    one that came first.
    """
    ordered = [each for each in mandates(sandbox, customer) if each.scheme == scheme]
    priorities = {
        each.id: each.blocks.get(API, Map()).get(PRIORITIES[scheme], place)
        for place, each in enumerate(ordered, start=1)
    }
    return min(ordered, key=lambda each: priorities[each.id], default=None)


def default_method(sandbox: Sandbox, customer: Customer) -> str | None:
    """The method of a payment of this customer that names none."""
    known = mandates(sandbox, customer.id)
    return payment_types.default_method(sandbox, customer, known[0].scheme if known else None)
