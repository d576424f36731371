"""Mutants: in which ways a file is changed, and what becomes of each."""

from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from sandbox.cli import main
from sandbox.config import Settings
from sandbox.scenario.language.loader import load, load_again
from sandbox.scenario.proving.mutants import mutants
from sandbox.web.mutation import Mutating

HEAD = "scenario: story\nversion: 1\n"


def changes(words, text):
    """How each mutant differs: `rules[0].nth: left out`."""
    tree = load(HEAD + text, "story.yaml", words).tree
    return [mutant.what for mutant in mutants(tree)]


def test_a_rule_and_its_steps_are_left_out_and_statuses_exchanged(words):
    found = changes(
        words,
        """
rules:
  - when: payment.created
    then:
      - { status: submitted }
      - { status: confirmed }
      - { emit: payment.surcharge_fee_debited }
""",
    )

    assert found == [
        "rules[0].then[0]: left out",
        "rules[0].then[1]: left out",
        "rules[0].then[2]: left out",
        "rules[0]: left out",
        "rules[0].then[0]: submitted and confirmed exchanged",
    ]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("after: 3 days", ["after: 3 days became 4 days", "after: 3 days became 2 days"]),
        ("after: 0 days", ["after: 0 days became 1 day", "after: 0 days became 0 working days"]),
        ("after: P1D", ["after: 1 day became 2 days", "after: 1 day became 1 working day"]),
        ("after: 1 working day", ["after: 1 working day became 1 day"]),
        ("after: 1 hour", ["after: 1 hour became 2 hours", "after: 1 hour became 0 hours"]),
        ('at: "23:30"', ["at: an hour later", "at: left out"]),
        ("from: day_zero", ["from: became trigger"]),
        ("while: created", ["while: left out"]),
        ("force: true", ["force: left out"]),
        ("as: payment.submitted", ["as: left out"]),
        ("reason: other", ["reason: other became provider_error"]),
        ("reason: { code: card_expired }", ["reason.code: card_expired became other"]),
    ],
)
def test_what_a_step_says_is_changed(words, step, expected):
    found = changes(
        words,
        f"rules: [{{ when: payment.created, then: [{{ {step}, status: submitted }}] }}]",
    )

    for one in expected:
        said = one.replace("1 day became", "P1D became") if "P1D" in step else one
        assert f"rules[0].then[0].{said}" in found


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("nth: 2", ["nth: 2 became 3", "nth: 2 became 1", "nth: left out"]),
        ("nth: 1", ["nth: 1 became 2", "nth: left out"]),
        ('nth: "1-2"', ["nth: 1-2 became 1-3", "nth: 1-2 became 1", "nth: left out"]),
        ('nth: "2-"', ["nth: 2- became 3-", "nth: 2- became 1-", "nth: left out"]),
        ("nth: 1, per: resource", ["per: left out", "nth: 1 became 2", "nth: left out"]),
        ("between: [2026-01-01T00:00, 2026-01-02T00:00]", ["between: left out"]),
        ('match: { amount: { lt: "1.00" } }', ["match: left out", "match.amount: lt became lte"]),
        ('match: { amount: { gte: "1.00" } }', ["match: left out", "match.amount: gte became gt"]),
        (
            "match: { site: { in: [1, 2] } }",
            ["match: left out", "match.site.in[0]: without 1", "match.site.in[1]: without 2"],
        ),
        ("match: { site: { in: [1] } }", ["match: left out"]),
        (
            "match: { site: 1, scheme: bacs }",
            ["match: left out", "match.site: left out", "match.scheme: left out"],
        ),
    ],
)
def test_what_a_rule_is_for_is_changed(words, keys, expected):
    found = changes(words, f"rules: [{{ when: payment.created, {keys}, then: nothing }}]")

    assert found == ["rules[0]: left out", *(f"rules[0].{one}" for one in expected)]


def test_of_two_bounds_one_is_changed_at_a_time(words):
    bounds = '{ amount: { gt: "1.00", lte: "2.00" } }'
    text = f"{{ when: payment.created, match: {bounds}, then: nothing }}"
    tree = load(f"{HEAD}rules: [{text}]", "story.yaml", words).tree

    found = [one.tree.data["rules"][0]["match"] for one in mutants(tree) if "became" in one.what]

    assert found == [
        {"amount": {"gte": "1.00", "lte": "2.00"}},
        {"amount": {"gt": "1.00", "lt": "2.00"}},
    ]


