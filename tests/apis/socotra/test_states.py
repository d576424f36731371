"""Every state of a payment by every call that takes its locator: it moves, or it is refused."""

import pytest

from sandbox.apis.socotra.lifecycles import PaymentState

A = "0000000000NV0000000000000A"
H = "0000000000NV0000000000000H"
CARD = "0000000000FN00000000000001"
TERMS = {"type": "StandardPayment", "amount": 90}
CALLS = {
    "update_payment": {"body": {"amount": 90}},
    "update_payment_overwrite_data": {"body": TERMS},
    "validate_payment": {},
    "post_payment": {},
    "reverse_payment": {"body": {"reversalType": "Standard"}},
    "reset_payment": {},
    "discard_payment": {},
    "set_payment_number": {"payment_number": "P-1"},
    "generate_payment_number": {},
    "execute_payment": {},
    "cancel_payment": {},
    "fail_payment": {},
    "preview_payment_validate": {},
    "preview_payment_post": {},
}
NUMBERED = ("draft", "validated", "requested", "executing", "posted")
ALLOWED = {
    ("update_payment", "draft"): "draft",
    ("update_payment_overwrite_data", "draft"): "draft",
    ("validate_payment", "draft"): "validated",
    ("post_payment", "validated"): "posted",
    ("reverse_payment", "posted"): "reversed",
    ("reset_payment", "validated"): "draft",
    ("discard_payment", "draft"): "discarded",
    ("discard_payment", "validated"): "discarded",
    **{("set_payment_number", state): state for state in NUMBERED},
    **{("generate_payment_number", state): state for state in NUMBERED},
    ("execute_payment", "validated"): "requested",
    ("cancel_payment", "requested"): "cancelled",
    ("fail_payment", "requested"): "failed",
    ("fail_payment", "executing"): "failed",
    ("preview_payment_validate", "draft"): "validated",
    ("preview_payment_post", "draft"): "posted",
    ("preview_payment_post", "validated"): "posted",
}
EXPECTED = {
    "update_payment": "draft",
    "update_payment_overwrite_data": "draft",
    "validate_payment": "draft",
    "post_payment": "validated",
    "reverse_payment": "posted",
    "reset_payment": "validated",
    "discard_payment": "draft or validated",
    "set_payment_number": "draft or validated or requested or executing or posted",
    "generate_payment_number": "draft or validated or requested or executing or posted",
    "execute_payment": "validated",
    "cancel_payment": "requested",
    "fail_payment": "executing or requested",
    "preview_payment_validate": "draft",
    "preview_payment_post": "draft or validated",
}
PAIRS = [(state.value, call) for state in PaymentState for call in CALLS]
REFUSED = [(state, call) for state, call in PAIRS if (call, state) not in ALLOWED]


def in_state(socotra, state):
    """A payment of 100 for invoice A that stands there."""
    later = {"nextRequestTime": "2026-06-02T09:00:00Z"}
    draft = socotra.create(100, A)
    if state == "draft":
        return draft
    if state in ("requested", "cancelled"):
        socotra.on(draft, "update_payment", body=later)
    socotra.on(draft, "validate_payment")
    steps = {
        "validated": [],
        "requested": ["execute_payment"],
        "executing": ["execute_payment"],
        "posted": ["post_payment"],
        "failed": ["execute_payment", "fail_payment"],
        "cancelled": ["execute_payment", "cancel_payment"],
        "reversed": ["post_payment", "reverse_payment"],
        "discarded": ["discard_payment"],
    }
    for step in steps[state]:
        socotra.on(draft, step, **CALLS[step])
    return socotra.again(draft)


@pytest.mark.parametrize("state", [state.value for state in PaymentState])
def test_every_state_can_be_reached(socotra, state):
    assert in_state(socotra, state)["paymentState"] == state


@pytest.mark.parametrize(("call", "state"), ALLOWED)
def test_a_call_moves_the_payment_as_the_table_says(socotra, call, state):
    payment = in_state(socotra, state)

    answer = socotra.on(payment, call, **CALLS[call])

    assert answer["paymentState"] == ALLOWED[call, state]


@pytest.mark.parametrize(("state", "call"), REFUSED)
def test_any_other_call_is_refused_and_changes_nothing(socotra, state, call):
    payment = in_state(socotra, state)
    before = socotra.sandbox.state

    refusal = socotra.refused(call, payment, **CALLS[call])

    message = f"payment is in state {state}; expected {EXPECTED[call]}"
    assert refusal == (422, 990402, message)
    assert socotra.sandbox.state is before


@pytest.mark.parametrize("call", ["fetch_payment", "fetch_subpayments", "list_shortfall_credits"])
@pytest.mark.parametrize("state", [state.value for state in PaymentState])
def test_reading_is_allowed_in_every_state(socotra, state, call):
    payment = in_state(socotra, state)
    before = socotra.sandbox.state

    socotra.on(payment, call)

    assert socotra.sandbox.state is before


@pytest.mark.parametrize("call", [call for call in CALLS if "preview" not in call])
def test_a_share_of_an_aggregate_payment_takes_no_call(socotra, call):
    parent = socotra.valid(160, (A, 100), (H, 60), paymentMode="aggregate")
    share = socotra.on(parent, "fetch_subpayments")["items"][0]
    before = socotra.sandbox.state

    status, code, message = socotra.refused(call, share, **CALLS[call])

    assert (status, code) == (422, 990402)
    assert message == (
        f"payment is a subpayment; it moves with its aggregate payment {parent['locator']}"
    )
    assert socotra.sandbox.state is before


@pytest.mark.parametrize("call", CALLS)
def test_a_payment_that_does_not_exist(socotra, call):
    unknown = {"locator": "01KT16JKM0000000000N0WHERE"}

    assert socotra.refused(call, unknown, **CALLS[call]) == (
        404,
        990404,
        "payment 01KT16JKM0000000000N0WHERE does not exist",
    )


def test_stamps_of_a_post_and_a_reversal(socotra):
    posted = in_state(socotra, "posted")
    socotra.advance("1 hour")

    done = socotra.reversed(posted, "bounced")

    assert posted["postedAt"] == "2026-06-01T09:00:00Z"
    assert (done["reversedAt"], done["reversedBy"], done["reversalReason"]) == (
        "2026-06-01T10:00:00Z",
        done["createdBy"],
        "bounced",
    )


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("Whim", "Whim is no configured reversal type"),
        ("DistributionOnly", "DistributionOnly does not reverse payments"),
    ],
)
def test_a_reversal_type_must_reverse_payments(socotra, kind, why):
    posted = in_state(socotra, "posted")
    before = socotra.sandbox.state

    details = socotra.unusable("reverse_payment", posted, body={"reversalType": kind})

    assert details == [{"field": "reversalType", "reason": why}]
    assert socotra.sandbox.state is before
