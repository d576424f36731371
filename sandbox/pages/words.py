"""How pages write amounts, instants and statuses."""

from datetime import datetime
from typing import Any

from jinja2 import Environment

SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def money(amount: str, currency: str) -> str:
    """An amount as people write it."""
    return f"{SIGNS[currency]}{amount}" if currency in SIGNS else f"{amount} {currency}"


def sign(currency: str) -> str:
    """A currency as people write it."""
    return SIGNS.get(currency, currency)


def instant(text: str) -> datetime:
    """A JSON instant, read."""
    return datetime.fromisoformat(text)


def when(text: str) -> str:
    """A JSON instant, as people read it; UTC."""
    return f"{instant(text):%a %d %b %Y, %H:%M:%S} UTC"


def moment(text: str) -> str:
    """The same where there are many, one below the other."""
    at = instant(text)
    return f"{at:%a %d %b, %H:%M:%S}" if at.second else f"{at:%a %d %b, %H:%M}"


def plain(word: str) -> str:
    """A word of the API's as words of people."""
    return word.replace("_", " ").replace(".", ": ")


def put(environment: Environment) -> None:
    """Let templates write so."""
    every = (money, sign, when, moment, plain)
    filters: dict[str, Any] = {one.__name__: one for one in every}
    environment.filters.update(filters)
