"""The two lifecycles of a payment, and that of an attempt to collect it, in the platform's words.

The manual names no status: these are derived from its filters. A view can be several moves behind
when notices were lost, so a row starts from wherever the view may then stand.
"""

from enum import StrEnum

from sandbox.engine.lifecycle import Announcement, Lifecycle, Move

BASIS = "chosen: the manual has filters for what happens, and lists no statuses"


class Validity(StrEnum):
    """Whether a payment counts. A valid one shows no name for it."""

    VALID = "valid"
    REVERSED = "Reversed"


class ValidityLifecycle(Lifecycle):
    """A payment counts against what is owed, or it stays visible and does not."""

    resource = "backend.payment"
    field = "validity"
    initial = Validity.VALID
    basis = BASIS

    reverse = Move(Validity.VALID, to=Validity.REVERSED)
    reinstate = Move(
        Validity.REVERSED, to=Validity.VALID, inferred="on other resources it undoes a drop"
    )

    # Entered by mistake, and gone at once.
    deleted = Announcement(Validity.VALID, Validity.REVERSED)


class Collection(StrEnum):
    """What became of the request to collect a payment. One that was never made shows no name."""

    NONE = "none"
    PENDING = "Collection Pending"
    COLLECTED = "Collected"
    FAILED = "Collection Failed"
    CANCELLED = "Collection Cancelled"


C = Collection
ASKED = (C.PENDING, C.COLLECTED, C.FAILED, C.CANCELLED)


class CollectionLifecycle(Lifecycle):
    """What this API has heard of the collection. Reversing a payment does not touch it."""

    resource = "backend.payment"
    field = "collection"
    initial = C.NONE
    basis = BASIS

    submit = Move(C.NONE, to=C.PENDING)
    # The mandate had fallen: the provider made no payment.
    refused = Move(C.NONE, to=C.FAILED)
    collected = Move(*ASKED, to=C.COLLECTED)
    failed = Move(*ASKED, to=C.FAILED)
    cancelled = Move(C.PENDING, to=C.CANCELLED)
    retry = Move(*ASKED, to=C.PENDING)


class AttemptStatus(StrEnum):
    """What became of one attempt to collect."""

    REQUESTED = "Requested"
    TAKEN = "Taken"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


A = AttemptStatus


class AttemptLifecycle(Lifecycle):
    """One attempt. A retry is another one."""

    resource = "backend.attempt"
    initial = A.REQUESTED
    basis = "chosen: the manual says requested, then taken or failed, and lists no statuses"

    taken = Move(A.REQUESTED, to=A.TAKEN)
    # Also after it was taken: the bank reports late, or the payer claims the money back.
    failed = Move(A.REQUESTED, A.TAKEN, to=A.FAILED)
    cancelled = Move(A.REQUESTED, to=A.CANCELLED)
    # The payer withdrew the claim.
    restored = Move(A.FAILED, to=A.TAKEN)


LIFECYCLES: tuple[type[Lifecycle], ...] = (
    ValidityLifecycle,
    CollectionLifecycle,
    AttemptLifecycle,
)
