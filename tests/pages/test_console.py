"""The console: a story in Chromium, and its forms over HTTP."""

import re

import pytest

STORY = "late-failure-and-chargeback"


def collect(client, invoice, pounds):
    body = {
        "generatedInvoiceId": invoice,
        "amountInMajorCurrency": pounds,
        "description": "June",
        "paymentMethod": "GO_CARDLESS",
    }
    return client.call("POST", "/v1/invoice-payments", body)


def console(client) -> str:
    return f"{client.address}/_sandbox/console/{client.sandbox}"


def said(client, **fields) -> str:
    """What the console says of a form that was sent."""
    answer = client.press(console(client), **fields)
    assert answer.status_code == 303
    page = client.open(client.address + answer.headers["Location"]).text
    return re.sub(r"\s+", " ", re.search(r'<p role="\w+" class="note \w+">(.*?)</p>', page)[1])


def test_a_person_binds_a_scenario_advances_until_idle_and_asks_why(client, visitor, wait):
    visitor.open(f"{client.address}/_sandbox/console")
    visitor.write("sandbox", client.sandbox)
    visitor.press("Open")
    visitor.choose_option("scenario", STORY)
    visitor.press("Bind")
    collect(client, 101, 99.99)
    wait(lambda _: "payment-1 becomes submitted" in visitor.text("coming"))

    visitor.press("Until idle")

    visitor.look()
    lane = [one.text for one in visitor.chromium.find_elements("css selector", "svg .point text")]
    assert lane == [
        "created",
        "submitted",
        "confirmed",
        "paid out",
        "late failure ARUDD-0",
        "late failure settled",
    ]
    assert visitor.text("coming") == "To come\nNothing is pending."
    assert "fired: 1 small payments fail late" in visitor.text("scenario")
    assert "not fired larger payments are charged back" in visitor.text("scenario")

    visitor.follow("payment-1")
    visitor.look()
    assert visitor.heading == "Why payment-1 is failed"
    chain = visitor.text("chain")
    steps = ("elevate.createInvoicePayment asked", "paid_out became failed", "payment.late_failure")
    places = [chain.index(step) for step in steps]
    assert places == sorted(places)

    visitor.follow("elevate.createInvoicePayment asked for it")
    visitor.look()
    assert visitor.heading == "POST /v1/invoice-payments"


def test_what_a_person_is_at_is_not_lost_when_something_happens(client, visitor, wait):
    collect(client, 2, 42)
    visitor.open(console(client))
    visitor.write("by", "3 hours")
    visitor.chromium.execute_script("document.querySelector('#live a').focus()")

    collect(client, 2, 43)

    shown = "return document.getElementById('live').textContent"
    wait(lambda page: "payment-2" in page.execute_script(shown))
    focused = visitor.chromium.switch_to.active_element
    assert focused.get_dom_attribute("href").endswith("/explain/payment/1")
    field = visitor.chromium.find_element("name", "by")
    assert field.get_attribute("value") == "3 hours"


def test_nothing_is_lost_when_a_console_is_opened_again(client, visitor):
    client.bind(STORY)
    collect(client, 101, 99.99)
    client.call("POST", "/_sandbox/clock/run-until-idle")
    visitor.open(console(client))
    before = visitor.chromium.find_element("id", "live").text

    visitor.chromium.refresh()

    assert visitor.chromium.find_element("id", "live").text == before


def test_a_long_story_keeps_its_heads_in_sight_and_begins_at_now(client, visitor):
    for _ in range(5):
        collect(client, 2, 42)
        client.advance("4 working days")

    visitor.open(console(client))

    seen = visitor.chromium.execute_script(
        "const [box, heads, now] = ['#drawing', '.heads', '.now'].map(one =>"
        " document.querySelector(one).getBoundingClientRect());"
        "return [heads.top - box.top, now.top > heads.bottom && now.top < box.bottom]"
    )
    assert seen == [0, True]
    visitor.look_at_every_face()


