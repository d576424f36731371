"""Every kind of fixture and its defaults."""

from datetime import UTC, date, datetime

import pytest
from immutables import Map

from sandbox.engine.ids import reference
from sandbox.engine.scheduler import Subject
from sandbox.provider.fixtures import (
    Account,
    AdhocInvoice,
    Customer,
    Invoice,
    PaymentProvider,
    Site,
    Webhook,
)
from sandbox.provider.given import FinerAmountError
from sandbox.provider.instant_payments import InstantPayment, InstantPaymentStatus
from sandbox.provider.laying import lay
from sandbox.provider.mandates import Mandate, MandateStatus
from sandbox.provider.payments import Payment, PaymentStatus
from sandbox.provider.payouts import Payout, PayoutStatus
from sandbox.provider.refunds import Refund, RefundStatus

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
ADAS_BANK = Map(sort_code="200000", number="55779911", holder="Ada Lovelace")
JUNE = {"ref": "june", "customer": "ada", "amount": "42.00"}


# Every kind with its defaults, beside ada, her site and her account, which have the id 1.


def test_a_payment_provider(bank):
    assert bank.lay(payment_providers=[{"type": "GO_CARDLESS"}]) == PaymentProvider(
        id=1,
        ref="payment_provider-1",
        kind="GO_CARDLESS",
        name="GO_CARDLESS",
        status="active",
        schemes=("bacs", "faster_payments"),
    )


def test_a_payment_provider_of_a_kind_that_collects_nothing(bank):
    assert bank.lay(payment_providers=[{"type": "CHEQUE", "name": "Cheques"}]) == PaymentProvider(
        id=1, ref="payment_provider-1", kind="CHEQUE", name="Cheques", schemes=()
    )


def test_a_customer_a_site_and_an_account_that_they_did_not_ask_for(bank):
    laid = lay(bank.sandbox, {"customers": [{"ref": "grace", "id": 7, "api": "backend"}]})

    assert laid == [
        Customer(id=7, ref="grace", api="backend", name="Customer 7"),
        Site(
            id=7,
            ref="site-2",
            api="backend",
            customer=7,
            name="Site 7",
            reference="S7",
            bank_account=ADAS_BANK.set("holder", "Customer 7"),
        ),
        Account(id=7, ref="account-2", api="backend", customer=7, number="A7"),
    ]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "A", "given_name": "B", "company": "C"}, "A"),
        ({"given_name": "B", "family_name": "D", "company": "C"}, "B D"),
        ({"family_name": "D"}, "D"),
        ({"company": "C"}, "C"),
        ({}, "Customer 2"),
    ],
)
def test_a_customer_is_named_by_name_names_company_or_number(bank, fields, name):
    lay(bank.sandbox, {"customers": [fields]})

    assert bank.sandbox.get(Customer, 2).name == name


def test_a_customer_whose_number_is_taken_by_anothers_site_gets_the_next_free_one(bank):
    bank.lay(sites=[{"customer": "ada", "id": 7}])

    bank.lay(customers=[{"ref": "grace", "id": 7}])

    assert [site.id for site in bank.sandbox.all(Site, customer=7)] == [2]


def test_an_account(bank):
    fixture = {"customer": "ada", "balance": "-42.00", "credit_threshold": "500.00"}

    assert bank.lay(accounts=[fixture]) == Account(
        id=2,
        ref="account-2",
        customer=1,
        number="A2",
        currency="GBP",
        balance=-42_00,
        credit_threshold=500_00,
    )


def test_a_site_has_the_customers_name_on_its_bank_account(bank):
    assert bank.lay(sites=[{"customer": "ada", "bank_account": {"number": "1"}}]) == Site(
        id=2,
        ref="site-2",
        customer=1,
        name="Site 2",
        reference="S2",
        bank_account=ADAS_BANK.set("number", "1"),
    )


def test_a_mandate_is_active_on_the_sites_bank_account(bank):
    assert bank.lay(mandates=[{"customer": "ada"}]) == Mandate(
        id=1,
        ref="mandate-1",
        created=MONDAY,
        customer=1,
        site=1,
        scheme="bacs",
        reference=reference(1, "MD", 1),
        customer_reference=reference(1, "CU", 1),
        flow_token=reference(1, "RE", 1),
        status=MandateStatus.ACTIVE,
        bank_account=ADAS_BANK,
    )


def test_a_card_mandate_has_a_card_and_no_bank_account(bank):
    mandate = bank.lay(mandates=[{"site": 1, "scheme": "card", "card": {"last4": "1111"}}])

    assert mandate.card == Map(holder="Ada Lovelace", last4="1111", expires="2030-12")
    assert mandate.bank_account == Map()


def test_a_mandate_belongs_to_the_first_provider_of_its_scheme(bank):
    kinds = ("STRIPE_CARD", "GO_CARDLESS", "STRIPE_DD")
    bank.lay(payment_providers=[{"type": kind} for kind in kinds])

    assert [bank.mandate(scheme=scheme).provider for scheme in ("bacs", "card")] == [2, 1]


def test_an_invoice_is_due_in_fourteen_days_and_a_normal_one(bank):
    assert bank.lay(invoices=[{"customer": "ada", "amount": "42.00"}]) == Invoice(
        id=1,
        ref="invoice-1",
        customer=1,
        site=1,
        amount=42_00,
        number="INV-1",
        paid=0,
        currency="GBP",
        issued=date(2026, 6, 1),
        due=date(2026, 6, 15),
        status="open",
    )


