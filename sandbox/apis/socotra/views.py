"""Finding what Socotra knows: by locator and tenant, and page by page.

What was made in one tenant is unknown in another; a fixture without a tenant is visible in all.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from immutables import Map
from msgspec.structs import replace

from sandbox.apis.socotra.models import Attempt, CashTransaction, Instrument, Payment, Viewed
from sandbox.apis.socotra.refusals import UnknownLocatorError
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Ids

V = TypeVar("V", bound=Viewed)
TARGETS = "socotra.targets"
"""The part of the state with the payments that target a container: by its locator, their ids."""

UNORDERED = "socotra.unordered"
"""The part with the types in which ascending ids are not ascending locators, for fixtures' sake."""


class Page(NamedTuple):
    """A stretch of a list, and whether it reaches the end."""

    items: list[Any]
    completed: bool


def find(sandbox: Sandbox, type: type[V], locator: str | None, tenant: str) -> V | None:
    """What has this locator, in any case of letters, if it is visible in `tenant`."""
    found = sandbox.last(type, locator=locator.upper()) if locator else None
    return found if found and found.tenant in ("", tenant) else None


def get(sandbox: Sandbox, type: type[V], locator: str, tenant: str) -> V:
    """The same, or UnknownLocatorError."""
    found = find(sandbox, type, locator, tenant)
    if found is None:
        kind = type.type.removeprefix("socotra.").replace("_", " ")
        raise UnknownLocatorError(kind, locator.upper())
    return found


def tenant_of(tenant_locator: str) -> str:
    """A tenant as it is kept: a UUID in lower case."""
    return tenant_locator.lower()


def page(items: Iterable[Any], offset: int, count: int) -> Page:
    """The items from `offset` on, `count` at most."""
    some = list(islice(items, offset, offset + count + 1))
    return Page(some[:count], len(some) <= count)


def listed(
    sandbox: Sandbox, type: type[V], tenant: str, ids: Ids | None = None, **indexed: Any
) -> Iterator[V]:
    """Those visible in `tenant`, by ascending locator; of these ids, or with this field."""
    rows: Any = sandbox.state.table(type.type).rows
    for id in in_order(sandbox, type, sandbox.ids(type, **indexed) if ids is None else ids):
        row = rows[id]
        if row.tenant in ("", tenant):
            yield row


def in_order(sandbox: Sandbox, type: type[Viewed], ids: Ids) -> Iterable[int]:
    """These ids by ascending locator."""
    if type.type not in sandbox.part(UNORDERED, NONE):
        return ids.in_order()
    rows: Any = sandbox.state.table(type.type).rows
    return sorted(ids, key=lambda id: rows[id].locator)


NONE: Map[str, bool] = Map()


def keep_given(sandbox: Sandbox, thing: V) -> V:
    """Keep a fixture, whose locator may come before those that are there already."""
    note_order(sandbox, thing)
    return sandbox.keep(thing)


def note_order(sandbox: Sandbox, thing: Viewed) -> None:
    """Remember where ascending ids are not ascending locators."""
    before = sandbox.last(type(thing))
    if before is not None and before.locator > thing.locator:
        unordered = sandbox.part(UNORDERED, NONE).set(thing.type, True)
        sandbox.keep_part(UNORDERED, unordered)


def keep_payment(sandbox: Sandbox, payment: Payment) -> Payment:
    """Keep a payment, so that it is found by what it targets."""
    before = sandbox.find(Payment, payment.id)
    _retarget(sandbox, payment.id, _containers(before), _containers(payment))
    return sandbox.keep(payment)


def forget_payment(sandbox: Sandbox, payment: Payment) -> None:
    """Delete a payment: a share of an aggregate payment that is a draft again."""
    _retarget(sandbox, payment.id, _containers(payment), ())
    sandbox.forget(payment)


def targeting(sandbox: Sandbox, container: str) -> Ids:
    """The payments with a target of this container."""
    targets: Map[str, Ids] = sandbox.part(TARGETS, Map())
    return targets.get(container.upper(), Ids())


def _containers(payment: Payment | None) -> tuple[str, ...]:
    names = (target.container for target in payment.terms.targets) if payment else ()
    return tuple(dict.fromkeys(names))


def _retarget(sandbox: Sandbox, id: int, old: Sequence[str], new: Sequence[str]) -> None:
    if old == new:
        return
    targets: Map[str, Ids] = sandbox.part(TARGETS, Map())
    for container in old:
        if container not in new:
            targets = targets.set(container, targets[container].without(id))
    for container in new:
        if container not in old:
            targets = targets.set(container, targets.get(container, Ids()).plus(id))
    sandbox.keep_part(TARGETS, targets)


def children(sandbox: Sandbox, payment: Payment) -> list[Payment]:
    """The shares of an aggregate payment."""
    return [sandbox.get(Payment, id) for id in payment.children]


def attempts(sandbox: Sandbox, payment: Payment) -> list[Attempt]:
    """The entries of a payment's execution log, in order."""
    return list(sandbox.all(Attempt, payment=payment.id))


def default_instrument(sandbox: Sandbox, account: str | None, tenant: str) -> Instrument | None:
    """The account's default instrument."""
    if account is None:
        return None
    some = listed(sandbox, Instrument, tenant, account=account)
    return next((each for each in some if each.is_default), None)


def change_cash(sandbox: Sandbox, id: int, **changes: Any) -> CashTransaction:
    """Change how a payment's money arrives."""
    return sandbox.keep(replace(sandbox.get(CashTransaction, id), **changes))
