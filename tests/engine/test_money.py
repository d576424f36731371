from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.money import FinerThanMinorUnitsError, as_text, to_major, to_minor


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
    assert to_minor(amount) == minor


@pytest.mark.parametrize(
    "amount", [10.005, "0.001", Decimal("1.999"), 1e-7, f"1.{'0' * 40}1"], ids=str
)
def test_an_amount_finer_than_its_currency_is_refused_and_not_rounded(amount):
    with pytest.raises(FinerThanMinorUnitsError) as refused:
        to_minor(amount)

    assert refused.value.amount == Decimal(str(amount))
    assert str(refused.value) == f"{Decimal(str(amount))} has more than 2 decimal places"


def test_a_currency_may_have_other_digits():
    assert to_minor("10", digits=0) == 10
    assert to_minor("1.234", digits=3) == 1234
    with pytest.raises(FinerThanMinorUnitsError, match="more than 0 decimal places"):
        to_minor("10.5", digits=0)


@pytest.mark.parametrize(
    "amount", ["", "ten", "1,000", True, float("nan"), float("inf"), "-Infinity", "1E+999999"]
)
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="is no amount"):
        to_minor(amount)


@given(st.integers(-(10**13), 10**13))
def test_an_amount_that_left_as_a_json_number_reads_back(minor):
    assert to_minor(to_major(minor)) == minor


@given(st.integers(-(10**20), 10**20), st.integers(0, 4))
def test_an_amount_that_left_as_text_reads_back(minor, digits):
    assert to_minor(as_text(minor, digits), digits) == minor


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
    assert (to_major(minor), as_text(minor)) == (number, text)


def test_without_minor_units_there_is_no_point():
    assert as_text(1050, digits=0) == "1050"
