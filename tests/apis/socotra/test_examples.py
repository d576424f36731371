"""Twelve worked examples, to the minor unit, in currencies of 2, 0 and 3 digits.

Amounts below are minor units: invoice A is for 10000, B for 4000, and 100 may be missing.
"""

from dataclasses import dataclass
from typing import Any

import pytest

GBP_FIXTURES = {
    "customers": [{"ref": "leeds", "id": 6, "company": "Leeds", "api": "socotra"}],
    "accounts": [
        {"ref": "acc6", "id": 6, "customer": "leeds", "currency": "GBP", "api": "socotra"}
    ],
    "invoices": [
        {"ref": "a-gbp", "id": 20, "customer": "leeds", "amount": "100.00", "api": "socotra"},
        {"ref": "b-gbp", "id": 21, "customer": "leeds", "amount": "40.00", "api": "socotra"},
    ],
}
GBP_CONFIG = """
  config:
    socotra:
      shortfallTolerancePlans:
        basicPlan: { currencyTolerances: { GBP: "1.00" } }
"""
CURRENCIES = {
    "USD": (2, "acc1", "a", "b"),
    "GBP": (2, "acc6", "a-gbp", "b-gbp"),
    "JPY": (0, "acc4", "a-jpy", "b-jpy"),
    "KWD": (3, "acc5", "a-kwd", "b-kwd"),
}


@dataclass
class World:
    """One currency: the client, the locators, and amounts of its minor units as JSON numbers."""

    client: Any
    digits: int
    account: str
    A: str
    B: str

    def money(self, minor):
        return minor if self.digits == 0 else minor / 10**self.digits

    def owes(self, locator):
        state, left = self.client.owes(locator)
        return state, round(left * 10**self.digits)

    def balance(self):
        return round(self.client.balance(self.account) * 10**self.digits)

    def posted(self, minor, *targets):
        some = [t if isinstance(t, str) else (t[0], self.money(t[1])) for t in targets]
        return self.client.posted(self.money(minor), *some)

    def remaining(self, payment):
        return round(payment["remainingAmount"] * 10**self.digits)

    def credits(self, payment):
        found = self.client.on(payment, "list_shortfall_credits")["items"]
        return [
            (each["shortfallCreditState"], round(each["amount"] * 10**self.digits))
            for each in found
        ]


@pytest.fixture(params=CURRENCIES)
def world(request, socotra, socotra_with):
    digits, account, a, b = CURRENCIES[request.param]
    client = socotra
    if request.param == "GBP":
        client = socotra_with(GBP_CONFIG)
        client.give(**GBP_FIXTURES)
    names = client.locators()
    return World(client, digits, names[account], names[a], names[b])


def test_e1_the_exact_amount_settles(world):
    payment = world.posted(10000, world.A)

    assert world.owes(world.A) == ("settled", 0)
    assert world.credits(payment) == []
    assert world.remaining(payment) == 0


def test_e2_a_small_shortfall_is_written_off(world):
    payment = world.posted(9950, world.A)

    assert world.owes(world.A) == ("settled", 0)
    assert world.credits(payment) == [("distributed", 50)]
    assert len(payment["shortfallCreditLocators"]) == 1


def test_e3_the_tolerance_is_inclusive(world):
    payment = world.posted(9900, world.A)

    assert world.owes(world.A) == ("settled", 0)
    assert world.credits(payment) == [("distributed", 100)]


def test_e4_beyond_the_tolerance_the_invoice_stays_open(world):
    payment = world.posted(9899, world.A)

    assert world.owes(world.A) == ("open", 101)
    assert world.credits(payment) == []


def test_e5_an_excess_goes_to_the_credit_balance(world):
    payment = world.posted(12000, world.A)

    assert world.owes(world.A) == ("settled", 0)
    assert world.balance() == 2000
    assert world.remaining(payment) == 2000


def test_e6_targets_without_amounts_are_served_in_order(world):
    payment = world.posted(12000, world.A, world.B)

    assert world.owes(world.A) == ("settled", 0)
    assert world.owes(world.B) == ("open", 2000)
    assert [each["amount"] for each in payment["targets"]] == [
        world.money(10000),
        world.money(2000),
    ]


def test_e7_targets_with_amounts(world):
    world.posted(14000, (world.A, 10000), (world.B, 4000))

    assert world.owes(world.A) == ("settled", 0)
    assert world.owes(world.B) == ("settled", 0)


def test_e8_targets_beyond_the_amount_are_not_valid(world):
    targets = [(world.A, world.money(7000)), (world.B, world.money(4000))]
    payment = world.client.valid(world.money(10000), *targets)

    assert payment["paymentState"] == "draft"
    assert payment["validationResult"] == {
        "success": False,
        "validationItems": [
            {
                "elementType": "StandardPayment",
                "locator": payment["locator"],
                "errors": ["the targets' amounts add up to more than the payment's amount"],
            }
        ],
    }


def test_e9_without_targets_the_account_is_credited(world):
    draft = world.client.valid(
        world.money(5000),
        accountLocator=world.account,
        currency=world.client.invoice(world.A)["currency"],
    )
    world.client.on(draft, "post_payment")

    assert world.balance() == 5000


def test_e10_without_targets_and_account_nothing_can_be_credited(world):
    payment = world.client.valid(
        world.money(5000), currency=world.client.invoice(world.A)["currency"]
    )

    assert payment["validationResult"]["validationItems"][0]["errors"] == [
        "part of the amount has no target, and there is no account to credit"
    ]


def test_e11_a_reversal_takes_the_shortfall_credit_back(world):
    payment = world.posted(9950, world.A)

    payment = world.client.reversed(payment)

    assert payment["paymentState"] == "reversed"
    assert world.owes(world.A) == ("open", 10000)
    assert world.credits(payment) == [("reversed", 50)]


def test_e12_credit_that_was_spent_cannot_be_reversed(world):
    payment = world.posted(12000, world.A)
    world.client.set_balance(world.account, "0")
    before = world.client.sandbox.state

    refusal = world.client.refused("reverse_payment", payment, body={"reversalType": "Standard"})

    assert refusal == (
        422,
        990402,
        f"the credit balance of account {world.account} no longer covers what the payment credited",
    )
    assert world.client.sandbox.state is before
