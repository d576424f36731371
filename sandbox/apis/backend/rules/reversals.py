"""Reversing a payment, and undoing that. Neither touches the collection."""

from datetime import date

from sandbox.apis.backend.lifecycles import Validity, ValidityLifecycle
from sandbox.apis.backend.models import Payment
from sandbox.apis.backend.rules.moments import stamped
from sandbox.engine.events import Cause
from sandbox.engine.sandbox import Sandbox


def reverse(
    sandbox: Sandbox, payment: Payment, day: date, *, cause: Cause, by_provider: bool = False
) -> Payment:
    """Reverse it as of `day`. The moment of the reversal is now, which may be another day."""
    stamped(sandbox, payment, "reversed_at", reversed_date=day, reversed_by_provider=by_provider)
    return sandbox.make(payment, ValidityLifecycle.reverse, cause=cause)


def reinstate(sandbox: Sandbox, payment: Payment, *, cause: Cause) -> Payment:
    """Undo the reversal, and with it the invoice that shows it."""
    stamped(
        sandbox,
        payment,
        "reinstated_at",
        reversed_date=None,
        invoice_reversed=None,
        reversed_by_provider=False,
    )
    return sandbox.make(payment, ValidityLifecycle.reinstate, cause=cause)


def reverse_by_provider(sandbox: Sandbox, payment: Payment, day: date, *, cause: Cause) -> Payment:
    """What a failure does. A payment already reversed keeps the date and the moment that it has."""
    if payment.validity is Validity.REVERSED:
        return payment
    return reverse(sandbox, payment, day, cause=cause, by_provider=True)


def reinstate_by_provider(sandbox: Sandbox, payment: Payment, *, cause: Cause) -> Payment:
    """What a retry does, and a claim withdrawn. A client's own reversal stays."""
    if not payment.reversed_by_provider:
        return payment
    return reinstate(sandbox, payment, cause=cause)
