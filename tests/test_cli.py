"""The command line, in a process of its own where it matters."""

import json
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from sandbox.cli import main

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(main, list(map(str, arguments)))


def test_a_server_says_where_it_listens_and_is_ready_when_it_does(address):
    answer = requests.get(f"{address}/_sandbox/readyz", timeout=5)

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert "Server" not in answer.headers


def test_ready_answers_by_its_exit_code(address, run):
    port = address.rpartition(":")[2]

    assert run("ready", "--port", port).exit_code == 0
    assert run("ready", "--port", "1").exit_code == 1


def test_ready_does_not_load_the_server():
    code = "import sys, sandbox.cli; print([m for m in sys.modules if m in ('connexion', 'yaml')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"


def test_every_document_is_served_as_it_is_printed(address, run):
    printed = run("spec", "elevate").output
    served = requests.get(f"{address}/v1/openapi.json", timeout=5).json()

    assert served["info"]["title"] in printed
    assert served["servers"][0]["url"] == "/v1"


def test_a_document_that_does_not_exist_is_refused_with_those_that_do(run):
    result = run("spec", "stripe")

    assert (result.exit_code, "elevate" in result.output) == (2, True)


def test_lifecycles_are_printed_as_tables_and_as_diagrams(run):
    tables, diagrams = run("lifecycles").output, run("lifecycles", "--mermaid").output

    assert "### payment.status\n\n" in tables
    assert "### elevate.mandate.status" in tables
    assert "stateDiagram-v2\n    [*] --> created" in diagrams


def test_the_scenarios_that_ship_are_right(run):
    result = run("check", SCENARIOS)

    assert result.exit_code == 0, result.output


@pytest.fixture
def broken(tmp_path):
    file = tmp_path / "late.yaml"
    file.write_text("scenario: late\nversion: 1\nrulez: []\n")
    return file


def test_a_broken_scenario_is_told_by_line_and_column(run, broken):
    result = run("check", broken)

    assert result.exit_code == 1
    assert f"{broken}:3:1  rulez: " in result.output


def test_problems_are_json_or_annotations_too(run, broken):
    as_json = json.loads(run("check", broken, "--format", "json").output)
    as_annotations = run("check", broken, "--format", "github").output

    assert [(one["line"], one["column"], one["key"]) for one in as_json] == [(3, 1, "rulez")]
    assert as_annotations.startswith(f"::error file={broken},line=3,col=1::rulez: ")


def test_a_scenario_is_played_by_a_stand_in_client(run, tmp_path):
    report = tmp_path / "report.xml"

    result = run("rehearse", SCENARIOS / "everyday.yaml", "--junit", report)

    assert result.exit_code == 0, result.output
    assert "payment.paid_out" in result.output
    assert 'name="everyday"' in report.read_text()


def test_a_rehearsal_fails_where_an_act_gives_something_else(run, tmp_path):
    file = tmp_path / "refused.yaml"
    file.write_text(
        "scenario: refused\nversion: 1\ngiven: {seed: 2}\nrehearse:\n"
        "  - { call: elevate.getCustomerPayment, with: { path: { customer_payment_id: 99 } } }\n"
    )

    result = run("rehearse", file)

    assert result.exit_code == 1
    assert "refused.yaml:5  elevate: elevate.getCustomerPayment: it gave 404" in result.output


def test_scenarios_are_listed_with_their_titles(run):
    assert "everyday" in run("scenarios").output


def test_a_setting_that_makes_no_sense_is_told_as_usage(run):
    result = run("serve", "--port", "99999")

    assert (result.exit_code, "SANDBOX_PORT is 99999" in result.output) == (2, True)


def test_a_misspelt_setting_is_told_of_and_nothing_is_refused(run, monkeypatch, broken):
    monkeypatch.setenv("SANDBOX_SCENARIO_", "late")

    result = run("serve", "--check", "--scenarios", broken.parent)

    assert "SANDBOX_SCENARIO_ is no setting. Did you mean SANDBOX_SCENARIO?" in result.output
    assert f"Error: {broken}:3:1  rulez: " in result.output


