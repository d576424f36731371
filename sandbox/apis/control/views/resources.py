"""The provider's truth in the scenario language's own words."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.apis import Json
from sandbox.apis.control.views.events import reason
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider.truth import Known, Truth
from sandbox.scenario.running.reading import field_of, shown

IDENTITY = ("ref", "id", "api")
TRUTH = (
    "status", "scheme", "amount", "currency", "customer", "site", "invoice", "payment",
    "instant_payment", "mandate", "provider", "attempts", "collected", "refunded", "reference",
    "description", "bank_account", "card", "execution_date",
)  # fmt: skip
"""The canonical fields of the five types, in the order in which they are shown."""


def resource(sandbox: Sandbox, truth: Truth) -> Json:
    """One of the provider's resources. Fields without a value are left out."""
    return {"type": truth.type, **truths(sandbox, truth)}


def truths(sandbox: Sandbox, truth: Truth) -> Json:
    """Its fields alone."""
    why = {"reason": reason(truth.reason)} if truth.reason else {}
    return {
        **fields(sandbox, truth, (*IDENTITY, *TRUTH)),
        **why,
        "created": written(truth.created),
        **blocks(truth),
    }


def fields(sandbox: Sandbox, known: Known, names: tuple[str, ...]) -> dict[str, Json]:
    """These fields, as scenarios write them, without those that have no value."""
    pairs = ((name, _field(sandbox, known, name)) for name in names)
    return {name: value for name, value in pairs if not _is_empty(value)}


def blocks(known: Known) -> dict[str, Json]:
    """What only one API has a word for, by API."""
    return {api: shown(known.blocks[api]) for api in sorted(known.blocks)}


def _field(sandbox: Sandbox, known: Known, name: str) -> Any:
    if getattr(known, name, None) is None:
        return None
    found = field_of(sandbox, known, name)
    if name in known.references or name == "invoice":
        return shown(found) if isinstance(found, Resource) else None
    return shown(found)


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, (Mapping, list)) and not value)


def every(sandbox: Sandbox, kind: type[Truth]) -> Iterator[Json]:
    """All of one type, by number."""
    return (resource(sandbox, one) for one in sandbox.all(kind))
