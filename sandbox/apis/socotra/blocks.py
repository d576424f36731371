"""Fixtures in Socotra's own words: the `socotra:` block of each, and what it belongs to."""

from collections.abc import Mapping
from typing import Any

import orjson
from immutables import Map

from sandbox.apis.socotra import configuration, locators
from sandbox.apis.socotra.models import Account, Invoice
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider.given import UnknownReferenceError
from sandbox.provider.truth import Known
from sandbox.scenario.language.builder import thawed

API = "socotra"


def block_of(resource: Known) -> Mapping[str, Any]:
    """The fixture's block in Socotra's words."""
    found: Mapping[str, Any] = resource.blocks.get(API, Map())
    return found


def named(sandbox: Sandbox, kind: str, resource: Known) -> dict[str, Any]:
    """Locator and tenant: as the block says, or the one made from seed, kind and id; none."""
    block = block_of(resource)
    locator = block.get("locator") or locators.made(sandbox, f"given {kind}", resource.id)
    return {"locator": locator.upper(), "tenant": block.get("tenantLocator", "").lower()}


def check_names(sandbox: Sandbox, kind: str, block: Mapping[str, Any]) -> None:
    """Refuse a plan or a type that is not configured."""
    set_up = configuration.of(sandbox)
    for key, known in (
        ("shortfallTolerancePlanName", set_up.tolerance_plans),
        ("paymentExecutionRetryPlanName", set_up.retry_plans),
        ("retryPlanName", set_up.retry_plans),
        ("type", set_up.payment_types if kind == "payments" else None),
    ):
        if known is not None and key in block and block[key].lower() not in known:
            raise UnknownReferenceError(kind, f"{API}.{key}", block[key])


def account_of(sandbox: Sandbox, customer: int | None) -> Account | None:
    """A customer's account: the first."""
    return next(sandbox.all(Account, customer=customer), None) if customer else None


def of_given(sandbox: Sandbox, subject: Subject | None) -> Invoice | None:
    """The invoice that a fixture became."""
    return sandbox.last(Invoice, given=subject) if subject else None


def text(value: Any) -> str:
    """A frozen JSON value as JSON text."""
    return orjson.dumps(thawed(value), option=orjson.OPT_SORT_KEYS).decode()
