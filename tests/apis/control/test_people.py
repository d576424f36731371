"""What a payer or an approver does on a page, by calls: over HTTP, to a real server."""

import pytest

ACCOUNT = {"holder": "Ada Lovelace", "sort_code": "200000", "number": "55779911"}
IBAN = {"holder": "Ada Lovelace", "iban": "GB60BARC20000055779911"}
FIRST = {"amount": "61.17", "description": "First premium"}
OUTBOUND = {"customerId": 1, "amountInMajorCurrency": 10.5, "reference": "REFUND 42"}
APPROVAL = """
scenario: approval
version: 1
title: Every payout needs a person's approval
rules:
  - { when: call payouts.create, respond: { status: 403, error: approval_required } }
"""


def mandate(tester):
    """The path of one that waits for its payer."""
    body = {"siteId": 1, "returnURL": "https://shop.example/"}
    flow = tester.elevate("POST", "site-payment-mandates", body).json()["flowToken"]
    return f"/resources/mandate/{flow}"


def approval(tester):
    """One that waits for somebody."""
    tester.ask("POST", "/scenarios", data=APPROVAL, headers={"Content-Type": "application/yaml"})
    tester.ask("PUT", "/scenario", json={"name": "approval"})
    assert tester.elevate("POST", "outbound-payments", OUTBOUND).status_code == 403
    return tester.ask("GET", "/approvals")["items"][0]


