"""The bank account that a payer types: read as a bank's form reads it, and said what is wrong."""

import re
from collections.abc import Mapping

MOST_LETTERS = 70  # of a name, as the schemes carry it
BETWEEN_DIGITS = re.compile(r"[\s-]")


def read(known: Mapping[str, str], form: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The account, and what is wrong with it. One that is known by its IBAN keeps that."""
    holder = form.get("holder", "").strip()
    typed = {"holder": holder}
    wrong = "" if 0 < len(holder) <= MOST_LETTERS else "Whose account is it?"
    if "iban" in known:
        return {**known, **typed}, wrong
    for name, digits, what in (("sort_code", 6, "sort code"), ("number", 8, "account number")):
        typed[name] = BETWEEN_DIGITS.sub("", form.get(name, ""))
        if not re.fullmatch(rf"[0-9]{{{digits}}}", typed[name]):
            wrong = wrong or f"The {what} has {digits} digits."
    return {**known, **typed}, wrong
