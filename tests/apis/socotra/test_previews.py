"""Previews: what a call would bring about, and nothing of it has happened."""

import pytest

A, B, C, H = (f"0000000000NV0000000000000{letter}" for letter in "ABCH")
ACC1 = "0000000000ACC0000000000001"
PREVIEWS = ("preview_payment_validate", "preview_payment_post")


@pytest.mark.parametrize("call", PREVIEWS)
def test_a_preview_changes_nothing(socotra, call):
    draft = socotra.create(159.5, A, type="StrictPayment", data={"chequeNumber": "1"})
    before = socotra.sandbox.state

    socotra.on(draft, call)

    assert socotra.sandbox.state is before


def test_a_preview_of_posting_shows_what_posting_does(socotra):
    valid = socotra.valid(139.5, A, B)

    preview = socotra.on(valid, "preview_payment_post")

    posted = socotra.on(valid, "post_payment")
    [credit] = socotra.on(posted, "list_shortfall_credits")["items"]
    shared = preview.keys() & posted.keys()
    assert {key: preview[key] for key in shared} == {key: posted[key] for key in shared}
    [previewed] = preview["shortfallCredits"]
    assert {**credit, "locator": None} == {**credit, **previewed, "locator": None}
    items = [item for name in (A, B) for item in socotra.invoice(name)["invoiceItems"]]
    assert preview["credits"] == [
        {"type": "invoiceItem", "locator": item["locator"], "amount": amount}
        for item, amount in zip(items, (60, 40, 25, 14.5), strict=True)
    ]
    assert preview["invoices"] == {
        "listCompleted": True,
        "items": [
            {
                "locator": name,
                "accountLocator": ACC1,
                "invoiceState": "settled",
                "amount": amount,
                "remainingAmount": 0,
            }
            for name, amount in ((A, 100), (B, 39.5))
        ],
    }


def test_a_preview_of_validation_shows_credits_as_drafts(socotra):
    draft = socotra.create(99.5, A)

    preview = socotra.on(draft, "preview_payment_validate")

    assert (preview["paymentState"], "postedAt" in preview) == ("validated", False)
    assert preview["validationResult"] == {"success": True}
    assert [each["shortfallCreditState"] for each in preview["shortfallCredits"]] == ["draft"]


def test_an_excess_is_credited_to_the_account(socotra):
    preview = socotra.on(socotra.valid(120, A), "preview_payment_post")

    excess = {"type": "accountCreditBalance", "locator": ACC1, "amount": 20}
    assert (preview["remainingAmount"], preview["credits"][-1]) == (20, excess)


@pytest.mark.parametrize("call", PREVIEWS)
def test_a_draft_that_is_not_valid_stays_one(socotra, call):
    draft = socotra.create(10, C)

    preview = socotra.on(draft, call)

    assert preview["paymentState"] == "draft"
    assert preview["validationResult"]["success"] is False
    assert (preview["credits"], preview["shortfallCredits"]) == ([], [])
    assert socotra.told() == ["payment.create"]


def test_an_aggregate_payment_is_previewed_with_its_shares(socotra):
    draft = socotra.create(159.5, (A, 99.5), (H, 60), paymentMode="aggregate")

    preview = socotra.on(draft, "preview_payment_post")

    first, second = preview["subpayments"]
    assert [each["amount"] for each in (first, second)] == [99.5, 60]
    assert {each["aggregatePaymentLocator"] for each in (first, second)} == {draft["locator"]}
    assert preview["credits"] == first["credits"] + second["credits"]
    assert preview["shortfallCredits"] == first["shortfallCredits"]
    assert [each["locator"] for each in preview["invoices"]["items"]] == [A, H]
    assert socotra.on(draft, "fetch_subpayments")["items"] == []
