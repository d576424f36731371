"""A real server on a real port, for tests that are stories."""

import asyncio
import gc
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import freezegun.api
import pytest
import uvicorn
from hypothesis import settings

from sandbox.coverage import Coverage
from sandbox.pytest_plugin import COVERAGE
from sandbox.web.connection import Protocol

# A red build is red again, and a slow machine is no failure.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")

# Some tests' servers wait on loops in this process, whichever test freezes it. A loop that looks at
# a frozen clock but once waits until that time has come, and its server never ends. What
# freezegun's `real_asyncio` does comes a moment too late for a loop that runs already.
asyncio.BaseEventLoop.time = lambda _: freezegun.api.real_monotonic()

# freezegun looks at all that every module has, and testcontainers' settings, when looked at, ask a
# Docker daemon. Where there is none, that leaves a socket open.
freezegun.configure(extend_ignore_list=["testcontainers"])

HERE = "localhost:8080"  # as documents have it
Started = tuple[subprocess.Popen[str], str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first: where there are several workers, none begins one as the others end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@contextmanager
def a_server(*arguments: str) -> Iterator[Started]:
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"the server did not start: {line!r}"
        try:
            yield process, found[0]
        finally:
            process.terminate()
            ended = process.wait(5)
        assert ended == 0


@contextmanager
def in_a_thread(app: Callable[..., Any]) -> Iterator[str]:
    """An application behind a real socket, in a thread named after its address, which is given."""
    # Named TCP, lest asyncio leave Nagle's algorithm on: 40 ms an answer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(
            app, http=Protocol, ws="none", lifespan="on", log_level="error", access_log=False
        )
        server = uvicorn.Server(config)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"

        def run() -> None:
            asyncio.run(server.serve(sockets=[listening]))

        thread = threading.Thread(target=run, name=address)
        thread.start()
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[str]]:
    """Serves an application: with serve(app) as address."""
    return in_a_thread


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Collect garbage again after a test that started a server in this process, or nearly did."""
    yield
    gc.enable()


@pytest.fixture(scope="session")
def coverage(pytestconfig: pytest.Config) -> Coverage | None:
    """Where it is counted what the tests exercise, when that is asked for."""
    asked = pytestconfig.getoption("--sandbox-coverage") is not None
    return pytestconfig.stash[COVERAGE] if asked else None


@pytest.fixture(scope="session")
def server(
    coverage: Coverage | None, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[Started]]:
    """Starts a server with these arguments: its process and its address."""
    if coverage is None:
        return a_server

    @contextmanager
    def counting(*arguments: str) -> Iterator[Started]:
        if "--coverage" in arguments:
            with a_server(*arguments) as started:
                yield started
            return
        file = tmp_path_factory.mktemp("exercised") / "coverage.json"
        with a_server("--coverage", str(file), *arguments) as started:
            yield started
        coverage.merge(json.loads(file.read_bytes())["counts"])

    return counting


@pytest.fixture
def run_pytest(request: pytest.FixtureRequest) -> Callable[..., pytest.RunResult]:
    """Runs the tests in pytester's folder as somebody does who has pytest-xdist and our plugin.

    Of what we test with, the plugins are left out: to load them takes twice as long as the tests.
    """
    theirs = ("schemathesis", "hypothesispytest", "anyio")
    without = [argument for name in theirs for argument in ("-p", f"no:{name}")]
    return partial(request.getfixturevalue("pytester").runpytest_subprocess, *without)


@pytest.fixture(scope="session")
def shell() -> Callable[[str, str, Path], str]:
    """Runs a document's lines in a folder, against a server's address: what they print."""

    def run(lines: str, address: str, folder: Path) -> str:
        ours = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines.replace(HERE, address)],
            cwd=folder,
            env={**os.environ, "PATH": ours, "NO_PROXY": "*"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def curl() -> None:
    """Skips where there is no curl that knows `--json`, as it does since 7.82."""
    found = shutil.which("curl")
    asked = [found, "--help", "all"] if found else ["true"]
    if "--json" not in subprocess.run(asked, capture_output=True, text=True, check=True).stdout:
        pytest.skip("there is no curl that knows --json (7.82)")


@pytest.fixture(scope="session")
def prism() -> Iterator[Callable[..., str]]:
    """Starts a Prism that holds what goes through it against a document: its address."""
    with ExitStack() as running:

        def prism(document: Path, upstream: str, *options: str) -> str:
            command = ["prism", "proxy", document, upstream, *options, "-h", "127.0.0.1", "-p", "0"]
            process = running.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            )
            said = process.stdout
            assert said
            # It says more of each call than a pipe holds, and would wait for a reader.
            reader = threading.Thread(target=deque, args=(said, 0))
            running.callback(reader.join)
            running.callback(process.terminate)
            found = (re.search(r"listening on (http://\S+)", line) for line in said)
            address = next((each[1] for each in found if each), "")
            reader.start()
            assert address, "Prism did not start"
            return address

        yield prism


@pytest.fixture(scope="session")
def address(server: Callable[..., AbstractContextManager[Started]]) -> Iterator[str]:
    """The address of a server that the command line has started, one for all tests."""
    with server() as (_, address):
        yield address
