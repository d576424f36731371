"""The guide to scenarios: its files are right and rehearse well, its answers are real."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.cli import main

GUIDE = Path(__file__).parents[1] / "scenarios" / "GUIDE.md"
BLOCK = re.compile(r"^(<!-- wrong -->\n)?```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = [
    (language, code, bool(wrong)) for wrong, language, code in BLOCK.findall(GUIDE.read_text())
]
NAME = re.compile(r"^scenario: (\S+)$", re.MULTILINE)
RIGHT = [code for language, code, wrong in BLOCKS if language == "yaml" and not wrong]
FINISHED = {NAME.findall(code)[0]: code for code in RIGHT}  # a name's last file
LINK = re.compile(r"\]\(([^)#]+)")


def written(folder, code):
    """A block that is a file, in the file that it names."""
    file = folder / f"{NAME.findall(code)[0]}.yaml"
    file.write_text(code)
    return file


def read(language, text):
    return json.loads(text) if language == "json" else text.rstrip("\n")


@pytest.mark.parametrize("code", RIGHT, ids=range(1, len(RIGHT) + 1))
def test_its_files_are_right_and_do_what_they_say(code, tmp_path):
    file = written(tmp_path, code)

    checked = CliRunner().invoke(main, ["check", str(file)])
    rehearsed = CliRunner().invoke(main, ["rehearse", str(file)])

    assert (checked.output, checked.exit_code) == ("", 0)
    assert rehearsed.exit_code == 0, rehearsed.output
    assert "not yet due" not in rehearsed.output


@pytest.mark.parametrize("name", FINISHED)
def test_its_finished_files_would_notice_if_they_were_wrong(name, tmp_path):
    file = written(tmp_path, FINISHED[name])

    result = CliRunner().invoke(main, ["rehearse", "--mutate", str(file)])

    assert (result.exit_code, "0 survived" in result.output) == (0, True), result.output


@pytest.mark.usefixtures("curl")
def test_its_answers_are_real(server, shell, tmp_path):
    """Each command's output stands below it, the files being what they are by then."""
    printed, shown = [], []
    with server() as (_, address):
        for language, code, _ in BLOCKS:
            if language == "yaml":
                written(tmp_path, code)
            elif language == "sh":
                printed.append(shell(code, address, tmp_path))
            else:
                shown.append((language, code))

    languages = [language for language, _ in shown]
    answers = [read(*each) for each in zip(languages, printed, strict=True)]
    assert answers == [read(*each) for each in shown]
    assert len(answers) > 5


def test_its_links_lead_somewhere():
    targets = LINK.findall(GUIDE.read_text())

    assert [target for target in targets if not (GUIDE.parent / target).is_file()] == []
    assert len(targets) > 3
