"""Webhooks: what became of each, and sending one again."""

from sandbox.apis import Answer, Deliverer, Server
from sandbox.apis.control.operations.clock import Sliced
from sandbox.apis.control.views.lists import listed
from sandbox.engine.sandbox import Sandbox, UnknownResourceError


def list_deliveries(sandbox: Sandbox, server: Server) -> Sliced:
    yield None  # what is on its way arrives before it is looked at
    every = (one for each in server.deliverers for one in each.listed(sandbox))
    return Answer({"items": (yield from listed(every))})


def replay_delivery(sandbox: Sandbox, server: Server, id: str) -> Sliced:
    deliverer = _of(sandbox, server, id)
    deliverer.replay(sandbox, id)
    yield None  # and meanwhile it is posted
    return Answer(deliverer.shown(sandbox, id))


def _of(sandbox: Sandbox, server: Server, id: str) -> Deliverer:
    """The API whose delivery it is."""
    for each in server.deliverers:
        if any(one["id"] == id for one in each.listed(sandbox)):
            return each
    raise UnknownResourceError("delivery", id)
