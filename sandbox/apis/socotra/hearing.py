"""What Socotra makes of the provider's notices.

What it has no word for changes nothing, and neither does anything after a payment has ended.
"""

from collections.abc import Callable, Mapping

from immutables import Map
from msgspec.structs import replace

from sandbox.apis.socotra import fixtures
from sandbox.apis.socotra.access import service
from sandbox.apis.socotra.blocks import API
from sandbox.apis.socotra.models import Instrument, Payment
from sandbox.apis.socotra.rules import delivered, deliveries, execution, stream
from sandbox.apis.socotra.rules.adopting import adopt
from sandbox.engine.events import Cause, Event
from sandbox.engine.sandbox import Handler, Reaction, Sandbox
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment as Collected
from sandbox.provider.payments import PaymentStatus

OF_PAYMENTS: Mapping[str, Callable[[Sandbox, Payment, Event], None]] = Map(
    {
        "payment.submitted": execution.heard_submitted,
        "payment.resubmitted": execution.heard_submitted,
        "payment.confirmed": execution.heard_confirmed,
        "payment.failed": execution.heard_failed,
        "payment.cancelled": execution.heard_cancelled,
    }
)


def hear(sandbox: Sandbox, event: Event, will_retry: bool) -> None:  # noqa: ARG001
    """Bring the view in line with a notice. Whether there is a retry, the retry plan says."""
    if event.subject.type == Mandate.type:
        _hear_of_mandate(sandbox, event)
        return
    if event.subject.type != Collected.type:
        return
    payment = sandbox.last(Payment, provider_payment=event.subject.id)
    if payment is None and event.name == "payment.created":
        _adopt(sandbox, event)
    elif payment is not None and event.name in OF_PAYMENTS:
        OF_PAYMENTS[event.name](sandbox, payment, event)


def _hear_of_mandate(sandbox: Sandbox, event: Event) -> None:
    """An instrument is as usable as the mandate behind it."""
    instrument = sandbox.last(Instrument, mandate=event.subject.id)
    if instrument is None:
        return
    if event.name == "mandate.changed":
        instrument = fixtures.as_said(instrument, sandbox.get(Mandate, event.subject.id))
    sandbox.keep(replace(instrument, standing=event.became))


def _adopt(sandbox: Sandbox, event: Event) -> None:
    """A payment that a scenario's step has made, as if Socotra had asked for it."""
    truth = sandbox.get(Collected, event.subject.id)
    if truth.api != API:
        return
    cause = Cause(event.cause.rule, event.number)
    caller = service(sandbox, fixtures.GIVEN_BY, f"notice {event.number}", cause)
    payment = adopt(sandbox, replace(truth, status=PaymentStatus.CREATED), caller)
    if payment is not None:
        stream.tell_payment(sandbox, caller, "execute", payment)


sent = delivered.sent

HANDLERS: Mapping[str, Handler] = Map({**execution.HANDLERS, **deliveries.HANDLERS})
"""The jobs of this API: attempts to collect, and deliveries."""

REACTIONS: Mapping[str, tuple[Reaction, ...]] = Map(
    {"account.changed": (fixtures.account_changed,)}
)
"""What follows at once, without a notice: a tester's word on a balance."""