def test_answers_are_changed(words):
    found = changes(
        words,
        """
rules:
  - { when: call payments.create, nth: 1, respond: { status: 503, retry_after: 1 minute } }
  - { when: call payments.list, nth: 1, respond: { fault: timeout, commit: true } }
  - { when: call payments.get, respond: { fault: malformed_json } }
""",
    )

    assert [one for one in found if "respond" in one] == [
        "rules[0].respond.commit: became true",
        "rules[0].respond.status: 503 became 500",
        "rules[0].respond.retry_after: left out",
        "rules[1].respond.commit: became false",
        "rules[1].respond.fault: left out",
        "rules[2].respond.fault: left out",
    ]


def test_notices_and_deliveries_are_changed(words):
    found = changes(
        words,
        """
given: { resources: { webhooks: [{ ref: inbox }] } }
notices:
  - { event: payment.failed, nth: 1, late: 1 day, copies: 2 }
  - { event: payment.failed, behind: payment.confirmed, copies: 4 }
deliveries:
  - { event: payment.failed, fail_first: 1, bad_signature: true }
""",
    )

    assert [one for one in found if "nth" not in one] == [
        "notices[0]: left out",
        "notices[0].late: left out",
        "notices[0].copies: 2 became 3",
        "notices[0].copies: left out",
        "notices[1]: left out",
        "notices[1].behind: left out",
        "notices[1].copies: 4 became 5",
        "notices[1].copies: 4 became 3",
        "deliveries[0]: left out",
        "deliveries[0].bad_signature: left out",
        "deliveries[0].fail_first: 1 became 2",
        "deliveries[0].fail_first: left out",
    ]


def test_the_calendar_is_changed_and_timelines_like_rules(words):
    found = changes(
        words,
        """
given: { calendar: weekdays, cut_off: "16:00", holidays: [2026-01-02] }
timelines: { soon: [{ after: 1 hour, status: submitted }] }
rules: [{ when: payment.created, then: [{ use: soon }] }]
""",
    )

    assert found == [
        "given.calendar: became always-open",
        "given.holidays: left out",
        "given.cut_off: became none",
        "timelines.soon[0]: left out",
        "timelines.soon[0].after: 1 hour became 2 hours",
        "timelines.soon[0].after: 1 hour became 0 hours",
        "rules[0].then[0]: left out",
        "rules[0]: left out",
    ]


def test_nothing_that_is_expected_or_done_is_changed(words):
    found = changes(
        words,
        """
params: { cause: { default: other, one_of: [other, refer_to_payer] } }
given: { seed: 2 }
expect: [{ if: { cause: other }, at: 2026-01-01T12:00, payment: created }]
rehearse: [{ advance: 3 working days }, { run: until idle }]
""",
    )

    assert found == []


def test_a_mutant_stands_where_the_change_is_and_can_be_read_again(words):
    tree = load(
        HEAD + 'rules:\n  - when: payment.created\n    then:\n      - { at: "09:00", '
        "status: submitted }\n",
        "story.yaml",
        words,
    ).tree

    later = next(one for one in mutants(tree) if one.what.endswith("an hour later"))
    step = load_again(later.tree, words).ok().rules[0].then[0]

    assert (later.line, step.at.hour) == (6, 10)
    assert tree.data["rules"][0]["then"][0]["at"] == "09:00"


STORY = """
params: { bank: { default: says_yes, one_of: [says_yes, says_no] } }
given:
  clock: 2026-06-01T09:00
  resources:
    customers: [{ ref: ada, id: 1 }]
    mandates: [{ ref: ada-bacs, customer: ada }]
    invoices: [{ ref: june, id: 9001, customer: ada, amount: "42.00" }]
rules:
  - when: payment.created
    if: { bank: says_no }
    then: [{ after: 1 hour, status: failed, reason: other }]
expect:
  - { if: { bank: says_no }, at: 2026-06-01T10:00, payment: failed %s }
  - { if: { bank: says_no }, at: 2026-06-01T09:59, payment: created }
  - { if: { bank: says_yes }, at: end, payment: paid_out }
rehearse:
  - { call: payments.create, with: { invoice: june, amount: "42.00" } }
  - { run: until idle }
"""


@pytest.fixture(scope="module")
def mutating():
    return Mutating(Settings(scenario="happy-path"))


@pytest.fixture
def fates(mutating, tmp_path):
    """What is changed, and what becomes of it."""

    def judge(text):
        file = tmp_path / "story.yaml"
        file.write_text(HEAD + text)
        return {one.what: str(one.fate) for one in mutating.judged(file)}

    return judge


def test_a_change_that_a_line_of_any_variant_notices_is_killed(fates):
    found = fates(STORY % ", reason: other")

    assert found["rules[0]: left out"] == "killed"
    assert found["rules[0].then[0].reason: other became provider_error"] == "killed"
    assert "survived" not in found.values()


