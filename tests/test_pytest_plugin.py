"""The plugin as a consumer has it: pytest runs in a folder of theirs, in a process of its own."""

import json
from xml.etree.ElementTree import fromstring

import pytest

pytest_plugins = ["pytester"]

COLLECT = """
import requests

def collect(sandbox, invoice=2, pounds=42):
    body = {
        "generatedInvoiceId": invoice,
        "amountInMajorCurrency": pounds,
        "description": "June",
        "paymentMethod": "GO_CARDLESS",
    }
    url = sandbox.url + "/v1/invoice-payments"
    return requests.post(url, json=body, headers=sandbox.headers, timeout=10)
"""

BOUNCES = """\
scenario: bounces
version: 1
given:
  clock: 2026-06-01T09:00
  resources:
    customers: [{ ref: ada, id: 1, name: Ada Lovelace }]
    mandates: [{ ref: ada-bacs, customer: ada }]
    invoices: [{ ref: june, id: 2, customer: ada, amount: "42.00" }]
rules:
  - name: the bank says no
    when: payment.created
    then:
      - { after: 1 working day, status: submitted }
      - { after: 3 working days, status: failed, reason: refer_to_payer }
expect:
  - { at: end, payment: failed, reason: refer_to_payer }
"""


@pytest.fixture
def suite(pytester, run_pytest, address, monkeypatch):
    """Run a consumer's tests against the server that our own tests use."""
    monkeypatch.setenv("SANDBOX_URL", address)
    pytester.makefile(".yaml", bounces=BOUNCES)

    def run(tests, *arguments):
        pytester.makepyfile(COLLECT + tests)
        return run_pytest(*arguments)

    return run


def test_each_test_has_a_fresh_world(suite):
    result = suite(
        """
def test_one(sandbox):
    assert collect(sandbox).json()["id"] == 1

def test_another(sandbox):
    assert collect(sandbox).json()["id"] == 1
"""
    )

    result.assert_outcomes(passed=2)


def test_the_marker_binds_a_scenario_and_its_expectations_hold(suite):
    result = suite(
        """
import pytest

@pytest.mark.scenario("bounces.yaml")
def test_it_bounces(sandbox):
    collect(sandbox)
    assert sandbox.run_until_idle().events == ["payment.submitted", "payment.failed"]
"""
    )

    result.assert_outcomes(passed=1)


