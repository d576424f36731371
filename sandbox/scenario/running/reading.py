"""Canonical fields: what a scenario may read of a resource, and how far it may reach from there."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.engine.clock import written
from sandbox.engine.events import Reason
from sandbox.engine.money import exactly
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import Resource
from sandbox.scenario.language.amounts import MONEY


def reach(sandbox: Sandbox, start: object, path: tuple[str, ...]) -> Any:
    """What stands at the end of `path`, references followed; None where nothing does.

    A reference at the end is the resource itself.
    """
    found: Any = start
    for part in path:
        if found is None:
            return None
        if isinstance(found, Resource):
            found = field_of(sandbox, found, part)
        elif isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, (list, tuple)):
            found = found[int(part)] if part.isdecimal() and int(part) < len(found) else None
        else:
            found = getattr(found, part, None)
    return found


def field_of(sandbox: Sandbox, resource: Resource, name: str) -> Any:
    """One field of a resource, or one API's block of fields.

    A reference is the resource meant, money an amount in major units with all its decimal places.
    """
    value = getattr(resource, name, None)
    if name in MONEY and isinstance(value, int):
        currency: str = getattr(resource, "currency", "")
        return exactly(value, currency) if currency else value
    if isinstance(value, Subject):
        return sandbox.state.table(value.type).rows.get(value.id)
    if name in resource.references:
        return sandbox.state.table(resource.references[name]).rows.get(value) if value else None
    if value is None:
        blocks: Mapping[str, Any] = getattr(resource, "blocks", {})
        return blocks.get(name)
    return value


def shown(value: object) -> Any:
    """A field as the language writes it: for results, and for the testers' API."""
    found: Any = value
    match value:
        case Resource():
            found = value.ref or value.id
        case Reason():
            found = value.code
        case datetime():
            found = written(value)
        case date():
            found = value.isoformat()
        case Mapping():
            found = {str(name): shown(value[name]) for name in sorted(value)}
        case list() | tuple():
            found = [shown(item) for item in value]
        case Decimal():
            found = f"{value:f}"
        case str():
            found = str(value)
    return found


def known_as(resource: Resource, word: str | int) -> bool:
    """Whether a reference, a ref or an id, means this resource.

    Normal and adhoc invoices count separately: an id alone means the normal one.
    """
    if isinstance(word, str):
        return resource.ref == word
    return resource.id == word and getattr(resource, "kind", "normal") != "adhoc"
