"""Giving more: what a fixture's words may be, before anything is laid."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from typing import Any, cast

from immutables import Map

from sandbox.engine.events import TESTER
from sandbox.engine.sandbox import Sandbox
from sandbox.provider.fixtures import Account, Customer, Site, currency_of
from sandbox.provider.given import UnknownReferenceError, find
from sandbox.provider.laying import TYPES
from sandbox.provider.truth import Known
from sandbox.scenario.language import amounts, field_names, template
from sandbox.scenario.language.builder import freeze
from sandbox.scenario.language.problems import Finding, InvalidScenarioError, Problem, as_text
from sandbox.scenario.language.references import COMES_LATER, DRAFT
from sandbox.scenario.language.vocabulary import Vocabulary
from sandbox.scenario.running import binding
from sandbox.scenario.running.underway import Fixtures

DEFINITION = "resources"
DATES = frozenset({"issued", "due", "execution_date"})
BALANCE = frozenset({"ref", "socotra"})
YEARS = range(1901, 2199)  # any time zone's instants in them can be written as UTC
OUTSIDE = f"only the years {YEARS.start} to {YEARS.stop - 1} can be told"
ALONE = 3  # parts of a path: kind, number, key


def give(sandbox: Sandbox, vocabulary: Vocabulary, resources: dict[str, Any]) -> list[Known]:
    """Add these fixtures, all or none, and answer them with accounts whose balance was set.

    InvalidScenarioError with all that the language refuses; and what laying raises.
    """
    _check(sandbox, vocabulary, resources)
    balances = [one for one in resources.get("accounts", ()) if set(one) == BALANCE]
    accounts = [one for one in resources.get("accounts", ()) if set(one) != BALANCE]
    rest = {**resources, "accounts": accounts} if "accounts" in resources else resources
    with sandbox.attempt():
        laid = binding.give(sandbox, cast("Fixtures", freeze(rest)))
        known = [one for one in laid if isinstance(one, Known)]
        return [*known, *(_balance(sandbox, one) for one in balances)]


def _balance(sandbox: Sandbox, wanted: dict[str, Any]) -> Account:
    """Set what an account that exists has to its credit in Socotra."""
    account = find(sandbox, Account, wanted["ref"])
    if account is None:
        raise UnknownReferenceError("accounts", "ref", wanted["ref"])
    block = account.blocks.get("socotra", Map()).update(wanted["socotra"])
    return sandbox.change(account, {"blocks": account.blocks.set("socotra", block)}, cause=TESTER)


def _check(sandbox: Sandbox, vocabulary: Vocabulary, resources: dict[str, Any]) -> None:
    found = list(vocabulary.schema.findings(resources, DEFINITION))
    found = found or [
        *_values(resources),
        *amounts.too_fine(resources, (), partial(_currency, sandbox)),
        *_blocks(vocabulary, resources),
    ]
    if found:
        raise InvalidScenarioError(tuple(_problem(one) for one in found))


def _values(resources: dict[str, Any]) -> Iterator[Finding]:
    """What the schema lets pass: the 31st of June, and 7.0 for an integer."""
    for path, value in template.walk(resources):
        if isinstance(value, float) and len(path) == ALONE:
            yield Finding(path, f"an integer is written without a fraction, not {value}")
        if not isinstance(value, str):
            continue
        if template.name_in(value):
            yield Finding(path, "only a scenario has parameters")
        elif path[-1] == "ref" and len(path) == ALONE and _is_the_sandboxes(value):
            yield Finding(path, "refs of this form are the sandbox's own to give")
        elif len(path) == ALONE and (message := _wrong(str(path[-1]), value)):
            yield Finding(path, message)


def _is_the_sandboxes(ref: str) -> bool:
    later = COMES_LATER.fullmatch(ref)
    return later is not None and later[1] in {*field_names.REFERENCES, DRAFT}


def _wrong(key: str, value: str) -> str:
    try:
        if key in DATES and date.fromisoformat(value).year not in YEARS:
            return OUTSIDE
        if key == "created" and datetime.fromisoformat(value).year not in YEARS:
            return OUTSIDE
    except ValueError:
        return f"`{value}` is no day of the calendar"
    return ""


def _currency(sandbox: Sandbox, key: str, name: str | int) -> str | None:
    """The currency of what is there already: a payment's own, a customer's account's."""
    there = (find(sandbox, TYPES[kind], name) for kind in amounts.OWNERS[key])
    match next((one for one in there if one), None):
        case Customer() as customer:
            return currency_of(sandbox, customer.id)
        case Site() as site:
            return currency_of(sandbox, site.customer)
        case found:
            return getattr(found, "currency", None)


def _blocks(vocabulary: Vocabulary, resources: dict[str, Any]) -> Iterator[Finding]:
    """The fields in the APIs' own words, by a path from the body instead of a file."""
    for finding in field_names.blocks(resources, vocabulary):
        yield Finding(finding.path[2:], finding.message, finding.nearest)


def _problem(finding: Finding) -> Problem:
    return Problem("", 0, 0, as_text(finding.path), finding.message, finding.nearest)
