"""Webhooks."""

from sandbox.apis import Answer, Json
from sandbox.apis.socotra import bodies
from sandbox.apis.socotra.access import caller
from sandbox.apis.socotra.models import Webhook
from sandbox.apis.socotra.rules import webhooks
from sandbox.apis.socotra.views import get, listed, page, tenant_of
from sandbox.engine.sandbox import Sandbox


def _named(sandbox: Sandbox, tenant_locator: str, webhook_locator: str) -> Webhook:
    return get(sandbox, Webhook, webhook_locator, tenant_of(tenant_locator))


def fetch_webhooks(  # noqa: PLR0913, PLR0917  what the document has
    sandbox: Sandbox,
    tenant_locator: str,
    offset: int,
    count: int,
    name: str | None,
    enabled: bool | None,
    suspended: bool | None,
    active: bool | None,
    event_types: list[str] | None,
) -> Answer:
    wanted = webhooks.Wanted(name, enabled, suspended, active, event_types)
    found = (one for one in listed(sandbox, Webhook, tenant_of(tenant_locator)) if wanted.fits(one))
    one = page(found, offset, count)
    return Answer(bodies.paged(one, map(bodies.webhook, one.items)))


def create_webhook(sandbox: Sandbox, token: str, tenant_locator: str, body: Json) -> Answer:
    tenant = tenant_of(tenant_locator)
    made = webhooks.create(sandbox, caller(sandbox, token), tenant, body)
    return Answer(bodies.webhook(made))


def fetch_webhook(sandbox: Sandbox, tenant_locator: str, webhook_locator: str) -> Answer:
    return Answer(bodies.webhook(_named(sandbox, tenant_locator, webhook_locator)))


def update_webhook(
    sandbox: Sandbox, tenant_locator: str, webhook_locator: str, body: Json
) -> Answer:
    webhook = _named(sandbox, tenant_locator, webhook_locator)
    return Answer(bodies.webhook(webhooks.update(sandbox, webhook, body)))


def delete_webhook(sandbox: Sandbox, tenant_locator: str, webhook_locator: str) -> Answer:
    sandbox.forget(_named(sandbox, tenant_locator, webhook_locator))
    return Answer(status=204)


def unsuspend_webhook(sandbox: Sandbox, tenant_locator: str, webhook_locator: str) -> Answer:
    webhooks.unsuspend(sandbox, _named(sandbox, tenant_locator, webhook_locator))
    return Answer(status=204)
