"""The event stream."""

from sandbox.apis import Answer
from sandbox.apis.socotra.envelopes import envelope
from sandbox.apis.socotra.models import StreamEvent
from sandbox.apis.socotra.rules import stream
from sandbox.apis.socotra.views import get, listed, tenant_of
from sandbox.engine.sandbox import Sandbox


def fetch_billing_event_definitions() -> Answer:
    return Answer(stream.definitions())


def fetch_multiple_events(  # noqa: PLR0913, PLR0917  what the document has
    sandbox: Sandbox,
    tenant_locator: str,
    start_timestamp: str | None,
    end_timestamp: str | None,
    type: str | None,
    page_size: int,
    paging_token: str | None,
) -> Answer:
    query = stream.asked(start_timestamp, end_timestamp, type, page_size, paging_token)
    found = stream.stretch(sandbox, tenant_of(tenant_locator), query)
    return Answer({"pagingToken": found.token, "events": [*map(envelope, found.events)]})


def fetch_events_for_a_request(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    tenant = tenant_of(tenant_locator)
    found = listed(sandbox, StreamEvent, tenant, request=locator.upper())
    return Answer([*map(envelope, found)])


def fetch_event(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    return Answer(envelope(get(sandbox, StreamEvent, locator, tenant_of(tenant_locator))))
