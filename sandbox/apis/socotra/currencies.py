"""Money of any currency: major units outside, integers of its own minor units inside."""

from decimal import ROUND_HALF_EVEN, Decimal

from sandbox.engine.money import PENCE, to_major, to_minor

DIGITS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""ISO 4217's minor units where they are not two digits. Source: list one of 2026-01-01."""


def digits(currency: str) -> int:
    """How many decimal places an amount of this currency has."""
    return DIGITS.get(currency.upper(), 2)


def minor(amount: float | str, currency: str) -> int:
    """Minor units, exactly: FinerThanMinorUnitsError where the amount is finer than these."""
    return to_minor(amount, digits(currency))


def rounded(amount: float | str, currency: str) -> int:
    """Minor units, half even: for what configuration says."""
    exact = Decimal(str(amount)).scaleb(digits(currency))
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def major(minor_units: int, currency: str) -> float:
    """The JSON number of an amount."""
    return to_major(minor_units, digits(currency))


def of_truth(amount: int, currency: str) -> int:
    """Minor units of an amount as the provider and fixtures keep it: hundredths of any currency."""
    return minor(str(Decimal(amount).scaleb(-PENCE)), currency)


def as_truth(minor_units: int, currency: str) -> int:
    """The other way round; of a currency of three digits half even to hundredths."""
    hundredths = Decimal(minor_units).scaleb(PENCE - digits(currency))
    return int(hundredths.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
