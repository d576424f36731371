"""Webhooks on their way out: what web/ posts for this API, and what testers look at.

web/ takes what is `waiting` at this instant, posts it outside of the sandbox, and `record`s how it
went; that plans what follows on the sandbox's clock.
"""

from collections.abc import Iterator

from sandbox.apis import Json
from sandbox.apis.socotra.rules import delivered
from sandbox.apis.socotra.rules.deliveries import Delivery, give_up, outgoing, record
from sandbox.apis.socotra.rules.deliveries import outbox as waiting
from sandbox.apis.socotra.rules.deliveries import replay as send_again
from sandbox.engine.sandbox import Sandbox, UnknownResourceError

__all__ = ["give_up", "listed", "made", "outgoing", "record", "replay", "shown", "waiting"]


def made(sandbox: Sandbox) -> int:
    """How many there are: they are numbered, and none is ever deleted."""
    return len(sandbox.ids(Delivery))


def listed(sandbox: Sandbox) -> Iterator[Json]:
    """Every delivery as the testers' API writes it, in the order in which they were made."""
    return (delivered.shown(sandbox, each) for each in delivered.all_of(sandbox))


def shown(sandbox: Sandbox, id: str) -> Json:
    """One of them, or UnknownResourceError."""
    return delivered.shown(sandbox, _named(sandbox, id))


def replay(sandbox: Sandbox, id: str) -> None:
    """Send it once more: it is kept at once, or `waiting` for web/ to post."""
    send_again(sandbox, _named(sandbox, id))


def _named(sandbox: Sandbox, id: str) -> Delivery:
    if not (id.isascii() and id.isdigit()):
        raise UnknownResourceError(Delivery.type, id)
    return sandbox.get(Delivery, int(id))
