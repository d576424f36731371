"""Payment numbers: set by a client, or made by a plan. They need not be unique."""

from immutables import Map
from msgspec.structs import replace

from sandbox.apis.socotra import configuration
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.lifecycles import PaymentLifecycle
from sandbox.apis.socotra.models import Payment
from sandbox.apis.socotra.refusals import AlreadyNumberedError, UnusableError
from sandbox.apis.socotra.rules import states, stream
from sandbox.engine.sandbox import Sandbox

COUNTERS = "socotra.numbers"
"""The part with the next core number of each numbering plan."""


def put(sandbox: Sandbox, payment: Payment, number: str) -> Payment:
    """Give it this number, whether or not it has one, or another payment has it (chosen)."""
    states.require(payment, PaymentLifecycle.number)
    return sandbox.keep(replace(payment, number=number))


def generate(sandbox: Sandbox, payment: Payment) -> Payment:
    """Give it the plan's next number, once."""
    states.require(payment, PaymentLifecycle.number)
    if payment.number is not None:
        raise AlreadyNumberedError(payment.number)
    number = _next(sandbox, payment)
    if number is None:
        why = f"there is no number left for payment type {payment.terms.type}"
        raise UnusableError([("paymentNumber", why)])
    return sandbox.keep(replace(payment, number=number))


def assign(sandbox: Sandbox, payment: Payment, caller: Caller, trigger: str) -> Payment:
    """Number it if its type says so at this moment, `creation` or `validation`."""
    kind = configuration.of(sandbox).payment_types[payment.terms.type.lower()]
    if payment.number is not None or kind.numbering_trigger != trigger:
        return payment
    number = _next(sandbox, payment)
    if number is None:
        stream.tell_number_failed(sandbox, caller, payment)
        return payment
    return sandbox.keep(replace(payment, number=number))


def _next(sandbox: Sandbox, payment: Payment) -> str | None:
    """The next number of the type's plan, else of the tenant's; None when it is used up."""
    set_up = configuration.of(sandbox)
    kind = set_up.payment_types[payment.terms.type.lower()]
    name = kind.numbering_plan or set_up.tenant(payment.tenant).numbering_plan
    plan = set_up.numbering_plans[name.lower()]
    counters: Map[str, int] = sandbox.part(COUNTERS, Map())
    core = counters.get(plan.name, plan.first)
    sandbox.keep_part(COUNTERS, counters.set(plan.name, core + 1))
    return plan.number(core)
