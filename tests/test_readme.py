"""The README: its commands work, its answers are real, its tables are what the code prints.

`python tests/test_readme.py` writes the tables anew.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from sandbox import provider
from sandbox.cli import main
from sandbox.config import PREFIX, Settings, read
from sandbox.engine.journal import MOST_ENTRIES
from sandbox.engine.sandbox import MOST_JOBS_AT_ONCE
from sandbox.scenario.language.yaml_nodes import MOST_BYTES
from sandbox.web import replies
from sandbox.web.api import Api
from sandbox.web.app import shipped_apis
from sandbox.web.documents import load
from sandbox.web.outbound import SECONDS_FOR_A_RECEIVER

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TABLE = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What differs with the sandbox's name, and with who asks.
LINK = re.compile(r"http://[^/\"]+(/mandate|/pay)/[0-9a-f]{32}/")
CALLER = re.compile(r'"(host|user-agent)":"[^"]*"')
METHODS = ("get", "put", "post", "patch", "delete")
A_LONG_TABLE = 12


# The tables


def table(*rows: tuple[str, ...]) -> str:
    """A Markdown table, the first row being its head."""
    head, *body = [
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows
    ]
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *body])


def folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"


def served() -> list[Api]:
    """The vendors' APIs that are simulated."""
    return [api for api in shipped_apis() if api.touches]


def document(api: Api) -> Any:
    return load(read({}, {}).specs_folder / f"{api.name}.yaml")


def scenarios() -> str:
    """`sandbox scenarios`, each with a link to its file."""
    lines = CliRunner().invoke(main, ["scenarios"]).output.splitlines()
    rows = [line.split(maxsplit=1) for line in lines]
    links = [(f"[{name}](scenarios/{name}.yaml)", story) for name, story in rows]
    return table(("name", "story"), *links)


def lifecycles() -> str:
    """`sandbox lifecycles`, the provider's first."""
    _, *sections = re.split(r"^### ", CliRunner().invoke(main, ["lifecycles"]).output, flags=re.M)
    printed = dict(section.split("\n", 1) for section in sections)
    truth = sorted(f"{table.resource}.{table.field}" for table in provider.LIFECYCLES.values())
    shown = []
    for name in dict.fromkeys([*truth, *printed]):
        text = printed[name].strip()
        long = len(text.splitlines()) > A_LONG_TABLE
        code = f"<code>{name}</code>"
        shown.append(folded(code, text) if long else f"**`{name}`**\n\n{text}")
    return "\n\n".join(shown)


def settings() -> str:
    """Every setting, its default, what it is for, and whether `sandbox serve` has an option."""
    options = {option.name for option in main.commands["serve"].params}
    rows = [("setting", "default", "what for", "option of `serve`")]
    for one in fields(Settings):
        default = str(one.default).lower() if isinstance(one.default, bool) else one.default
        rows.append(
            (
                f"`{PREFIX}{one.name.upper()}`",
                "" if default is None else f"`{default}`",
                one.type.__metadata__[0],
                f"`--{one.name.replace('_', '-')}`" if one.name in options else "",
            )
        )
    return table(*rows)


def control() -> str:
    """What testers can ask for."""
    [api] = [api for api in shipped_apis() if api.name == "control"]
    rows = [row[:2] for row in operations(api)]
    return folded(f"All {len(rows) - 1} calls", table(*rows))


def operations(api: Api) -> list[tuple[str, ...]]:
    """Every operation, what it may answer, and where it came later since which version."""
    rows = [("call", "operation", "answers", "since")]
    for path, item in document(api)["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                rows.append(
                    (
                        f"`{method.upper()} {(api.base + path).rstrip('/')}`",
                        operation["summary"],
                        ", ".join(operation["responses"]),
                        operation.get("x-since", ""),
                    )
                )
    is_versioned = any(row[-1] for row in rows[1:])
    return rows if is_versioned else [row[:-1] for row in rows]


def provenance(api: Api) -> str:
    """All that the vendor's documents do not state, by what it rests on."""
    rows = sorted(marks(document(api)), key=lambda row: row[0] != "inferred")
    counts = [f"{sum(row[0] == basis for row in rows)} {basis}" for basis in ("inferred", "chosen")]
    text = table(("basis", "where", "what", "why"), *rows)
    return f"Documented, but for these: {', '.join(counts)}.\n\n{folded('The list', text)}"


def marks(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, str, str, str]]:
    """Each mark: on what it rests, where, what it is about, why."""
    if isinstance(value, dict):
        if isinstance(value.get("x-provenance"), str):
            what = value.get("text") or ("the name" if place[-1] == "x-naming" else "")
            cells = (value["x-provenance"], where(place), what, value["x-reason"])
            yield tuple(" ".join(cell.split()) for cell in cells)
        for key, member in value.items():
            yield from marks(member, (*place, str(key)))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            name = member.get("name") if isinstance(member, dict) else None
            yield from marks(member, (*place, str(name or number)))


def where(place: tuple[str, ...]) -> str:
    """A place of a document, in words."""
    words = list(place)
    if "x-behaviour" in words:
        words = words[: words.index("x-behaviour")]
    words = [word for word in words if word != "x-naming"]
    match words:
        case [] | ["info"]:
            return "everywhere"
        case ["paths", path, method, *rest]:
            return " ".join([f"`{method.upper()} {path}`", *member(rest)])
        case ["components", kind, name, *rest]:
            return " ".join([kind.removesuffix("s"), f"`{name}`", *member(rest)])
        case [kind, *rest]:
            return " ".join([kind.removesuffix("s"), *rest])


