"""What Elevate makes of fixtures: the books of invoices, and a view of what was there before."""

from collections.abc import Mapping

from sandbox.apis.elevate.hearing import PAYOUTS, REFUNDS
from sandbox.apis.elevate.lifecycles import (
    MandateStatus,
    ThirdPartyOutboundPaymentStatus,
    ThirdPartyPaymentStatus,
    ThirdPartyRefundStatus,
)
from sandbox.apis.elevate.models import INTEGRATED, Books, Mandate, OutboundPayment, Payment, Refund
from sandbox.apis.elevate.rules import books as ledger
from sandbox.apis.elevate.rules import payments, refunds, rows
from sandbox.apis.elevate.rules.books import Entry, books_of, count
from sandbox.apis.elevate.rules.mandates import STATUS_GIVEN, customer_reference
from sandbox.apis.elevate.rules.payments import INSTANT, NewPayment
from sandbox.engine.events import GIVEN
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider import mandates as provider_mandates
from sandbox.provider import payments as provider_payments
from sandbox.provider import payouts as provider_payouts
from sandbox.provider import refunds as provider_refunds
from sandbox.provider.fixtures import Account, Invoice, PaymentProvider
from sandbox.provider.instant_payments import InstantPayment
from sandbox.provider.truth import Known

TP = ThirdPartyPaymentStatus
RETURN_URL = "https://example.com/mandate-done"  # specs/elevate.yaml's default, FixtureMandate

SUBMITTED = (TP.PENDING_SUBMISSION, TP.SUBMITTED)
ROWS_OF: Mapping[str, tuple[TP, ...]] = {
    "created": (TP.PENDING_SUBMISSION,),
    "submitted": SUBMITTED,
    "confirmed": (*SUBMITTED, TP.CONFIRMED),
    "paid_out": (*SUBMITTED, TP.CONFIRMED, TP.PAID_OUT),
    "failed": (*SUBMITTED, TP.FAILED),
    "charged_back": (*SUBMITTED, TP.CONFIRMED, TP.PAID_OUT, TP.CHARGED_BACK),
    "cancelled": (TP.PENDING_SUBMISSION, TP.CANCELLED),
}
"""The rows after NEW of a payment that was given in this status."""

INSTANT_ROWS_OF: Mapping[str, tuple[TP, ...]] = {
    "created": (),
    "authorised": (TP.CREATED,),
    "executed": (TP.CREATED, TP.CONFIRMED),
    "settled": (TP.CREATED, TP.CONFIRMED, TP.PAID_OUT),
    "denied": (TP.FAILED,),
    "abandoned": (TP.CANCELLED,),
    "failed": (TP.CREATED, TP.FAILED),
}


def given(sandbox: Sandbox, resource: Resource) -> None:
    """Elevate's side of one fixture."""
    if not isinstance(resource, Known) or not resource.is_known_to("elevate"):
        return
    match resource:
        case Invoice():
            ledger.open_books(sandbox, resource)
        case provider_mandates.Mandate():
            _mandate(sandbox, resource)
        case provider_payments.Payment():
            _payment(sandbox, resource, _method(sandbox, resource), ROWS_OF[resource.status])
        case InstantPayment():
            _payment(sandbox, resource, INSTANT, INSTANT_ROWS_OF[resource.status])
        case provider_refunds.Refund():
            _refund(sandbox, resource)
        case provider_payouts.Payout():
            _payout(sandbox, resource)


def laid(sandbox: Sandbox, resources: list[Resource]) -> None:
    """An account's balance, where it is not what its rows add up to, is met by an opening entry."""
    for account in resources:
        if isinstance(account, Account) and account.balance is not None:
            lacking = account.balance - ledger.balance(sandbox, account.customer)
            if lacking and account.is_known_to("elevate"):
                entry = Entry(
                    "BALANCE_ADJUSTED",
                    lacking,
                    description="Opening balance",
                    customer_payment_type="CUSTOMER",
                )
                ledger.write(sandbox, account.customer, entry)


