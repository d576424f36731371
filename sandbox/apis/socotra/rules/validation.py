"""Validation: every rule, and all that is wrong at once. A failed one is no error."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from sandbox.apis.socotra import configuration
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.lifecycles import InvoiceState, PaymentLifecycle
from sandbox.apis.socotra.models import Instrument, Invoice, Payment, Target
from sandbox.apis.socotra.rules import (
    aggregates,
    drafts,
    extension_data,
    invoices,
    numbering,
    states,
    stream,
)
from sandbox.apis.socotra.views import default_instrument, find, keep_payment
from sandbox.engine.money import (
    FinerThanMinorUnitsError,
    digits,
    to_minor,
)
from sandbox.engine.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Case:
    """A draft under examination: its targets, each with the invoice that it names, if it does."""

    sandbox: Sandbox
    payment: Payment
    targets: tuple[tuple[Target, Invoice | None], ...]

    @property
    def found(self) -> list[Invoice]:
        return [invoice for _, invoice in self.targets if invoice]

    @property
    def accounts(self) -> dict[str, None]:
        return dict.fromkeys(invoice.account for invoice in self.found)


def validate(sandbox: Sandbox, payment: Payment, caller: Caller) -> Payment:
    """Make a draft valid, or leave it a draft and say why not."""
    states.require(payment, PaymentLifecycle.validate)
    payment = drafts.settled_anew(sandbox, payment)
    errors = problems(sandbox, payment)
    if errors:
        failed = keep_payment(sandbox, replace(payment, validation=errors))
        stream.tell_payment(sandbox, caller, "validationfailed", failed)
        return failed
    keep_payment(sandbox, replace(payment, validation=()))
    valid = states.move(sandbox, payment, PaymentLifecycle.validate, caller)
    if valid.is_aggregate:
        valid = aggregates.split(sandbox, valid, caller)
    return numbering.assign(sandbox, valid, caller, "validation")


def problems(sandbox: Sandbox, payment: Payment) -> tuple[str, ...]:
    """Everything that is wrong with a draft."""
    case = Case(
        sandbox,
        payment,
        tuple(
            (target, find(sandbox, Invoice, target.container, payment.tenant))
            for target in payment.terms.targets
        ),
    )
    return tuple(text for rule in RULES for text in rule(case))


def _data(case: Case) -> Iterator[str]:
    """V1 (documented)."""
    terms = case.payment.terms
    kind = configuration.of(case.sandbox).payment_types.get(terms.type.lower())
    if kind is None:
        yield f"there is no payment type {terms.type}"
    else:
        yield from extension_data.problems(kind, terms.data)


def _amount(case: Case) -> Iterator[str]:
    """V2."""
    yield from _positive("amount", case.payment.terms.amount, case.payment.currency)


def _positive(what: str, amount: float, currency: str) -> Iterator[str]:
    if amount <= 0:
        yield f"{what} must be greater than 0"
    try:
        to_minor(amount, currency)
    except FinerThanMinorUnitsError:
        yield f"{what} has more than {digits(currency)} decimal places, the most in {currency}"


def _targets(case: Case) -> Iterator[str]:
    """V3, V4, V5."""
    seen: set[str] = set()
    for target, invoice in case.targets:
        name = f"target {target.container}"
        if target.kind != "invoice":
            yield f"{name} is of type {target.kind}; a payment's targets are invoices"
        elif invoice is None:
            yield f"{name} does not exist"
        elif invoice.status != InvoiceState.OPEN:
            yield f"{name} is {invoice.status}; it must be open"
        if target.container in seen:
            yield f"{name} is named twice"
        seen.add(target.container)


def _currency(case: Case) -> Iterator[str]:
    """V6."""
    for invoice in case.found:
        if invoice.currency != case.payment.currency:
            yield (
                f"target {invoice.locator} is in {invoice.currency},"
                f" the payment in {case.payment.currency}"
            )


def _account(case: Case) -> Iterator[str]:
    """V7: of a payment that is not split."""
    if case.payment.is_aggregate:
        return
    wanted = case.payment.terms.account
    if len(case.accounts) > 1:
        yield f"the targets belong to {len(case.accounts)} accounts; they must belong to one"
    if wanted:
        for invoice in case.found:
            if invoice.account != wanted:
                yield f"target {invoice.locator} does not belong to account {wanted}"


def _shares(case: Case) -> Iterator[str]:
    """V8; and that an aggregate payment's targets share all of it."""
    payment = case.payment
    given = [target for target, _ in case.targets if target.amount is not None]
    for target in given:
        yield from _positive(
            f"target {target.container}: amount", target.amount or 0, payment.currency
        )
    asked = sum(_exact(target.amount or 0, payment.currency) for target in given)
    whole = _exact(payment.terms.amount, payment.currency)
    if given and asked > whole:
        yield "the targets' amounts add up to more than the payment's amount"
    if payment.is_aggregate:
        if len(given) < len(case.targets):
            yield "every target of an aggregate payment needs an amount"
        if asked < whole:
            yield "the targets' amounts add up to less than the aggregate payment's amount"


def _exact(amount: float, currency: str) -> int:
    """Minor units; without what is finer: another rule says so."""
    try:
        return to_minor(amount, currency)
    except FinerThanMinorUnitsError:
        return int(amount * 10 ** digits(currency))


def _rest(case: Case) -> Iterator[str]:
    """V9: what the targets do not cover needs an account to credit."""
    payment = case.payment
    if payment.is_aggregate or payment.account:
        return
    covered = sum(
        _exact(target.amount, payment.currency)
        if target.amount is not None
        else invoices.remaining(case.sandbox, invoice)
        for target, invoice in case.targets
        if invoice
    )
    if covered < _exact(payment.terms.amount, payment.currency):
        yield "part of the amount has no target, and there is no account to credit"


def _instrument(case: Case) -> Iterator[str]:
    """V10."""
    payment, terms = case.payment, case.payment.terms
    if terms.use_default and terms.instrument:
        yield "useDefaultFinancialInstrument and financialInstrumentLocator exclude each other"
    if terms.use_default:
        default = default_instrument(case.sandbox, payment.account, payment.tenant)
        if default is None:
            yield "there is no default financial instrument"
        else:
            yield from _expired(case, default)
    if terms.instrument:
        named = find(case.sandbox, Instrument, terms.instrument, payment.tenant)
        owners = case.accounts if payment.is_aggregate else {payment.account: None}
        if named is None:
            yield f"financial instrument {terms.instrument} does not exist"
            return
        if named.account not in owners:
            yield f"financial instrument {named.locator} does not belong to the account"
        yield from _expired(case, named)


def _expired(case: Case, instrument: Instrument) -> Iterator[str]:
    if instrument.expires and instrument.expires <= case.sandbox.now:
        yield f"financial instrument {instrument.locator} has expired"


def _plan(case: Case) -> Iterator[str]:
    """V11."""
    name = case.payment.terms.retry_plan
    if name and name.lower() not in configuration.of(case.sandbox).retry_plans:
        yield f"there is no retry plan {name}"


RULES: tuple[Callable[[Case], Iterator[str]], ...] = (
    _data,
    _amount,
    _targets,
    _currency,
    _account,
    _shares,
    _rest,
    _instrument,
    _plan,
)
