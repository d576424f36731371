"""A pytest plugin: a server for the session, and a fresh sandbox for each test.

The server is a process of its own (or the one at `SANDBOX_URL`), so a test may freeze time, and
workers of pytest-xdist share nothing. It loads no server code.
"""

import os
import re
import subprocess
import sys
from collections.abc import Generator, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.client import Sandbox, SandboxError
from sandbox.coverage import Coverage

NAME_LENGTH = 40
APIS = ("elevate", "backend", "socotra")
LAST_REQUESTS = 5
STOPPING = 5.0
CLIENT = pytest.StashKey[Sandbox]()
COVERAGE = pytest.StashKey[Coverage]()
NEVER = pytest.StashKey[dict[str, str]]()
WORKER = "payments_sandbox_coverage"
IN_VAIN = {
    "unusedRules": "a rule that could have fired never did",
    "unmatchedCalls": "a call met no operation",
    "skipped": "a step was not legal when it was due",
    "invalidRequests": "a request broke its specification",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all of which begin with --sandbox."""
    group = parser.getgroup("sandbox", "a payments back end that remembers")
    group.addoption("--sandbox-url", help="A server that runs already. [SANDBOX_URL]")
    group.addoption(
        "--sandbox-strict",
        action="store_true",
        help="A test fails when a rule of its scenario that could have fired never did, a step was "
        "skipped, or a request was invalid or met no operation.",
    )
    group.addoption(
        "--sandbox-coverage",
        nargs="?",
        const="",
        metavar="FILE",
        help="Which operations, status codes and lifecycle moves the suite exercised: a table; in "
        "FILE too, as JSON, or as Cobertura where it ends in .xml.",
    )
    group.addoption(
        "--sandbox-coverage-apis",
        default="elevate",
        metavar="API,…",
        help="The APIs whose operations and status codes count. [elevate]",
    )
    group.addoption(
        "--sandbox-coverage-fail-under",
        type=float,
        metavar="PERCENT",
        help="Fail when less of it all was exercised.",
    )
    group.addoption(
        "--sandbox-coverage-never",
        type=Path,
        metavar="FILE",
        help="Fail when something was never exercised, but for what this YAML file names (also "
        "as a pattern: `elevate.* 503`), each with a reason; or when one of these was.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and a place to count in; refuse options that make no sense."""
    config.addinivalue_line(
        "markers",
        "scenario(name, **params): bind this scenario before the test; a path ending in .yaml is "
        "added first. The test fails when a line of its `expect` broke.",
    )
    config.stash[COVERAGE] = Coverage()
    apis = config.getoption("--sandbox-coverage-apis").split(",")
    if odd := [api for api in apis if api not in APIS]:
        known = ", ".join(APIS)
        raise pytest.UsageError(f"--sandbox-coverage-apis: {odd[0]!r} is no API; they are {known}")
    file = config.getoption("--sandbox-coverage")
    if file and not Path(file).parent.is_dir():
        raise pytest.UsageError(f"--sandbox-coverage: {file} is in no folder that exists")
    never = config.getoption("--sandbox-coverage-never")
    if never is not None:
        config.stash[NEVER] = _reasons(never)


def _reasons(file: Path) -> dict[str, str]:
    """What need not be exercised, and why."""
    option = "--sandbox-coverage-never"
    try:
        reasons = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise pytest.UsageError(f"{option}: {file}: {error}") from error
    if not isinstance(reasons, dict):
        raise pytest.UsageError(f"{option}: {file} must have a line `name: reason` for each name")
    for name, reason in reasons.items():
        if not (isinstance(reason, str) and reason.strip()):
            raise pytest.UsageError(f"{option}: {file}: {name} has no reason")
    return reasons


@pytest.fixture(scope="session")
def sandbox_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a server: `SANDBOX_URL`'s, else one that is started for the session."""
    url = pytestconfig.getoption("--sandbox-url") or os.environ.get("SANDBOX_URL")
    if url:
        yield url.rstrip("/")
        return
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        if not found:
            pytest.fail(f"the sandbox did not start: {line!r}", pytrace=False)
        yield found[0]
        process.terminate()
        process.wait(STOPPING)


@pytest.fixture
def sandbox(sandbox_server: str, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A fresh world of the test's own, named after it, with the scenario that its marker names."""
    client = Sandbox(sandbox_server, name_of(request.node.nodeid))
    client.delete()  # what an earlier run left there
    request.node.stash[CLIENT] = client
    marker = request.node.get_closest_marker("scenario")
    if marker is not None:
        _bind(client, marker)
    yield client
    if _is_counting(request.config):
        request.config.stash[COVERAGE].add(client.report())
    client.delete()
    client.close()


def name_of(nodeid: str) -> str:
    """A test's sandbox: readable, and no other test's."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", nodeid.rpartition("::")[2]).strip("-")
    digest = blake2b(nodeid.encode(), digest_size=6).hexdigest()
    return f"{words[:NAME_LENGTH]}-{digest}"


def _bind(client: Sandbox, marker: pytest.Mark) -> None:
    """Bind the scenario that a marker names, adding it first if it is a file."""
    match marker.args:
        case (str(name),):
            try:
                bind(client, name, **marker.kwargs)
            except (SandboxError, OSError) as error:
                wrong = f"scenario {name!r} cannot be bound: {error}"
            else:
                return
        case _:
            wrong = "the marker `scenario` takes one name, and parameters as keywords"
    pytest.fail(wrong, pytrace=False)


def bind(client: Sandbox, name: str, **params: Any) -> None:
    """Bind a scenario by its name or its file, which is added first."""
    if name.endswith(".yaml"):
        path = Path(name)
        client.add_scenario(path.read_text(encoding="utf-8"))
        name = path.stem
    client.scenario(name, **params)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """After a test that passed: did its scenario hold?"""
    result = yield
    client = item.stash.get(CLIENT, None)
    if client is None:
        return result
    marked = item.get_closest_marker("scenario") is not None
    broken = [line for line in _lines(client) if line["result"] == "broken"] if marked else []
    complaints = [f"{line['source']}  {line['expected']}: {line['actual']}" for line in broken]
    if item.config.getoption("--sandbox-strict"):
        complaints += list(_in_vain(client))
    if complaints:
        pytest.fail("the scenario did not hold\n  " + "\n  ".join(complaints), pytrace=False)
    return result


def _lines(client: Sandbox) -> list[Any]:
    items: list[Any] = client.result()["items"]
    return items


def _in_vain(client: Sandbox) -> Iterator[str]:
    report = client.report()
    for kind, what in IN_VAIN.items():
        for item in report[kind]:
            yield f"{what}: {_told(item)}"


def _told(item: dict[str, Any]) -> str:
    if "violations" in item:
        places = "; ".join(f"{one['pointer']} {one['message']}" for one in item["violations"])
        return f"{item['operation']} ({item['request']}): {places}"
    if "won" in item:
        return f"{item['rule']} {item.get('name', '')}".strip()
    if "path" in item:
        return f"{item['method']} {item['path']}"
    return f"{item['rule']}: {item['message']}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of a failed test's sandbox what a person would ask first."""
    report = yield
    client = item.stash.get(CLIENT, None)
    if client is not None and report.when == "call" and report.failed:
        try:
            text = "\n".join(story(client, item.nodeid))
        except (SandboxError, OSError) as error:
            text = f"the server does not say: {error}"
        report.sections.append((f"sandbox {client.name}", text))
    return report


def story(client: Sandbox, nodeid: str) -> Iterator[str]:
    """What happened in a sandbox, what is to come, and what was asked of it last."""
    world = client.describe()
    yield f"now {world['clock']['now']}, seed {world['seed']}, scenario {world['scenario']['name']}"
    yield "happened:"
    for event in client.events():
        if event.rule == "given":
            continue
        change = f"{event.was or '-'} → {event.became}" if event.was != event.became else ""
        reason = f" {event.reason['code']}" if event.reason else ""
        at = event.at.strftime("%Y-%m-%d %H:%M:%S")
        yield f"  {at}  {event.event:<28}{event.ref:<16}{change}{reason}  {event.rule}"
    coming = client.timeline()
    if coming:
        yield "to come:"
        yield from (f"  {job['due']}  {job['text']}" for job in coming)
    yield "last requests:"
    calls = [entry for entry in client.journal() if entry["api"] != "control"]
    for entry in calls[-LAST_REQUESTS:]:
        yield f"  {entry['id']}  {entry['method']} {entry['path']}  {entry['status']}"
        if entry["explanation"]:
            yield f"      {entry['explanation'].strip().splitlines()[-1]}"
    yield f"again: pytest '{nodeid}'"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send what a worker has counted to the process that sums up."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        counts = session.config.stash[COVERAGE].counts
        output[WORKER] = {kind: dict(counted) for kind, counted in counts.items()}
    elif any(_complaints(session.config)) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker of pytest-xdist has counted."""
    counts = getattr(node, "workeroutput", {}).get(WORKER)
    if counts:
        node.config.stash[COVERAGE].merge(counts)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the coverage of behaviour, and write it down."""
    if not _is_counting(config):
        return
    file = config.getoption("--sandbox-coverage")
    coverage = counted(config)
    terminalreporter.section("sandbox coverage")
    for line in coverage.lines():
        terminalreporter.write_line(line)
    if file:
        coverage.write(Path(file))
    for complaint in _complaints(config):
        terminalreporter.write_line(complaint, red=True)


def _is_counting(config: pytest.Config) -> bool:
    """Whether any option asks for the coverage of behaviour."""
    options = ("", "-fail-under", "-never")
    return any(config.getoption(f"--sandbox-coverage{one}") is not None for one in options)


def counted(config: pytest.Config) -> Coverage:
    """What the suite exercised, of the APIs that count."""
    apis = config.getoption("--sandbox-coverage-apis").split(",")
    return config.stash[COVERAGE].only(apis)


def _complaints(config: pytest.Config) -> Iterator[str]:
    """What is wrong with the coverage, as far as the options ask for any."""
    wanted = config.getoption("--sandbox-coverage-fail-under")
    if wanted is not None and counted(config).percent() < wanted:
        yield f"{counted(config).percent():.1f}% is less than {wanted:g}%"
    never = config.stash.get(NEVER, None)
    if never is not None:
        yield from counted(config).complaints(never)
