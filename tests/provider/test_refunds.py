import pytest

from sandbox.engine.events import CLIENT
from sandbox.engine.ids import reference
from sandbox.provider import instant_payments, refunds
from sandbox.provider.refunds import Refund, RefundStatus


@pytest.fixture
def payment(bank):
    bank.lay(invoices=[{"ref": "june", "customer": "ada", "amount": "42.00"}])
    return bank.payment("paid_out", invoice="june", mandate=bank.mandate().id, api="elevate")


@pytest.fixture
def refund(bank, payment):
    return refunds.create(bank.sandbox, payment, amount=4_00)


def test_a_refund_is_of_a_payment_and_has_its_parties(bank, payment, refund):
    assert refund == Refund(
        id=1,
        ref="refund-1",
        api="elevate",
        created=bank.sandbox.now,
        amount=4_00,
        payment=payment.id,
        customer=payment.customer,
        site=payment.site,
        invoice=payment.invoice,
        mandate=payment.mandate,
        number=reference(1, "RF", 1),
        status=RefundStatus.CREATED,
    )
    assert refund.provider_reference == refund.number
    assert (bank.last_event().name, bank.last_event().cause) == ("refund.created", CLIENT)
    assert refunds.refunded(bank.sandbox, refund) == payment


def test_a_refund_may_be_of_an_instant_payment(bank):
    payment = instant_payments.create(bank.sandbox, amount=10_00, currency="EUR", customer=1)

    refund = refunds.create(bank.sandbox, payment, amount=4_00)

    assert (refund.payment, refund.instant_payment) == (None, payment.id)
    assert (refund.currency, refund.scheme) == ("EUR", "faster_payments")
    assert refunds.refunded(bank.sandbox, refund) == payment


@pytest.mark.parametrize(
    ("way", "given_back"),
    [
        (["submitted"], 0),
        (["submitted", "paid"], 4_00),
        (["submitted", "bounced"], 0),
        (["submitted", "paid", "bounced"], 0),
        (["submitted", "paid", "funds_returned"], 0),
        (["cancelled"], 0),
    ],
)
def test_what_was_paid_back_counts_until_it_comes_back(bank, payment, refund, way, given_back):
    for status in way:
        bank.move(refund, status)

    assert bank.now(payment).refunded == given_back


def test_refunds_add_up(bank, payment, refund):
    second = refunds.create(bank.sandbox, payment, amount=1_50)

    for each in (refund, second):
        bank.move(each, "submitted")
        bank.move(each, "paid")

    assert bank.now(payment).refunded == 5_50


def test_a_given_refund_that_comes_back_leaves_no_less_than_nothing_given_back(bank, payment):
    """A fixture's payment says itself what was refunded of it: nothing, unless it says more."""
    given = bank.lay(refunds=[{"payment": payment.id, "amount": "4.00", "status": "paid"}])

    bank.move(given, "bounced")

    assert bank.now(payment).refunded == 0
