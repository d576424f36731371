"""Collecting a payment: the provider is asked, and each request to it is an attempt.

Chosen throughout: on the platform an operator, automatic collection or a payment run submits.
"""

from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from sandbox.apis.backend.lifecycles import AttemptLifecycle, CollectionLifecycle
from sandbox.apis.backend.models import Attempt, Payment
from sandbox.apis.backend.rules import customers, moments, payment_types, reversals
from sandbox.engine.events import CLIENT, Cause
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import payments as provider
from sandbox.provider.fixtures import Invoice, invoice_subject
from sandbox.provider.mandates import Mandate, MandateNotUsableError

DAYS_TO_THE_CHARGE = 2
"""Bacs takes a payment on the second working day after it was submitted."""


def collect(sandbox: Sandbox, payment: Payment) -> Payment:
    """Ask the provider to collect `payment`, if there is anything to ask.

    There is when it is positive, its method collects, and the customer has an account or a card to
    collect from. A mandate that has fallen does not refuse the call: it reverses the payment.
    """
    scheme = payment_types.scheme_of(sandbox, payment.method)
    mandate = scheme and customers.to_collect_from(sandbox, payment.customer, scheme)
    if not mandate or payment.amount <= 0:
        return payment
    try:
        asked = _ask(sandbox, payment, mandate)
    except MandateNotUsableError as error:
        return _refused(sandbox, payment, mandate, f"mandate_{error.mandate.status}")
    moments.stamped(sandbox, payment, provider_payment=asked.id)
    open_attempt(
        sandbox,
        payment,
        mandate,
        provider_status=asked.status.value,
        provider_reference=asked.provider_reference,
    )
    return sandbox.make(payment, CollectionLifecycle.submit, cause=CLIENT)


def _ask(sandbox: Sandbox, payment: Payment, mandate: Mandate) -> provider.Payment:
    return provider.create(
        sandbox,
        mandate,
        api=customers.API,
        amount=payment.amount,
        currency=payment.currency,
        invoice=invoice_subject(Invoice.kind, payment.invoice) if payment.invoice else None,
        reference=payment.our_reference or "",
        description=payment.customer_reference or "",
    )


def _refused(sandbox: Sandbox, payment: Payment, mandate: Mandate, why: str) -> Payment:
    """The provider made no payment: the attempt has failed, and has no reference of its."""
    attempt = open_attempt(
        sandbox, payment, mandate, provider_status=provider.PaymentStatus.FAILED.value
    )
    today = sandbox.now.date()
    keep_attempt(sandbox, attempt, failed_date=today, provider_detail=why)
    sandbox.make(attempt, AttemptLifecycle.failed, cause=CLIENT)
    sandbox.make(payment, CollectionLifecycle.refused, cause=CLIENT)
    return reversals.reverse(sandbox, payment, today, cause=CLIENT, by_provider=True)


def open_attempt(
    sandbox: Sandbox, payment: Payment, mandate: Mandate, *, cause: Cause = CLIENT, **known: Any
) -> Attempt:
    """Record that the provider was asked. The references are those of the payment at that time."""
    attempt = Attempt(
        id=moments.next_attempt_id(sandbox),
        payment=payment.id,
        scheme=mandate.scheme,
        account=mandate.id,
        amount=payment.amount,
        currency=payment.currency,
        our_reference=payment.our_reference,
        customer_reference=payment.customer_reference,
        setup_date=sandbox.now.date(),
        created_at=sandbox.now,
        updated_at=sandbox.now,
        **known,
    )
    return _begin(sandbox, attempt, cause)


def open_another(
    sandbox: Sandbox, before: Attempt, day: date, provider_status: str, *, cause: Cause
) -> Attempt:
    """Record that the provider tries again what it tried `before`."""
    again = replace(
        before,
        id=moments.next_attempt_id(sandbox),
        status=AttemptLifecycle.initial,
        setup_date=day,
        collection_date=None,
        taken_date=None,
        failed_date=None,
        provider_status=provider_status,
        provider_detail=None,
        created_at=sandbox.now,
        updated_at=sandbox.now,
    )
    return _begin(sandbox, again, cause)


def _begin(sandbox: Sandbox, attempt: Attempt, cause: Cause) -> Attempt:
    moments.note_attempt(sandbox, attempt)
    return sandbox.begin(attempt, "backend.attempt.requested", cause=cause)


def keep_attempt(sandbox: Sandbox, attempt: Attempt, **changes: Any) -> Attempt:
    """Change what is known of an attempt. Nothing of it shows in the payment."""
    current = sandbox.get(Attempt, attempt.id)
    return sandbox.keep(replace(current, updated_at=sandbox.now, **changes))


def charge_date(sandbox: Sandbox, scheme: str, submitted: datetime) -> date | None:
    """When funds that were asked for at `submitted` are due. Cards have no such date."""
    if scheme != "bacs":
        return None
    calendar = sandbox.calendar
    return calendar.working_days_after(calendar.local(submitted).date(), DAYS_TO_THE_CHARGE)
