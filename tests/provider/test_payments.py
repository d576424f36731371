import pytest

from sandbox.engine.events import CLIENT, Cause, Reason
from sandbox.engine.ids import reference
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.provider import payments
from sandbox.provider.mandates import MandateNotUsableError, MandateStatus
from sandbox.provider.payments import NotRetriedError, Payment

USABLE = ("created", "awaiting_approval", "submitted", "active")
FALLEN = tuple(status for status in MandateStatus if status not in USABLE)


# Asking for one


def test_a_payment_is_what_its_mandate_says_and_what_the_client_wants(bank):
    mandate = bank.mandate(scheme="card", api="elevate")

    payment = payments.create(bank.sandbox, mandate, amount=10_00, reference="June")

    assert payment == Payment(
        id=1,
        ref="payment-1",
        api="elevate",
        created=bank.sandbox.now,
        amount=10_00,
        scheme="card",
        customer=mandate.customer,
        site=mandate.site,
        mandate=mandate.id,
        number=reference(1, "PM", 1),
        reference="June",
    )
    assert payment.provider_reference == payment.number
    event = bank.last_event()
    assert (event.name, event.was, event.became, event.cause) == (
        "payment.created",
        "",
        "created",
        CLIENT,
    )


@pytest.mark.parametrize("status", USABLE)
def test_law_3_a_mandate_that_is_active_or_on_its_way_can_be_collected_on(bank, status):
    payment = payments.create(bank.sandbox, bank.mandate(status), amount=10_00)

    assert payment.status == "created"


@pytest.mark.parametrize("status", FALLEN)
def test_law_3_on_any_other_mandate_the_provider_makes_no_payment(bank, status):
    mandate = bank.mandate(status)
    before = bank.sandbox.state

    with pytest.raises(MandateNotUsableError) as refused:
        payments.create(bank.sandbox, mandate, amount=10_00)

    assert str(refused.value) == (
        f"mandate {mandate.reference} is {status}; "
        "to collect, it must be active or on its way there"
    )
    assert bank.sandbox.state is before


def test_law_3_asks_what_the_mandate_is_now_not_what_it_was_when_it_was_read(bank):
    mandate = bank.mandate()
    bank.move(mandate, "cancelled")

    with pytest.raises(MandateNotUsableError, match="is cancelled"):
        payments.create(bank.sandbox, mandate, amount=10_00)


# Calling it off


def test_what_is_not_yet_at_the_bank_can_be_cancelled(bank):
    cancelled = payments.cancel(bank.sandbox, bank.payment())

    assert cancelled.status == "cancelled"
    assert cancelled.reason == Reason("payment_cancelled", "", "client")


def test_what_is_at_the_bank_is_too_late_to_cancel(bank):
    payment = bank.payment("submitted")
    before = bank.sandbox.state

    with pytest.raises(
        IllegalMoveError, match="cancelled is not allowed, only confirmed or failed"
    ):
        payments.cancel(bank.sandbox, payment)

    assert bank.sandbox.state is before


# Its way


def test_every_submission_is_an_attempt(bank):
    payment = bank.payment()

    for status in ("submitted", "failed", "submitted"):
        bank.move(payment, status)

    assert bank.now(payment).attempts == 2
    assert bank.happened() == [
        "payment-1 submitted",
        "payment-1 failed",
        "payment-1 resubmitted",
    ]


def test_what_is_confirmed_was_collected_in_full(bank):
    payment = bank.payment("submitted", amount="12.34")

    assert bank.move(payment, "confirmed").collected == 12_34


def test_what_was_set_before_is_what_is_collected(bank):
    payment = bank.payment("submitted", amount="12.34", collected="12.00")

    assert bank.move(payment, "confirmed").collected == 12_00


# Law 1


@pytest.mark.parametrize(
    ("was", "to", "code"),
    [
        ("submitted", "failed", "mandate_failed"),
        ("active", "cancelled", "mandate_cancelled"),
        ("active", "expired", "mandate_expired"),
        ("active", "blocked", "mandate_blocked"),
    ],
)
def test_law_1_a_mandate_that_falls_takes_its_waiting_payments_with_it(bank, was, to, code):
    mandate = bank.mandate(was)
    payment = bank.payment(mandate=mandate.id)

    bank.move(mandate, to)

    assert bank.happened() == [f"mandate-1 {to}", "payment-1 cancelled"]
    fell, cancelled = list(bank.sandbox.state.events)[-2:]
    assert (cancelled.at, cancelled.cause) == (fell.at, Cause("law 1", fell.number))
    assert bank.now(payment).reason.code == code


