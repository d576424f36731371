"""What a payer says on the page of a mandate, while it is the payer's to finish."""

from collections.abc import Mapping

from immutables import Map
from msgspec.structs import replace

from sandbox.apis.control.rules.finding import find
from sandbox.apis.control.rules.refusals import ConflictError, UnfitError
from sandbox.engine.events import TESTER
from sandbox.engine.money import FinerThanMinorUnitsError, to_minor
from sandbox.engine.sandbox import Sandbox, UnknownResourceError
from sandbox.provider import relations
from sandbox.provider.fixtures import PaymentProvider, currency_of
from sandbox.provider.instant_payments import InstantPayment
from sandbox.provider.mandates import Mandate, MandateStatus
from sandbox.provider.truth import Truth


def give_account(sandbox: Sandbox, id: str, account: Mapping[str, str]) -> Mandate:
    """The account to collect from. ConflictError where the payer has finished."""
    mandate = _asked_for(sandbox, id, "bank_account")
    return sandbox.keep(replace(mandate, bank_account=Map(account)))


def first_payment(sandbox: Sandbox, id: str) -> InstantPayment:
    """The instant payment that is made while the mandate is set up, or UnknownResourceError."""
    payment = _first(sandbox, _mandate(sandbox, id))
    if payment is None:
        raise UnknownResourceError("first payment of", id)
    return payment


def add_first_payment(sandbox: Sandbox, id: str, wanted: Mapping[str, str]) -> Truth:
    """Let the payer begin with one. ConflictError where the flow has no place for it."""
    mandate = _asked_for(sandbox, id, "first_payment")
    provider = sandbox.find(PaymentProvider, mandate.provider)
    if provider is None or not provider.instant:
        holds = f"the provider of {mandate.ref} takes no instant payments"
        raise ConflictError("first_payment", holds, holds)
    if first := _first(sandbox, mandate):
        holds = f"{mandate.ref} has {first.ref}"
        raise ConflictError("first_payment", holds, f"{holds}, and there is one first payment")
    currency = currency_of(sandbox, mandate.customer)
    try:
        amount = to_minor(wanted["amount"], currency)
    except FinerThanMinorUnitsError as error:
        raise UnfitError("/amount", str(error)) from None
    fields = Map({**wanted, "amount": amount, "currency": currency})
    return relations.create(sandbox, mandate, InstantPayment.type, fields, cause=TESTER)


def _asked_for(sandbox: Sandbox, id: str, what: str) -> Mandate:
    mandate = _mandate(sandbox, id)
    if mandate.status != MandateStatus.REQUESTED:
        holds = f"{mandate.ref} is {mandate.status}"
        raise ConflictError(what, holds, f"{holds}, so its payer has nothing more to say")
    return mandate


def _mandate(sandbox: Sandbox, id: str) -> Mandate:
    found = find(sandbox, Mandate.type, id)
    assert isinstance(found, Mandate)
    return found


def _first(sandbox: Sandbox, mandate: Mandate) -> InstantPayment | None:
    return next(iter(sandbox.all(InstantPayment, mandate=mandate.id)), None)
