"""Requests a second, start and memory: the sandbox beside others, in one run, round by round.

Two ratios of each: of requests a wall second, which other work on the machine disturbs, and of
requests a second of the server's own CPU time, which it hardly does.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from statistics import median
from types import SimpleNamespace

from tests.benchmarks.serving import request, running, subjects

GOALS = {"bare ASGI": 0.4, "Connexion's default": 4, "Prism": 3}
CHEQUE = json.dumps(
    {
        "generatedInvoiceId": 4,
        "amountInMajorCurrency": 0.01,
        "description": "June",
        "paymentMethod": "CHEQUE",
    }
)
CONNECTIONS = 16
POST = "POST /v1/invoice-payments"


def _posts(base, sandboxes):
    path = f"{base}/invoice-payments"
    return [request("POST", path, CHEQUE, f"bench-{number}") for number in range(sandboxes)]


def _gets(base):
    return [request("GET", f"{base}/invoice-payments/1", token="bench-0")]


CASES = {
    f"{POST}, 1 sandbox": lambda base: _posts(base, 1),
    f"{POST}, 100 sandboxes": lambda base: _posts(base, 100),
    "GET /v1/invoice-payments/{id}": _gets,
}


def rates(say, rounds, seconds):
    """A round is every case on every server, one after the other."""
    with ExitStack() as stack:
        servers = [stack.enter_context(running(subject))[0] for subject in subjects()]
        for server in servers:  # so that what is begun once is not counted
            for requests in CASES.values():
                loaded(server, requests(server.subject.base), seconds / 4)
        say(f"load: asyncio on uvloop, a process of its own, {CONNECTIONS} keep-alive connections")
        say(f"medians of {rounds} interleaved rounds of {seconds} s")
        measured = [
            {
                (name, server.subject.name): loaded(server, requests(server.subject.base), seconds)
                for name, requests in CASES.items()
                for server in servers
            }
            for _ in range(rounds)
        ]
    for name in CASES:
        ours = [each[name, "sandbox"] for each in measured]
        wall, cpu = (median(getattr(rate, kind) for rate in ours) for kind in ("wall", "cpu"))
        say(f"\n{name}: {wall:.0f}/s, {1e6 / cpu:.0f} µs of CPU each")
        for subject in (server.subject.name for server in servers[1:]):
            theirs = [each[name, subject] for each in measured]
            pairs = list(zip(ours, theirs, strict=True))
            by_wall = median(mine.wall / its.wall for mine, its in pairs)
            by_cpu = median(mine.cpu / its.cpu for mine, its in pairs)
            goal = GOALS[subject]
            said = f"{by_wall:6.2f} times {subject:<20} (by CPU time {by_cpu:.2f} times"
            say(f"  {said}; goal {goal} times)")


def loaded(server, requests, seconds):
    """Requests a second of wall time, and of the server's CPU time."""
    job = {
        "host": "127.0.0.1",
        "port": server.port,
        "requests": requests,
        "connections": CONNECTIONS,
        "seconds": seconds,
        "least": len(requests),
    }
    before = server.cpu()
    command = [sys.executable, "-m", "tests.benchmarks.load"]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{server.subject.name}: {done.stderr}")
    result = json.loads(done.stdout)
    cpu = max(server.cpu() - before, 0.01)
    return SimpleNamespace(
        wall=result["requests"] / result["seconds"], cpu=result["requests"] / cpu
    )


def starts(say, rounds):
    """From the command to the first 200, and the memory that it then has."""
    measured = {subject.name: [] for subject in subjects()}
    for _ in range(rounds):
        for subject in subjects():
            with running(subject) as (server, seconds):
                measured[subject.name].append((seconds, server.cpu(), server.resident()))
    say(f"\ncold start to the first 200, and resident memory then: medians of {rounds}")
    for name, values in measured.items():
        seconds, cpu, memory = (median(column) for column in zip(*values, strict=True))
        goal = " (goals 0.6 s, 90 MB)" if name == "sandbox" else ""
        say(f"  {name:<20} {seconds:.2f} s ({cpu:.2f} s of CPU), {memory:.0f} MB{goal}")
