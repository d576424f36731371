"""The scenarios that ship: each is right, does what it says, and is in the catalogue."""

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from sandbox.cli import main
from sandbox.config import Settings
from sandbox.scenario.language.loader import build, load
from sandbox.scenario.proving.mutating import as_it_is, is_mutated
from sandbox.scenario.proving.rehearsal import combinations
from sandbox.web import scenario_files
from sandbox.web.mutation import Mutating

FOLDER = Path(__file__).parents[1] / "scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
WORKED_EXAMPLES = (
    "delayed-outbound-execution",
    "instant-payment-at-mandate-setup",
    "late-failure-and-chargeback",
    "mandate-fails-at-bank",
    "provider-outage-with-retries",
)

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@pytest.fixture(scope="module")
def mutating():
    """A server with which files are rehearsed."""
    return Mutating(Settings())


@pytest.fixture(scope="module")
def read(mutating):
    """A file as it was loaded, once for all tests."""
    words = scenario_files.library(mutating.app).vocabulary
    return cache(lambda file: load(file.read_bytes(), str(file), words))


@every_file
def test_it_has_no_problems_and_is_named_as_its_file(file, read):
    loaded = read(file)

    assert loaded.problems == ()
    assert loaded.scenario.name == file.stem


@every_file
def test_it_says_what_it_is_and_proves_what_it_says(file, read):
    scenario = read(file).ok()

    assert all((scenario.title, scenario.description, scenario.tags, scenario.rehearse))
    assert bool(scenario.expect) == is_mutated(scenario)


@every_file
def test_it_does_what_it_says_with_every_value_of_its_parameters(file, mutating):
    played = scenario_files.rehearsed(mutating.app, file, {}, None, every=True)

    assert played.wrong == ()


@every_file
def test_two_rehearsals_are_alike(file, mutating, read):
    scenario = read(file).ok()

    first, second = (mutating.play(scenario, as_it_is) for _ in range(2))

    assert (first.trace, first.timeline) == (second.trace, second.timeline)


@pytest.mark.parametrize("name", WORKED_EXAMPLES)
def test_ten_rehearsals_of_a_worked_example_leave_one_trace(name, mutating, read):
    loaded = read(FOLDER / f"{name}.yaml")
    variants = [build(loaded.tree, values) for values in combinations(loaded.ok())]

    for scenario in variants:
        traces = {mutating.play(scenario, as_it_is).trace for _ in range(10)}
        assert len(traces) == 1


def test_titles_differ_and_editors_find_the_schema_in_the_first_line(read):
    titles = [read(file).ok().title for file in FILES]

    assert len(set(titles)) == len(titles)
    assert {file.read_text().partition("\n")[0] for file in FILES} == {
        "# yaml-language-server: $schema=../specs/scenario.schema.json"
    }


def test_the_catalogue_is_what_the_command_line_prints():
    printed = CliRunner().invoke(main, ["scenarios", "--markdown"]).output

    assert (FOLDER / "README.md").read_text() == printed


def test_scenarios_are_listed_by_tag():
    listed = CliRunner().invoke(main, ["scenarios", "--tag", "chargeback"]).output

    assert [line.split()[0] for line in listed.splitlines()] == ["chargeback-after-refund"]


def test_junit_has_a_suite_for_each_variant_and_one_for_each_file(tmp_path):
    report, broken = tmp_path / "report.xml", tmp_path / "broken.yaml"
    broken.write_text("scenario: broken\nversion: 2\n")
    file = FOLDER / "partial-collection.yaml"

    run = ["rehearse", "--all-params", "--junit", str(report), str(file), str(broken)]
    result = CliRunner().invoke(main, run)
    suites = {suite.get("name"): suite for suite in ElementTree.parse(report).getroot()}

    assert result.exit_code == 1
    assert list(suites) == [
        "partial-collection[collected=30.00]",
        "partial-collection[collected=45.00]",
        "partial-collection.yaml",
        "broken.yaml",
    ]
    acts = {case.get("name").partition(" ")[2] for case in next(iter(suites.values()))}
    assert {"elevate: payments.create", "run until idle"} <= acts
    assert int(suites["broken.yaml"].get("failures")) > 0


def test_a_rule_that_no_combination_uses_fails(tmp_path):
    file = tmp_path / "idle.yaml"
    file.write_text(
        "scenario: idle\nversion: 1\nrules:\n  - { when: payout.created, then: nothing }\n"
        "rehearse: [{ run: until idle }]\n"
    )

    once, all_params = (
        CliRunner().invoke(main, ["rehearse", str(file), *more]) for more in ([], ["--all-params"])
    )

    assert (once.exit_code, all_params.exit_code) == (0, 1)
    assert "idle.yaml:4  no combination of parameters used it" in all_params.output
