from datetime import timedelta

import pytest

from sandbox.engine.journal import Entry, Journal, Violation
from sandbox.provider.mandates import Mandate

MANDATE = {"resource": "mandate", "id": 3, "ref": "mandate-3"}


def happy(desk, timeline, step):
    """Where a step of the happy path stands."""
    scenario = desk.server.scenarios.happy.scenario
    return scenario.where(scenario.timelines[timeline].steps[step].line)


def test_the_timeline_says_what_will_happen_when_and_by_which_line(desk):
    desk.mandate()
    desk.advance("5 minutes")

    timeline = desk.ask("get_timeline")

    about = {**MANDATE, "reference": desk.sandbox.get(Mandate, 3).reference, "reason": None}
    assert timeline == {
        "now": "2026-09-14T09:05:00Z",
        "items": [
            {
                "due": "2026-09-14T15:00:00Z",
                "number": timeline["items"][0]["number"],
                "kind": "step",
                **about,
                "event": "mandate.submitted",
                "to": "submitted",
                "rule": happy(desk, "bacs_mandate", 0),
                "text": "mandate-3 becomes submitted",
            },
            {
                "due": "2026-09-16T11:00:00Z",
                "number": timeline["items"][0]["number"] + 1,
                "kind": "step",
                **about,
                "event": "mandate.active",
                "to": "active",
                "rule": happy(desk, "bacs_mandate", 1),
                "text": "mandate-3 becomes active",
            },
        ],
    }


def test_the_timeline_knows_the_reason_before_it_happens(desk):
    desk.use("small-payments-bounce")
    desk.payment(amount=999)

    last = desk.ask("get_timeline")["items"][-1]

    assert last["reason"] == {
        "code": "refer_to_payer",
        "schemeCode": "ARUDD-0",
        "origin": "bank",
        "text": None,
    }


def test_every_kind_of_step_says_what_it_will_do(desk):
    desk.use("all-verbs")
    desk.payment()

    items = desk.ask("get_timeline")["items"]

    assert [(one["event"], one["to"], one["text"]) for one in items] == [
        ("payment.submitted", "submitted", "payment-1 becomes submitted"),
        ("payment.changed", None, "payment-1 has another reference"),
        ("mandate.suspended", "suspended", "every mandate of payment-1 becomes suspended"),
        ("instant_payment.created", None, "payment-1 gets a new instant payment"),
        (None, None, "every refund of payment-1 goes on with the timeline given_back"),
    ]


def test_what_was_foretold_is_what_happens(desk):
    desk.mandate()
    desk.advance("5 minutes")
    told = desk.ask("get_timeline")["items"]

    fired = desk.ask("run_until_idle")["fired"]

    assert [(one["due"], one["event"], one["rule"]) for one in told] == [
        (one["at"], one["event"], one["rule"]) for one in fired
    ]


def test_a_late_notice_is_in_the_timeline(desk):
    desk.use("stale")
    desk.payment()
    desk.advance("2 working days")

    items = desk.ask("get_timeline")["items"]

    late = [one for one in items if one["kind"] == "notice"]
    assert [(one["text"], one["event"], one["to"], one["rule"]) for one in late] == [
        ("elevate is told of payment.submitted", "payment.submitted", "submitted", "stale.yaml:4")
    ]


def test_why_it_is_as_it_is(desk):
    desk.use("small-payments-bounce")
    desk.payment(amount=999)
    desk.advance("8 working days")

    why = desk.ask("explain_resource", type="payment", id="payment-1")

    rule = "below ten pounds the bank says no"
    assert (why["resource"]["status"], why["sees"], why["timeline"]) == (
        "failed",
        {"elevate": "failed"},
        [],
    )
    assert [(one["what"], one["text"]) for one in why["causes"]] == [
        ("request", "a client asked for it"),
        ("event", "payment.created"),
        ("notice", "elevate was told of payment.created"),
        ("rule", rule),
        ("move", "created became submitted"),
        ("event", "payment.submitted"),
        ("notice", "elevate was told of payment.submitted"),
        ("rule", rule),
        ("move", "submitted became failed"),
        ("event", "payment.failed"),
        ("notice", "elevate was told of payment.failed"),
    ]


def test_a_stale_view_is_explained_by_the_notice_that_is_owed(desk):
    desk.use("stale")
    desk.payment()
    desk.advance("2 working days")

    why = desk.ask("explain_resource", type="payment", id="payment-1")

    assert (why["resource"]["status"], why["sees"]) == ("submitted", {"elevate": "created"})
    assert why["causes"][-1] == {
        "at": "2026-09-17T15:00:00Z",
        "what": "notice",
        "text": "elevate will be told late of payment.submitted",
        "event": "payment.submitted",
        "api": "elevate",
        "rule": "stale.yaml:4",
    }


