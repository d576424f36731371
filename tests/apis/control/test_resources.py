import pytest

from sandbox.provider import instant_payments, payments, payouts, refunds
from sandbox.provider.mandates import Mandate


@pytest.fixture
def bare(desk):
    """A sandbox in which there is nothing but Ada, her flat and her invoice."""
    desk.use("nobody-here")
    return desk


def test_the_truth_is_shown_in_the_scenarios_words(desk):
    desk.payment(amount=42_00, reference="sc:late-1")

    shown = desk.ask("get_resource", type="payment", id="payment-1")

    assert shown == {
        "type": "payment",
        "ref": "payment-1",
        "id": 1,
        "api": "elevate",
        "status": "created",
        "scheme": "bacs",
        "amount": "42.00",
        "currency": "GBP",
        "customer": "alan",
        "site": "site-2",
        "mandate": "alan-bacs",
        "provider": "gocardless",
        "attempts": 0,
        "refunded": "0.00",
        "reference": "sc:late-1",
        "created": "2026-09-14T09:00:00Z",
    }


@pytest.mark.parametrize("id", ["1", "payment-1", "sc:late-1"])
def test_three_forms_of_an_id(desk, id):
    desk.payment(reference="sc:late-1")
    desk.payment(reference="sc:late-1")

    assert desk.ask("get_resource", type="payment", id=id)["ref"] == "payment-1"


def test_a_mandates_reference_finds_it(desk):
    reference = desk.sandbox.get(Mandate, 2).reference

    assert desk.ask("get_resource", type="mandate", id=reference)["id"] == 2


@pytest.mark.parametrize("id", ["9", "payment-9", "nowhere", "0", "9" * 40, "²"])
def test_what_there_is_not(desk, id):
    refusal = desk.refused("get_resource", type="payment", id=id)

    message = f"There is no payment {id}."
    assert refusal == (404, {"code": "not_found", "message": message, "details": []})


def test_lists_are_by_number(desk):
    for amount in (3_00, 1_00, 2_00):
        desk.payment(amount=amount)

    listed = desk.ask("list_resources", type="payment")["items"]

    assert [(one["id"], one["amount"]) for one in listed] == [
        (1, "3.00"),
        (2, "1.00"),
        (3, "2.00"),
    ]


def test_every_type_has_its_fields(desk):
    paid = desk.payment()
    instant_payments.create(desk.sandbox, amount=5_00, customer=1, api="elevate")
    refunds.create(desk.sandbox, paid, amount=1_00)
    payouts.create(desk.sandbox, amount=7_00, customer=1, api="elevate")

    shown = {
        type: desk.ask("get_resource", type=type, id="1")
        for type in ("mandate", "payment", "instant_payment", "refund", "payout")
    }

    assert {type: one["status"] for type, one in shown.items()} == {
        "mandate": "active",
        "payment": "created",
        "instant_payment": "created",
        "refund": "created",
        "payout": "verifying",
    }
    assert shown["refund"]["payment"] == "payment-1"
    assert shown["mandate"]["scheme"] == "bacs"
    assert shown["payout"]["amount"] == "7.00"


def test_a_tester_moves_as_the_bank_would(desk):
    desk.payment()
    desk.ask("move_resource", type="payment", id="1", body={"to": "submitted"})

    moved = desk.ask(
        "move_resource",
        type="payment",
        id="payment-1",
        body={"to": "failed", "reason": "bank_account_closed"},
    )

    assert moved["status"] == "failed"
    assert moved["reason"] == {
        "code": "bank_account_closed",
        "schemeCode": "ARUDD-B",
        "origin": "bank",
        "text": None,
    }
    last = desk.ask("list_events", type="payment.*")["items"][-1]
    assert (last["event"], last["id"], last["rule"]) == ("payment.failed", 1, "tester")


def test_what_is_said_of_a_reason_stands_before_what_is_filled_in(desk):
    desk.payment()
    for to in ("submitted", "confirmed"):
        desk.ask("move_resource", type="payment", id="1", body={"to": to})

    reason = {"code": "authorisation_disputed", "scheme_code": "DDICA-2", "text": "never mine"}
    moved = desk.ask(
        "move_resource", type="payment", id="1", body={"to": "charged_back", "reason": reason}
    )

    assert moved["reason"] == {
        "code": "authorisation_disputed",
        "schemeCode": "DDICA-2",
        "origin": "payer",
        "text": "never mine",
    }


def test_a_move_by_its_event_where_two_lead_to_one_status(desk):
    desk.mandate()
    for to in ("created", "awaiting_approval"):
        desk.ask("move_resource", type="mandate", id="mandate-3", body={"to": to})

    desk.ask(
        "move_resource",
        type="mandate",
        id="mandate-3",
        body={"to": "created", "as": "mandate.approval_skipped"},
    )

    events = desk.ask("list_events", type="mandate.*")["items"]
    assert events[-1]["event"] == "mandate.approval_skipped"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"to": "paid_out"}, "payment-1 is created and cannot become paid_out."),
        ({"to": "active"}, "payment-1 is created and cannot become active."),
        (
            {"to": "submitted", "as": "payment.resubmitted"},
            "payment-1 is created and cannot become submitted by payment.resubmitted.",
        ),
    ],
    ids=["not from here", "not of a payment", "not by this event"],
)
def test_the_table_decides_and_names_what_would_be_allowed(desk, wanted, said):
    desk.payment()

    refusal = desk.refused("move_resource", type="payment", id="1", body=wanted)

    allowed = ["submitted", "cancelled", "failed"]
    details = [{"from": "created", "to": wanted["to"], "allowed": allowed}]
    assert refusal == (409, {"code": "illegal_move", "message": said, "details": details})


