"""Payment types: the names that a payment's method can have, and which of them collect.

That a method is the name of a payment type is inferred; the types that ship, and by which scheme
each collects, are chosen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from immutables import Map

from sandbox.engine.sandbox import Sandbox
from sandbox.provider.fixtures import Customer
from sandbox.scenario.running.binding import config

HISTORIC = "Historic"


@dataclass(frozen=True, slots=True)
class PaymentType:
    """A payment type. `collects` is the scheme by which the provider collects it, or None."""

    name: str
    availability: str = "Standard"
    collects: str | None = None

    @property
    def is_historic(self) -> bool:
        return self.availability == HISTORIC


SHIPPED = (
    PaymentType("Direct Debit", "Headline", "bacs"),
    PaymentType("Credit Card", "Headline", "card"),
    PaymentType("Bank Transfer"),
    PaymentType("Cheque"),
    PaymentType("Postal Order", HISTORIC),
)


def payment_types(sandbox: Sandbox) -> Iterator[PaymentType]:
    """Those that ship, in their order, then the scenario's own by name.

    A type that the scenario gives again replaces the one that ships, in its place.
    """
    own = (config(sandbox, "backend") or Map()).get("paymentTypes", Map())
    for shipped in SHIPPED:
        yield _written(shipped.name, own[shipped.name]) if shipped.name in own else shipped
    ships = {shipped.name for shipped in SHIPPED}
    for name in sorted(set(own) - ships):
        yield _written(name, own[name])


def _written(name: str, members: Mapping[str, Any]) -> PaymentType:
    known = {key: members[key] for key in ("availability", "collects") if key in members}
    return PaymentType(name, **known)


def named(sandbox: Sandbox, name: str | None) -> PaymentType | None:
    """The payment type of this name, or None."""
    return next((each for each in payment_types(sandbox) if each.name == name), None)


def scheme_of(sandbox: Sandbox, method: str | None) -> str | None:
    """By which scheme a method collects; None where it collects nothing."""
    found = named(sandbox, method)
    return found.collects if found else None


def default_method(sandbox: Sandbox, customer: Customer, scheme: str | None) -> str | None:
    """The method of a payment that names none.

    It is the customer's own; else the first that collects by `scheme`, that of the customer's first
    mandate; else the first that collects nothing and is not historic.
    """
    own: str | None = customer.blocks.get("backend", Map()).get("defaultPaymentType")
    return own or first_by(sandbox, scheme)


def first_by(sandbox: Sandbox, scheme: str | None) -> str | None:
    """The first payment type that collects by `scheme`; of None, that collects nothing."""
    fitting = (each for each in payment_types(sandbox) if each.collects == scheme)
    return next((each.name for each in fitting if scheme or not each.is_historic), None)
