"""How a tenant is set up: payment types, plans and defaults, the shipped ones and a scenario's.

Names are matched ignoring case. What ships is chosen.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Self, TypeVar
from zoneinfo import available_timezones

from immutables import Map

from sandbox.engine.calendar import is_time_zone
from sandbox.engine.money import DIGITS, rounded
from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.language.problems import Finding, Path, as_text, unknown
from sandbox.scenario.running.binding import config

T = TypeVar("T")
FIRST_TENANT = "50c07a00-0000-4000-8000-000000000001"
SHIPPED: Mapping[str, Any] = Map(
    defaultCurrency="USD",
    tenants={
        FIRST_TENANT: {
            "defaultTimeZone": "Etc/UTC",
            "defaultRetryPlan": "None",
            "defaultShortfallTolerancePlan": "basicPlan",
            "defaultPaymentNumberingPlanName": "PaymentNumbers",
        },
        "50c07a00-0000-4000-8000-000000000002": {},
    },
    paymentTypes={
        "StandardPayment": {
            "data": {
                "paidDate": {"type": "date?"},
                "paymentChannelCode": {
                    "type": "string?",
                    "options": ["Online", "Phone", "Branch", "App"],
                },
                "errorCode": {"type": "string?", "maxLength": 20000},
            }
        },
        "StrictPayment": {
            "data": {"chequeNumber": {"type": "string"}},
            "numberingPlan": "PaymentNumbers",
            "numberingTrigger": "validation",
        },
    },
    reversalTypes={
        "Standard": {"creditType": "any"},
        "Bounced": {"creditType": "payment"},
        "DistributionOnly": {"creditType": "creditDistribution"},
    },
    retryPlans={
        "None": {"attempts": 0, "hoursBetweenAttempts": []},
        "Quick": {"attempts": 2, "hoursBetweenAttempts": [1]},
        "Slow": {"attempts": 3, "hoursBetweenAttempts": [24, 48]},
    },
    shortfallTolerancePlans={
        "basicPlan": {"currencyTolerances": {"USD": "1.00", "JPY": "100", "KWD": "0.100"}},
        "usdOnly": {"currencyTolerances": {"USD": "1.00"}},
    },
    numberingPlans={
        "PaymentNumbers": {"format": r"\P\A\Y-########", "initialCoreNumber": "00000001"}
    },
)
FIELD_TYPES = frozenset(
    [
        "string",
        "date",
        "datetime",
        "boolean",
        "int",
        "integer",
        "long",
        "decimal",
        "double",
        "float",
        "number",
    ]
)
LETTERS, FIGURES = 26, 10
MOST_HOURS = 10 * 366 * 24  # chosen: ten years


class ConfigurationError(ValueError):
    """What keeps a configuration from loading: a name that does not exist, a plan that cannot be.

    `finding` has its place in `given.config.socotra`.
    """

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(f"{as_text(finding.path)}: {finding.message}")

    @classmethod
    def no_such(cls, path: Path, what: str, word: str, choices: Iterable[str]) -> Self:
        """A word that stands for nothing; `what` is the kind of thing that it should name."""
        return cls(unknown(path, f"there is no {what} `{word}`", word, choices))


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field of extension data."""

    name: str
    kind: str
    optional: bool
    options: tuple[str, ...] = ()
    max_length: int | None = None


@dataclass(frozen=True, slots=True)
class PaymentType:
    """A type of payment: its extension data, and when it is numbered by which plan."""

    name: str
    fields: tuple[FieldType, ...] = ()
    abstract: bool = False
    numbering_plan: str | None = None
    numbering_trigger: str | None = None


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """How often a failed collection is tried again, and after which waits; the last one repeats."""

    attempts: int
    waits: tuple[timedelta, ...]

    def wait(self, attempt: int) -> timedelta | None:
        """The wait before the `attempt`-th retry, from 1; None when there is no such retry."""
        if not 1 <= attempt <= self.attempts:
            return None
        return self.waits[min(attempt, len(self.waits)) - 1]


NO_RETRY = RetryPlan(0, ())


@dataclass(frozen=True, slots=True)
class NumberingPlan:
    """`pattern` has a literal, or None with `bases` in turn: 26 for a letter, 10 for a digit."""

    name: str
    pattern: tuple[str | None, ...]
    bases: tuple[int, ...]
    first: int

    def number(self, core: int) -> str | None:
        """The number with this core; None when the plan is used up."""
        figures = []
        for base in reversed(self.bases):
            core, figure = divmod(core, base)
            figures.append(chr(ord("A") + figure) if base == LETTERS else str(figure))
        written = iter(reversed(figures))
        return None if core else "".join(next(written) if p is None else p for p in self.pattern)


