"""What a payer types: read as a bank's form reads it, and said what is wrong."""

import re
from collections.abc import Mapping

from sandbox.engine import money
from sandbox.pages.words import sign

MOST_LETTERS = 70  # of a name, as the schemes carry it
BETWEEN_DIGITS = re.compile(r"[\s-]")

Known = Mapping[str, str]


def account(known: Known, form: Known) -> tuple[dict[str, str], str]:
    """The account, and what is wrong with it. One that is known by its IBAN keeps that."""
    holder = form.get("holder", "").strip()
    typed = {"holder": holder}
    wrong = "" if 0 < len(holder) <= MOST_LETTERS else "Whose account is it?"
    if "iban" in known:
        return {**typed, "iban": known["iban"]}, wrong
    for name, digits, what in (("sort_code", 6, "sort code"), ("number", 8, "account number")):
        typed[name] = BETWEEN_DIGITS.sub("", form.get(name, ""))
        if not re.fullmatch(rf"[0-9]{{{digits}}}", typed[name]):
            wrong = wrong or f"The {what} has {digits} digits."
    return typed, wrong


def first_payment(form: Known, currency: str) -> tuple[dict[str, str], str]:
    """The payment to begin with, empty where none is wanted, and what is wrong with it."""
    amount = form.get("amount", "").strip().removeprefix(sign(currency)).strip().replace(",", "")
    if not amount:
        return {}, ""
    typed = {"amount": amount, "description": form.get("description", "").strip()}
    places = money.digits(currency)
    fraction = rf"(\.[0-9]{{{places}}})?" if places else ""
    if not re.fullmatch(rf"(0|[1-9][0-9]{{0,8}}){fraction}", amount) or not float(amount):
        example = money.as_text(125 * 10**places // 10, currency)
        return typed, f"The amount of the first payment is written like {example}."
    return typed, "" if typed["description"] else "What is the first payment for?"
