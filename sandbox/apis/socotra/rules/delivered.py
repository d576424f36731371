"""What was delivered, for those who look: testers, and what a scenario expects."""

from collections.abc import Iterator
from typing import Any

from sandbox.apis.socotra.envelopes import envelope
from sandbox.apis.socotra.models import StreamEvent, Webhook
from sandbox.apis.socotra.rules.deliveries import Delivery, Try, endpoint
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.proving.judging import Attempt


def shown(sandbox: Sandbox, delivery: Delivery) -> dict[str, Any]:
    """A delivery as the testers' API writes it."""
    webhook = sandbox.find(Webhook, delivery.webhook)
    url = endpoint(webhook)["url"] if webhook else ""
    optional = {"cause": delivery.cause, "url": url, "rule": delivery.rule}
    return {
        "id": str(delivery.id),
        "event": delivery.name,
        "webhook": delivery.to,
        "state": delivery.status.value,
        "due": written(delivery.due) if delivery.due else None,
        **{name: value for name, value in optional.items() if value},
        "body": envelope(sandbox.get(StreamEvent, delivery.event)),
        "attempts": [_shown_try(one) for one in delivery.tries],
    }


def _shown_try(one: Try) -> dict[str, Any]:
    optional = {"status": one.status, "error": one.error, "replay": one.replay or None}
    return {
        "number": one.number,
        "at": written(one.at),
        "result": one.result,
        "signature": one.signature,
        **{name: value for name, value in optional.items() if value is not None},
    }


def sent(sandbox: Sandbox) -> list[Attempt]:
    """Every try of every delivery, in the order in which they were made: for `expect`."""
    tries = [(one, delivery) for delivery in all_of(sandbox) for one in delivery.tries]
    return [
        Attempt(
            events=(delivery.name, delivery.cause) if delivery.cause else (delivery.name,),
            api="socotra",
            arrived=one.result != "failed",
            is_signed_well=one.signature != "bad",
        )
        for one, delivery in sorted(tries, key=lambda each: each[0].order)
    ]


def all_of(sandbox: Sandbox) -> Iterator[Delivery]:
    """Every delivery of this sandbox, in the order in which they were made."""
    return sandbox.all(Delivery)
