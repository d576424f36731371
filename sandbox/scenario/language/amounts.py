"""Amounts of fixtures: none is finer than its currency."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from sandbox.engine.money import CURRENCY, FinerThanMinorUnitsError, to_minor
from sandbox.scenario.language.problems import Finding, Path

Fixture: TypeAlias = Mapping[str, Any]
Elsewhere: TypeAlias = Callable[[str, str | int], str | None]
"""The currency of what a fixture belongs to and is not among them: by its key and its name."""

MONEY = frozenset({"amount", "collected", "refunded", "paid", "balance", "credit_threshold"})
"""Fields in minor units of the resource's currency; a scenario writes and reads major ones."""

OWNERS = {
    "payment": ("payments", "instant_payments"),
    "invoice": ("invoices",),
    "site": ("sites",),
    "customer": ("customers",),
}
"""What a fixture belongs to, the nearest first: the key that names it, and its kinds."""


def too_fine(
    resources: Mapping[str, Any], at: Path, elsewhere: Elsewhere = lambda *_: None
) -> Iterator[Finding]:
    """Amounts in these fixtures, a list of each kind, with more decimal places than they may have.

    Of those whose currency nobody tells nothing is said.
    """
    currencies = Currencies(resources, elsewhere)
    for kind, fixture, path in _each(resources):
        currency = currencies.of(kind, fixture)
        for key in sorted(MONEY & set(fixture)) if currency else ():
            try:
                to_minor(str(fixture[key]), str(currency))
            except FinerThanMinorUnitsError as error:
                yield Finding((*at, *path, key), str(error))
            except ValueError:
                continue  # no amount: that is said elsewhere


class Currencies:
    """In which currency each of these fixtures is, as far as they tell."""

    def __init__(self, resources: Mapping[str, Any], elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere
        self._named = {
            (kind, fixture[key]): (kind, fixture)
            for kind, fixture, _ in _each(resources)
            for key in ("id", "ref")
            if key in fixture
        }
        self._accounts = {
            self._customer(fixture["customer"]): str(fixture.get("currency", CURRENCY))
            for kind, fixture, _ in _each(resources)
            if kind == "accounts" and "customer" in fixture
        }

    def of(self, kind: str, fixture: Fixture) -> str | None:
        """Its own; that of what it belongs to; that of the customer's account."""
        if "currency" in fixture or kind == "accounts":
            return str(fixture.get("currency", CURRENCY))
        key = next((one for one in OWNERS if one in fixture), None)
        if key is None:
            return None
        name = fixture[key]
        if key == "customer":
            customer = self._customer(name)
            usual = self._elsewhere(key, name) if customer == name else CURRENCY
            return self._accounts.get(customer, usual)
        owners = (self._named.get((kind, name)) for kind in OWNERS[key])
        owner = next((one for one in owners if one), None)
        return self.of(*owner) if owner else self._elsewhere(key, name)

    def _customer(self, name: str | int) -> object:
        """One customer, whichever name is used; of one that is not here, that name."""
        found = self._named.get(("customers", name))
        return ("here", id(found[1])) if found else name


def _each(resources: Mapping[str, Any]) -> Iterator[tuple[str, Fixture, Path]]:
    """The fixtures that can be read, each with its kind and its path."""
    for kind, fixtures in resources.items():
        for number, fixture in enumerate(fixtures):
            if isinstance(fixture, Mapping):
                yield kind, fixture, (kind, number)
