"""Aggregate payments, split by account; aggregate invoices, which contain others."""

import pytest

A, B, E, F, G, H = (f"0000000000NV0000000000000{letter}" for letter in "ABEFGH")
ACC1, ACC2 = "0000000000ACC0000000000001", "0000000000ACC0000000000002"
CARD, OTHERS = "0000000000FN00000000000001", "0000000000FN00000000000005"
BOTH = ((A, 100), (H, 60))


def over_two(socotra, amount=160, targets=BOTH, **terms):
    return socotra.valid(amount, *targets, paymentMode="aggregate", **terms)


def shares(socotra, payment):
    return socotra.on(payment, "fetch_subpayments")["items"]


def test_validation_makes_a_share_for_each_account(socotra):
    payment = over_two(socotra, 200, ((A, 100), (H, 60), (B, 40)))

    first, second = shares(socotra, payment)
    assert payment["subpayments"] == [
        {"subpaymentLocator": first["locator"], "amount": 140},
        {"subpaymentLocator": second["locator"], "amount": 60},
    ]
    assert [each["accountLocator"] for each in (first, second)] == [ACC1, ACC2]
    assert [target["containerLocator"] for target in first["targets"]] == [A, B]
    assert {each["paymentMode"] for each in (first, second)} == {"normal"}
    assert {each["aggregatePaymentLocator"] for each in (first, second)} == {payment["locator"]}
    assert "accountLocator" not in payment
    assert len(socotra.call("fetch_multiple_payments")["items"]) == 3


@pytest.mark.parametrize(
    ("amount", "targets", "error"),
    [
        (160, (A, (H, 60)), "every target of an aggregate payment needs an amount"),
        (161, BOTH, "the targets' amounts add up to less than the aggregate payment's amount"),
        (159, BOTH, "the targets' amounts add up to more than the payment's amount"),
    ],
)
def test_the_shares_are_all_of_it(socotra, amount, targets, error):
    payment = over_two(socotra, amount, targets)

    assert error in payment["validationResult"]["validationItems"][0]["errors"]
    assert payment["subpayments"] == []


def test_posting_goes_through_the_shares(socotra):
    payment = over_two(socotra, 159.5, ((A, 99.5), (H, 60)))

    posted = socotra.on(payment, "post_payment")

    assert (socotra.owes(A), socotra.owes(H)) == (("settled", 0), ("settled", 0))
    assert (posted["remainingAmount"], len(posted["shortfallCreditLocators"])) == (0, 1)
    first, second = shares(socotra, posted)
    assert first["shortfallCreditLocators"] == posted["shortfallCreditLocators"]
    assert {each["paymentState"] for each in (first, second)} == {"posted"}
    assert socotra.told()[3:] == [
        "payment.post",
        "payment.distribute",
        "payment.post",
        "payment.distribute",
        "shortfallcredit.create",
        "shortfallcredit.distribute",
        "invoice.settle",
        "payment.post",
        "payment.distribute",
        "invoice.settle",
    ]


def test_a_reversal_takes_all_shares_back_or_none(socotra):
    """The second share credited 20, which are no longer there: the first is not undone either."""
    payment = over_two(socotra, 180, ((A, 100), (H, 80)))
    socotra.on(payment, "post_payment")
    socotra.set_balance(ACC2, "0")
    before = socotra.sandbox.state
    refusal = socotra.refused("reverse_payment", payment, body={"reversalType": "Standard"})
    unchanged = socotra.sandbox.state is before
    socotra.set_balance(ACC2, "20")

    done = socotra.reversed(payment)

    assert (refusal[:2], unchanged) == ((422, 990402), True)
    assert {each["paymentState"] for each in (done, *shares(socotra, done))} == {"reversed"}
    assert (socotra.owes(A), socotra.owes(H)) == (("open", 100), ("open", 60))
    assert socotra.balance(ACC2) == 0


def test_a_reset_deletes_the_shares(socotra):
    payment = over_two(socotra)
    first, _ = shares(socotra, payment)

    draft = socotra.on(payment, "reset_payment")

    assert (draft["paymentState"], draft["subpayments"]) == ("draft", [])
    assert socotra.refused("fetch_payment", first)[0] == 404
    found = socotra.call("fetch_multiple_payments", target_container_locator=A)["items"]
    assert [each["locator"] for each in found] == [payment["locator"]]


def test_a_request_names_its_instrument(socotra):
    payment = over_two(socotra)

    details = socotra.unusable("execute_payment", payment)

    why = "an aggregate payment must name one"
    assert details == [{"field": "financialInstrumentLocator", "reason": why}]


@pytest.mark.parametrize("instrument", [CARD, OTHERS])
def test_one_attempt_is_made_and_the_shares_follow(socotra, instrument):
    payment = over_two(socotra, financialInstrumentLocator=instrument)
    socotra.on(payment, "execute_payment")
    states = {each["paymentState"] for each in shares(socotra, payment)}

    socotra.advance("1 minute")

    done = socotra.again(payment)
    assert states == {"executing"}
    assert {each["paymentState"] for each in (done, *shares(socotra, done))} == {"posted"}
    assert [len(each["executionLog"]) for each in (done, *shares(socotra, done))] == [1, 0, 0]
    assert socotra.owes(H) == ("settled", 0)


@pytest.mark.parametrize(
    ("call", "state", "told"),
    [
        ("fail_payment", "failed", ["payment.fail"] * 3),
        ("cancel_payment", "cancelled", ["payment.cancel"] * 3),
        ("discard_payment", "discarded", []),
    ],
)
def test_the_shares_mirror_every_state(socotra, call, state, told):
    later = {"nextRequestTime": "2026-07-01T00:00:00Z"}
    draft = socotra.create(160, *BOTH, paymentMode="aggregate", financialInstrumentLocator=CARD)
    socotra.on(draft, "update_payment", body=later)
    socotra.on(draft, "validate_payment")
    if call != "discard_payment":
        socotra.on(draft, "execute_payment")
    before = len(socotra.told())

    done = socotra.on(draft, call)

    assert {each["paymentState"] for each in (done, *shares(socotra, done))} == {state}
    assert socotra.told()[before:] == told


def test_a_normal_payment_has_no_shares(socotra):
    page = socotra.on(socotra.create(1, A), "fetch_subpayments")

    assert page == {"listCompleted": True, "items": []}


def test_a_payment_to_an_aggregate_invoice_is_spread_over_what_it_contains(socotra):
    socotra.posted(34, G)

    assert (socotra.owes(E), socotra.owes(F)) == (("settled", 0), ("open", 1))
    assert socotra.owes(G) == ("open", 1)  # within the tolerance, but no credit for an aggregate
    assert socotra.invoice(E)["aggregatedInvoiceLocator"] == G
    assert socotra.invoice(G)["invoiceType"] == "aggregate"


def test_an_aggregate_invoice_settles_with_the_last_that_it_contains(socotra):
    socotra.posted(15, E)
    before = socotra.owes(G)

    payment = socotra.posted(20, F)

    assert (before, socotra.owes(G)) == (("open", 20), ("settled", 0))
    assert socotra.told()[-2:] == ["invoice.settle", "invoice.settle"]
    socotra.reversed(payment)
    assert (socotra.owes(E), socotra.owes(F)) == (("settled", 0), ("open", 20))
    assert socotra.owes(G) == ("open", 20)


def test_an_aggregate_invoice_and_one_that_it_contains_share_their_need(socotra):
    payment = socotra.posted(50, G, E)

    assert [target["amount"] for target in payment["targets"]] == [35, 0]
    assert payment["remainingAmount"] == 15