def test_a_phone_shows_it_without_scrolling_sideways(client, visitor):
    collect(client, 2, 42)
    size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    visitor.chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    visitor.open(console(client))

    width = visitor.chromium.execute_script("return document.documentElement.scrollWidth")
    visitor.chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width == 360


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("2 working days", "Advanced to Tue 02 Jun 2026"),
        ("2026-06-02T15:00:00Z", "Advanced to Tue 02 Jun 2026, 15:00:00 UTC: 1 events."),
        ("PT1H", "Advanced to Fri 29 May 2026, 16:30:00 UTC: 0 events."),
        ("soon", "The request breaks the specification"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    ],
)
def test_the_clock_is_advanced_by_so_much_or_to_an_instant(client, step, words):
    client.bind(STORY)
    collect(client, 101, 99.99)

    assert words in said(client, do="advance", by=step)


def test_to_next_goes_to_what_is_due_next(client):
    client.bind(STORY)
    collect(client, 101, 99.99)

    assert said(client, do="next") == "Advanced to Tue 02 Jun 2026, 15:00:00 UTC: 1 events."


def test_a_scenario_is_bound_with_its_parameters(client):
    words = said(client, do="bind", scenario=STORY, params="claim = DDICA-1")

    assert words == f"Bound {STORY}."
    assert client.call("GET", "/_sandbox/scenario")["params"] == {"claim": "DDICA-1"}


def test_binding_with_jobs_pending_says_what_is_to_be_decided(client):
    client.bind(STORY)
    collect(client, 101, 99.99)

    assert "pending" in said(client, do="bind", scenario="everyday")
    assert said(client, do="bind", scenario="payment-stuck", pending="drop") != ""


def test_a_fork_goes_on_from_here_on_its_own(client):
    collect(client, 2, 42)
    fork = f"{client.sandbox}-fork"[-60:]

    words = said(client, do="fork", name=fork)

    events = client.session.get(f"{client.address}/_sandbox/events", headers={"X-Sandbox": fork})
    assert words == f"Forked: this is {fork}, equal to {client.sandbox} so far."
    assert events.json() == client.call("GET", "/_sandbox/events")


def test_a_moment_is_kept_and_gone_back_to(client):
    collect(client, 2, 42)
    kept = said(client, do="keep", name="asked-for")
    client.call("POST", "/_sandbox/clock/run-until-idle")

    words = said(client, do="restore", snapshot="asked-for")

    assert (kept, words) == ("Kept this moment as asked-for.", "This is asked-for again.")
    assert "<option>asked-for</option>" in client.open(console(client)).text
    assert client.truth("payment", "1") == "created"


@pytest.mark.parametrize(
    ("button", "mode", "words"),
    [("run", "running", "The clock runs."), ("stop", "stopped", "The clock stands.")],
)
def test_the_clock_runs_and_stands(client, button, mode, words):
    assert said(client, do=button) == words
    assert client.call("GET", "/_sandbox/clock")["mode"] == mode


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"do": "keep", "name": "no spaces"}, "The request breaks the specification"),
        ({"do": "restore", "snapshot": "never"}, "There is no snapshot never."),
    ],
)
def test_a_moment_that_cannot_be_is_refused_in_words(client, form, words):
    assert words in said(client, **form)


def moved(client, ref, **fields):
    """What is said, and what may be made of a payment then."""
    url = f"{console(client)}/explain/payment/{ref}"
    answer = client.press(url, **fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, url)
    page = client.open(url).text
    note = re.search(r'<p role="\w+" class="note \w+">(.*?)</p>', page)[1]
    return note, re.findall(r'<option value="([^"]+)"', page)


def test_a_tester_moves_a_resource(client):
    collect(client, 2, 42)

    note, moves = moved(client, "payment-1", move="failed payment.failed", reason="refer_to_payer")

    payment = client.call("GET", "/_sandbox/resources/payment/payment-1")
    assert (payment["status"], payment["reason"]["code"]) == ("failed", "refer_to_payer")
    assert note == "payment-1 is failed now."
    assert moves == ["submitted payment.resubmitted"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"move": "paid_out payment.paid_out"}, "cannot become paid_out"),
        ({"move": "failed payment.failed", "reason": "bad_weather"}, "breaks the specification"),
        ({}, "breaks the specification"),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_words(client, form, words):
    collect(client, 2, 42)

    note, _ = moved(client, "payment-1", **form)

    assert words in note
    assert client.truth("payment", "1") == "created"