def test_a_mandate_that_falls_takes_its_waiting_payments_with_it(desk):
    mandate = desk.mandate()
    desk.advance("5 minutes")
    payments.create(desk.sandbox, desk.sandbox.get(Mandate, mandate.id), amount=1_00)

    desk.ask("move_resource", type="mandate", id="mandate-3", body={"to": "cancelled"})

    last = desk.ask("list_events", type="payment.*")["items"][-1]
    assert (last["event"], last["rule"], last["reason"]["code"]) == (
        "payment.cancelled",
        "law 1",
        "mandate_cancelled",
    )


def test_fixtures_are_given_and_listed_in_the_same_words(bare):
    laid = bare.ask(
        "add_fixtures",
        body={
            "sites": [{"ref": "shop", "id": 4002, "customer": "ada"}],
            "invoices": [{"ref": "june", "id": 9001, "site": "shop", "amount": "42.00"}],
        },
    )["items"]

    assert [one["ref"] for one in laid] == ["shop", "june"]
    assert laid[1] == {
        "resource": "invoice",
        "ids": {"elevate": 9001},
        "ref": "june",
        "id": 9001,
        "kind": "normal",
        "number": "INV-9001",
        "customer": "ada",
        "site": "shop",
        "amount": "42.00",
        "paid": "0.00",
        "currency": "GBP",
        "issued": "2026-09-14",
        "due": "2026-09-28",
        "status": "open",
    }
    listed = bare.ask("list_fixtures")["items"]
    assert all(one in listed for one in laid)


def test_fixtures_are_listed_by_kind_and_number(desk):
    kinds = [one["resource"] for one in desk.ask("list_fixtures")["items"]]

    order = ["payment_provider", "customer", "account", "site", "mandate", "invoice"]
    assert list(dict.fromkeys(kinds)) == order
    assert kinds == sorted(kinds, key=order.index)


def test_what_a_client_made_is_no_fixture(desk):
    before = desk.ask("list_fixtures")

    desk.mandate()
    desk.payment()

    assert desk.ask("list_fixtures") == before


def test_all_fixtures_are_added_or_none(desk):
    status, error = desk.refused(
        "add_fixtures", body={"customers": [{"ref": "eve", "name": "Eve"}, {"ref": "ada"}]}
    )

    assert (status, error["code"]) == (409, "conflict")
    assert error["details"][0]["what"] == "customers"
    assert "ada" in error["details"][0]["holds"]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"customers": [{"ref": "eve", "nmae": "Eve"}]}, "customers[0].nmae"),
        ({"invoices": [{"customer": "ada", "amount": 42}]}, "invoices[0].amount"),
        ({"invoices": [{"customer": "ada", "amount": "1.005"}]}, "invoices[0].amount"),
        (
            {"invoices": [{"customer": "ada", "amount": "1.00", "due": "2026-06-31"}]},
            "invoices[0].due",
        ),
        (
            {"invoices": [{"customer": "ada", "amount": "1.00", "due": "0001-06-30"}]},
            "invoices[0].due",
        ),
        (
            {"mandates": [{"customer": "ada", "created": "9999-12-31T23:59"}]},
            "mandates[0].created",
        ),
        ({"invoices": [{"customer": "ada", "amount": "${params.x}"}]}, "invoices[0].amount"),
        ({"customers": [{"ref": "payment-7"}]}, "customers[0].ref"),
        ({"invoices": [{"customer": "nobody", "amount": "1.00"}]}, "invoices.customer"),
        ({"invoices": [{"customer": 2_000_000_001, "amount": "1.00"}]}, "invoices[0].customer"),
        ({"invoices": [{"customer": 1.0, "amount": "1.00"}]}, "invoices[0].customer"),
    ],
    ids=[
        "key",
        "money",
        "a tenth of a penny",
        "no such day",
        "too early",
        "too late",
        "template",
        "ref",
        "reference",
        "an id that is too large",
        "a fraction",
    ],
)
def test_the_language_refuses_what_it_does_not_know(desk, body, key):
    status, error = desk.refused("add_fixtures", body=body)

    assert (status, error["code"]) == (422, "invalid_scenario")
    assert [one["key"] for one in error["details"]] == [key]
    assert {one["file"] for one in error["details"]} == {None}


def test_an_account_posted_again_has_its_credit_balance_set(bare):
    bare.ask(
        "add_fixtures", body={"accounts": [{"ref": "second", "customer": "ada", "number": "C2"}]}
    )

    again = bare.ask(
        "add_fixtures", body={"accounts": [{"ref": "second", "socotra": {"creditBalance": "5.00"}}]}
    )["items"]

    assert [(one["ref"], one["number"], one["socotra"]) for one in again] == [
        ("second", "C2", {"creditBalance": "5.00"})
    ]


def test_an_account_that_is_not_there_has_no_balance(desk):
    body = {"accounts": [{"ref": "nobodys", "socotra": {"creditBalance": "5.00"}}]}

    status, error = desk.refused("add_fixtures", body=body)

    assert (status, error["details"][0]["key"]) == (422, "accounts.ref")


def test_a_neighbour_has_none_of_it(desk):
    desk.mandate()
    desk.payment()

    other = desk.other("neighbour")

    assert other.ask("list_resources", type="payment") == {"items": []}
    assert len(other.ask("list_resources", type="mandate")["items"]) == 2
