"""Invoices: what remains of them, and how money goes to their items and comes back."""

from typing import Any

from msgspec.structs import replace

from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.lifecycles import InvoiceLifecycle, InvoiceState
from sandbox.apis.socotra.models import Invoice, InvoiceItem, Part
from sandbox.apis.socotra.rules import stream
from sandbox.engine.lifecycle import Move
from sandbox.engine.sandbox import Sandbox


def contained(sandbox: Sandbox, invoice: Invoice) -> list[Invoice]:
    """What an aggregate invoice contains, in the order in which money goes there.

    By ascending due time, then locator (chosen).
    """
    some = (sandbox.get(Invoice, id) for id in invoice.contains)
    return sorted(some, key=lambda each: (each.due, each.locator))


def items_of(sandbox: Sandbox, invoice: Invoice) -> list[tuple[Invoice, InvoiceItem]]:
    """An invoice's items, each with the invoice that it stands on."""
    owners = contained(sandbox, invoice) if invoice.is_aggregate else [invoice]
    return [(owner, item) for owner in owners for item in owner.items]


def total(sandbox: Sandbox, invoice: Invoice) -> int:
    """What it was for. An aggregate invoice has no items of its own."""
    return sum(item.amount for _, item in items_of(sandbox, invoice))


def remaining(sandbox: Sandbox, invoice: Invoice) -> int:
    """What it still needs."""
    return sum(item.remaining for _, item in items_of(sandbox, invoice))


def apply(sandbox: Sandbox, invoice: Invoice, amount: int) -> tuple[Part, ...]:
    """Let `amount`, no more than remains, go to the items in their order."""
    parts: list[Part] = []
    for owner in contained(sandbox, invoice) if invoice.is_aggregate else [invoice]:
        for place, item in enumerate(owner.items):
            part = min(item.remaining, amount)
            if part:
                parts.append(Part(owner.id, place, part))
                amount -= part
    _move(sandbox, parts, -1)
    return tuple(parts)


def take_back(sandbox: Sandbox, parts: tuple[Part, ...]) -> None:
    """Let what went to the items remain again."""
    _move(sandbox, parts, 1)


def _move(sandbox: Sandbox, parts: list[Part] | tuple[Part, ...], sign: int) -> None:
    for part in parts:
        invoice = sandbox.get(Invoice, part.invoice)
        item = invoice.items[part.item]
        left = replace(item, remaining=item.remaining + sign * part.amount)
        items = (*invoice.items[: part.item], left, *invoice.items[part.item + 1 :])
        sandbox.keep(replace(invoice, items=items))


def settle(sandbox: Sandbox, invoice: Invoice, caller: Caller) -> list[int]:
    """Settle what nothing remains of: what it contains, itself, and what contains it.

    Answers the ids of those that were settled. An aggregate invoice is settled when all that it
    contains are.
    """
    some = [*contained(sandbox, invoice), sandbox.get(Invoice, invoice.id)]
    if invoice.contained_in:
        some.append(sandbox.get(Invoice, invoice.contained_in))
    settled = []
    for each in some:
        if each.status == InvoiceState.OPEN and not remaining(sandbox, each):
            _stamp(sandbox, each, InvoiceLifecycle.settle, caller, settled_at=caller.at)
            settled.append(each.id)
    return settled


def unsettle(
    sandbox: Sandbox, ids: tuple[int, ...], parts: tuple[Part, ...], caller: Caller
) -> None:
    """Bring back what is settled and no longer should be: what `parts` were taken from, and `ids`.

    An aggregate invoice comes after what it contains.
    """
    touched = dict.fromkeys((*(part.invoice for part in parts), *ids))
    parents = [sandbox.get(Invoice, id).contained_in for id in touched]
    for id in dict.fromkeys((*touched, *(id for id in parents if id))):
        invoice = sandbox.get(Invoice, id)
        again = remaining(sandbox, invoice) or id in ids
        if invoice.status == InvoiceState.SETTLED and again:
            stamps: dict[str, Any] = {"settled_at": None, "unsettled_at": caller.at}
            _stamp(sandbox, invoice, InvoiceLifecycle.unsettle, caller, **stamps)


def _stamp(sandbox: Sandbox, invoice: Invoice, move: Move, caller: Caller, **stamps: Any) -> None:
    """Settle or unsettle it, with the stamps of the invoice and of its items."""
    moved = sandbox.make(invoice, move, cause=caller.cause)
    items = tuple(replace(item, **stamps) for item in moved.items)
    kept = sandbox.keep(replace(moved, items=items, **stamps))
    stream.tell_invoice(sandbox, caller, move.name, kept)