def _mandate(sandbox: Sandbox, truth: provider_mandates.Mandate) -> None:
    block = truth.block("elevate")
    provider = sandbox.find(PaymentProvider, truth.provider)
    finished = truth.status != provider_mandates.MandateStatus.REQUESTED
    sandbox.keep(
        Mandate(
            id=sandbox.next_id(Mandate),
            site=truth.site or 0,
            mandate=truth.id,
            method=provider.kind if provider else _method_of_scheme(truth.scheme),
            redirect_url=block.get("redirectURL"),
            flow_token=block.get("flowToken", truth.flow_token),
            return_url=block.get("returnURL", RETURN_URL),
            exit_url=block.get("exitURL"),
            mandate_reference=truth.reference if finished else None,
            customer_reference=customer_reference(truth) if finished else None,
            status=MandateStatus(STATUS_GIVEN[truth.status]),
        )
    )


def _method_of_scheme(scheme: str) -> str:
    return next(method for method, own in INTEGRATED.items() if own == scheme)


def _method(sandbox: Sandbox, truth: provider_payments.Payment) -> str:
    provider = sandbox.find(PaymentProvider, truth.provider)
    return provider.kind if provider else _method_of_scheme(truth.scheme)


def _payment(
    sandbox: Sandbox,
    truth: provider_payments.Payment | InstantPayment,
    method: str,
    statuses: tuple[TP, ...],
) -> None:
    """Its rows, each of the instant at which it was made."""
    description = truth.description or truth.reference
    if truth.invoice and not sandbox.ids(Books, invoice=truth.invoice):
        return  # another API's invoice
    if truth.invoice:
        books = books_of(sandbox, truth.invoice)
        new = NewPayment(truth.amount, description, method)
        payment = payments.begin(sandbox, books, new, of=truth)
    else:
        payment = sandbox.keep(
            Payment(
                id=sandbox.next_id(Payment),
                customer=truth.customer or 0,
                invoice=None,
                method=method,
                amount=truth.amount,
                currency=truth.currency,
                description=description,
                of=truth.subject,
                meta_data=truth.provider_reference,
            )
        )
    rows.row_of(sandbox, payment, at=truth.created)
    collected = getattr(truth, "collected", None)
    for status in statuses:
        payment = payments.set_status(
            sandbox,
            payment,
            status,
            "given",
            cause=GIVEN,
            collected=collected,
            at=truth.created,
        )
        last = status == statuses[-1]
        error = str(truth.reason) if truth.reason and last else None
        rows.row_of(sandbox, payment, at=truth.created, error=error)


def _refund(sandbox: Sandbox, truth: provider_refunds.Refund) -> None:
    of = provider_refunds.refunded(sandbox, truth)
    payment = sandbox.last(Payment, of=of.subject)
    status = ThirdPartyRefundStatus(REFUNDS[f"refund.{truth.status}"])
    refund = sandbox.keep(
        Refund(
            id=sandbox.next_id(Refund),
            customer=truth.customer or 0,
            invoice=truth.invoice,
            method=payment.method if payment else _method_of_scheme(truth.scheme),
            amount=truth.amount,
            currency=truth.currency,
            description=truth.description or None,
            error_info=str(truth.reason) if truth.reason else None,
            payment=payment.id if payment else None,
            of=truth.subject,
        )
    )
    if refund.invoice:
        count(sandbox, books_of(sandbox, refund.invoice), refunding=1)
    refunds.show(sandbox, refund, truth.created)
    refunds.set_status(sandbox, refund, status, GIVEN, truth.created)


def _payout(sandbox: Sandbox, truth: provider_payouts.Payout) -> None:
    created = ThirdPartyOutboundPaymentStatus.NEW
    sandbox.keep(
        OutboundPayment(
            id=sandbox.next_id(OutboundPayment),
            customer=truth.customer or 0,
            amount=truth.amount,
            currency=truth.currency,
            reference=truth.reference or truth.number,
            use_credit=False,
            of=truth.subject,
            description=truth.description or None,
            execution_date=truth.execution_date,
            status=PAYOUTS.get(f"payout.{truth.status}", created),
        )
    )