def test_a_skipped_step_is_explained(desk):
    desk.use("small-payments-bounce")
    desk.payment(amount=999)
    desk.ask("move_resource", type="payment", id="1", body={"to": "cancelled"})
    desk.advance("2 working days")

    causes = desk.ask("explain_resource", type="payment", id="1")["causes"]

    assert (causes[-1]["what"], causes[-1]["rule"]) == ("skipped", "small-payments-bounce.yaml:8")


def test_who_asked_for_it_is_named_with_the_request(desk):
    desk.sandbox.request = "r7"
    desk.payment()
    desk.note(Entry("r7", desk.sandbox.now, "POST", "/v1/x", api="elevate", operation="makeIt"))

    first = desk.ask("explain_resource", type="payment", id="1")["causes"][0]

    assert first == {
        "at": "2026-09-14T09:00:00Z",
        "what": "request",
        "text": "elevate.makeIt asked for it",
        "rule": "client",
        "request": "r7",
        "api": "elevate",
    }


def test_events_are_numbered_and_can_be_asked_for_from_there(desk):
    desk.mandate()
    every = desk.ask("list_events")["items"]

    later = desk.ask("list_events", after=every[-2]["number"])["items"]

    assert later == every[-1:]
    assert (later[0]["event"], later[0]["from"], later[0]["to"]) == (
        "mandate.requested",
        None,
        "requested",
    )


@pytest.mark.parametrize(
    ("type", "found"),
    [
        ("mandate.created", ["mandate.created"]),
        ("mandate.*", ["mandate.given", "mandate.given", "mandate.requested", "mandate.created"]),
        ("payment.*", []),
    ],
)
def test_events_by_name(desk, type, found):
    desk.mandate()
    desk.advance("1 hour")

    events = desk.ask("list_events", type=type)["items"]

    assert [one["event"] for one in events] == found


def test_who_waits_for_an_event_is_answered_when_there_is_one(desk):
    desk.ask("list_events", after=2, type="mandate.*", wait=5)
    waiting = desk.last
    desk.mandate()

    desk.ask("list_events", after=2, type="mandate.*", wait=5)

    assert (waiting.body, waiting.wait) == ({"items": []}, 5)
    assert (len(desk.last.body["items"]), desk.last.wait) == (1, 0)


def refused(id: str, at, **more) -> Entry:
    """A request to create a refund that broke the spec."""
    given = {
        "method": "POST",
        "path": "/v1/refunds",
        "query": b"dry=1",
        "headers": ((b"Authorization", b"Bearer s3cret"), (b"content-type", b"application/json")),
        "body": b'{"amount": -5, "note": {"password": "s3cret"}}',
        "api": "elevate",
        "operation": "createRefund",
        "status": 400,
        "answer": b'{"errors": []}',
        "violations": (Violation("body", "/amount", "-5 is less than 0"),),
        "explanation": "body /amount -5 is less than 0",
    }
    return Entry(id, at, **{**given, **more})


def test_a_request_is_shown_as_it_was_but_for_its_secrets(desk):
    desk.note(refused("r17", desk.sandbox.now))

    assert desk.ask("get_request", id="r17") == {
        "id": "r17",
        "at": "2026-09-14T09:00:00Z",
        "method": "POST",
        "path": "/v1/refunds",
        "query": "dry=1",
        "api": "elevate",
        "operationId": "createRefund",
        "status": 400,
        "request": {
            "headers": {"authorization": "redacted", "content-type": "application/json"},
            "body": {"amount": -5, "note": {"password": "redacted"}},
        },
        "response": {"body": {"errors": []}},
        "violations": [{"in": "body", "pointer": "/amount", "message": "-5 is less than 0"}],
        "explanation": "body /amount -5 is less than 0",
    }


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"password": "s3cret", ', '{"password": "redacted", '),
        (b'{"Secret":"s3cr', '{"Secret":"redacted"'),
        (b"plain \xff", "plain \ufffd"),
        (b'[{"token": null}]', [{"token": None}]),
    ],
    ids=["broken JSON", "cut off", "no text", "no secret"],
)
def test_a_body_is_json_or_text_and_keeps_secrets(desk, body, shown):
    desk.note(refused("r17", desk.sandbox.now, body=body))

    assert desk.ask("get_request", id="r17")["request"]["body"] == shown


