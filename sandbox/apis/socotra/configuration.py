"""How a tenant is set up: payment types, plans and defaults, the shipped ones and a scenario's.

Names are matched ignoring case. Chosen: facts 16.1.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from immutables import Map

from sandbox.engine.money import rounded
from sandbox.engine.sandbox import Sandbox
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
    """A configuration that does not load: a name that does not exist, or a plan that cannot be."""


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
    plans = _named(given, "numberingPlans", _numbering_plan)
    types = _payment_types(_merged(given, "paymentTypes"))
    found = Configuration(
        payment_types=types,
        reversal_types=_named(given, "reversalTypes", lambda _, it: str(it["creditType"])),
        retry_plans=_named(given, "retryPlans", _retry_plan),
        tolerance_plans=_named(given, "shortfallTolerancePlans", _tolerance_plan),
        numbering_plans=plans,
        tenants=_tenants(given),
    )
    for problem in _unknown_names(found):
        raise ConfigurationError(problem)
    return found


def problems(given: Map[str, Any]) -> tuple[str, ...]:
    """What keeps a scenario's configuration from loading: nothing, or the first that is wrong."""
    try:
        configuration(given)
    except ConfigurationError as error:
        return (str(error),)
    return ()


def _merged(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    merged = {name.lower(): (name, value) for name, value in SHIPPED[key].items()}
    for name in sorted(given.get(key, ())):
        merged[name.lower()] = (name, given[key][name])
    return merged


def _named(
    given: Mapping[str, Any], key: str, read: Callable[[str, Mapping[str, Any]], T]
) -> Map[str, T]:
    return Map({low: read(name, value) for low, (name, value) in _merged(given, key).items()})


def _payment_types(entries: Mapping[str, tuple[str, Any]]) -> Map[str, PaymentType]:
    return Map({name: _payment_type(name, entries, ()) for name in entries})


def _payment_type(
    name: str, entries: Mapping[str, tuple[str, Any]], heirs: tuple[str, ...]
) -> PaymentType:
    """A type with what it extends; `heirs` are those that extend it."""
    if name not in entries or name in heirs:
        raise ConfigurationError(f"paymentTypes: {heirs[-1]} cannot extend {name}")
    own, entry = entries[name]
    extended = entry.get("extend")
    base = (
        _payment_type(extended.lower(), entries, (*heirs, name)) if extended else PaymentType(own)
    )
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
        raise ConfigurationError(f"paymentTypes.{owner}.data.{name}: there is no type {kind}")
    optional = entry["type"].endswith("?")
    options = tuple(entry.get("options", ()))
    return FieldType(name, kind.lower(), optional, options, entry.get("maxLength"))


def _retry_plan(name: str, entry: Mapping[str, Any]) -> RetryPlan:
    hours = tuple(entry["hoursBetweenAttempts"])
    if entry["attempts"] and not hours:
        raise ConfigurationError(f"retryPlans.{name}: attempts without hoursBetweenAttempts")
    if any(Decimal(str(each)) > MOST_HOURS for each in hours):
        raise ConfigurationError(f"retryPlans.{name}: no wait is longer than {MOST_HOURS} hours")
    waits = tuple(timedelta(seconds=float(Decimal(str(each)) * 3600)) for each in hours)
    return RetryPlan(entry["attempts"], waits)


def _tolerance_plan(_: str, entry: Mapping[str, Any]) -> Map[str, int]:
    tolerances = entry["currencyTolerances"]
    return Map({code.upper(): rounded(tolerances[code], code) for code in tolerances})


def _numbering_plan(name: str, entry: Mapping[str, Any]) -> NumberingPlan:
    """`X` is a letter, `#` a digit, `\\` makes a literal of what follows."""
    text = entry["format"]
    if re.search(r"(?<!\\)[{}]", text):
        raise ConfigurationError(f"numberingPlans.{name}: a placeholder cannot be filled in")
    tokens = re.findall(r"\\.|[^\\]", text)
    slots = [token for token in tokens if token in ("X", "#")]
    if not slots:
        raise ConfigurationError(f"numberingPlans.{name}: the format has neither X nor #")
    bases = tuple(LETTERS if slot == "X" else FIGURES for slot in slots)
    pattern = tuple(None if token in ("X", "#") else token[-1] for token in tokens)
    start = entry.get("initialCoreNumber")
    if start is None:
        return NumberingPlan(name, pattern, bases, 0)
    shape = "".join("[A-Z]" if slot == "X" else "[0-9]" for slot in slots)
    if not re.fullmatch(shape, start):
        raise ConfigurationError(
            f"numberingPlans.{name}: initialCoreNumber {start} does not fit the format"
        )
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


def _unknown_names(found: Configuration) -> Iterator[str]:
    """What refers to a plan that does not exist."""
    for kind in found.payment_types.values():
        if kind.numbering_plan and kind.numbering_plan.lower() not in found.numbering_plans:
            yield f"paymentTypes.{kind.name}: there is no numbering plan {kind.numbering_plan}"
    for locator, tenant in found.tenants.items():
        for name, plans in (
            (tenant.retry_plan, found.retry_plans),
            (tenant.tolerance_plan, found.tolerance_plans),
            (tenant.numbering_plan, found.numbering_plans),
        ):
            if name.lower() not in plans:
                yield f"tenants.{locator}: there is no plan {name}"