def test_a_form_of_another_site_moves_nothing(client):
    collect(client, 2, 42)
    url = f"{console(client)}/explain/payment/payment-1"

    answer = client.visitor.post(url, data={"move": "failed payment.failed"})

    assert answer.status_code == 403
    assert client.truth("payment", "1") == "created"


def test_reset_forgets_it_all(client):
    for _ in range(3):
        collect(client, 2, 42)
    client.open(console(client))

    words = said(client, do="reset")

    assert words == "Everything was forgotten."
    assert "mandate.given" in client.open(console(client)).text
    assert client.call("GET", "/_sandbox")["counts"]["resources"]["payment"] == 0


def test_what_was_wrong_with_a_request_stands_beside_it(client):
    client.session.post(f"{client.address}/v1/refunds", json={"invoiceId": "<b>x</b>"})

    page = client.open(console(client)).text
    entry = client.open(f"{console(client)}/requests/r1").text

    assert "POST /v1/refunds" in page
    assert "body/invoiceId:" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in entry
    assert "<b>x" not in page + entry


def looked(client, tag):
    """What a console that is open, and shows what this tag says, is answered."""
    return client.visitor.get(f"{console(client)}/live", headers={"If-None-Match": tag})


def test_looking_at_the_console_leaves_no_trace_and_finds_nothing_new(client):
    collect(client, 2, 42)
    tag = client.visitor.get(f"{console(client)}/live").headers["ETag"]

    again = looked(client, tag)

    assert (again.status_code, again.content) == (304, b"")
    requests = client.call("GET", "/_sandbox/requests")["items"]
    assert [one["operationId"] for one in requests] == ["createInvoicePayment"]


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.advance("1 hour"),
        lambda client: client.call("GET", "/v1/invoice-payments?page=1&pageSize=9"),
        lambda client: client.call("POST", "/_sandbox/clock/run-until-idle"),
        lambda client: client.bind("payment-stuck"),
        lambda client: client.session.delete(f"{client.address}/_sandbox"),
        lambda client: client.call("PUT", "/_sandbox/clock", {"mode": "running"}),
    ],
    ids=["advance", "look", "idle", "bind", "reset", "run"],
)
def test_a_console_that_is_open_sees_what_has_changed(client, act):
    client.session.post(f"{client.address}/v1/refunds", json={"customerId": 1})
    before = client.visitor.get(f"{console(client)}/live")

    act(client)

    after = looked(client, before.headers["ETag"])
    assert (after.status_code, after.text != before.text) == (200, True)


def test_while_the_clock_runs_there_is_nothing_new_until_something_happens(client):
    client.call("PUT", "/_sandbox/clock", {"now": "2026-06-01T09:00:00Z", "mode": "running"})
    page = client.visitor.get(f"{console(client)}/live")

    before = looked(client, page.headers["ETag"]).status_code
    collect(client, 2, 42)

    after = looked(client, page.headers["ETag"]).status_code
    assert re.search('<time id="now"[^>]* data-runs>', page.text)
    assert (before, after) == (304, 200)


@pytest.mark.parametrize(
    "path", ["/a%20b", "/x/explain/cat/1", "/x/explain/payment/9", "/x/nothing"]
)
def test_what_is_not_there_is_not_found(client, path):
    assert client.open(f"{client.address}/_sandbox/console{path}").status_code == 404


def test_of_a_long_history_the_newest_is_shown(client):
    for _ in range(120):
        collect(client, 2, 1)
    client.call("POST", "/_sandbox/clock/run-until-idle")
    for _ in range(170):
        collect(client, 2, 1)

    page = client.open(console(client)).text
    again = client.open(console(client)).text

    assert re.sub('name="form" value="[^"]+"', "", again) == re.sub(
        'name="form" value="[^"]+"', "", page
    )
    last = client.call("GET", "/_sandbox/events")["items"][-1]
    assert f">{last['ref']}</a>" in page
    assert "510 jobs are pending, too many to list here." in page
    assert page.count('<span class="tag plain">payment.created</span>') == 100
    assert re.findall(r"<small>(r\d+)</small>", page) == [f"r{n}" for n in range(291, 251, -1)]
