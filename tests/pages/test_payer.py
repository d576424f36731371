"""The payer's pages, over HTTP: what they show, what they do, what they refuse."""

import html

import pytest
import requests

from sandbox.config import read
from sandbox.web.app import build_app

DECIDED = """
scenario: decided
version: 1
title: The bank of this payer says no
rules:
  - when: instant_payment.created
    then: [{ after: 3 minutes, status: denied, reason: payer_declined }]
"""

ACCOUNT = {"holder": "Ada Lovelace", "sort_code": "200000", "number": "55779911"}


@pytest.mark.parametrize(
    ("button", "truth", "view"),
    [
        ("authorise", "settled", ["CREATED", "CONFIRMED", "PAID_OUT"]),
        ("decline", "denied", []),
        ("leave", "abandoned", []),
        ("refuse", "failed", ["CREATED", "FAILED"]),
    ],
)
def test_what_the_payer_does_is_the_providers_truth(client, button, truth, view):
    link = client.payment_link()

    answer = client.press(link, do=button)

    client.advance("5 working days")
    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert client.truth("instant_payment", "1") == truth
    assert client.statuses() == view


def test_the_first_press_is_the_one_that_counts(client):
    link = client.payment_link()
    form = {"form": client.open(link).text.split('name="form" value="')[1].split('"')[0]}
    client.press(link, do="decline")

    client.visitor.post(link, data={**form, "do": "authorise"})

    assert client.truth("instant_payment", "1") == "denied"
    assert "This link has been used" in client.open(link).text


def test_a_link_expires_after_seven_days(client):
    client.add("scenario: slow\nversion: 1\ntitle: Nobody pays\nrules:\n"
               "  - { when: instant_payment.created, then: nothing }\n")  # fmt: skip
    client.bind("slow")
    link = client.payment_link()
    client.advance("7 days")

    page = client.open(link)

    assert (page.status_code, "This link expired on" in page.text) == (410, True)
    assert "<button" not in page.text


@pytest.mark.parametrize("path", ["/pay/{}/BRQ1", "/mandate/{}/RE1", "/approve/{}/1"])
@pytest.mark.parametrize("link", ["nobody", "known"])
def test_an_unknown_link_says_so(client, path, link):
    known = client.payment_link().split("/")[-2]

    page = client.open(client.address + path.format({"known": known}.get(link, link)))

    assert (page.status_code, "There is nothing under this link" in page.text) == (404, True)


def test_where_the_scenario_decides_the_page_says_what_will_happen(client):
    client.add(DECIDED)
    client.bind("decided")

    page = client.open(client.payment_link())

    assert "The scenario decides" in page.text
    assert "instant_payment-1 becomes denied" in page.text
    assert "<button" not in page.text


def test_the_payer_goes_back_to_the_shop(client):
    link = client.mandate_link("https://shop.example/done?order=7")

    answer = client.press(link, do="confirm", **ACCOUNT)

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "https://shop.example/done?order=7",
    )
    found = client.call("GET", "/v1/site-payment-mandates?page=1&pageSize=9&siteId=1")[-1]
    assert (
        found["mandateReference"]
        == client.call("GET", "/_sandbox/resources/mandate/mandate-5")["reference"]
    )


def test_the_account_is_the_one_that_the_payer_types(client):
    link = client.mandate_link("https://shop.example/")

    client.press(link, do="confirm", holder="A Lovelace", sort_code="20-00 01", number="1234 5678")

    mandate = client.call("GET", "/_sandbox/resources/mandate/mandate-5")
    assert mandate["status"] == "created"
    assert mandate["bank_account"] == {
        "holder": "A Lovelace",
        "sort_code": "200001",
        "number": "12345678",
    }


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"holder": " "}, "Whose account is it?"),
        ({"sort_code": "12345"}, "The sort code has 6 digits."),
        ({"number": "1234567x"}, "The account number has 8 digits."),
        ({"number": "١٢٣٤٥٦٧٨"}, "The account number has 8 digits."),
    ],
)
def test_an_account_that_is_none_is_asked_for_again(client, typed, words):
    link = client.mandate_link("https://shop.example/")

    answer = client.press(link, do="confirm", **{**ACCOUNT, **typed})

    assert (answer.status_code, words in answer.text) == (400, True)
    assert client.truth("mandate", "mandate-5") == "requested"


def test_a_mandate_that_is_not_wanted_is_cancelled(client):
    client.press(client.mandate_link("https://shop.example/"), do="cancel")

    assert client.truth("mandate", "mandate-5") == "cancelled"


