import pytest

from sandbox.engine.events import CLIENT, Reason
from sandbox.engine.ids import reference
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.engine.scheduler import Subject
from sandbox.provider import instant_payments
from sandbox.provider.instant_payments import InstantPayment, InstantPaymentStatus


def test_an_instant_payment_has_a_page_for_the_payer(bank):
    invoice = Subject("invoice", 1)

    payment = instant_payments.create(bank.sandbox, amount=10_00, customer=1, invoice=invoice)

    assert payment == InstantPayment(
        id=1,
        ref="instant_payment-1",
        created=bank.sandbox.now,
        amount=10_00,
        customer=1,
        invoice=invoice,
        number=reference(2, "PM", 1),
        token=reference(1, "BRQ", 1),
        status=InstantPaymentStatus.CREATED,
    )
    assert payment.provider_reference == payment.number
    assert (bank.last_event().name, bank.last_event().cause) == ("instant_payment.created", CLIENT)


def test_what_the_payer_has_not_authorised_can_be_withdrawn(bank):
    payment = instant_payments.create(bank.sandbox, amount=10_00)

    withdrawn = instant_payments.cancel(bank.sandbox, payment)

    assert withdrawn.status == InstantPaymentStatus.ABANDONED
    assert withdrawn.reason == Reason("payment_cancelled", "", "client")


def test_what_the_payer_has_authorised_can_no_longer_be_withdrawn(bank):
    payment = instant_payments.create(bank.sandbox, amount=10_00)
    bank.move(payment, "authorised")
    before = bank.sandbox.state

    with pytest.raises(IllegalMoveError, match="abandoned is not allowed"):
        instant_payments.cancel(bank.sandbox, payment)

    assert bank.sandbox.state is before
