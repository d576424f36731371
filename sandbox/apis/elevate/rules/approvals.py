"""Approval of a payout at the provider: what the documented 403 asks for, and a page grants (D33).

Which payouts need it is a scenario's to say, by a fault with the error `approval_required`. After
that 403 nothing is stored. The page knows the request by a digest of what it asks for, and what has
been granted is all that is remembered: the same request then goes through.
"""

from immutables import Map

from sandbox.apis import Json, Server
from sandbox.apis.elevate.rules.payments import minor
from sandbox.engine.ids import digest
from sandbox.engine.sandbox import Sandbox

PART = "elevate.approvals"
NONE: Map[str, bool] = Map()


def page_for(sandbox: Sandbox, server: Server, body: Json) -> str | None:
    """Where this payout can be approved; None where it has been.

    `body` is that of a request which the document allows: customer, amount and reference are what
    makes two requests the same.
    """
    token = _token(sandbox, server, body)
    if token in sandbox.part(PART, NONE):
        return None
    return f"{sandbox.origin}/approve/{digest(server.links_key, sandbox.name)}/{token}"


def approve(sandbox: Sandbox, token: str) -> None:
    """Grant what the page of this token stands for."""
    sandbox.keep_part(PART, sandbox.part(PART, NONE).set(token, True))


def _token(sandbox: Sandbox, server: Server, body: Json) -> str:
    amount = minor(body["amountInMajorCurrency"])
    asked = f"{sandbox.name} {int(body['customerId'])} {amount} {body['reference']}"
    return digest(server.links_key, asked)
