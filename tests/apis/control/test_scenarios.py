import json
from xml.etree import ElementTree

import pytest

BROKEN = """\
scenario: broken
version: 1
rules:
  - when: payment.created
    then:
      - { afer: 1 day, status: submitted }
      - { after: 1 day, status: payed_out }
"""


def test_what_is_posted_can_be_bound_and_steers(desk):
    desk.use("small-payments-bounce")
    desk.payment(amount=999)

    desk.ask("run_until_idle")

    assert desk.ask("get_resource", type="payment", id="payment-1")["status"] == "failed"


def test_the_list_has_what_ships_and_what_was_added_by_name(desk):
    desk.use("small-payments-bounce")

    listed = desk.ask("list_scenarios")["items"]

    named = {one["name"]: one for one in listed}
    assert list(named) == sorted(named)
    assert named["small-payments-bounce"] == {
        "name": "small-payments-bounce",
        "tags": [],
        "params": {},
        "source": "added",
        "file": "small-payments-bounce.yaml",
        "errors": [],
    }
    assert named["mandate-fails-at-bank"]["source"] == "shipped"
    assert named["mandate-fails-at-bank"]["params"]["cause"]["default"] == "bank_account_closed"


def test_what_was_added_is_added_to_this_sandbox_alone(desk):
    desk.use("small-payments-bounce")

    listed = desk.other("neighbour").ask("list_scenarios")["items"]

    assert "small-payments-bounce" not in {one["name"] for one in listed}


def test_a_bad_file_is_refused_with_every_error_and_leaves_what_was_there(desk):
    bound = desk.use("small-payments-bounce")

    status, error = desk.refused("add_scenario", body=BROKEN)

    assert (status, error["code"]) == (422, "invalid_scenario")
    assert error["message"] == "broken.yaml has 2 errors."
    places = [(one["file"], one["line"], one["column"], one["key"]) for one in error["details"]]
    assert places == [
        ("broken.yaml", 6, 11, "rules[0].then[0].afer"),
        ("broken.yaml", 7, 33, "rules[0].then[1].status"),
    ]
    assert [one["nearest"] for one in error["details"]] == ["after", "paid_out"]
    assert desk.ask("get_scenario") == bound


def test_a_bad_file_under_the_name_of_a_good_one_leaves_the_good_one(desk):
    bound = desk.use("small-payments-bounce")
    bad = BROKEN.replace("broken", "small-payments-bounce")

    desk.refused("add_scenario", body=bad)

    assert desk.bind("small-payments-bounce") == {**bound, "boundAt": "2026-09-14T09:00:00Z"}


def test_bound_is_the_happy_path_where_nothing_else_is(desk):
    assert desk.ask("get_scenario") == {
        "name": "happy-path",
        "title": "Everything goes well",
        "params": {},
        "file": "happy-path.yaml",
        "boundAt": "2026-09-14T09:00:00Z",
        "given": {
            "timezone": "Europe/London",
            "calendar": "uk-bacs",
            "holidays": [],
            "cutOff": "16:00",
            "seed": 1,
            "strict": False,
        },
        "rules": [],
    }


def test_bound_says_what_its_rules_were_used_for(desk):
    desk.use("small-payments-bounce")
    desk.payment(amount=999)
    desk.payment(amount=10_00)

    rules = desk.ask("get_scenario")["rules"]

    assert rules == [
        {
            "rule": "small-payments-bounce.yaml:4",
            "name": "below ten pounds the bank says no",
            "when": "payment.created",
            "occurrences": 1,
            "won": 1,
        }
    ]


def test_a_scenario_sets_clock_and_parameters(desk):
    bound = desk.bind("mandate-fails-at-bank", params={"cause": "invalid_bank_details"})

    assert bound["params"] == {"cause": "invalid_bank_details"}
    assert bound["boundAt"] == "2026-04-01T08:00:00Z"
    assert desk.ask("get_sandbox")["scenario"] == {
        "name": "mandate-fails-at-bank",
        "params": {"cause": "invalid_bank_details"},
    }