def test_adhoc_invoices_are_counted_by_themselves(bank):
    bank.lay(invoices=[JUNE])
    fixture = {"kind": "adhoc", "site": 1, "amount": "30.00", "paid": "10.00"}

    assert bank.lay(invoices=[fixture]) == AdhocInvoice(
        id=1,
        ref="adhoc_invoice-1",
        customer=1,
        site=1,
        amount=30_00,
        number="ADH-1",
        paid=10_00,
        issued=date(2026, 6, 1),
        due=date(2026, 6, 15),
    )


def test_an_invoice_has_the_currency_of_the_account(bank):
    bank.lay(accounts=[{"customer": "ada", "currency": "EUR"}])

    assert bank.lay(invoices=[JUNE]).currency == "EUR"


def test_a_payout_has_the_currency_of_the_account(bank):
    bank.lay(accounts=[{"customer": "ada", "currency": "JPY"}])

    payout = bank.lay(payouts=[{"customer": "ada", "amount": "500", "status": "executed"}])

    assert (payout.currency, payout.amount) == ("JPY", 500)


def test_a_payment_and_its_refund_have_the_currency_of_the_invoice(bank):
    bank.lay(invoices=[{**JUNE, "amount": "12.345", "currency": "KWD"}])
    paid = {"ref": "may", "invoice": "june", "amount": "12.345", "status": "paid_out"}

    payment = bank.lay(payments=[paid])
    refund = bank.lay(refunds=[{"payment": "may", "amount": "0.001", "status": "paid"}])

    assert (payment.currency, payment.amount, payment.collected) == ("KWD", 12345, 12345)
    assert (refund.currency, refund.amount) == ("KWD", 1)


def test_an_amount_finer_than_its_currency_is_refused_with_its_place(bank):
    bank.lay(accounts=[{"customer": "ada", "currency": "JPY"}])
    said = "invoices: paid: 0.5 has more than 0 decimal places, the most in JPY"

    with pytest.raises(FinerAmountError, match=said):
        bank.lay(invoices=[{**JUNE, "amount": "42", "paid": "0.5"}])


def test_an_invoice_is_issued_on_the_local_day(bank):
    bank.sandbox.advance_to(datetime(2026, 6, 1, 23, 30, tzinfo=UTC))

    assert bank.lay(invoices=[JUNE]).issued == date(2026, 6, 2)


def test_a_payment_has_the_invoices_site_and_the_sites_mandate(bank):
    bank.lay(invoices=[JUNE])
    mandate = bank.mandate()

    assert bank.lay(payments=[{"invoice": "june", "amount": "12.00", "status": "paid_out"}]) == (
        Payment(
            id=1,
            ref="payment-1",
            created=MONDAY,
            amount=12_00,
            currency="GBP",
            scheme="bacs",
            status=PaymentStatus.PAID_OUT,
            customer=1,
            site=1,
            invoice=Subject("invoice", 1),
            mandate=mandate.id,
            number=reference(1, "PM", 1),
            collected=12_00,
            attempts=1,
        )
    )


@pytest.mark.parametrize(
    ("status", "collected", "attempts"),
    [
        ("created", None, 0),
        ("submitted", None, 1),
        ("confirmed", 10_00, 1),
        ("paid_out", 10_00, 1),
        ("failed", None, 1),
        ("charged_back", 10_00, 1),
        ("cancelled", None, 0),
    ],
)
def test_a_payment_stands_as_if_the_happy_path_had_led_there(bank, status, collected, attempts):
    payment = bank.payment(status)

    assert (payment.collected, payment.attempts) == (collected, attempts)


def test_an_instant_payment(bank):
    fixture = {"customer": "ada", "amount": "10.00", "status": "executed"}

    assert bank.lay(instant_payments=[fixture]) == InstantPayment(
        id=1,
        ref="instant_payment-1",
        created=MONDAY,
        amount=10_00,
        currency="GBP",
        scheme="faster_payments",
        status=InstantPaymentStatus.EXECUTED,
        customer=1,
        site=1,
        number=reference(2, "PM", 1),
        token=reference(1, "BRQ", 1),
    )


def test_a_refund_is_of_what_it_names(bank):
    payment = bank.payment("paid_out", ref="may", mandate=bank.mandate().id)

    assert bank.lay(refunds=[{"payment": "may", "amount": "4.00", "status": "paid"}]) == Refund(
        id=1,
        ref="refund-1",
        created=MONDAY,
        amount=4_00,
        currency="GBP",
        scheme="bacs",
        status=RefundStatus.PAID,
        payment=payment.id,
        customer=1,
        site=1,
        mandate=1,
        number=reference(1, "RF", 1),
    )


def test_a_refund_may_be_of_an_instant_payment(bank):
    fixture = {"ref": "now", "customer": "ada", "amount": "10.00", "status": "settled"}
    bank.lay(instant_payments=[fixture])

    refund = bank.lay(refunds=[{"payment": "now", "amount": "4.00", "status": "created"}])

    assert (refund.payment, refund.instant_payment) == (None, 1)


def test_a_payout_goes_to_the_bank_account_of_the_customers_first_site(bank):
    fixture = {"customer": "ada", "amount": "5.00", "status": "scheduled"}

    assert bank.lay(payouts=[{**fixture, "execution_date": "2026-06-09"}]) == Payout(
        id=1,
        ref="payout-1",
        created=MONDAY,
        amount=5_00,
        status=PayoutStatus.SCHEDULED,
        customer=1,
        bank_account=ADAS_BANK,
        number=reference(1, "OUT", 1),
        execution_date=date(2026, 6, 9),
    )


def test_a_webhook(bank):
    assert bank.lay(webhooks=[{"ref": "shop", "retries": ["1 minute"]}]) == Webhook(
        id=1, ref="shop", url="", events=(), secret="", retries=("1 minute",)
    )
