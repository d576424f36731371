"""Money is an integer of minor units. Here it enters and leaves as major units, exactly."""

from decimal import Context, Decimal

EXACT = 1e11  # with two to four more digits, fewer than fifteen
PENCE = 2  # digits of the minor unit of GBP, EUR and USD


class FinerThanMinorUnitsError(Exception):
    """An amount with more decimal places than its currency has."""

    def __init__(self, amount: Decimal, digits: int) -> None:
        self.amount = amount
        super().__init__(f"{amount} has more than {digits} decimal places")


def to_minor(amount: float | int | str | Decimal, digits: int = PENCE) -> int:
    """Minor units of an amount in major units, as JSON or a scenario writes it: 10.5 → 1050.

    Raises FinerThanMinorUnitsError instead of rounding; ValueError for what is no amount.
    """
    if type(amount) is float and abs(amount) < EXACT:
        # Up to fifteen digits a float is its shortest decimal's only one: no Decimal is needed.
        units = 10.0**digits
        nearest = round(amount * units)
        if nearest / units == amount:
            return nearest
    try:
        exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
        # In as many digits as it has: the usual 28 would round.
        minor = exact.scaleb(digits, Context(prec=max(1, len(exact.as_tuple().digits))))
    except ArithmeticError:
        raise ValueError(f"{amount!r} is no amount") from None
    if not minor.is_finite():
        raise ValueError(f"{amount!r} is no amount")
    if minor != minor.to_integral_value():
        raise FinerThanMinorUnitsError(exact, digits)
    return int(minor)


def to_major(minor: int, digits: int = PENCE) -> float:
    """The JSON number of an amount in major units: 1050 → 10.5. The shortest that reads back."""
    return minor / (10.0**digits)


def as_text(minor: int, digits: int = PENCE) -> str:
    """The decimal string of scenarios and of the testers' API: 1050 → "10.50"."""
    return str(Decimal(minor).scaleb(-digits)) if digits else str(minor)
