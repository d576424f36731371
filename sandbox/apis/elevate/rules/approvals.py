"""Approval of a payout at the provider: what the documented 403 asks for (D33).

Which payouts need it is a scenario's to say, by a fault with the error `approval_required`. After
that 403 no payout is stored. The provider knows the request by a digest of what it asks for: once
a person has approved that, the same request goes through.
"""

from sandbox.apis import Json
from sandbox.engine.ids import digest
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import approvals
from sandbox.provider.approvals import ApprovalStatus, Wanted

SAME = ("customerId", "amountInMajorCurrency", "reference")
"""What makes two requests the same."""

MOST_KEPT = 255  # letters of each


def page_for(sandbox: Sandbox, links_key: str, body: Json) -> str | None:
    """Where the payout that this body asks for can be approved; None where it has been."""
    customer, amount, reference = (_text(body, name) for name in SAME)
    id = digest(links_key, customer, amount, reference)
    wanted = Wanted(customer[:MOST_KEPT], amount[:MOST_KEPT], reference[:MOST_KEPT])
    if approvals.ask(sandbox, id, wanted).status == ApprovalStatus.APPROVED:
        return None
    return approvals.page(sandbox, links_key, id)


def _text(body: Json, name: str) -> str:
    """A fault comes before the check of the body, so there may be anything in it."""
    value = body.get(name, "") if isinstance(body, dict) else ""
    is_amount = name == "amountInMajorCurrency" and isinstance(value, int | float)
    return f"{value:.2f}" if is_amount else str(value)