def test_law_1_takes_the_mandates_own_reason_if_it_has_one(bank):
    mandate = bank.mandate("active")
    payment = bank.payment(mandate=mandate.id)

    bank.move(mandate, "cancelled", code="bank_account_closed", scheme="bacs")

    assert bank.now(payment).reason == Reason("bank_account_closed", "ARUDD-B", "bank")


def test_law_1_takes_a_payment_along_when_a_reinstatement_fails(bank):
    """A payment given so: none can have come there by itself."""
    mandate = bank.mandate("expired")
    bank.payment(mandate=mandate.id)

    bank.move(mandate, "failed")

    assert bank.happened() == ["mandate-1 reinstatement_failed", "payment-1 cancelled"]


def test_law_1_leaves_what_is_at_the_bank_already_and_what_is_on_another_mandate(bank):
    other, mandate = bank.mandate(), bank.mandate()
    bank.payment("submitted", mandate=mandate.id)
    bank.payment(mandate=other.id)

    bank.move(mandate, "cancelled")

    assert bank.happened() == ["mandate-2 cancelled"]


def test_a_mandate_that_is_suspended_keeps_its_payments(bank):
    mandate = bank.mandate()
    bank.payment(mandate=mandate.id)

    bank.move(mandate, "suspended")

    assert bank.happened() == ["mandate-1 suspended"]


# Law 2


@pytest.mark.parametrize("status", ["created", "awaiting_approval", "submitted"])
def test_law_2_a_payment_waits_for_a_mandate_that_is_not_yet_active(bank, status):
    payment = bank.payment(mandate=bank.mandate(status).id)

    assert payments.waits(bank.sandbox, payment)


@pytest.mark.parametrize("status", ["active", "suspended", "cancelled"])
def test_law_2_a_payment_waits_for_no_other(bank, status):
    payment = bank.payment(mandate=bank.mandate(status).id)

    assert not payments.waits(bank.sandbox, payment)


def test_law_2_what_waits_is_released_when_the_mandate_becomes_active(bank):
    mandate = bank.mandate("submitted")
    bank.payment(mandate=mandate.id)
    bank.payment("cancelled", mandate=mandate.id)
    bank.payment(mandate=mandate.id)

    bank.move(mandate, "active")

    assert bank.happened() == ["mandate-1 active", "payment-1 released", "payment-3 released"]
    active, *released = list(bank.sandbox.state.events)[-3:]
    assert [event.cause for event in released] == [Cause("law 2", active.number)] * 2


# Law 5


def test_a_failed_payment_can_be_tried_again(bank):
    payment = bank.payment("failed", mandate=bank.mandate().id)

    payments.retry(bank.sandbox, payment)

    assert bank.happened() == ["payment-1 resubmission_requested"]
    assert bank.now(payment).retries == 1


def test_a_payment_that_has_not_failed_cannot_be_tried_again(bank):
    payment = bank.payment("submitted", mandate=bank.mandate().id)

    with pytest.raises(IllegalMoveError, match="resubmission_requested is not allowed"):
        payments.retry(bank.sandbox, payment)


@pytest.mark.parametrize("asked_by", ["the client", "a scenario"])
def test_law_5_a_fourth_retry_is_refused(bank, asked_by):
    payment = bank.payment("failed", mandate=bank.mandate().id, api="elevate")
    ways = {
        "the client": lambda: payments.retry(bank.sandbox, payment),
        "a scenario": lambda: bank.announce(payment, "resubmission_requested"),
    }
    for _ in range(3):
        ways[asked_by]()
    before = bank.sandbox.state

    with pytest.raises(NotRetriedError) as refused:
        ways[asked_by]()

    assert str(refused.value) == (
        f"payment {payment.number} cannot be tried again: it was tried again 3 times"
    )
    assert bank.sandbox.state is before


def test_law_5_does_not_cap_socotras_retry_plans(bank):
    payment = bank.payment("failed", mandate=bank.mandate().id, api="socotra")

    for _ in range(4):
        payments.retry(bank.sandbox, payment)

    assert bank.now(payment).retries == 4


@pytest.mark.parametrize("status", ["submitted", "suspended", "cancelled"])
def test_law_5_a_retry_needs_an_active_mandate(bank, status):
    mandate = bank.mandate(status)
    payment = bank.payment("failed", mandate=mandate.id)
    before = bank.sandbox.state

    with pytest.raises(NotRetriedError) as refused:
        payments.retry(bank.sandbox, payment)

    assert str(refused.value) == (
        f"payment {payment.number} cannot be tried again: "
        f"its mandate {mandate.reference} is {status}"
    )
    assert bank.sandbox.state is before