def test_a_change_that_no_line_notices_has_survived(fates):
    found = fates(STORY % "")

    assert found["rules[0].then[0].reason: other became provider_error"] == "survived"


def test_a_change_that_changes_nothing_is_without_effect(fates):
    found = fates(STORY.replace("after: 1 hour", 'from: day_zero, at: "10:00"') % ", reason: other")

    assert found["rules[0].then[0].from: became trigger"] == "without effect"


def test_a_file_that_no_longer_loads_is_killed(fates):
    found = fates(
        """
given: { clock: 2026-06-01T09:00 }
timelines: { soon: [{ status: submitted }] }
rules: [{ when: payment.created, then: [{ use: soon }] }]
rehearse: [{ run: until idle }]
"""
    )

    assert found["rules[0]: left out"] == "killed"
    assert found["timelines.soon[0]: left out"] == "killed"


def test_a_client_that_repeats_what_was_refused_is_noticed_by_the_number_of_calls(fates):
    text = """
given: { clock: 2026-06-01T09:00 }
%s
rehearse: [{ call: elevate.getCustomerPayment, with: { path: { customer_payment_id: 9 } },
             gives: 404 }]
"""
    client = "the client: repeats at once every call that was not answered ok"

    assert fates(text % "")[client] == "survived"
    counted = text % "expect: [{ calls: { elevate.getCustomerPayment: 1 } }]"
    assert fates(counted)[client] == "killed"


def test_a_world_proves_nothing_and_is_not_mutated(mutating, tmp_path):
    file = tmp_path / "my-everyday.yaml"
    file.write_text(f"scenario: my-everyday\nversion: 1\n{STORY % ''}")

    assert mutating.judged(file) == ()


@pytest.fixture
def files(tmp_path):
    for name, reason in (("good", ", reason: other"), ("bad", "")):
        text = f"scenario: {name}\nversion: 1\n{STORY % reason}"
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def test_survivors_are_listed_by_line_and_make_the_exit_code_1(files):
    result = CliRunner().invoke(main, ["rehearse", "--mutate", str(files)])

    assert result.exit_code == 1
    assert f"{files}/good.yaml: 6 mutants, 6 killed, 0 without effect, 0 survived" in result.output
    line = "bad.yaml:14  rules[0].then[0].reason: other became provider_error: survived"
    assert line in result.output


def test_junit_has_a_suite_of_each_files_mutants_in_which_a_survivor_has_failed(files, tmp_path):
    report = tmp_path / "report.xml"
    inert = 'from: day_zero, at: "10:00"'
    story = (STORY % "").replace("after: 1 hour", inert)
    (files / "bad.yaml").write_text(f"scenario: bad\nversion: 1\n{story}")

    CliRunner().invoke(main, ["rehearse", "--mutate", "--junit", str(report), str(files)])

    suites = {suite.get("name"): suite for suite in ElementTree.parse(report).getroot()}
    good, bad = suites["good.yaml, mutated"], suites["bad.yaml, mutated"]
    results = {case.get("name"): [(one.tag, one.get("message")) for one in case] for case in bad}
    assert [good.get(count) for count in ("tests", "failures", "skipped")] == ["6", "0", "0"]
    assert results["bad.yaml:12 rules[0]: left out"] == []
    assert results["bad.yaml:14 rules[0].then[0].reason: other became provider_error"] == [
        ("failure", "something else happened, and no line noticed")
    ]
    assert results["bad.yaml:14 rules[0].then[0].from: became trigger"] == [
        ("skipped", "no event, answer, notice or delivery was another")
    ]


def test_a_world_has_no_suite_of_mutants(files, tmp_path):
    report = tmp_path / "report.xml"
    (files / "good.yaml").rename(files / "my-everyday.yaml")
    world = files / "my-everyday.yaml"
    world.write_text(world.read_text().replace("scenario: good", "scenario: my-everyday"))

    CliRunner().invoke(main, ["rehearse", "--mutate", "--junit", str(report), str(world)])

    names = [suite.get("name") for suite in ElementTree.parse(report).getroot()]
    assert names[-1] == "my-everyday.yaml"


def test_without_a_survivor_the_exit_code_is_0(files):
    result = CliRunner().invoke(main, ["rehearse", "--mutate", str(files / "good.yaml")])

    assert result.exit_code == 0, result.output


def test_a_file_that_does_not_rehearse_well_is_not_mutated(files):
    broken = files / "good.yaml"
    broken.write_text(broken.read_text().replace("10:00", "09:30"))

    result = CliRunner().invoke(main, ["rehearse", "--mutate", str(broken)])

    assert (result.exit_code, "mutants" in result.output) == (1, False)
