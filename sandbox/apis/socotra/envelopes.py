"""An event as Socotra writes it: the same in the stream and in a webhook's delivery."""

import orjson

from sandbox.apis import Json
from sandbox.apis.socotra.models import StreamEvent
from sandbox.engine.clock import written


def envelope(event: StreamEvent) -> dict[str, Json]:
    """EventResponse."""
    return {
        "locator": event.locator,
        "requestId": event.request,
        "userLocator": event.user,
        "timestamp": written(event.at),
        "type": event.kind,
        "data": orjson.loads(event.data),
    }
