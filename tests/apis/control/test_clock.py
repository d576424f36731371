from datetime import timedelta
from itertools import chain

import pytest

from sandbox.provider import payments
from sandbox.provider.mandates import Mandate

NOW = "2026-09-14T09:00:00Z"


def test_a_new_sandbox_stands_at_its_first_use(desk):
    clock = desk.ask("get_clock")

    assert clock == {"now": NOW, "mode": "stopped", "pending": 0, "nextDue": None}


def test_a_receipt_has_all_that_happened_in_order(desk):
    desk.mandate()

    receipt = desk.advance("2 working days")

    reference = desk.sandbox.get(Mandate, 3).reference
    about = {"resource": "mandate", "id": 3, "ref": "mandate-3", "reference": reference}
    assert receipt == {
        "from": NOW,
        "to": "2026-09-16T09:00:00Z",
        "workingDaysCrossed": 2,
        "fired": [
            {
                "at": "2026-09-14T09:05:00Z",
                "event": "mandate.created",
                **about,
                "from": "requested",
                "to": "created",
                "reason": None,
                "rule": happy(desk, "mandate_page", 0),
            },
            {
                "at": "2026-09-14T15:00:00Z",
                "event": "mandate.submitted",
                **about,
                "from": "created",
                "to": "submitted",
                "reason": None,
                "rule": happy(desk, "bacs_mandate", 0),
            },
        ],
        "skipped": [],
        "pending": 1,
        "nextDue": "2026-09-16T11:00:00Z",
    }


def happy(desk, timeline, step):
    """Where a step of the happy path stands."""
    scenario = desk.server.scenarios.happy.scenario
    return scenario.where(scenario.timelines[timeline].steps[step].line)


def test_a_refusal_by_the_bank_says_why_and_by_which_line(desk):
    desk.use("small-payments-bounce")
    desk.payment(amount=999)

    fired = desk.advance("8 working days")["fired"]

    assert [(one["event"], one["reason"], one["rule"]) for one in fired] == [
        ("payment.submitted", None, "small-payments-bounce.yaml:8"),
        (
            "payment.failed",
            {"code": "refer_to_payer", "schemeCode": "ARUDD-0", "origin": "bank", "text": None},
            "small-payments-bounce.yaml:9",
        ),
    ]


def test_a_step_that_came_too_late_is_skipped_and_says_what_was_allowed(desk):
    desk.use("small-payments-bounce")
    payments.cancel(desk.sandbox, desk.payment(amount=999))

    receipt = desk.advance("2 working days")

    assert receipt["fired"] == []
    assert receipt["skipped"] == [
        {
            "at": "2026-09-15T15:00:00Z",
            "event": None,
            "resource": "payment",
            "id": 1,
            "ref": "payment-1",
            "reference": None,
            "from": "cancelled",
            "to": "submitted",
            "rule": "small-payments-bounce.yaml:8",
            "allowed": [],
            "message": receipt["skipped"][0]["message"],
        }
    ]


def test_to_the_next_due_job_and_no_further(desk):
    desk.mandate()

    receipt = desk.ask("advance_to_next")

    assert receipt["to"] == "2026-09-14T09:05:00Z"
    assert [one["event"] for one in receipt["fired"]] == ["mandate.created"]
    assert receipt["nextDue"] == "2026-09-14T15:00:00Z"


def test_with_nothing_pending_the_clock_stays(desk):
    before = desk.ask("get_clock")

    receipts = [desk.ask("advance_to_next"), desk.ask("run_until_idle")]

    empty = {"from": NOW, "to": NOW, "workingDaysCrossed": 0, "fired": [], "skipped": []}
    assert receipts == [{**empty, "pending": 0, "nextDue": None}] * 2
    assert desk.ask("get_clock") == before


def test_until_idle_the_clock_ends_at_the_last_job(desk):
    desk.mandate()

    receipt = desk.ask("run_until_idle")

    assert receipt["to"] == "2026-09-16T11:00:00Z"
    assert [one["to"] for one in receipt["fired"]] == ["created", "submitted", "active"]
    assert receipt["pending"] == 0


