"""What a step's `set` and `with` write: fields as the language says them, as they are kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args, get_type_hints

from immutables import Map

from sandbox.engine.money import exactly, to_minor
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import Resource
from sandbox.provider.fixtures import INVOICES, Invoice
from sandbox.provider.given import find
from sandbox.provider.truth import Known
from sandbox.scenario.language.amounts import MONEY
from sandbox.scenario.language.model import Scalar


class NoSuchReferenceError(Exception):
    """A step names a resource that does not exist."""

    def __init__(self, field: str, named: object) -> None:
        self.field = field
        super().__init__(f"{field}: there is no {named!r}")


def changes(
    sandbox: Sandbox,
    type: type[Known],
    written: Mapping[str, Scalar],
    currency: str,
    current: Known | None = None,
) -> dict[str, Any]:
    """The fields that `written` gives a resource of `type` in `currency`, over `current`'s.

    A dotted name reaches into a bank account, a card, or one API's block. An amount stays what it
    is in another currency, in that one's minor units.
    """
    found = _in(currency, current)
    for name in sorted(written):
        first, _, rest = name.partition(".")
        value = written[name]
        if not rest:
            found[first] = _kept(sandbox, type, first, value, currency)
        elif first in type.__struct_fields__:
            held = found.get(first, getattr(current, first, Map()))
            found[first] = held.set(rest, value)
        else:
            blocks = found.get("blocks", current.blocks if current is not None else Map())
            block = blocks.get(first, Map())
            found["blocks"] = blocks.set(first, block.set(rest, value))
    return found


def _in(currency: str, current: Known | None) -> dict[str, Any]:
    """What `current` has of money, where it had that in another currency so far."""
    was = getattr(current, "currency", currency)
    if was == currency:
        return {}
    amounts = {name: getattr(current, name, None) for name in sorted(MONEY)}
    return {
        name: to_minor(exactly(amount, was), currency)
        for name, amount in amounts.items()
        if amount is not None
    }


def _kept(sandbox: Sandbox, type: type[Known], name: str, value: Scalar, currency: str) -> Any:
    if value is None:
        return None
    if name in MONEY:
        return to_minor(str(value), currency)
    if name == "invoice" and isinstance(value, (str, int)):
        return _invoice(sandbox, value)
    if name in type.references and isinstance(value, (str, int)):
        return _id(sandbox, name, type.references[name], value)
    if name in _dates(type):
        return date.fromisoformat(str(value))
    return value


def _invoice(sandbox: Sandbox, named: str | int) -> Subject:
    """An id alone means the normal invoice."""
    for type in INVOICES.values() if isinstance(named, str) else (Invoice,):
        if found := find(sandbox, type, named):
            return found.subject
    raise NoSuchReferenceError("invoice", named)


def _id(sandbox: Sandbox, field: str, type: str, named: str | int) -> int:
    """The id of a resource of the type of this name; a scenario may know it by its `ref`."""
    rows = sandbox.state.table(type)
    ids = rows.group("ref", named) if isinstance(named, str) else [named]
    for id in ids:
        if id in rows.rows:
            return id
    raise NoSuchReferenceError(field, named)


def _dates(type: type[Resource]) -> frozenset[str]:
    """The fields of a type that hold a date."""
    hints = get_type_hints(type)
    return frozenset(name for name, hint in hints.items() if date in (hint, *get_args(hint)))