def test_a_broken_expectation_fails_the_test_that_passed(suite):
    result = suite(
        """
import pytest

@pytest.mark.scenario("bounces.yaml")
def test_it_collects_nothing(sandbox):
    pass
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the scenario did not hold*", "*bounces.yaml:16*payment*"])


def test_a_failure_tells_the_sandboxs_story(suite):
    result = suite(
        """
import pytest

@pytest.mark.scenario("bounces.yaml")
def test_it_is_paid(sandbox):
    collect(sandbox, pounds=-1)
    collect(sandbox)
    sandbox.run_until_idle()
    assert sandbox.resource("payment", 1)["status"] == "paid_out"
"""
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*sandbox test-it-is-paid-*",
            "now 2026-06-05T08:00:00Z, seed 1, scenario bounces",
            "happened:",
            "  2026-06-05 08:00:00  payment.failed*payment-1*refer_to_payer*bounces.yaml:14",
            "last requests:",
            "  *POST /v1/invoice-payments  400",
            "      *to be collected, it must be more than 0",
            "again: pytest *test_it_is_paid*",
        ]
    )


def test_strict_complains_of_a_rule_that_never_fired_and_of_a_request_that_was_invalid(suite):
    tests = """
import pytest

@pytest.mark.scenario("bounces.yaml")
def test_nothing_is_collected(sandbox):
    sandbox.add_scenario(UNUSED)
    sandbox.scenario("unused")
    collect(sandbox, pounds="much")
"""
    unused = BOUNCES.replace("scenario: bounces", "scenario: unused")
    unused = unused[: unused.index("expect:")]

    lenient, strict = (
        suite(f"UNUSED = {unused!r}\n{tests}", *how) for how in ([], ["--sandbox-strict"])
    )

    lenient.assert_outcomes(passed=1)
    strict.assert_outcomes(failed=1)
    strict.stdout.fnmatch_lines(
        [
            "*a rule that could have fired never did: unused.yaml:10 the bank says no*",
            "*a request broke its specification: elevate.createInvoicePayment*"
            "/amountInMajorCurrency must be a number*",
        ]
    )


COVERED = """
def test_a_collection(sandbox):
    collect(sandbox)
    sandbox.run_until_idle()

def test_a_refusal(sandbox):
    collect(sandbox, pounds=-1)
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_coverage_adds_up_what_all_tests_exercised(suite, pytester, workers):
    result = suite(COVERED, "--sandbox-coverage=behaviour.json", *workers)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*sandbox coverage*", "operations * 1 *", "lifecycle moves *"])
    counts = json.loads((pytester.path / "behaviour.json").read_text())["counts"]
    seen = {name for kind in counts.values() for name, count in kind.items() if count}
    assert seen == {
        "elevate.createInvoicePayment",
        "elevate.createInvoicePayment 201",
        "elevate.createInvoicePayment 400",
        "payment.created",
        "payment.submitted",
        "payment.confirmed",
        "payment.paid_out",
    }


def test_coverage_can_be_demanded_and_written_as_cobertura(suite, pytester):
    result = suite(COVERED, "--sandbox-coverage=behaviour.xml", "--sandbox-coverage-fail-under=99")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*% is less than 99%*"])
    document = fromstring((pytester.path / "behaviour.xml").read_bytes())
    packages = [package.get("name") for package in document.iter("package")]
    assert packages == ["operations", "status codes", "lifecycle moves"]


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_what_was_never_exercised_may_be_excused_and_nothing_else_may(suite, pytester, workers):
    def run_with(*never):
        lines = (f"{name}: nobody does this here\n" for name in never)
        pytester.path.joinpath("never.yaml").write_text("".join(lines))
        return suite(
            COVERED, "--sandbox-coverage=all.json", "--sandbox-coverage-never=never.yaml", *workers
        )

    suite(COVERED, "--sandbox-coverage=all.json", *workers)
    counts = json.loads((pytester.path / "all.json").read_text())["counts"]
    first, *others = [name for kind in counts.values() for name in kind if not kind[name]]

    complete, lacking = run_with(first, *others), run_with("payment.created", *others)

    assert complete.ret == pytest.ExitCode.OK
    assert lacking.ret == pytest.ExitCode.TESTS_FAILED
    lacking.stdout.fnmatch_lines(
        [
            f"{first} was never exercised",
            "payment.created: exercised after all, so 'payment.created' is no `never`",
        ]
    )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--sandbox-coverage-fail-under=99", "*% is less than 99%*"),
        ("--sandbox-coverage-never=never.yaml", "*payment.paid_out*: exercised after all*"),
    ],
)
def test_what_is_demanded_of_coverage_is_counted_and_told_without_more_options(
    suite, pytester, option, said
):
    pytester.makefile(".yaml", never="'*': not yet")

    result = suite(COVERED, option)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*sandbox coverage*", said])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-apis=elevate,elevat"], "'elevat' is no API; they are elevate, backend, socotra"),
        (["=nowhere/all.json"], "nowhere/all.json is in no folder that exists"),
        (["-never=nowhere.yaml"], "*No such file or directory*"),
        (["-never=half.yaml"], "half.yaml: while parsing*"),
        (["-never=names.yaml"], "names.yaml must have a line `name: reason` for each name"),
        (["-never=silent.yaml"], "silent.yaml: elevate.* 503 has no reason"),
    ],
    ids=str,
)
def test_an_option_that_makes_no_sense_is_refused_in_a_line(suite, pytester, arguments, said):
    pytester.makefile(".yaml", half="[a", names="- elevate.* 503", silent="elevate.* 503: ''")

    result = suite(COVERED, *(f"--sandbox-coverage{argument}" for argument in arguments))

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --sandbox-coverage*: {said}"])


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        (
            "'bounces.yaml', cause=1",
            "*bounces.yaml:1:1 params.cause: there is no parameter `cause`",
        ),
        ("'bouncse'", "*there is no scenario 'bouncse'*"),
        ("'nowhere.yaml'", "*No such file or directory: 'nowhere.yaml'"),
        ("", "the marker `scenario` takes one name, and parameters as keywords"),
    ],
    ids=str,
)
def test_a_scenario_that_cannot_be_bound_is_told_without_our_code(suite, marker, said):
    result = suite(
        f"""
import pytest

@pytest.mark.scenario({marker})
def test_it_is_never_run(sandbox):
    pass
"""
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")
    result.stdout.no_fnmatch_line("During handling of the above exception*")


def test_a_consumer_who_freezes_time_gets_the_sandboxs_time_and_a_server_that_stops(
    pytester, run_pytest, monkeypatch
):
    monkeypatch.delenv("SANDBOX_URL", raising=False)
    pytester.makepyfile(
        COLLECT
        + """
from freezegun import freeze_time

def test_it_is_june_in_the_sandbox(sandbox):
    sandbox.set_clock("2026-06-01T08:00:00Z")
    with freeze_time("1999-12-31"):
        answer = collect(sandbox)
    assert answer.json()["paymentDate"] == "2026-06-01"
"""
    )

    result = run_pytest()

    result.assert_outcomes(passed=1)
    assert "1999" not in result.stdout.str()