def test_hops_and_a_leap_have_the_same_receipts(desk):
    hopping, leaping = desk.other("hopping"), desk.other("leaping")
    for one in (hopping, leaping):
        one.mandate()

    hops = [hopping.advance("1 day")["fired"] for _ in range(3)]

    assert [*chain(*hops)] == leaping.advance("3 days")["fired"]


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ({"by": "90 minutes"}, "2026-09-14T10:30:00Z"),
        ({"by": "P3D"}, "2026-09-17T09:00:00Z"),
        ({"by": "PT90M"}, "2026-09-14T10:30:00Z"),
        ({"by": "5 working days"}, "2026-09-21T09:00:00Z"),
        ({"by": "2 months"}, "2026-11-14T10:00:00Z"),  # the local time stays, summer ends
        ({"to": "2026-09-14T09:00:00.5Z"}, "2026-09-14T09:00:00.500000Z"),
    ],
    ids=str,
)
def test_how_far(desk, asked, reached):
    assert desk.ask("advance_clock", body=asked)["to"] == reached


def test_the_clock_does_not_go_back(desk):
    refusal = desk.refused("advance_clock", body={"to": "2026-09-01T00:00:00Z"})

    assert refusal == (
        409,
        {
            "code": "clock_backwards",
            "message": f"It is {NOW}; the clock does not go back to 2026-09-01T00:00:00Z.",
            "details": [{"now": NOW, "to": "2026-09-01T00:00:00Z"}],
        },
    )


@pytest.mark.parametrize("by", ["P999999M", "P999999D", "9999 months"])
def test_nobody_goes_beyond_what_can_be_written_down(desk, by):
    refusal = desk.refused("advance_clock", body={"by": by})

    message = f'"{by}" from now leads beyond the year 2199'
    assert refusal == (
        400,
        {
            "code": "invalid_request",
            "message": "The request breaks the specification in 1 place.",
            "details": [{"in": "body", "pointer": "/by", "message": message}],
        },
    )


def test_rules_that_chase_each_other_are_stopped_and_named(desk):
    desk.use("endless")
    desk.payment(amount=999)

    status, error = desk.refused("advance_clock", body={"by": "1 day"})

    assert (status, error["code"]) == (409, "conflict")
    [detail] = error["details"]
    assert detail["holds"] == "more than 10000 jobs ran at 2026-09-14T10:00:00Z"
    assert detail["what"] in ("endless.yaml:8", "endless.yaml:9")  # they chase each other


def test_what_never_ends_is_not_waited_for(desk, monkeypatch):
    monkeypatch.setattr("sandbox.apis.control.rules.advancing.MOST_JOBS_UNTIL_IDLE", 50)
    desk.use("never-idle")
    desk.payment(amount=999)

    status, error = desk.refused("run_until_idle")

    assert (status, error["code"]) == (409, "conflict")
    ran = "52 jobs ran until 2026-09-26T10:00:00Z"
    assert error["message"] == f"{ran}; the last came from never-idle.yaml:9."
    assert error["details"] == [{"what": "never-idle.yaml:9", "holds": ran}]


def test_a_running_clock_goes_on_with_the_walls(desk):
    desk.ask("set_clock", body={"mode": "running"})
    desk.wall += timedelta(minutes=3)
    desk.sandbox.catch_up(desk.wall)

    clock = desk.ask("set_clock", body={"mode": "stopped"})

    assert clock == {
        "now": "2026-09-14T09:03:00Z",
        "mode": "stopped",
        "pending": 0,
        "nextDue": None,
    }


def test_while_nothing_has_happened_the_clock_may_be_set_back(desk):
    clock = desk.ask("set_clock", body={"now": "2020-01-01T00:00:00Z"})

    assert clock["now"] == "2020-01-01T00:00:00Z"
    assert desk.ask("get_resource", type="mandate", id="1")["created"] == "2020-01-01T00:00:00Z"


def test_once_something_has_happened_it_may_not(desk):
    desk.mandate()

    refusal = desk.refused("set_clock", body={"now": "2020-01-01T00:00:00Z"})

    holds = "no API has been called and 1 event has happened"
    assert refusal == (
        409,
        {
            "code": "conflict",
            "message": f"It is too late to set now: {holds}.",
            "details": [{"what": "now", "holds": holds}],
        },
    )
