"""Payouts to which a person has to agree, or has agreed."""

from dataclasses import asdict

from sandbox.apis import Json
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import approvals
from sandbox.provider.approvals import Approval


def approval(sandbox: Sandbox, links_key: str, asked: Approval) -> Json:
    """One of them. What the request did not say is left out."""
    return {
        "id": asked.id,
        "status": asked.status,
        "asked": written(asked.asked),
        **{name: said for name, said in asdict(asked.wanted).items() if said},
        "page": approvals.page(sandbox, links_key, asked.id),
    }