def test_while_the_provider_is_unavailable_the_payer_pays_elsewhere(client):
    link = client.mandate_link("https://shop.example/", exitURL="https://shop.example/card")
    client.session.patch(
        f"{client.address}/v1/payment-providers/1",
        json=PROVIDER_DOWN,
        headers={"Content-Type": "application/json-patch+json"},
    ).raise_for_status()

    answer = client.visitor.get(link, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (303, "https://shop.example/card")
    assert client.truth("mandate", "mandate-5") == "requested"


PROVIDER_DOWN = [{"op": "replace", "path": "/status", "value": "INACTIVE"}]

HOSTILE = [
    "javascript:alert(document.domain)",
    "JavaScript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:x",
    "//evil.example/",
    "/relative",
    "https:evil.example",
    "java\tscript:alert(1)",
    "https://",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_text_and_nothing_else(client, url):
    link = client.mandate_link(url)

    answer = client.press(link, do="confirm", **ACCOUNT)

    page = client.open(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert html.escape(url) in page.text
    assert 'href="java' not in page.text.lower()
    assert "Go on</a>" not in page.text


def test_a_form_of_another_site_is_refused(client):
    link = client.payment_link()

    without_session = requests.post(link, data={"do": "authorise"})
    client.open(link)
    with_session = client.visitor.post(link, data={"do": "authorise", "form": "guessed"})

    assert [without_session.status_code, with_session.status_code] == [403, 403]
    assert client.truth("instant_payment", "1") == "created"


def test_a_page_loads_nothing_from_elsewhere_and_is_in_no_frame(client):
    page = client.open(client.payment_link())

    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert page.headers["Cache-Control"] == "no-store"
    assert "HttpOnly" in page.headers["Set-Cookie"]
    assert "SameSite=Lax" in page.headers["Set-Cookie"]


def test_who_only_looks_is_not_in_the_journal(client):
    link = client.payment_link()

    client.open(link)

    paths = [one["path"] for one in client.call("GET", "/_sandbox/requests")["items"]]
    assert paths == ["/v1/payment-provider-payment-link"]


def test_a_page_is_found_under_the_path_that_names_the_sandbox(client):
    body = {"siteId": 1, "returnURL": "https://shop.example/"}
    made = requests.post(f"{client.address}/s/{client.sandbox}/v1/site-payment-mandates", json=body,
                         headers={"Authorization": "Bearer x"})  # fmt: skip
    link = made.json()["redirectURL"]

    answer = client.press(link, do="confirm", **ACCOUNT)

    assert link.startswith(f"{client.address}/s/{client.sandbox}/mandate/")
    assert answer.headers["Location"] == "https://shop.example/"


@pytest.mark.parametrize(("button", "status"), [("approve", 200), ("reject", 403)])
def test_a_payout_is_sent_once_its_page_has_approved_it(client, button, status):
    page = client.add_approval()

    shown = client.open(page).text
    client.press(page, do=button)

    body = {"customerId": 1, "amountInMajorCurrency": 10.5, "reference": "REFUND 42"}
    again = client.session.post(f"{client.address}/v1/outbound-payments", json=body)
    assert "REFUND 42" in shown
    assert again.status_code == status


def test_what_was_said_to_a_payout_stands_on_its_page(client):
    page = client.add_approval()

    client.press(page, do="approve")

    shown = client.open(page).text
    assert "<h1>Approved</h1>" in shown
    assert "<button" not in shown


@pytest.mark.parametrize("page", ["payment_link", "mandate_link"])
def test_the_merchant_has_the_name_that_the_provider_shows(client, page):
    link = client.payment_link() if page == "payment_link" else client.mandate_link("https://x.y/")
    unnamed = client.open(link).text
    name = [{"op": "add", "path": "/directDebitWithName", "value": "Everyday Energy"}]
    client.session.patch(
        f"{client.address}/v1/payment-providers/1",
        json=name,
        headers={"Content-Type": "application/json-patch+json"},
    ).raise_for_status()

    named = client.open(link).text

    assert ("Example merchant" in unnamed, "Example merchant" in named) == (True, False)
    assert "Everyday Energy" in named


def test_a_merchant_without_a_name_there_has_the_one_of_the_setting(client_at, serve):
    with serve(build_app(read({"merchant": "Corner Shop"}))) as address:
        client = client_at(address, "shop")

        assert "Corner Shop" in client.open(client.payment_link()).text


@pytest.mark.parametrize("path", ["/pay", "/payments", "/_sandbox/consoles", "/_sandbox/static"])
def test_what_is_beside_the_pages_is_refused_by_the_apis(client, path):
    answer = client.session.get(client.address + path)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
