"""Whether a payment's state allows a call, and the move of an aggregate payment with its shares."""

from typing import Any

from msgspec.structs import replace

from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.lifecycles import PaymentLifecycle
from sandbox.apis.socotra.models import Payment
from sandbox.apis.socotra.refusals import IllegalStateError, SubpaymentError
from sandbox.apis.socotra.views import children, keep_payment
from sandbox.engine.lifecycle import Move, Row
from sandbox.engine.sandbox import Sandbox


def require(payment: Payment, *rows: Row) -> Row:
    """The row that fits the payment's state, or IllegalStateError. Shares have no say."""
    if payment.parent:
        raise SubpaymentError(payment.parent)
    for row in rows:
        if payment.status in row.sources:
            return row
    sources = (source for row in rows for source in row.sources)
    raise IllegalStateError(payment.status, dict.fromkeys(sources))


def calling(payment: Payment, call: str) -> Move:
    """The move that a call of this name makes, or IllegalStateError."""
    event = f"{PaymentLifecycle.resource}.{call}"
    moves = [move for move in PaymentLifecycle.moves() if move.event == event]
    row = require(payment, *moves)
    assert isinstance(row, Move)
    return row


def move(sandbox: Sandbox, payment: Payment, row: Move, caller: Caller, **changes: Any) -> Payment:
    """Make the move, and let an aggregate payment's shares make it too."""
    moved = sandbox.make(payment, row, cause=caller.cause)
    for child in children(sandbox, moved):
        sandbox.make(child, row, cause=caller.cause)
    return keep_payment(sandbox, replace(moved, **changes)) if changes else moved
