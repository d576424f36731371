"""Approval of a payout at the provider: what the documented 403 asks for, and a page grants (D33).

Which payouts need it is a scenario's to say, by a fault with the error `approval_required`. After
that 403 nothing is stored. The page knows the request by a digest of what it asks for, and what has
been granted is all that is remembered: the same request then goes through.
"""

from immutables import Map

from sandbox.apis import Json
from sandbox.engine.ids import digest
from sandbox.engine.sandbox import Sandbox

PART = "elevate.approvals"
NONE: Map[str, bool] = Map()
SAME = ("customerId", "amountInMajorCurrency", "reference")
"""What makes two requests the same."""


def page_for(sandbox: Sandbox, links_key: str, body: Json) -> str | None:
    """Where the payout that this body asks for can be approved; None where it has been."""
    token = _token(sandbox, links_key, body)
    if token in sandbox.part(PART, NONE):
        return None
    return f"{sandbox.origin}/approve/{digest(links_key, sandbox.name)}/{token}"


def approve(sandbox: Sandbox, token: str) -> None:
    """Grant what the page of this token stands for."""
    sandbox.keep_part(PART, sandbox.part(PART, NONE).set(token, True))


def _token(sandbox: Sandbox, links_key: str, body: Json) -> str:
    """A fault comes before the check of the body, so there may be anything in it."""
    said = body if isinstance(body, dict) else {}
    values = [said.get(name) for name in SAME]
    asked = (f"{one:.2f}" if isinstance(one, float | int) else str(one) for one in values)
    return digest(links_key, sandbox.name, *asked)
