"""Webhooks: who is told of what, and what is done about a delivery that fails."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from msgspec.structs import replace

from sandbox.apis.socotra import locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.models import Webhook
from sandbox.engine.sandbox import Sandbox

ENDPOINT = {
    "url": "",
    "headers": {},
    "secureSsl": True,
    "hmacEnabled": False,
    "secret": "",
    "tag": "",
}
"""What the members of an endpoint read where they are unset (chosen)."""

FAILURES = {"triggers": ["4xx", "5xx", "timeout"], "divert": False, "suspend": False}
RETRIES = {"attempts": 3, "interval": 60}


def create(sandbox: Sandbox, caller: Caller, tenant: str, body: Mapping[str, Any]) -> Webhook:
    """Register a webhook."""
    id = sandbox.next_id(Webhook)
    failures = failure_handling(body.get("failureHandling", {}))
    return sandbox.keep(
        Webhook(
            id=id,
            ref=f"webhook-{id}",
            locator=locators.made(sandbox, "webhook", id, caller.at),
            tenant=tenant,
            name=body["name"],
            enabled=body["enabled"],
            kinds=tuple(dict.fromkeys(body["eventTypes"])),
            endpoint=_text(ENDPOINT | _known(body["endpoint"], ENDPOINT)),
            failures=_text(failures),
            waits=waits(failures),
        )
    )


def update(sandbox: Sandbox, webhook: Webhook, body: Mapping[str, Any]) -> Webhook:
    """Change what the body names. Removals come before additions (documented)."""
    removed = set(body.get("removeEventTypes", ()))
    kept = [kind for kind in webhook.kinds if kind not in removed]
    endpoint = orjson.loads(webhook.endpoint) | _known(body.get("endpoint", {}), ENDPOINT)
    updated = replace(
        webhook,
        name=body.get("name", webhook.name),
        enabled=body.get("enabled", webhook.enabled),
        kinds=tuple(dict.fromkeys((*kept, *body.get("addEventTypes", ())))),
        endpoint=_text(endpoint),
    )
    if "failureHandling" in body:
        failures = failure_handling(body["failureHandling"])
        updated = replace(updated, failures=_text(failures), waits=waits(failures))
    return sandbox.keep(updated)


def unsuspend(sandbox: Sandbox, webhook: Webhook) -> None:
    """Let it deliver again."""
    sandbox.keep(replace(webhook, suspended_at=None))


def failure_handling(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The whole of it, with the documented defaults. Without a strategy nothing is retried."""
    found = FAILURES | _known(wanted, (*FAILURES, "alertEndpoint"))
    if "retryStrategy" in wanted:
        strategy = _known(wanted["retryStrategy"], ("strategyType", *RETRIES))
        found["retryStrategy"] = {"strategyType": "", **RETRIES, **strategy}
    return found


def waits(failures: Mapping[str, Any]) -> tuple[int, ...]:
    """The seconds before each retry: the interval times n, or times 2ⁿ⁻¹ (chosen)."""
    strategy = failures.get("retryStrategy")
    if strategy is None:
        return ()
    linear = strategy["strategyType"] == "linear"
    return tuple(
        strategy["interval"] * (n if linear else 2 ** (n - 1))
        for n in range(1, strategy["attempts"] + 1)
    )


def _known(body: Mapping[str, Any], names: Any) -> dict[str, Any]:
    return {name: body[name] for name in names if name in body}


def _text(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode()


class Wanted(NamedTuple):
    """A list's filters: AND, event types among themselves OR (chosen). None: any."""

    name: str | None
    enabled: bool | None
    suspended: bool | None
    active: bool | None
    kinds: list[str] | None

    def fits(self, webhook: Webhook) -> bool:
        suspended = webhook.suspended_at is not None
        facts = (webhook.name, webhook.enabled, suspended, webhook.enabled and not suspended)
        right = all(want in (None, fact) for want, fact in zip(self, facts, strict=False))
        return right and (self.kinds is None or not set(self.kinds).isdisjoint(webhook.kinds))
