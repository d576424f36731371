"""Every page in every state, for every eye: axe on a desk by day and on a telephone by night."""

import pytest

SHOP = "https://shop.example/done"
ACCOUNT = {"holder": "Ada Lovelace", "sort_code": "200000", "number": "55779911"}
FIRST = {"amount": "61.17", "description": "First premium"}
WAITS = """
scenario: waits
version: 1
title: Nobody does anything
rules:
  - { when: instant_payment.created, then: nothing }
  - { when: mandate.requested, then: nothing }
"""
DECIDES = """
scenario: decides
version: 1
title: The payer's bank says no
rules:
  - when: instant_payment.created
    then: [{ after: 3 minutes, status: denied, reason: payer_declined }]
  - when: mandate.requested
    then: [{ after: 3 minutes, status: cancelled, reason: flow_expired }]
"""
DOWN = [{"op": "replace", "path": "/status", "value": "INACTIVE"}]
PATCH = {"Content-Type": "application/json-patch+json"}


def paid(client, scenario=""):
    bind(client, scenario)
    return client.payment_link()


def mandated(client, scenario="", way=SHOP):
    bind(client, scenario)
    return client.mandate_link(way)


def paying_first(client):
    return pressed(client, mandated(client), "confirm", **FIRST)


def bind(client, scenario):
    if scenario:
        client.add(scenario)
        client.bind(scenario.split()[1])


def pressed(client, link, button, **typed):
    client.press(link, do=button, **ACCOUNT, **typed)
    return link


def later(client, link, by):
    client.advance(by)
    return link


def down(client):
    link = client.mandate_link(SHOP)
    url = f"{client.address}/v1/payment-providers/1"
    client.session.patch(url, json=DOWN, headers=PATCH).raise_for_status()
    return link


def approval(client, answer=""):
    page = client.add_approval()
    if answer:
        client.press(page, do=answer)
    return page


def console(client, path=""):
    return f"{client.address}/_sandbox/console/{client.sandbox}{path}"


def story(client, path=""):
    """A console with a long story behind it and some of it to come."""
    client.bind("late-failure-and-chargeback")
    for invoice, pounds in ((101, 99.99), (102, 100.0)):
        body = {
            "generatedInvoiceId": invoice,
            "amountInMajorCurrency": pounds,
            "description": "June",
            "paymentMethod": "GO_CARDLESS",
        }
        client.call("POST", "/v1/invoice-payments", body)
    client.session.post(f"{client.address}/v1/refunds", json={"invoiceId": "nine"})
    client.call("POST", "/_sandbox/snapshots", {"name": "kept"})
    client.advance("8 working days")
    return console(client, path)


FACES = {
    "pick": lambda client: f"{client.address}/_sandbox/console",
    "pick, no name": lambda client: f"{client.address}/_sandbox/console?sandbox=a%20b",
    "console, new": console,
    "console, a story": story,
    "explain": lambda client: story(client, "/explain/payment/1"),
    "request": lambda client: story(client, "/requests/r4"),
    "docs": lambda client: f"{client.address}/_sandbox/docs",
    "not found": lambda client: f"{client.address}/pay/nobody/1",
    "pay": paid,
    "pay, at the bank": lambda client: f"{paid(client)}?bank=rose",
    "pay, authorised": lambda client: pressed(client, paid(client), "authorise"),
    "pay, sent": lambda client: later(client, pressed(client, paid(client), "authorise"), "PT5M"),
    "pay, settled": lambda client: later(client, pressed(client, paid(client), "authorise"), "P5D"),
    "pay, declined": lambda client: pressed(client, paid(client), "decline"),
    "pay, left": lambda client: pressed(client, paid(client), "leave"),
    "pay, refused": lambda client: pressed(client, paid(client), "refuse"),
    "pay, expired": lambda client: later(client, paid(client, WAITS), "7 days"),
    "pay, decided": lambda client: paid(client, DECIDES),
    "mandate": mandated,
    "mandate, set up": lambda client: pressed(client, mandated(client), "confirm"),
    "mandate, cancelled": lambda client: pressed(client, mandated(client), "cancel"),
    "mandate, expired": lambda client: later(client, mandated(client, WAITS), "7 days"),
    "mandate, decided": lambda client: mandated(client, DECIDES),
    "mandate, nowhere to go": lambda client: pressed(
        client, mandated(client, way="data:,x"), "confirm"
    ),
    "mandate, provider down": down,
    "mandate, paying first": lambda client: f"{paying_first(client)}?bank=",
    "mandate, at the bank": lambda client: f"{paying_first(client)}?bank=quay",
    "mandate, first unpaid": lambda client: pressed(client, paying_first(client), "decline"),
    "mandate, first paid": lambda client: pressed(client, paying_first(client), "authorise"),
    "approval": approval,
    "approval, given": lambda client: approval(client, "approve"),
    "approval, refused": lambda client: approval(client, "reject"),
}


@pytest.mark.parametrize("face", FACES)
def test_a_page_is_no_serious_obstacle_to_anybody(client, visitor, face):
    visitor.chromium.get(FACES[face](client))

    visitor.look_at_every_face()


def test_a_form_that_was_filled_in_wrongly_is_none_either(client, visitor):
    visitor.open(client.mandate_link(SHOP))
    visitor.write("number", "12")
    visitor.press("Confirm")

    visitor.look_at_every_face()

    assert visitor.chromium.find_element("css selector", "[role=alert]").text == (
        "The account number has 8 digits."
    )
