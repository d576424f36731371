"""Approvals: payouts that the provider takes only when a person has agreed to them.

Which payouts those are is a scenario's to say. Nothing else is known of them until then: the same
request has to be sent again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from sandbox.engine.ids import digest
from sandbox.engine.sandbox import Sandbox, UnknownResourceError

PART = "provider.approvals"


class ApprovalStatus(StrEnum):
    """What has been said to it."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is to agree to, in the words of the request: there may be anything in it."""

    customer: str = ""
    amount: str = ""
    reference: str = ""


class Approval(Struct, frozen=True):
    """One payout that was asked for; `asked` is when that was last done."""

    id: str
    number: int
    asked: datetime
    wanted: Wanted
    status: ApprovalStatus = ApprovalStatus.WAITING


class AnsweredError(Exception):
    """It has its answer. After a rejection the same request asks anew."""

    def __init__(self, approval: Approval) -> None:
        self.approval = approval
        super().__init__(f"approval {approval.id} is {approval.status}")


Approvals = Map[str, Approval]
NONE: Approvals = Map()


def ask(sandbox: Sandbox, id: str, wanted: Wanted) -> Approval:
    """What is asked for under this id: anew, where nobody has approved it."""
    known = sandbox.part(PART, NONE)
    approval = known.get(id)
    if approval is None:
        approval = Approval(id, len(known) + 1, sandbox.now, wanted)
    elif approval.status != ApprovalStatus.APPROVED:
        approval = replace(approval, asked=sandbox.now, status=ApprovalStatus.WAITING)
    sandbox.keep_part(PART, known.set(id, approval))
    return approval


def answer(sandbox: Sandbox, id: str, status: ApprovalStatus) -> Approval:
    """A person agrees, or does not. AnsweredError where that has been said."""
    approval = find(sandbox, id)
    if approval.status != ApprovalStatus.WAITING:
        raise AnsweredError(approval)
    approval = replace(approval, status=status)
    sandbox.keep_part(PART, sandbox.part(PART, NONE).set(id, approval))
    return approval


def find(sandbox: Sandbox, id: str) -> Approval:
    """The approval of this id, or UnknownResourceError."""
    approval: Approval | None = sandbox.part(PART, NONE).get(id)
    if approval is None:
        raise UnknownResourceError("approval", id)
    return approval


def every(sandbox: Sandbox) -> Iterator[Approval]:
    """All of them, in the order in which they were first asked for."""
    yield from sorted(sandbox.part(PART, NONE).values(), key=lambda one: one.number)


def page(sandbox: Sandbox, links_key: str, id: str) -> str:
    """Where a person answers."""
    return f"{sandbox.origin}/approve/{digest(links_key, sandbox.name)}/{id}"
