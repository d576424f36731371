"""Mandates: the payer's authority to collect from their bank account or card."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, ClassVar

from immutables import Map
from msgspec.structs import replace

from sandbox.engine.events import CLIENT, Cause, Event
from sandbox.engine.lifecycle import Announcement, Lifecycle, Move
from sandbox.engine.sandbox import Sandbox
from sandbox.provider.truth import Truth, made

MOST_REINSTATEMENTS = 10


class MandateStatus(StrEnum):
    """What a mandate can be."""

    REQUESTED = "requested"
    CREATED = "created"
    AWAITING_APPROVAL = "awaiting_approval"
    SUBMITTED = "submitted"
    ACTIVE = "active"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"


M = MandateStatus
EXISTING = (M.CREATED, M.AWAITING_APPROVAL, M.SUBMITTED, M.ACTIVE, M.SUSPENDED)
USABLE = frozenset({M.CREATED, M.AWAITING_APPROVAL, M.SUBMITTED, M.ACTIVE})
WAITING = frozenset({M.CREATED, M.AWAITING_APPROVAL, M.SUBMITTED})


class MandateLifecycle(Lifecycle):
    """A mandate's moves. Source: GoCardless's events of mandates, in the sandbox's own statuses."""

    resource = "mandate"
    initial = M.REQUESTED
    basis = "inferred: GoCardless's events of mandates"

    # The payer has finished the hosted page.
    created = Move(M.REQUESTED, to=M.CREATED)
    # A second signatory has to agree.
    approval_requested = Move(M.CREATED, to=M.AWAITING_APPROVAL)
    approval_granted = Move(M.AWAITING_APPROVAL, to=M.CREATED)
    approval_skipped = Move(M.AWAITING_APPROVAL, to=M.CREATED)
    submitted = Move(M.CREATED, to=M.SUBMITTED)
    # Nobody refused within two working days.
    active = Move(M.SUBMITTED, to=M.ACTIVE)
    failed = Move(M.CREATED, M.SUBMITTED, to=M.FAILED)
    # By the payer, the bank or the client; or the hosted page was not finished.
    cancelled = Move(M.REQUESTED, *EXISTING, to=M.CANCELLED)
    # Bacs: thirteen months without a collection.
    expired = Move(M.ACTIVE, to=M.EXPIRED)
    suspended = Move(M.ACTIVE, to=M.SUSPENDED)
    resumed = Move(M.SUSPENDED, to=M.ACTIVE)
    # Up to two working days after it was asked for.
    reinstated = Move(M.CANCELLED, M.EXPIRED, to=M.ACTIVE)
    reinstatement_failed = Move(M.CANCELLED, M.EXPIRED, to=M.FAILED)
    # For good: nothing leads out of it.
    blocked = Move(*EXISTING, M.CANCELLED, M.EXPIRED, to=M.BLOCKED)

    resubmission_requested = Announcement(M.CANCELLED, M.EXPIRED)
    # The payer's account moved to another bank.
    transferred = Announcement(M.SUBMITTED, M.ACTIVE)


class Mandate(Truth, frozen=True, kw_only=True):
    """Authority to collect. `reference` is the scheme's (MD…), `customer_reference` the payer's.

    `bank_account` has holder, sort_code, number, iban, bank; `card` holder, last4, expires.
    `flow_token` names the hosted page on which the payer gives it.
    """

    type: ClassVar[str] = "mandate"
    indexed: ClassVar[tuple[str, ...]] = ("ref", "site", "customer", "reference", "flow_token")
    references: ClassVar[Map[str, str]] = Map(
        customer="customer", site="site", provider="payment_provider"
    )

    customer: int | None = None
    site: int | None = None
    provider: int | None = None
    scheme: str = "bacs"
    reference: str = ""
    customer_reference: str = ""
    flow_token: str = ""
    status: MandateStatus = M.REQUESTED
    bank_account: Map[str, str] = Map()
    card: Map[str, str] = Map()
    reinstatements: int = 0

    @property
    def provider_reference(self) -> str:
        return self.reference


class MandateNotUsableError(Exception):
    """A fallen mandate: nothing can be collected on it."""

    def __init__(self, mandate: Mandate) -> None:
        self.mandate = mandate
        super().__init__(
            f"mandate {mandate.reference} is {mandate.status}; to collect, it must be active or "
            "on its way there"
        )


class TooManyReinstatementsError(Exception):
    """Law 5: a mandate is reinstated ten times at most."""

    def __init__(self, mandate: Mandate) -> None:
        self.mandate = mandate
        super().__init__(
            f"mandate {mandate.reference} was asked for again {MOST_REINSTATEMENTS} times"
        )


def new(sandbox: Sandbox, **known: Any) -> Mandate:
    """A mandate with the next id, name and references, not yet kept."""
    names = {"reference": "MD", "customer_reference": "CU", "flow_token": "RE"}
    return made(sandbox, Mandate, known, **names)


def request(sandbox: Sandbox, *, cause: Cause = CLIENT, **wanted: Any) -> Mandate:
    """An API wants a mandate; the payer has the hosted page. `wanted` are fields of Mandate."""
    return sandbox.begin(new(sandbox, **wanted), "mandate.requested", cause=cause)


def check_reinstatement(sandbox: Sandbox, mandate: Mandate) -> None:
    """Law 5: an eleventh reinstatement is refused."""
    if sandbox.get(Mandate, mandate.id).reinstatements >= MOST_REINSTATEMENTS:
        raise TooManyReinstatementsError(mandate)


def count_reinstatement(sandbox: Sandbox, event: Event) -> None:
    """So that law 5 can say when it is enough."""
    mandate = sandbox.get(Mandate, event.subject.id)
    sandbox.keep(replace(mandate, reinstatements=mandate.reinstatements + 1, last_event=event.name))


REACTIONS: Map[str, tuple[Callable[[Sandbox, Event], None], ...]] = Map(
    {"mandate.resubmission_requested": (count_reinstatement,)}
)
