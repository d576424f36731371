"""Money is an integer of minor units of its currency. Major units enter and leave here, exactly."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal

from iso4217 import Currency

from sandbox.engine.words import nearest

DIGITS: Mapping[str, int] = {one.code: one.exponent for one in Currency if one.exponent is not None}
"""The decimal places of every currency, but for what has none, as gold and the code for tests."""
CURRENCY = "GBP"
"""Where no account says another."""

EXACT = 1e11  # with up to four more digits, no more than fifteen


class UnknownCurrencyError(Exception):
    """A code that is no currency's, and the one that was probably meant."""

    def __init__(self, code: str) -> None:
        self.code = code
        guess = nearest(code, DIGITS)
        meant = f". Did you mean {guess}?" if guess else ""
        super().__init__(f"there is no currency {code}{meant}")


class FinerThanMinorUnitsError(Exception):
    """An amount with more decimal places than its currency has."""

    def __init__(self, amount: Decimal, currency: str) -> None:
        self.amount = amount
        self.currency = currency
        most = digits(currency)
        super().__init__(f"{amount} has more than {most} decimal places, the most in {currency}")


def digits(currency: str) -> int:
    """How many decimal places an amount of this currency has, or UnknownCurrencyError."""
    try:
        return DIGITS[currency]
    except KeyError:
        raise UnknownCurrencyError(currency) from None


def to_minor(amount: float | int | str | Decimal, currency: str) -> int:
    """Minor units of an amount in major units, as JSON or a scenario writes it: 10.5 → 1050.

    Raises FinerThanMinorUnitsError instead of rounding; UnknownCurrencyError; ValueError for what
    is no amount.
    """
    most = digits(currency)
    if type(amount) is float and abs(amount) < EXACT:
        # Up to fifteen digits a float is its shortest decimal's only one: no Decimal is needed.
        units = 10.0**most
        nearest = round(amount * units)
        if nearest / units == amount:
            return nearest
    try:
        exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
        # In as many digits as it has: the usual 28 would round.
        minor = exact.scaleb(most, Context(prec=max(1, len(exact.as_tuple().digits))))
    except ArithmeticError:
        raise ValueError(f"{amount!r} is no amount") from None
    if not minor.is_finite():
        raise ValueError(f"{amount!r} is no amount")
    if minor != minor.to_integral_value():
        raise FinerThanMinorUnitsError(exact, currency)
    return int(minor)


def rounded(amount: float | str, currency: str) -> int:
    """Minor units, half even, of what a configuration says."""
    exact = Decimal(str(amount)).scaleb(digits(currency))
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def to_major(minor: int, currency: str) -> float:
    """The JSON number of an amount in major units: 1050 → 10.5. The shortest that reads back."""
    return minor / 10.0 ** digits(currency)


def exactly(minor: int, currency: str) -> Decimal:
    """The amount in major units, with all of its currency's decimal places: 1050 → 10.50."""
    return Decimal(f"{minor}e-{digits(currency)}")


def as_text(minor: int, currency: str) -> str:
    """The decimal string of scenarios and of the testers' API: 1050 → "10.50"."""
    return f"{exactly(minor, currency):f}"