@dataclass(frozen=True, slots=True)
class Tenant:
    """What a tenant falls back on."""

    currency: str
    timezone: str
    retry_plan: str
    tolerance_plan: str
    numbering_plan: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """All of it. Keyed by names in lower case; tenants by their UUIDs."""

    payment_types: Map[str, PaymentType]
    reversal_types: Map[str, str]
    retry_plans: Map[str, RetryPlan]
    tolerance_plans: Map[str, Map[str, int]]
    numbering_plans: Map[str, NumberingPlan]
    tenants: Map[str, Tenant]

    def tenant(self, locator: str) -> Tenant:
        """That tenant's defaults; any other UUID is as the first tenant."""
        return self.tenants.get(locator) or self.tenants[FIRST_TENANT]


def of(sandbox: Sandbox) -> Configuration:
    """How this sandbox is set up: what ships, and what its scenario adds or overrides."""
    return configuration(config(sandbox, "socotra") or NOTHING)


NOTHING: Map[str, Any] = Map()


@lru_cache(64)  # a pure function of its argument: no two sandboxes meet in it
def configuration(given: Map[str, Any]) -> Configuration:
    """The shipped configuration with `given` merged in, by name. ConfigurationError if it cannot.

    `given` is a scenario's `given.config.socotra`, already held against its schema.
    """
    found, wrong = _read(given)
    for error in wrong:
        raise error
    return found


def misfits(given: Map[str, Any]) -> tuple[Finding, ...]:
    """All that keeps a scenario's configuration from loading."""
    _, wrong = _read(given)
    return tuple({str(error): error.finding for error in wrong}.values())


def _read(given: Map[str, Any]) -> tuple[Configuration, list[ConfigurationError]]:
    """What can be read of it, and what is wrong with the rest."""
    wrong: list[ConfigurationError] = []

    def named(key: str, read: Callable[[str, Any], T]) -> Map[str, T]:
        found = {}
        for low, (name, entry) in _merged(given, key).items():
            try:
                found[low] = read(name, entry)
            except ConfigurationError as error:
                wrong.append(error)
        return Map(found)

    types = _merged(given, "paymentTypes")
    found = Configuration(
        payment_types=named("paymentTypes", lambda name, _: _payment_type(name, types, ())),
        reversal_types=named("reversalTypes", lambda _, entry: str(entry["creditType"])),
        retry_plans=named("retryPlans", _retry_plan),
        tolerance_plans=named("shortfallTolerancePlans", _tolerance_plan),
        numbering_plans=named("numberingPlans", _numbering_plan),
        tenants=_tenants(given),
    )
    return found, [*wrong, *_unknown_names(given)]


