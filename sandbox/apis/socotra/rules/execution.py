"""Execution: the provider is asked to collect, and asked again as the retry plan says.

The API never moves money. It asks at `nextRequestTime`, and learns by notice what became of it.
The vendor documents the flow; the rest is chosen.
"""

from collections.abc import Mapping
from datetime import datetime

from immutables import Map
from msgspec.structs import replace

from sandbox.apis.socotra import configuration, locators
from sandbox.apis.socotra.access import Caller, service
from sandbox.apis.socotra.blocks import API
from sandbox.apis.socotra.lifecycles import AttemptLifecycle, PaymentLifecycle, PaymentState
from sandbox.apis.socotra.models import Account, Attempt, Instrument, Invoice, Payment
from sandbox.apis.socotra.refusals import UnusableError
from sandbox.apis.socotra.rules import aggregates, posting, states, stream
from sandbox.apis.socotra.views import (
    attempts,
    change_cash,
    default_instrument,
    find,
    keep_payment,
)
from sandbox.engine.events import CLIENT, Cause, Event, Reason
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.engine.money import to_minor
from sandbox.engine.sandbox import Handler, Sandbox
from sandbox.engine.scheduler import Job, Subject
from sandbox.provider import payments, reasons
from sandbox.provider.mandates import Mandate, MandateNotUsableError
from sandbox.provider.payments import NotRetriedError
from sandbox.provider.payments import Payment as Collected

KIND = "socotra.attempt"
FALLEN = ("failed", "cancelled", "expired", "blocked")
PROVIDER_ERROR = "provider_error"