def test_what_cannot_be_read_or_written_is_told_in_a_line(run, tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    report = tmp_path / "nowhere" / "report.xml"

    read = run("check", tmp_path)
    written = run("rehearse", SCENARIOS / "everyday.yaml", "--junit", report)

    assert (read.exit_code, written.exit_code) == (1, 1)
    assert read.output == f"{tmp_path}/folder.yaml:1:1  it cannot be read: Is a directory\n"
    assert f"Error: {report} cannot be written: No such file or directory\n" in written.output


def test_an_api_that_does_not_exist_is_refused_with_those_that_do(run):
    result = run("rehearse", SCENARIOS / "everyday.yaml", "--api", "elevat")

    assert (result.exit_code, "'elevate', 'backend', 'socotra'" in result.output) == (2, True)


def test_a_default_scenario_that_does_not_exist_is_told_with_the_nearest(run):
    result = run("serve", "--port", "0", "--check", "--scenario", "everyda")

    assert result.exit_code == 1
    assert "Error: there is no scenario 'everyda'. Did you mean 'everyday'?" in result.output


def test_without_its_default_scenario_a_server_is_not_ready_and_says_why(server, broken):
    """It becomes ready as soon as the file is right; no call finds it half-way."""
    as_one = {"Authorization": "Bearer one"}
    with server("--scenarios", broken.parent, "--scenario", "late") as (_, address):
        before = requests.get(f"{address}/_sandbox/readyz", timeout=5)
        call = requests.get(f"{address}/v1/refunds", headers=as_one, timeout=5)
        clock = requests.get(f"{address}/_sandbox/clock", headers=as_one, timeout=5)
        broken.write_text("scenario: late\nversion: 1\ngiven: { seed: 3 }\n")
        after = requests.get(f"{address}/_sandbox/readyz", timeout=5)
        bound = requests.get(f"{address}/_sandbox/scenario", headers=as_one, timeout=5)

    assert (before.status_code, before.json()["status"]) == (503, "starting")
    assert f"{broken}:3:1  rulez: " in before.json()["waitingFor"][0]
    assert (call.status_code, call.json()["error"]) == (503, "Service Unavailable")
    assert "rulez" in call.json()["message"]
    assert (clock.status_code, clock.json()["error"]["code"]) == (503, "not_ready")
    assert (after.status_code, bound.json()["given"]["seed"]) == (200, 3)


def test_a_watched_scenario_is_taken_over_and_a_broken_one_is_not(broken):
    broken.write_text("scenario: late\nversion: 1\ntitle: First\ngiven: { seed: 3 }\n")
    more = ["--scenarios", str(broken.parent), "--scenario", "late", "--log-level", "info"]
    command = [sys.executable, "-W", "ignore", "-m", "sandbox", "serve", "--port", "0", "--watch"]
    with subprocess.Popen(
        [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        address = process.stdout.readline().split()[-1]
        first = scenario(address, "one")

        broken.write_text("scenario: late\nversion: 1\nrulez: []\n")
        said = [until("late.yaml:3:1  rulez", process), until("late.yaml is broken", process)]
        listed = requests.get(
            f"{address}/_sandbox/scenarios", headers={"X-Sandbox": "one"}, timeout=5
        )
        second = scenario(address, "two")

        broken.write_text("scenario: late\nversion: 1\ntitle: Second\ngiven: { seed: 4 }\n")
        said.append(until("late.yaml has changed and is in force", process))
        third = scenario(address, "three")
        process.terminate()

    assert (first, second, third) == (("First", 3), ("First", 3), ("Second", 4))
    assert "the last good version stays in force" in said[1]
    one = next(one for one in listed.json()["items"] if one["name"] == "late")
    assert (one["title"], [error["key"] for error in one["errors"]]) == ("First", ["rulez"])


def scenario(address, name):
    """The title and the seed of what a new sandbox is bound to."""
    answer = requests.get(f"{address}/_sandbox/scenario", headers={"X-Sandbox": name}, timeout=5)
    return answer.json()["title"], answer.json()["given"]["seed"]


def until(text, process):
    """The line of the log that says so."""
    return next(line for line in process.stderr if text in line)


def test_serve_can_refuse_to_start_on_a_broken_scenario(run, broken):
    result = run("serve", "--port", "0", "--check", "--scenarios", broken.parent)

    assert result.exit_code == 1
    assert f"{broken}:3:1  rulez: " in result.output


def test_who_waits_is_answered_when_the_server_is_told_to_stop(server):
    as_one = {"X-Sandbox": "one"}
    with server() as (process, address):
        waiting = HTTPConnection(address.removeprefix("http://"), timeout=9)
        waiting.request("GET", "/_sandbox/events?type=payout.failed&wait=60", headers=as_one)
        requests.get(f"{address}/_sandbox/clock", headers=as_one, timeout=5)

        process.terminate()
        answer = json.load(waiting.getresponse())
        waiting.close()

    assert answer == {"items": []}


def test_who_meets_a_timeout_is_let_go_when_the_server_is_told_to_stop(server, tmp_path):
    (tmp_path / "silence.yaml").write_text(
        "scenario: silence\nversion: 1\nrules: [{ when: call *, respond: { fault: timeout } }]\n"
    )
    with server("--scenarios", tmp_path, "--scenario", "silence") as (process, address):
        waiting = HTTPConnection(address.removeprefix("http://"), timeout=9)
        as_one = {"Authorization": "Bearer one"}
        waiting.request("GET", "/v1/refunds?page=1&pageSize=10", headers=as_one)
        requests.get(f"{address}/_sandbox/clock", headers=as_one, timeout=5)

        process.terminate()
        with pytest.raises(ConnectionResetError):
            waiting.getresponse()
        waiting.close()


def test_a_receiver_that_never_answers_does_not_keep_the_server(server):
    as_one = {"Authorization": "Bearer one"}
    tenant = "50c07a00-0000-4000-8000-000000000001"
    account = "0000000000ACC0000000000001"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/hook"}
        kinds = ["billing.payment.create"]
        hook = {"name": "silent", "enabled": True, "eventTypes": kinds, "endpoint": endpoint}
        draft = {"type": "StandardPayment", "amount": 10, "accountLocator": account}
        calls = [(f"/event/{tenant}/webhooks", hook), (f"/billing/{tenant}/payments", draft)]
        with server("--scenario", "socotra-everyday") as (_, address):
            made = [
                requests.post(address + path, json=body, headers=as_one, timeout=5).status_code
                for path, body in calls
            ]
            posted, _ = silent.accept()
        posted.close()

    assert made == [200, 200]
