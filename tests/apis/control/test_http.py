"""The same over HTTP, to a real server: what web/ makes of these operations."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests

SCENARIOS = Path(__file__).parent / "scenarios"


def test_a_scenario_is_posted_bound_and_judged(tester):
    text = (SCENARIOS / "judged.yaml").read_text()

    posted = tester.call(
        "POST", "/scenarios", data=text, headers={"Content-Type": "application/yaml"}
    )
    bound = tester.ask("PUT", "/scenario", json={"name": "judged"})
    receipt = tester.ask("POST", "/clock/advance", json={"by": "2 days"})
    result = tester.ask("GET", "/scenario/result")

    assert (posted.status_code, posted.json()["name"]) == (201, "judged")
    assert bound["boundAt"] == "2026-04-01T08:00:00Z"
    assert (receipt["from"], receipt["to"]) == ("2026-04-01T08:00:00Z", "2026-04-03T08:00:00Z")
    assert [one["event"] for one in receipt["fired"]] == ["mandate.suspended"]
    assert (result["result"], result["counts"]) == (
        "held",
        {"held": 1, "broken": 0, "notYetDue": 0},
    )


def test_the_result_is_junit_for_who_accepts_xml(tester):
    answer = tester.call("GET", "/scenario/result", headers={"Accept": "application/xml"})

    assert answer.headers["Content-Type"].startswith("application/xml")
    assert ElementTree.fromstring(answer.content).tag == "testsuites"


@pytest.mark.parametrize("id", [2_000_000_001, 2**63, 99999999999999999999])
def test_a_fixtures_id_is_one_that_every_api_can_show(tester, id):
    before = tester.ask("GET", "/fixtures")

    answer = tester.call("POST", "/fixtures", json={"customers": [{"ref": "eve", "id": id}]})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_request")
    assert error["details"][-1] == {
        "in": "body",
        "pointer": "/customers/0/id",
        "message": "must be at most 2000000000",
    }
    assert tester.ask("GET", "/fixtures") == before


def test_of_a_fixtures_other_members_the_journal_does_not_say_that_they_are_ignored(tester):
    fixtures = {"customers": [{"ref": "eve", "id": 2_000_000_000, "name": "Eve"}]}

    answer = tester.call("POST", "/fixtures", json=fixtures)

    entry = tester.ask("GET", f"/requests/{answer.headers['X-Sandbox-Request']}")
    assert (answer.status_code, entry["violations"]) == (201, [])
    assert "ignored" not in entry.get("explanation", "")


def test_a_bad_scenario_is_refused_and_leaves_what_was_there(tester):
    before = tester.ask("GET", "/scenario")

    answer = tester.call(
        "POST",
        "/scenarios",
        data="scenario: bad\nversion: 1\nruels: []\n",
        headers={"Content-Type": "text/yaml"},
    )

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "invalid_scenario")
    places = [(one["file"], one["line"], one["column"]) for one in error["details"]]
    assert ("bad.yaml", 3, 1) in places
    assert tester.ask("GET", "/scenario") == before


@pytest.mark.parametrize(
    ("call", "body", "status", "code"),
    [
        ("GET /nowhere", None, 404, "not_found"),
        ("DELETE /clock", None, 405, "method_not_allowed"),
        ("POST /clock/advance", {"by": "3 workdays"}, 400, "invalid_request"),
        ("POST /clock/advance", {"to": "2026-02-30T00:00:00Z"}, 400, "invalid_request"),
        (
            "POST /clock/advance",
            {"by": "1 day", "to": "2199-01-01T00:00:00Z"},
            400,
            "invalid_request",
        ),
        ("POST /clock/advance", {}, 400, "invalid_request"),
        ("POST /clock/advance", {"to": "1999-01-01T00:00:00Z"}, 409, "clock_backwards"),
        ("GET /resources/cat", None, 400, "invalid_request"),
        ("GET /events?tpye=payment.failed", None, 400, "invalid_request"),
        ("GET /resources/payment/99", None, 404, "not_found"),
        ("POST /snapshots", {"name": "no spaces"}, 400, "invalid_request"),
        ("POST /import", {"version": 2}, 400, "invalid_request"),
        ("POST /deliveries/1/replay", None, 404, "not_found"),
    ],
)
def test_every_refusal_has_code_message_and_details(tester, call, body, status, code):
    answer = tester.call(*call.split(), json=body)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert set(error) == {"code", "message", "details"}
    assert error["message"].endswith(".")


def test_without_a_credential_there_is_no_sandbox(address):
    answer = requests.get(f"{address}/_sandbox/clock", timeout=10)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorised")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/schemas/scenario.json"])
def test_what_needs_no_credential(address, path):
    assert requests.get(f"{address}/_sandbox{path}", timeout=10).status_code == 200


@pytest.mark.parametrize("path", ["/_sandbox/readyz", "/_sandbox/livez/", "/_sandbox/clock"])
def test_a_head_is_answered_as_the_whole_is_and_without_it(address, path):
    """Tools that wait for a server ask for the head."""
    asked = {"headers": {"X-Sandbox": "heads"}, "timeout": 10}
    whole = requests.get(f"{address}{path}", **asked)

    head = requests.head(f"{address}{path}", **asked)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_the_answer_leads_to_its_place_in_the_journal(tester):
    answer = tester.call("POST", "/clock/advance", json={"by": "nonsense"})

    entry = tester.ask("GET", f"/requests/{answer.headers['X-Sandbox-Request']}")

    assert (entry["operationId"], entry["status"]) == ("advanceClock", 400)
    assert entry["request"]["body"] == {"by": "nonsense"}
    assert [one["pointer"] for one in entry["violations"]] == ["/by"]


def test_a_token_is_not_in_the_journal(tester):
    tester.session.headers["Authorization"] = "Bearer s3cret-token"
    tester.ask("GET", "/clock")

    listed = tester.ask("GET", "/requests")

    assert "s3cret-token" not in json.dumps(listed)
    assert listed["items"][0]["request"]["headers"]["authorization"] == "redacted"


def test_a_move_wakes_who_waits_for_it(tester):
    last = tester.ask("GET", "/events")["items"][-1]["number"]
    mandate = tester.ask("GET", "/resources/mandate")["items"][0]["ref"]
    waiting = {"after": last, "type": "mandate.suspended", "wait": 9}
    began = threading.Event()

    def wait():
        began.set()
        return tester.call("GET", "/events", params=waiting).json()

    with ThreadPoolExecutor() as pool:
        answer = pool.submit(wait)
        began.wait()
        tester.ask("POST", f"/resources/mandate/{mandate}/moves", json={"to": "suspended"})
        items = answer.result(9)["items"]

    assert [(one["event"], one["rule"]) for one in items] == [("mandate.suspended", "tester")]


def test_who_waits_in_vain_gets_an_empty_list(tester):
    waiting = {"type": "payout.executed", "wait": 1}

    assert tester.ask("GET", "/events", params=waiting) == {"items": []}


def test_two_runs_of_the_same_calls_have_the_same_bytes(tester_in):
    runs = []
    for name in ("twin-a", "twin-b"):
        tester = tester_in(name)
        tester.call(
            "POST",
            "/scenarios",
            data=(SCENARIOS / "judged.yaml").read_text(),
            headers={"Content-Type": "application/yaml"},
        )
        tester.ask("PUT", "/scenario", json={"name": "judged"})
        paths = ["/fixtures", "/timeline", "/events", "/report", "/scenario", "/resources/mandate"]
        first = [tester.call("GET", path).content for path in paths]
        receipt = tester.call("POST", "/clock/run-until-idle").content
        runs.append([*first, receipt, *(tester.call("GET", path).content for path in paths)])

    assert runs[0] == runs[1]


def test_a_fork_and_a_snapshot(tester):
    tester.ask("POST", "/snapshots", json={"name": "then"})
    now = tester.ask("GET", "/clock")["now"]
    forked = tester.ask("POST", "/forks", json={"name": "a-fork-of-it"})
    tester.ask("POST", "/clock/advance", json={"by": "1 week"})

    restored = tester.ask("POST", "/snapshots/then/restore")

    assert (forked["name"], forked["clock"]["now"]) == ("a-fork-of-it", now)
    assert restored["clock"]["now"] == now


def test_deleted_is_deleted(tester):
    tester.ask("PATCH", "", json={"elevateVersion": "1.37"})

    answer = tester.call("DELETE", "")

    assert (answer.status_code, answer.content) == (204, b"")
    assert tester.ask("GET", "")["settings"] == {"elevateVersion": "1.39"}
