"""How the provider's resources hang together: whom a step's `of` means, what `create` makes."""

from collections.abc import Callable
from typing import Any, TypeVar

from immutables import Map

from sandbox.engine.events import Cause
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import instant_payments, payments, refunds
from sandbox.provider.instant_payments import InstantPayment
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment
from sandbox.provider.refunds import Refund
from sandbox.provider.truth import Truth

T = TypeVar("T", bound=Truth)


def _some(resource: T | None) -> list[T]:
    return [resource] if resource else []


RELATED: Map[tuple[str, str], Callable[[Sandbox, Any], list[Any]]] = Map(
    {
        ("mandate", "payment"): lambda sandbox, mandate: list(
            sandbox.all(Payment, mandate=mandate.id)
        ),
        ("mandate", "instant_payment"): lambda sandbox, mandate: list(
            sandbox.all(InstantPayment, mandate=mandate.id)
        ),
        ("payment", "mandate"): lambda sandbox, payment: _some(
            sandbox.find(Mandate, payment.mandate)
        ),
        ("payment", "refund"): lambda sandbox, payment: list(
            sandbox.all(Refund, payment=payment.id)
        ),
        ("instant_payment", "mandate"): lambda sandbox, payment: _some(
            sandbox.find(Mandate, payment.mandate)
        ),
        ("instant_payment", "refund"): lambda sandbox, payment: list(
            sandbox.all(Refund, instant_payment=payment.id)
        ),
        ("refund", "payment"): lambda sandbox, refund: _some(sandbox.find(Payment, refund.payment)),
        ("refund", "instant_payment"): lambda sandbox, refund: _some(
            sandbox.find(InstantPayment, refund.instant_payment)
        ),
    }
)
"""By a resource's type and the related type: the related ones, by id, at this moment."""


class NotCreatableError(Exception):
    """A step's `create` that makes no sense beside this resource."""


def create(
    sandbox: Sandbox, beside: Truth, type: str, wanted: Map[str, Any], *, cause: Cause
) -> Truth:
    """Make a resource beside `beside`, for the same API, as if it had been asked for.

    `wanted` are fields of the new one (amounts in minor units). NotCreatableError where the two
    have nothing to do with each other.
    """
    fields = dict(wanted)
    match type, beside:
        case "payment", Mandate():
            return payments.create(sandbox, beside, cause=cause, **fields)
        case "payment", Payment() | InstantPayment() if beside.mandate:
            mandate = sandbox.get(Mandate, beside.mandate)
            return payments.create(sandbox, mandate, cause=cause, **fields)
        case "instant_payment", Mandate():
            return instant_payments.create(
                sandbox, cause=cause, mandate=beside.id, **_parties(beside), **fields
            )
        case "instant_payment", Payment() | InstantPayment():
            return instant_payments.create(
                sandbox, cause=cause, invoice=beside.invoice, **_parties(beside), **fields
            )
        case "refund", Payment() | InstantPayment():
            return refunds.create(sandbox, beside, cause=cause, **fields)
        case "refund", Refund():
            of = refunds.refunded(sandbox, beside)
            return refunds.create(sandbox, of, cause=cause, **fields)
    raise NotCreatableError(f"a {type} cannot be made beside {beside.type} {beside.ref}")


def _parties(beside: Mandate | Payment | InstantPayment) -> dict[str, Any]:
    return {
        "customer": beside.customer,
        "site": beside.site,
        "provider": beside.provider,
        "api": beside.api,
    }
