"""A first payment made while a mandate is set up: added by the payer or by the scenario (D35)."""

import re

import pytest

ACCOUNT = {"holder": "Ada Lovelace", "sort_code": "200000", "number": "55779911"}
FIRST = {"amount": "61.17", "description": "First premium"}
SHOP = "https://shop.example/done"

ASKED_BY_SCENARIO = """
scenario: premium
version: 1
title: The hosted page asks for the first premium as well
rules:
  - when: mandate.requested
    then: [{ create: instant_payment, with: { amount: "61.17", description: First premium } }]
"""


def text(page) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.text))


@pytest.fixture
def link(client):
    """A mandate's page, to whose account the payer has added a first payment."""
    link = client.mandate_link(SHOP)
    answer = client.press(link, do="confirm", **ACCOUNT, **FIRST)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{link}?bank=")
    return link


def test_a_payer_adds_it_and_chooses_a_bank(client, link):
    page = client.open(f"{link}?bank=")

    assert "First payment of your Direct Debit" in page.text
    assert "£61.17" in text(page)
    assert "Reference First premium" in text(page)
    assert page.text.count('name="bank"') == 3
    assert client.truth("instant_payment", "1") == "created"
    assert client.truth("mandate", "mandate-5") == "requested"


@pytest.mark.parametrize(
    ("button", "truth", "shown"),
    [
        ("authorise", ("authorised", "created"), "Direct Debit set up"),
        ("decline", ("denied", "cancelled"), "You declined it. Nothing was taken."),
        ("leave", ("abandoned", "cancelled"), "The page was left without paying."),
        ("refuse", ("failed", "cancelled"), "Your bank refused it. Nothing was taken."),
    ],
)
def test_each_ending_is_the_providers_truth(client, link, button, truth, shown):
    client.press(f"{link}?bank=rose", do=button)

    payment, mandate = (client.truth("instant_payment", "1"), client.truth("mandate", "mandate-5"))
    assert (payment, mandate) == truth
    assert shown in text(client.open(link))


@pytest.mark.parametrize(("button", "way"), [("authorise", SHOP), ("decline", None)])
def test_who_has_paid_is_back_at_once_and_who_has_not_reads_why(client, link, button, way):
    answer = client.press(f"{link}?bank=rose", do=button)

    assert (answer.status_code, answer.headers["Location"]) == (303, way or link)


def test_the_api_shows_what_was_paid_first(client, link):
    client.press(f"{link}?bank=rose", do="authorise")

    reference = client.call("GET", "/_sandbox/resources/mandate/mandate-5")["reference"]
    query = f"mandateReference={reference}&paymentMethod=GO_CARDLESS"
    found = client.call("GET", f"/v1/instant-bank-payment-for-mandate?{query}")
    assert [(one["amountInMajorCurrency"], one["description"]) for one in found] == [
        (61.17, "First premium")
    ]


ABROAD = """
scenario: abroad
version: 1
given:
  resources:
    payment_providers: [{{ ref: gc, id: 1, type: GO_CARDLESS, name: Go, instant: true }}]
    customers: [{{ ref: kei, id: 5, name: Kei }}]
    accounts: [{{ customer: kei, number: A5, currency: {currency} }}]
    sites: [{{ ref: home, id: 1, customer: kei }}]
"""


@pytest.mark.parametrize(
    ("currency", "label", "typed", "shown"),
    [
        ("EUR", "Amount in €", "€12.50", "€12.50"),
        ("JPY", "Amount in JPY", "JPY 1,250", "1250 JPY"),
        ("KWD", "Amount in KWD", "12.500", "12.500 KWD"),
    ],
)
def test_it_is_in_the_currency_of_the_customers_account(client, currency, label, typed, shown):
    client.add(ABROAD.format(currency=currency))
    client.bind("abroad")
    link = client.mandate_link(SHOP)
    form = text(client.open(link))

    answer = client.press(link, do="confirm", **ACCOUNT, **{**FIRST, "amount": typed})

    assert label in form
    assert shown in text(client.open(answer.headers["Location"]))
    payment = client.call("GET", "/_sandbox/resources/instant_payment/1")
    assert payment["currency"] == currency


@pytest.mark.parametrize(
    ("currency", "amount", "example"),
    [
        ("JPY", "12.50", "like 12."),
        ("KWD", "12.50", "like 12.500."),
        ("EUR", "£12.50", "like 12.50."),
    ],
)
def test_an_amount_is_written_as_its_currency_is(client, currency, amount, example):
    client.add(ABROAD.format(currency=currency))
    client.bind("abroad")
    link = client.mandate_link(SHOP)

    answer = client.press(link, do="confirm", **ACCOUNT, **{**FIRST, "amount": amount})

    assert (answer.status_code, example in answer.text) == (400, True)


def test_nothing_is_lost_when_the_page_is_opened_again(client, link):
    page = client.open(link)

    assert 'value="55779911"' in page.text
    assert "Confirm, and pay" in page.text
    assert "First payment £61.17 For First premium" in text(page)
    assert 'name="amount"' not in page.text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": "0"}, "is written like 12.50"),
        ({"amount": "12.5"}, "is written like 12.50"),
        ({"amount": "much"}, "is written like 12.50"),
        ({"description": " "}, "What is the first payment for?"),
    ],
)
def test_a_first_payment_that_is_none_is_asked_for_again(client, wrong, words):
    link = client.mandate_link(SHOP)

    answer = client.press(link, do="confirm", **{**ACCOUNT, **FIRST, **wrong})

    assert (answer.status_code, words in answer.text) == (400, True)
    assert "<details open>" in answer.text
    assert client.truth("mandate", "mandate-5") == "requested"
    assert client.call("GET", "/_sandbox/resources/instant_payment")["items"] == []


def test_a_first_payment_that_the_scenario_asks_for_is_the_payers_to_make(client):
    client.add(ASKED_BY_SCENARIO)
    client.bind("premium")
    link = client.mandate_link(SHOP)

    answer = client.press(link, do="confirm", **ACCOUNT)
    client.press(answer.headers["Location"] + "quay", do="authorise")

    assert client.truth("instant_payment", "1") == "authorised"
    assert client.truth("mandate", "mandate-3") == "created"


def test_where_the_scenario_decides_on_it_the_page_says_what_will_happen(client):
    client.bind("instant-payment-at-mandate-setup", payer="declines")
    link = client.call("POST", "/v1/site-payment-mandates", {"siteId": 4711, "returnURL": SHOP})

    page = client.open(link["redirectURL"])

    assert "The scenario decides" in page.text
    assert "instant_payment-1 becomes denied (payer declined)" in text(page)
    assert "<button" not in page.text


def test_a_provider_without_instant_payments_offers_none(client):
    link = client.mandate_link(SHOP)
    client.session.patch(
        f"{client.address}/v1/payment-providers/1",
        json=[{"op": "replace", "path": "/instantBankPayments", "value": False}],
        headers={"Content-Type": "application/json-patch+json"},
    ).raise_for_status()

    page = client.open(link)

    assert "Pay something first" not in page.text
    assert client.press(link, do="confirm", **ACCOUNT, **FIRST).headers["Location"] == SHOP


def test_a_press_on_a_payment_that_was_never_added_is_refused(client):
    link = client.mandate_link(SHOP)

    answer = client.press(link, do="authorise")

    assert answer.status_code == 400
    assert client.truth("mandate", "mandate-5") == "requested"
