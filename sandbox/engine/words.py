"""Misspelt words: which one was meant."""

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_GUESS = 80  # characters; nobody misspells a longer word, and comparing takes time
MOST_COMPARED = 1000  # choices, for the same reason


def nearest(word: object, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant, if one is near enough: with letters exchanged first."""
    by_lower = {choice.lower(): choice for choice in choices}
    if not isinstance(word, str) or len(word) > LONGEST_GUESS or len(by_lower) > MOST_COMPARED:
        return None
    written = word.lower()
    found = [one for one in by_lower if sorted(one) == sorted(written)]
    found = found or get_close_matches(written, by_lower, n=1)
    return by_lower[found[0]] if found else None