@pytest.mark.parametrize(
    ("wanted", "key", "nearest"),
    [
        ({"name": "mandate-fails-at-bnk"}, "name", "mandate-fails-at-bank"),
        ({"name": "mandate-fails-at-bank", "params": {"cuase": "x"}}, "params.cuase", "cause"),
        (
            {"name": "mandate-fails-at-bank", "params": {"cause": "invalid_bank_detail"}},
            "params.cause",
            "invalid_bank_details",
        ),
    ],
    ids=["name", "parameter", "value"],
)
def test_what_cannot_be_bound_says_what_was_meant(desk, wanted, key, nearest):
    status, error = desk.refused("bind_scenario", body=wanted)

    assert (status, error["code"]) == (422, "invalid_scenario")
    assert [(one["key"], one["nearest"]) for one in error["details"]] == [(key, nearest)]


def test_a_file_is_named_without_its_folder(desk):
    wanted = {"name": "mandate-fails-at-bank", "params": {"cause": "none"}}

    _, error = desk.refused("bind_scenario", body=wanted)

    assert error["message"] == "mandate-fails-at-bank.yaml has 1 error."
    assert [one["file"] for one in error["details"]] == ["mandate-fails-at-bank.yaml"]


def test_with_jobs_pending_somebody_must_say_what_of_them(desk):
    desk.mandate()

    refusal = desk.refused("bind_scenario", body={"name": "happy-path"})

    message = (
        '1 job is pending, the next at 2026-09-14T09:05:00Z; say "pending" as "keep" or "drop".'
    )
    assert refusal == (
        409,
        {
            "code": "jobs_pending",
            "message": message,
            "details": [{"pending": 1, "nextDue": "2026-09-14T09:05:00Z"}],
        },
    )


@pytest.mark.parametrize(("pending", "left"), [("keep", 1), ("drop", 0)])
def test_pending_jobs_are_kept_or_dropped(desk, pending, left):
    desk.mandate()

    desk.bind("happy-path", pending=pending)

    assert desk.ask("get_clock")["pending"] == left


def test_a_clock_is_given_too_late_once_something_has_happened(desk):
    desk.mandate()

    status, error = desk.refused(
        "bind_scenario", body={"name": "mandate-fails-at-bank", "pending": "keep"}
    )

    assert (status, error["code"]) == (409, "conflict")
    assert [one["what"] for one in error["details"]] == ["given.clock"]


def test_the_result_says_what_was_the_case_instead(desk):
    desk.bind("mandate-fails-at-bank")
    desk.ask("advance_clock", body={"to": "2026-04-02T00:00:00Z"})

    result = desk.ask("get_scenario_result")

    assert (result["result"], result["strict"]) == ("broken", False)
    assert result["counts"] == {"held": 0, "broken": 3, "notYetDue": 5}
    first = result["items"][0]
    assert (first["kind"], first["at"], first["result"]) == (
        "expectation",
        "2026-04-01T14:59:00Z",
        "broken",
    )
    assert first["actual"] == "there is no mandate-1"


def test_the_result_is_junit_for_who_wants_it(desk):
    desk.bind("mandate-fails-at-bank")
    desk.ask("advance_clock", body={"to": "2026-04-02T00:00:00Z"})

    document = ElementTree.fromstring(desk.ask("get_scenario_result", media="application/xml"))

    suite = document.find("testsuite")
    assert desk.last.media == "application/xml"
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == (
        "mandate-fails-at-bank[cause=bank_account_closed]",
        "8",
        "3",
    )


def test_the_schema_is_the_one_that_files_are_checked_by(desk):
    schema = desk.ask("get_scenario_schema")

    assert schema == json.loads(desk.server.scenarios.vocabulary.schema.text)