def refused(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["details"]


@pytest.mark.parametrize("account", [ACCOUNT, IBAN], ids=["domestic", "iban"])
def test_a_mandate_is_on_the_account_that_its_payer_says(tester, account):
    path = mandate(tester)

    answer = tester.ask("PUT", f"{path}/bank-account", json=account)

    assert (answer["status"], answer["bank_account"]) == ("requested", account)
    assert tester.ask("GET", path) == answer


@pytest.mark.parametrize(
    "account",
    [
        {**ACCOUNT, "holder": " "},
        {**ACCOUNT, "sort_code": "20-00-00"},
        {**ACCOUNT, "number": "1234567"},
        {**ACCOUNT, "iban": IBAN["iban"]},
        {"holder": "Ada Lovelace"},
        {**IBAN, "iban": "nowhere"},
    ],
    ids=str,
)
def test_what_is_no_account_is_refused(tester, account):
    path = mandate(tester)
    before = tester.ask("GET", path)

    answer = tester.call("PUT", f"{path}/bank-account", json=account)

    assert refused(answer)[:2] == (400, "invalid_request")
    assert tester.ask("GET", path) == before


@pytest.mark.parametrize(
    ("call", "body", "what"),
    [("PUT bank-account", ACCOUNT, "bank_account"), ("POST first-payment", FIRST, "first_payment")],
)
def test_a_payer_who_has_finished_has_nothing_more_to_say(tester, call, body, what):
    path = mandate(tester)
    tester.ask("POST", f"{path}/moves", json={"to": "created"})
    method, _, place = call.partition(" ")

    answer = tester.call(method, f"{path}/{place}", json=body)

    details = [{"what": what, "holds": "mandate-5 is created"}]
    assert refused(answer) == (409, "conflict", details)


def test_a_payer_begins_with_an_instant_payment(tester):
    path = mandate(tester)
    none = tester.call("GET", f"{path}/first-payment")

    made = tester.call("POST", f"{path}/first-payment", json=FIRST)

    assert (none.status_code, made.status_code) == (404, 201)
    body = made.json()
    assert (body["type"], body["status"], body["mandate"]) == (
        "instant_payment",
        "created",
        "mandate-5",
    )
    assert (body["amount"], body["description"]) == ("61.17", "First premium")
    assert tester.ask("GET", f"{path}/first-payment") == body


def test_a_first_payment_finer_than_the_accounts_currency_is_refused(tester):
    path = mandate(tester)

    answer = tester.call("POST", f"{path}/first-payment", json={**FIRST, "amount": "61.175"})

    status, code, details = refused(answer)
    message = "61.175 has more than 2 decimal places, the most in GBP"
    where = {"in": "body", "pointer": "/amount", "message": message}
    assert (status, code, details) == (400, "invalid_request", [where])


def test_there_is_one_first_payment(tester):
    path = mandate(tester)
    tester.ask("POST", f"{path}/first-payment", json=FIRST)

    answer = tester.call("POST", f"{path}/first-payment", json=FIRST)

    details = [{"what": "first_payment", "holds": "mandate-5 has instant_payment-1"}]
    assert refused(answer) == (409, "conflict", details)


def test_a_provider_without_instant_payments_takes_no_first_one(tester):
    path = mandate(tester)
    change = [{"op": "replace", "path": "/instantBankPayments", "value": False}]
    tester.elevate("PATCH", "payment-providers/1", change, "application/json-patch+json")

    answer = tester.call("POST", f"{path}/first-payment", json=FIRST)

    assert refused(answer)[:2] == (409, "conflict")
    assert tester.call("GET", f"{path}/first-payment").status_code == 404


@pytest.mark.parametrize(
    "change", [{"amount": "0.00"}, {"amount": "-1"}, {"amount": "1.234"}, {"description": ""}]
)
def test_a_first_payment_is_of_something_for_something(tester, change):
    answer = tester.call("POST", f"{mandate(tester)}/first-payment", json={**FIRST, **change})

    assert refused(answer)[:2] == (400, "invalid_request")


def test_a_payout_waits_for_somebody_with_what_was_asked_for(tester):
    waiting = approval(tester)

    assert waiting.pop("page").endswith(waiting["id"])
    assert (waiting.pop("id") != "", waiting.pop("asked") != "") == (True, True)
    assert waiting == {
        "status": "waiting",
        "customer": "1",
        "amount": "10.50",
        "reference": "REFUND 42",
    }


@pytest.mark.parametrize(("status", "then"), [("approved", 200), ("rejected", 403)])
def test_the_same_request_goes_through_once_it_is_approved(tester, status, then):
    path = f"/approvals/{approval(tester)['id']}"

    answered = tester.ask("PUT", path, json={"status": status})

    assert (answered["status"], tester.ask("GET", path)) == (status, answered)
    assert tester.elevate("POST", "outbound-payments", OUTBOUND).status_code == then


def test_after_a_rejection_the_same_request_asks_anew(tester):
    path = f"/approvals/{approval(tester)['id']}"
    tester.ask("PUT", path, json={"status": "rejected"})

    tester.elevate("POST", "outbound-payments", OUTBOUND)

    assert [one["status"] for one in tester.ask("GET", "/approvals")["items"]] == ["waiting"]


def test_what_was_answered_stays_answered(tester):
    path = f"/approvals/{approval(tester)['id']}"
    tester.ask("PUT", path, json={"status": "approved"})

    answer = tester.call("PUT", path, json={"status": "rejected"})

    details = [{"what": "status", "holds": "it is approved"}]
    assert refused(answer) == (409, "conflict", details)


def test_an_approval_that_nobody_asked_for_is_not_there(tester):
    answer = tester.call("PUT", "/approvals/5f1e", json={"status": "approved"})

    assert refused(answer) == (404, "not_found", [])


def test_whatever_was_asked_for_is_shown_as_it_came(tester):
    approval(tester)

    tester.elevate("POST", "outbound-payments", {"customerId": [1], "reference": "x" * 300})

    last = tester.ask("GET", "/approvals")["items"][-1]
    assert (last["customer"], last["reference"], "amount" in last) == ("[1]", "x" * 255, False)


def test_approvals_travel_with_their_sandbox(tester):
    path = f"/approvals/{approval(tester)['id']}"
    document = tester.ask("GET", "/export")
    tester.ask("PUT", path, json={"status": "approved"})

    tester.ask("POST", "/import", json=document)

    assert tester.ask("GET", path)["status"] == "waiting"
