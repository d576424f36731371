from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.money import (
    DIGITS,
    FinerThanMinorUnitsError,
    UnknownCurrencyError,
    as_text,
    digits,
    rounded,
    to_major,
    to_minor,
)


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        (10, 1000),
        (10.5, 1050),
        (0.29, 29),  # 0.29 * 100 is 28.999999999999996
        (1.15, 115),
        ("10.50", 1050),
        ("-42.00", -4200),
        ("10.500", 1050),
        (Decimal("0.01"), 1),
        (1e3, 100_000),
        ("12345678901234567890123456789012345.67", 1234567890123456789012345678901234567),
    ],
)
def test_an_amount_enters_exactly(amount, minor):
    assert to_minor(amount, "GBP") == minor


@pytest.mark.parametrize(
    "amount", [10.005, "0.001", Decimal("1.999"), 1e-7, f"1.{'0' * 40}1"], ids=str
)
def test_an_amount_finer_than_its_currency_is_refused_and_not_rounded(amount):
    with pytest.raises(FinerThanMinorUnitsError) as refused:
        to_minor(amount, "GBP")

    assert refused.value.amount == Decimal(str(amount))
    text = f"{Decimal(str(amount))} has more than 2 decimal places, the most in GBP"
    assert str(refused.value) == text


@pytest.mark.parametrize(
    ("currency", "amount", "minor", "text"),
    [
        ("GBP", "1.5", 150, "1.50"),
        ("JPY", "1000", 1000, "1000"),
        ("JPY", "1000.00", 1000, "1000"),
        ("KWD", "12.345", 12345, "12.345"),
        ("CLF", 1.2345, 12345, "1.2345"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(currency, amount, minor, text):
    assert (to_minor(amount, currency), as_text(minor, currency)) == (minor, text)


@pytest.mark.parametrize(
    ("currency", "amount", "most"), [("JPY", 10.5, 0), ("KWD", "0.1234", 3), ("CLF", 1.00005, 4)]
)
def test_one_more_digit_than_the_currency_has_is_refused(currency, amount, most):
    expected = f"{amount} has more than {most} decimal places, the most in {currency}"
    with pytest.raises(FinerThanMinorUnitsError, match=expected):
        to_minor(amount, currency)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("GPB", ". Did you mean GBP?"),
        ("usd", ". Did you mean USD?"),
        ("QQQ", ""),
        ("XTS", ". Did you mean TZS?"),  # for tests: a code, and no money
    ],
)
def test_what_is_no_currency_is_refused_with_the_nearest(code, meant):
    with pytest.raises(UnknownCurrencyError) as refused:
        digits(code)

    assert str(refused.value) == f"there is no currency {code}{meant}"


@pytest.mark.parametrize(("amount", "minor"), [("0.125", 12), ("0.135", 14), (1, 100)])
def test_what_a_configuration_says_is_rounded_half_even(amount, minor):
    assert rounded(amount, "GBP") == minor


@pytest.mark.parametrize(
    "amount", ["", "ten", "1,000", True, float("nan"), float("inf"), "-Infinity", "1E+999999"]
)
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="is no amount"):
        to_minor(amount, "GBP")


CURRENCIES = st.sampled_from(sorted(DIGITS))


@given(st.integers(-(10**13), 10**13), CURRENCIES)
def test_an_amount_that_left_as_a_json_number_reads_back(minor, currency):
    assert to_minor(to_major(minor, currency), currency) == minor


@given(st.integers(-(10**40), 10**40), CURRENCIES)
def test_an_amount_that_left_as_text_reads_back(minor, currency):
    assert to_minor(as_text(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("minor", "number", "text"),
    [
        (1050, 10.5, "10.50"),
        (0, 0.0, "0.00"),
        (5, 0.05, "0.05"),
        (-1, -0.01, "-0.01"),
        (123456789, 1234567.89, "1234567.89"),
    ],
)
def test_an_amount_leaves_as_a_number_or_as_text_with_both_decimals(minor, number, text):
    assert (to_major(minor, "GBP"), as_text(minor, "GBP")) == (number, text)