def test_a_request_that_reached_no_sandbox_is_found_in_any(desk):
    desk.server.journal.keep(
        Entry("s1", desk.wall, "GET", "/v1/nothing", status=404, explanation="nothing there")
    )

    found = desk.ask("get_request", id="s1")

    assert (found["path"], "at" in found) == ("/v1/nothing", False)


def test_a_request_that_was_not_made(desk):
    status, error = desk.refused("get_request", id="r99")

    assert (status, error["message"]) == (404, "There is no request r99.")


def test_answers_of_this_api_are_not_kept(desk):
    desk.note(refused("r17", desk.sandbox.now, api="control", answer=b'{"long": 1}'))

    assert desk.ask("get_request", id="r17")["response"] == {}


def test_an_answer_of_ours_that_broke_the_document_says_so(desk):
    wrong = (Violation("body", "/id", "is required"), Violation("status", "", "207"))
    desk.note(refused("r17", desk.sandbox.now, status=500, violations=wrong))

    found = desk.ask("get_request", id="r17")

    assert [one["in"] for one in found["violations"]] == ["response", "response"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["r1", "r2", "r3"]),
        ({"path": "/v1/refunds"}, ["r1", "r2"]),
        ({"status": 404}, ["r2"]),
        ({"operation_id": "getRefunds"}, ["r2"]),
        ({"since": "2026-09-14T10:00:00Z"}, ["r3"]),
        ({"path": "/v1", "status": 400, "since": "2026-09-14T09:00:00Z"}, ["r1", "r3"]),
        ({"path": "/v2"}, []),
        ({"last": 2}, ["r2", "r3"]),
        ({"last": 1, "path": "/v1/refunds"}, ["r2"]),
        ({"last": 9}, ["r1", "r2", "r3"]),
    ],
    ids=str,
)
def test_requests_can_be_looked_for(desk, wanted, found):
    at = desk.sandbox.now
    desk.note(refused("r1", at))
    desk.note(refused("r2", at, status=404, operation="getRefunds", path="/v1/refunds/9"))
    desk.note(refused("r3", at + timedelta(hours=1), path="/v1/payments"))

    listed = desk.ask("list_requests", **wanted)

    assert ([one["id"] for one in listed["items"]], "dropped" in listed) == (found, False)


def test_it_says_what_may_be_made_of_a_resource(desk):
    payment = desk.payment()

    moves = desk.ask("explain_resource", type="payment", id=payment.ref)["moves"]

    assert moves == [
        {"to": "submitted", "as": "payment.submitted"},
        {"to": "cancelled", "as": "payment.cancelled"},
        {"to": "failed", "as": "payment.failed"},
    ]


def test_the_journal_says_how_many_made_room(desk):
    desk.sandbox.journal = Journal(most=3)
    for _ in range(5):
        desk.ask("get_clock")

    listed = desk.ask("list_requests")

    assert ([one["id"] for one in listed["items"]], listed["dropped"]) == (["r3", "r4", "r5"], 2)


def test_the_report_has_what_was_not_used_and_what_was_wrong(desk):
    desk.use("small-payments-bounce")
    desk.payment(amount=10_00)
    desk.note(refused("r17", desk.sandbox.now))
    desk.ask("run_until_idle")

    report = desk.ask("get_report")

    assert [(one["rule"], one["won"]) for one in report["unusedRules"]] == [
        ("small-payments-bounce.yaml:4", 0)
    ]
    assert report["invalidRequests"] == [
        {
            "request": "r17",
            "method": "POST",
            "path": "/v1/refunds",
            "operation": "elevate.createRefund",
            "violations": [{"in": "body", "pointer": "/amount", "message": "-5 is less than 0"}],
        }
    ]
    assert report["operations"]["exercised"] == [{"name": "elevate.createRefund", "count": 1}]
    assert "elevate.createRefund" not in report["operations"]["neverExercised"]
    assert {"name": "payment paid_out", "count": 1} in report["statuses"]["exercised"]
    assert "payment failed" in report["statuses"]["neverExercised"]
    assert {"name": "payment.created", "count": 1} in report["moves"]["exercised"]
    assert "payment.late_failure" in report["moves"]["neverExercised"]


def test_the_report_lists_notices_that_wait_for_what_has_not_come(desk):
    desk.use("held")
    desk.payment()
    desk.advance("2 working days")

    assert desk.ask("get_report")["held"] == [
        {
            "kind": "notice",
            "event": "payment.submitted",
            "behind": "payment.confirmed",
            "ref": "payment-1",
            "rule": "held.yaml:4",
            "text": "elevate is told of payment.submitted of payment-1 after payment.confirmed",
        }
    ]