def member(words: list[str]) -> list[str]:
    names = {"parameters": "parameter", "responses": "answer", "requestBody": "body"}
    return [
        names.get(word) or (f"`{word}`" if before in (*names, "properties") else word)
        for before, word in zip(["", *words], words, strict=False)
        if word != "properties"
    ]


def tables() -> dict[str, str]:
    """What stands between the markers of each name."""
    each = {
        "scenarios": scenarios(),
        "control-operations": control(),
        "settings": settings(),
        "lifecycles": lifecycles(),
    }
    for api in served():
        each[f"{api.name}-operations"] = table(*operations(api))
        each[f"{api.name}-provenance"] = provenance(api)
    return each


def current(text: str) -> str:
    """The README with its tables as the code prints them."""
    printed = tables()
    return TABLE.sub(lambda found: f"{found[1]}\n{printed[found[2]]}\n\n{found[3]}", text)


def test_the_tables_are_what_the_code_prints():
    """`python tests/test_readme.py` writes them."""
    text = README.read_text()

    assert text == current(text)


def test_there_is_a_table_for_everything_that_is_served():
    assert {found[2] for found in TABLE.finditer(README.read_text())} == set(tables())


def test_the_limits_are_those_of_the_code():
    text = " ".join(README.read_text().split())
    limits = [
        f"keeps the last {MOST_ENTRIES:,} requests",
        f"and {replies.MOST_KEPT // 1024} KiB of each body",
        f"file may have {MOST_BYTES // 1024} KiB",
        f"does so for {replies.MOST_SECONDS} s at most",
        f"has {SECONDS_FOR_A_RECEIVER} s to answer",
        f"more than {MOST_JOBS_AT_ONCE:,} of them",
    ]

    assert [limit for limit in limits if limit not in text] == []


def test_the_map_names_every_folder_and_no_other():
    text = README.read_text()
    map_ = text[text.index("## How it is built") : text.index("## Working on it")]
    named = set(re.findall(r"^\| `([a-z/_]+/)` \|", map_, re.MULTILINE))

    folders = {
        f"{file.parent.relative_to(ROOT)}/" for file in (ROOT / "sandbox").rglob("__init__.py")
    }
    assert {name for name in named if name.startswith("sandbox/")} == folders


# The first story


def blocks() -> list[tuple[str, list[Any]]]:
    """The story's commands, with the answers that the README shows below each."""
    text = README.read_text()
    story = text[text.index("## The first story") :]
    found: list[tuple[str, list[Any]]] = []
    for language, code in BLOCK.findall(story[: story.index("\n## ", 1)]):
        if language == "sh":
            found.append((code, []))
        else:
            found[-1][1].extend(documents(code))
    return found


def documents(text: str) -> list[Any]:
    """The JSON documents that stand one after the other, but for what differs every time."""
    text = CALLER.sub(r'"\1":"…"', LINK.sub(r"http://…\1/…/", text)).strip()
    decoder, found = json.JSONDecoder(), []
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


@pytest.mark.usefixtures("curl")
def test_the_first_storys_answers_are_real(server, shell, tmp_path):
    """Each command's output is the answer that stands below it, and nothing where none does."""
    with server() as (_, address):
        answers = [documents(shell(code, address, tmp_path)) for code, _ in blocks()]

    assert answers == [shown for _, shown in blocks()]
    assert len(answers) > 5


# The two commands


def command(name: str) -> str:
    """The one line of shell below a marker."""
    found = re.search(rf"^<!-- {name} -->\n```sh\n(.+)\n```$", README.read_text(), re.MULTILINE)
    assert found, f"there is no command marked {name}"
    return found[1]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of what a clone would have, and of what is not committed yet: for both commands."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a checkout: what belongs to it cannot be listed")
    folder = tmp_path_factory.mktemp("somebodys") / "clone"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def outside(**more: str) -> dict[str, str]:
    """The environment of somebody who has nothing of ours."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "PYTEST_ADDOPTS")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith(("SANDBOX_", "PYTEST_"))
    }
    return {**kept, **more}


@contextmanager
def running(line: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A shell's line, running. Whatever it has started is told to end at the end."""
    process = subprocess.Popen(
        ["bash", "-c", line],
        cwd=folder,
        env=outside(**environment),
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.slow
def test_the_first_command_sets_up_and_runs_the_server(copy):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with running(command("run"), copy, SANDBOX_PORT=str(port)) as process:
        assert process.stdout
        assert process.stdout.readline() == f"sandbox listens at http://127.0.0.1:{port}\n"
        ready = requests.get(f"http://127.0.0.1:{port}/_sandbox/readyz", timeout=10)

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


@pytest.mark.slow
def test_the_second_command_sets_up_and_finds_the_tests(copy):
    """Where the first was run. In CI it runs them all; here it is enough that it finds them."""
    done = subprocess.run(
        ["bash", "-c", command("test")],
        cwd=copy,
        env=outside(PYTEST_ADDOPTS="--collect-only"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^tests/test_readme\.py: \d+$|test_readme\.py::", done.stdout, re.MULTILINE)


if __name__ == "__main__":
    README.write_text(current(README.read_text()))