def _merged(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    merged = {name.lower(): (name, value) for name, value in SHIPPED[key].items()}
    for name in sorted(given.get(key, ())):
        merged[name.lower()] = (name, given[key][name])
    return merged


def _names(given: Mapping[str, Any], key: str) -> list[str]:
    return [name for name, _ in _merged(given, key).values()]


def _payment_type(
    name: str, entries: Mapping[str, tuple[str, Any]], heirs: tuple[str, ...]
) -> PaymentType:
    """A type with what it extends; `heirs` are those that extend it."""
    own, entry = entries[name.lower()]
    extended, family = entry.get("extend"), (*heirs, own)
    base = PaymentType(own)
    if extended:
        path = ("paymentTypes", own, "extend")
        if extended.lower() not in entries:
            choices = [one for one, _ in entries.values()]
            raise ConfigurationError.no_such(path, "payment type", extended, choices)
        if extended.lower() in map(str.lower, family):
            raise ConfigurationError(Finding(path, f"{own} extends itself"))
        base = _payment_type(extended, entries, family)
    data = entry.get("data", {})
    fields = {field.name: field for field in base.fields}
    fields |= {field: _field_type(own, field, data[field]) for field in sorted(data)}
    return replace(
        base,
        name=own,
        fields=tuple(fields.values()),
        abstract=entry.get("abstract", False),
        numbering_plan=entry.get("numberingPlan", base.numbering_plan),
        numbering_trigger=entry.get("numberingTrigger", base.numbering_trigger),
    )


def _field_type(owner: str, name: str, entry: Mapping[str, Any]) -> FieldType:
    kind = entry["type"].removesuffix("?")
    if kind.lower() not in FIELD_TYPES:
        path = ("paymentTypes", owner, "data", name, "type")
        raise ConfigurationError.no_such(path, "type", kind, sorted(FIELD_TYPES))
    optional = entry["type"].endswith("?")
    options = tuple(entry.get("options", ()))
    return FieldType(name, kind.lower(), optional, options, entry.get("maxLength"))


def _retry_plan(name: str, entry: Mapping[str, Any]) -> RetryPlan:
    hours, path = tuple(entry["hoursBetweenAttempts"]), ("retryPlans", name)
    if entry["attempts"] and not hours:
        raise ConfigurationError(Finding(path, "attempts without hoursBetweenAttempts"))
    for place, each in enumerate(hours):
        if Decimal(str(each)) > MOST_HOURS:
            at, what = (*path, "hoursBetweenAttempts", place), f"{MOST_HOURS} hours"
            raise ConfigurationError(Finding(at, f"no wait is longer than {what}"))
    waits = tuple(timedelta(seconds=float(Decimal(str(each)) * 3600)) for each in hours)
    return RetryPlan(entry["attempts"], waits)


def _tolerance_plan(name: str, entry: Mapping[str, Any]) -> Map[str, int]:
    tolerances = entry["currencyTolerances"]
    for code in sorted(tolerances):
        if code.upper() not in DIGITS:
            path = ("shortfallTolerancePlans", name, "currencyTolerances", code)
            raise ConfigurationError.no_such(path, "currency", code, DIGITS)
    return Map({code.upper(): rounded(tolerances[code], code.upper()) for code in tolerances})


def _numbering_plan(name: str, entry: Mapping[str, Any]) -> NumberingPlan:
    """`X` is a letter, `#` a digit, `\\` makes a literal of what follows."""
    text, path = entry["format"], ("numberingPlans", name, "format")
    if re.search(r"(?<!\\)[{}]", text):
        raise ConfigurationError(Finding(path, "a placeholder cannot be filled in"))
    tokens = re.findall(r"\\.|[^\\]", text)
    slots = [token for token in tokens if token in ("X", "#")]
    if not slots:
        raise ConfigurationError(Finding(path, "the format has neither X nor #"))
    bases = tuple(LETTERS if slot == "X" else FIGURES for slot in slots)
    pattern = tuple(None if token in ("X", "#") else token[-1] for token in tokens)
    start = entry.get("initialCoreNumber")
    if start is None:
        return NumberingPlan(name, pattern, bases, 0)
    shape = "".join("[A-Z]" if slot == "X" else "[0-9]" for slot in slots)
    if not re.fullmatch(shape, start):
        path = ("numberingPlans", name, "initialCoreNumber")
        raise ConfigurationError(Finding(path, f"{start} does not fit the format"))
    first = 0
    for base, figure in zip(bases, start, strict=True):
        first = first * base + (ord(figure) - ord("A") if base == LETTERS else int(figure))
    return NumberingPlan(name, pattern, bases, first)


def _tenants(given: Mapping[str, Any]) -> Map[str, Tenant]:
    """Each tenant; what it leaves out is as the first."""
    entries = {locator: entry for locator, (_, entry) in _merged(given, "tenants").items()}
    overall = {"defaultCurrency": given.get("defaultCurrency", SHIPPED["defaultCurrency"])}
    first = {**overall, **SHIPPED["tenants"][FIRST_TENANT], **entries[FIRST_TENANT]}
    return Map({locator: _tenant({**first, **entry}) for locator, entry in entries.items()})


def _tenant(entry: Mapping[str, Any]) -> Tenant:
    return Tenant(
        currency=entry["defaultCurrency"],
        timezone=entry["defaultTimeZone"],
        retry_plan=entry["defaultRetryPlan"],
        tolerance_plan=entry["defaultShortfallTolerancePlan"],
        numbering_plan=entry["defaultPaymentNumberingPlanName"],
    )


def _unknown_names(given: Mapping[str, Any]) -> Iterator[ConfigurationError]:
    """What refers to a plan, a currency or a time zone that does not exist."""
    plans = _names(given, "numberingPlans")
    for path, entry in _entries(given, "paymentTypes"):
        yield from _no_such(path, entry, "numberingPlan", "numbering plan", plans)
    retries, tolerances = _names(given, "retryPlans"), _names(given, "shortfallTolerancePlans")
    for path, entry in _entries(given, "tenants"):
        yield from _no_such(path, entry, "defaultCurrency", "currency", DIGITS)
        yield from _no_such(path, entry, "defaultRetryPlan", "plan", retries)
        yield from _no_such(path, entry, "defaultShortfallTolerancePlan", "plan", tolerances)
        yield from _no_such(path, entry, "defaultPaymentNumberingPlanName", "plan", plans)
        zone = entry.get("defaultTimeZone", "Etc/UTC")
        if not is_time_zone(zone):
            zones = available_timezones()
            yield ConfigurationError.no_such((*path, "defaultTimeZone"), "time zone", zone, zones)


def _entries(given: Mapping[str, Any], key: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """What the scenario itself says, by its place."""
    own = given.get(key, {})
    return (((key, name), own[name]) for name in sorted(own))


def _no_such(
    path: Path, entry: Mapping[str, Any], key: str, what: str, choices: Iterable[str]
) -> Iterator[ConfigurationError]:
    word = entry.get(key)
    if word and word.lower() not in map(str.lower, choices):
        yield ConfigurationError.no_such((*path, key), what, word, choices)
