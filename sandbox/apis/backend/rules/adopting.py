"""Payments that came into being at the provider for this API, and changes that were made there.

A scenario's step can create a payment, as if it had been asked for, and set fields of one.
"""

from sandbox.apis.backend.lifecycles import CollectionLifecycle
from sandbox.apis.backend.models import Attempt, Payment
from sandbox.apis.backend.rules import collecting, moments, payment_types, payments
from sandbox.engine.events import Cause, Event
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import payments as provider
from sandbox.provider.fixtures import Invoice
from sandbox.provider.mandates import Mandate


def adopt(sandbox: Sandbox, event: Event) -> None:
    """Put a payment on the books that a scenario created: its collection is pending."""
    asked = sandbox.get(provider.Payment, event.subject.id)
    mandate = sandbox.find(Mandate, asked.mandate)
    if mandate is None or asked.customer is None:
        return
    cause = Cause(event.cause.rule, trigger=event.number)
    written = written_by(asked) | {
        "payment_date": event.at.date(),
        "method": payment_types.first_by(sandbox, asked.scheme),
        "provider_payment": asked.id,
    }
    payment = payments.begin(sandbox, asked.customer, written, cause=cause)
    collecting.open_attempt(
        sandbox,
        payment,
        mandate,
        cause=cause,
        provider_status=event.became,
        provider_reference=asked.provider_reference,
    )
    sandbox.make(payment, CollectionLifecycle.submit, cause=cause)


def written_by(asked: provider.Payment) -> dict[str, object]:
    """What the provider's payment says of ours: a scenario steers by what it says."""
    invoice = asked.invoice
    return {
        "amount": asked.amount,
        "currency": asked.currency,
        "our_reference": asked.reference or None,
        "customer_reference": asked.description or None,
        "invoice": invoice.id if invoice and invoice.type == Invoice.type else None,
    }


def adopt_changes(sandbox: Sandbox, payment: Payment, attempt: Attempt, *, cause: Cause) -> None:
    """Show the references and the amount where they are no longer those that were asked for."""
    asked = sandbox.get(provider.Payment, payment.provider_payment)
    known = ("amount", "currency", "our_reference", "customer_reference")
    now = {name: value for name, value in written_by(asked).items() if name in known}
    changed = {name: value for name, value in now.items() if getattr(attempt, name) != value}
    if changed:
        collecting.keep_attempt(sandbox, attempt, **changed)
        moments.stamped(sandbox, payment)
        sandbox.change(payment, changed, cause=cause)