def request(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    """Have it collected: now, or at the later instant that was set."""
    row = states.calling(payment, "request")
    instrument = usable_instrument(sandbox, payment)
    change_cash(sandbox, payment.cash, instrument=instrument.locator)
    due = max(sandbox.now, payment.next_request or sandbox.now)
    requested = states.move(
        sandbox, payment, row, caller, instrument=instrument.locator, next_request=due
    )
    stream.tell_payment(sandbox, caller, "request", requested)
    return _plan(sandbox, requested, due, CLIENT)


def _plan(sandbox: Sandbox, payment: Payment, due: datetime, cause: Cause) -> Payment:
    sandbox.call_off(payment.job)
    job = sandbox.plan(due, KIND, payment.subject, rule=cause.rule, trigger=cause.trigger)
    return keep_payment(sandbox, replace(payment, next_request=due, job=job))


def postpone(sandbox: Sandbox, payment: Payment, at: datetime) -> Payment:
    """Another instant for the next attempt: a past one is now."""
    return _plan(sandbox, payment, max(sandbox.now, at), CLIENT)


def usable_instrument(sandbox: Sandbox, payment: Payment) -> Instrument:
    """The instrument named, else the account's default; UnusableError if it cannot be used."""
    named = payment.terms.instrument
    instrument = find(sandbox, Instrument, named, payment.tenant)
    if instrument is None and not payment.is_aggregate:
        instrument = default_instrument(sandbox, payment.account, payment.tenant)
    if instrument is None:
        why = "an aggregate payment must name one" if payment.is_aggregate else "there is none"
    elif instrument.expires and instrument.expires <= sandbox.now:
        why = f"{instrument.locator} has expired"
    elif instrument.token is None:
        why = f"{instrument.locator} is not linked to a payment provider"
    elif instrument.standing in FALLEN:
        why = f"the mandate of {instrument.locator} is {instrument.standing}"
    else:
        return instrument
    raise UnusableError([("financialInstrumentLocator", why)])


def attempt(sandbox: Sandbox, job: Job) -> None:
    """The handler of an attempt's job: `executing`, a new entry, and the provider is asked."""
    payment = sandbox.get(Payment, job.subject.id)
    if payment.status != PaymentState.REQUESTED:
        return
    cause = Cause(job.arguments["rule"], job.arguments["trigger"])
    caller = service(sandbox, payment.created_by, f"attempt {job.number}", cause)
    executing = states.move(
        sandbox, payment, PaymentLifecycle.execute, caller, next_request=None, job=0
    )
    entry = _new_entry(sandbox, executing)
    asked_at = len(sandbox.state.events) + 1
    try:
        executing = _ask(sandbox, executing, cause)
    except (MandateNotUsableError, NotRetriedError) as error:
        stream.tell_payment(sandbox, caller, "execute", executing)
        _failed(sandbox, executing, entry, _refused(sandbox, error), caller)
        return
    # What the provider makes of it is what the webhook tells of.
    trigger = asked_at if len(sandbox.state.events) >= asked_at else 0
    stream.tell_payment(sandbox, replace(caller, trigger=trigger), "execute", executing)


def _new_entry(sandbox: Sandbox, payment: Payment) -> Attempt:
    id = sandbox.next_id(Attempt)
    return sandbox.keep(
        Attempt(
            id=id,
            locator=locators.made(sandbox, "attempt", id, sandbox.now),
            tenant=payment.tenant,
            payment=payment.id,
            at=sandbox.now,
        )
    )


def _ask(sandbox: Sandbox, payment: Payment, cause: Cause) -> Payment:
    """Ask the provider to collect; for a further attempt, to try again."""
    before = sandbox.find(Collected, payment.provider_payment)
    if before is not None:
        try:
            payments.retry(sandbox, before, cause=cause)
        except IllegalMoveError:
            # Somebody else has had it tried again: its outcome will be heard.
            sandbox.notes.append(f"payment {payment.locator} is under way at the provider already")
        return payment
    instrument = sandbox.last(Instrument, locator=payment.instrument)
    assert instrument is not None, "a requested payment has its instrument"
    mandate = sandbox.get(Mandate, instrument.mandate)
    card = instrument.kind in ("creditCard", "debitCard")
    made = payments.create(
        sandbox,
        mandate,
        cause=cause,
        api=API,
        scheme="card" if card else "bacs",
        amount=to_minor(payment.terms.amount, payment.currency),
        currency=payment.currency,
        invoice=_given_invoice(sandbox, payment),
        reference=payment.terms.transaction_number or "",
    )
    known = replace(sandbox.get(Payment, payment.id), provider_payment=made.id, ref=made.ref)
    return keep_payment(sandbox, known)


def _given_invoice(sandbox: Sandbox, payment: Payment) -> Subject | None:
    """The fixture that the first target is: by it scenarios speak of the payment's invoice."""
    for target in payment.terms.targets:
        invoice = sandbox.last(Invoice, locator=target.container)
        if invoice and invoice.given:
            return invoice.given
    return None


def _refused(sandbox: Sandbox, error: MandateNotUsableError | NotRetriedError) -> Reason:
    """Why the provider did not even try: what became of the mandate."""
    if isinstance(error, MandateNotUsableError):
        mandate = error.mandate
    else:
        mandate = sandbox.get(Mandate, error.payment.mandate)
    code = f"mandate_{mandate.status}"
    known = code if code in reasons.CATALOGUE else "other"
    return reasons.reason(known, mandate.scheme, "payment.failed", text=str(error))


def _close(sandbox: Sandbox, entry: Attempt | None, reason: Reason | None, caller: Caller) -> None:
    """Close an attempt as failed, or as an error of the provider's own."""
    if entry is None:
        return
    is_error = reason is not None and reason.code == PROVIDER_ERROR
    row = AttemptLifecycle.err if is_error else AttemptLifecycle.fail
    closed = sandbox.make(entry, row, cause=caller.cause)
    sandbox.keep(replace(closed, note=str(reason) if reason else None))


def _failed(
    sandbox: Sandbox, payment: Payment, entry: Attempt, reason: Reason | None, caller: Caller
) -> None:
    """An attempt failed: the retry plan says whether and when there is another."""
    _close(sandbox, entry, reason, caller)
    tries = len(sandbox.ids(Attempt, payment=payment.id))
    wait = retry_plan(sandbox, payment).wait(tries)
    if wait is None:
        _end(sandbox, payment, caller)
        return
    waiting = states.move(sandbox, payment, PaymentLifecycle.retry_later, caller)
    _plan(sandbox, waiting, sandbox.now + wait, caller.cause)


def _end(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    failed = states.move(sandbox, payment, PaymentLifecycle.fail, caller)
    aggregates.tell(sandbox, caller, "fail", failed)
    return failed


def retry_plan(sandbox: Sandbox, payment: Payment) -> configuration.RetryPlan:
    """The payment's plan, else the instrument's, the account's, the tenant's (chosen)."""
    set_up = configuration.of(sandbox)
    instrument = sandbox.last(Instrument, locator=payment.instrument)
    account = sandbox.last(Account, locator=payment.account)
    names = (
        payment.terms.retry_plan,
        instrument.retry_plan if instrument else None,
        account.retry_plan if account else None,
        set_up.tenant(payment.tenant).retry_plan,
    )
    name = next(name for name in names if name)
    return set_up.retry_plans.get(name.lower()) or configuration.NO_RETRY


def cancel(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    """Withdraw a request. The provider is not asked any more."""
    row = states.calling(payment, "cancel")
    sandbox.call_off(payment.job)
    cancelled = states.move(sandbox, payment, row, caller, next_request=None, job=0)
    aggregates.tell(sandbox, caller, "cancel", cancelled)
    return cancelled


def fail(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    """Give a request up. An open attempt is closed as failed."""
    row = states.calling(payment, "fail")
    sandbox.call_off(payment.job)
    _close(sandbox, open_entry(sandbox, payment), None, caller)
    failed = states.move(sandbox, payment, row, caller, next_request=None, job=0)
    aggregates.tell(sandbox, caller, "fail", failed)
    return failed


def open_entry(sandbox: Sandbox, payment: Payment) -> Attempt | None:
    """The attempt that nothing is decided about yet."""
    return next((each for each in attempts(sandbox, payment) if each.status == "pending"), None)


# What the provider's notices lead to


def heard_submitted(sandbox: Sandbox, payment: Payment, event: Event) -> None:
    """The provider's id of the payment is known now."""
    entry = open_entry(sandbox, payment)
    if entry is not None:
        number = sandbox.get(Collected, event.subject.id).number
        sandbox.keep(replace(entry, transaction_id=number))


def heard_confirmed(sandbox: Sandbox, payment: Payment, event: Event) -> None:
    """The money is there: posted and distributed."""
    if payment.status not in (PaymentState.EXECUTING, PaymentState.REQUESTED):
        return
    caller = _notified(sandbox, payment, event)
    sandbox.call_off(payment.job)
    number = sandbox.get(Collected, event.subject.id).number
    entry = sandbox.last(Attempt, payment=payment.id)
    if entry is not None:
        late = entry.status != "pending"
        row = AttemptLifecycle.complete_late if late else AttemptLifecycle.complete
        completed = sandbox.make(entry, row, cause=caller.cause)
        sandbox.keep(replace(completed, transaction_id=completed.transaction_id or number))
    change_cash(sandbox, payment.cash, number=number)
    row = states.calling(payment, "succeed")
    cleared = keep_payment(sandbox, replace(payment, next_request=None, job=0))
    posting.post(sandbox, cleared, caller, row)


def heard_failed(sandbox: Sandbox, payment: Payment, event: Event) -> None:
    """Declined, or a technical error. It concerns the attempt under way, if there is one."""
    entry = open_entry(sandbox, payment)
    if payment.status == PaymentState.EXECUTING and entry is not None:
        caller = _notified(sandbox, payment, event)
        _failed(sandbox, payment, entry, event.reason, caller)


def heard_cancelled(sandbox: Sandbox, payment: Payment, event: Event) -> None:
    """The provider gives it up: it fails outright, whatever its retry plan has left."""
    if payment.status != PaymentState.EXECUTING:
        return
    caller = _notified(sandbox, payment, event)
    _close(sandbox, open_entry(sandbox, payment), event.reason, caller)
    _end(sandbox, payment, caller)


def _notified(sandbox: Sandbox, payment: Payment, event: Event) -> Caller:
    cause = Cause(event.cause.rule, event.number)
    return service(sandbox, payment.created_by, f"notice {event.number}", cause)


HANDLERS: Mapping[str, Handler] = Map({KIND: attempt})
