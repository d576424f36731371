"""The payer's stories, walked in Chromium, with axe looking at every page on the way."""

import http.server
import threading

import pytest

POLL = 0.02  # seconds until a shop that is told to shut does so
SCRIPT = "<script>document.title='stolen'</script>"


# It has an icon: a browser would ask for one, even when the test is over and the shop shut.
BACK = b"""<!doctype html><link rel="icon" href="data:,"><title>Back at the shop</title>"""


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(BACK)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def shop():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, args=[POLL]).start()
        yield f"http://127.0.0.1:{server.server_port}/done"
        server.shutdown()


@pytest.mark.parametrize(
    ("button", "heading", "view"),
    [
        ("Authorise payment", "Payment authorised", ["CREATED", "CONFIRMED", "PAID_OUT"]),
        ("Decline", "Payment declined", []),
        ("Walk away", "Payment not made", []),
        ("The bank refuses", "Your bank refused", ["CREATED", "FAILED"]),
    ],
)
def test_a_payer_opens_a_link_and_what_they_do_shows_in_the_api(
    client, visitor, button, heading, view
):
    visitor.open(client.payment_link())
    visitor.choose("Quayside Mutual")
    visitor.press("Continue")
    visitor.look()

    visitor.press(button)

    visitor.look()
    client.advance("5 working days")
    assert visitor.heading == heading
    assert client.statuses() == view


NAMED = f"""
scenario: named
version: 1
title: A customer whose name is a script
given:
  resources:
    customers: [{{ ref: eve, id: 1, name: "{SCRIPT}" }}]
"""


def test_a_payer_authorises_a_mandate_and_is_back_at_the_shop(client, visitor, shop):
    client.add(NAMED)
    client.bind("named")
    visitor.open(client.mandate_link(shop))
    title, text = visitor.chromium.title, visitor.chromium.find_element("tag name", "main").text

    visitor.press("Confirm")

    assert (title, SCRIPT in text) == ("Set up a Direct Debit", True)
    assert (visitor.chromium.title, visitor.chromium.current_url) == ("Back at the shop", shop)


def test_a_hostile_return_address_runs_nothing(client, visitor):
    link = client.mandate_link("javascript:document.title='stolen'")
    visitor.open(link)

    visitor.press("Confirm")

    visitor.look()
    assert visitor.chromium.current_url == link
    assert visitor.chromium.title == "Set up a Direct Debit"
    assert visitor.chromium.find_elements("tag name", "a") == []


@pytest.mark.parametrize(
    ("button", "ending"),
    [
        ("Authorise payment", ("Back at the shop", "authorised", "created")),
        ("Decline", ("Set up a Direct Debit", "denied", "cancelled")),
        ("Walk away", ("Set up a Direct Debit", "abandoned", "cancelled")),
        ("The bank refuses", ("Set up a Direct Debit", "failed", "cancelled")),
    ],
)
def test_a_payer_pays_something_first(client, visitor, shop, button, ending):
    visitor.open(client.mandate_link(shop))
    visitor.chromium.find_element("tag name", "summary").click()
    visitor.write("amount", "61.17")
    visitor.press("Confirm")
    visitor.choose("First Fictional")
    visitor.press("Continue")

    visitor.press(button)

    payment, mandate = client.truth("instant_payment", "1"), client.truth("mandate", "mandate-5")
    assert (visitor.chromium.title, payment, mandate) == ending


@pytest.mark.parametrize(("button", "heading"), [("Approve", "Approved"), ("Reject", "Rejected")])
def test_a_person_answers_for_a_payout(client, visitor, button, heading):
    visitor.open(client.add_approval())

    visitor.press(button)

    visitor.look()
    assert visitor.heading == heading


def test_a_clock_that_runs_goes_on_in_an_open_console(client, visitor):
    """Each second, and without a word from the server: to it the console is as it was."""
    client.call("PUT", "/_sandbox/clock", {"now": "2026-06-02T09:00:01Z", "mode": "running"})
    visitor.open(f"{client.address}/_sandbox/console/{client.sandbox}")
    now = visitor.chromium.find_element("id", "now")
    said = f"Tue 02 Jun 2026, {now.get_attribute('datetime')[11:19]} UTC"

    visitor.wait(lambda _: now.text > said)

    assert now.text.startswith("Tue 02 Jun 2026, 09:00:")
