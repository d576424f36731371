"""The library: what can be bound, and which of one name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.scenario.language import loader
from sandbox.scenario.language.problems import InvalidScenarioError
from sandbox.scenario.running import binding
from sandbox.scenario.running.library import Library, NoSuchScenarioError

WALL = datetime(2026, 6, 1, 8, tzinfo=UTC)
STORY = """scenario: story
version: 1
title: TITLE
params: { payer: { default: pays, one_of: [pays, leaves] } }
rules: [{ when: payment.created, if: { payer: leaves }, then: nothing }]
"""
TALE = "scenario: tale\nversion: 1\nrules: [{ when: payment.created, then: nothing }]"


@pytest.fixture
def folders(tmp_path):
    for name in ("shipped", "own"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def library(folders, words):
    return Library(words, shipped=folders / "shipped", folder=folders / "own")


@pytest.fixture
def sandbox(library, wiring):
    return binding.found("t", WALL, wiring=wiring, happy=library.happy)


def titles(library, sandbox=None):
    return [
        (one.name, one.source, one.scenario.title if one.scenario else None)
        for one in library.listed(sandbox)
    ]


def test_the_nearest_of_one_name_counts(folders, library, sandbox):
    (folders / "shipped/story.yaml").write_text(STORY.replace("TITLE", "shipped"))
    (folders / "shipped/tale.yaml").write_text(TALE)
    (folders / "own/story.yaml").write_text(STORY.replace("TITLE", "own"))
    before = titles(library, sandbox)

    library.post(sandbox, STORY.replace("TITLE", "posted"))

    assert before == [("story", "folder", "own"), ("tale", "shipped", "")]
    assert titles(library, sandbox) == [("story", "added", "posted"), ("tale", "shipped", "")]
    assert titles(library) == before


def test_a_file_is_read_when_it_is_bound(folders, library):
    (folders / "own/story.yaml").write_text(STORY.replace("TITLE", "first"))
    first = library.bound("story")

    (folders / "own/story.yaml").write_text(STORY.replace("TITLE", "second"))

    assert library.bound("story").scenario.title == "second"
    assert first.scenario.title == "first"


def test_only_the_file_that_is_bound_is_read(folders, library, monkeypatch):
    (folders / "own/another.yaml").write_text(STORY)
    (folders / "own/story.yaml").write_text(STORY)
    read = []

    def load(text, file, words):
        read.append(Path(file).name)
        return loader.load(text, file, words)

    monkeypatch.setattr("sandbox.scenario.running.library.load", load)
    library.bound("story")

    assert read == ["story.yaml"]


def test_one_variant_is_made_ready_once(folders, library):
    (folders / "own/story.yaml").write_text(STORY)

    variants = [library.bound("story", {"payer": payer}) for payer in ("pays", "leaves", "pays")]

    assert variants[0] is variants[2]
    assert variants[1].scenario.values["payer"] == "leaves"


def test_a_broken_file_is_listed_with_its_errors(folders, library):
    (folders / "own/story.yaml").write_text("scenario: story\nversion: 2\n")

    (listed,) = library.listed()

    assert listed.scenario is None
    assert len(listed.errors) > 0
    with pytest.raises(InvalidScenarioError):
        library.bound("story")


def test_a_file_that_has_become_wrong_keeps_its_last_good_version(folders, library):
    (folders / "own/story.yaml").write_text(STORY.replace("TITLE", "good"))
    library.bound("story")

    (folders / "own/story.yaml").write_text("scenario: story\n")

    (listed,) = library.listed()
    assert (listed.scenario.title, bool(listed.errors)) == ("good", True)
    assert library.bound("story").scenario.title == "good"


def test_a_name_that_does_not_exist_is_refused_with_the_nearest(folders, library):
    (folders / "own/story.yaml").write_text(STORY)

    with pytest.raises(NoSuchScenarioError, match=r"'stroy'\. Did you mean 'story'"):
        library.bound("stroy")


def test_a_value_that_a_parameter_cannot_take_is_refused(folders, library):
    (folders / "own/story.yaml").write_text(STORY)

    with pytest.raises(InvalidScenarioError, match="leaves"):
        library.bound("story", {"payer": "leave"})


def test_the_happy_path_binds_nothing(library):
    assert library.bound("happy-path") is None


def test_a_wrong_post_is_refused_and_nothing_is_kept(library, sandbox):
    before = sandbox.state

    with pytest.raises(InvalidScenarioError):
        library.post(sandbox, "scenario: story\n")

    assert sandbox.state is before


def test_source_and_values_are_all_that_it_takes_to_bind_the_same_again(folders, library):
    (folders / "own/story.yaml").write_text(STORY)
    bound = library.bound("story", {"payer": "leaves"})

    assert library.again(bound.scenario.source, bound.scenario.values) == bound


def test_a_file_that_is_no_text_is_listed_with_that_error(folders, library):
    (folders / "own/story.yaml").write_bytes(b"scenario: \xff")

    (listed,) = library.listed()

    assert "not a text file in UTF-8" in listed.errors[0].message


def test_a_file_that_cannot_be_read_is_listed_with_that_error(folders, library):
    (folders / "own/gone.yaml").symlink_to("nowhere")
    (folders / "own/story.yaml").mkdir()

    gone, story = library.listed()

    assert [gone.errors[0].message, story.errors[0].message] == [
        "it cannot be read: No such file or directory",
        "it cannot be read: Is a directory",
    ]
    with pytest.raises(InvalidScenarioError, match="Is a directory"):
        library.bound("story")
