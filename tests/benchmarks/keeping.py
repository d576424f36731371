"""What many sandboxes take, what waiters cost the others, and how long a busy one holds them up.

Wall time here: this is about what a client waits for, so other work on the machine is in it.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep

import orjson

from tests.benchmarks.engine import STEPS_OF_A_PAYMENT, World
from tests.benchmarks.serving import Subject, running

COMMAND = (sys.executable, "-m", "sandbox", "serve", "--port", "{}")
COLLECT = {
    "generatedInvoiceId": 2,
    "amountInMajorCurrency": 1,
    "description": "June",
    "paymentMethod": "GO_CARDLESS",
}
PAYMENTS = 10
CLOCK, IDLE = "/_sandbox/clock", "/_sandbox/clock/run-until-idle"
PAY = "/v1/invoice-payments"
LONG_CALLS = {
    "an advance over them all": ("POST", IDLE),
    "its events": ("GET", "/_sandbox/events"),
    "its payments": ("GET", "/_sandbox/resources/payment"),
    "its export": ("GET", "/_sandbox/export"),
    "its end": ("DELETE", "/_sandbox"),
}
AFTERWARDS = 2000  # requests, in which what is over is let go of
LONG = """
import sys
from urllib.request import Request, urlopen
address, name, method = sys.argv[1:]
asked = Request(address, method=method, headers={"X-Sandbox": name})
with urlopen(asked) as answer:
    answer.read()
"""


def ours(*more):
    return Subject("sandbox", (*COMMAND, *more), ready="/_sandbox/readyz")


class Client:
    """A connection that is kept, for any sandbox."""

    def __init__(self, port):
        self.connection = HTTPConnection("127.0.0.1", port, timeout=300)

    def ask(self, name, method, path, body=None):
        headers = {"Authorization": f"Bearer {name}", "Content-Type": "application/json"}
        text = json.dumps(body) if body is not None else None
        self.connection.request(method, path, text, headers)
        answer = self.connection.getresponse()
        said = answer.read()
        assert answer.status < 300, said
        return said

    def seconds(self, name, method, path, body=None):
        begun = perf_counter()
        self.ask(name, method, path, body)
        return perf_counter() - begun


def memory(say, sandboxes, looks):
    """Sandboxes of the default scenario, ten payments settled in each, and after their end.

    A server is at rest when its memory has been the same at so many looks, ten a second.
    """
    with running(ours()) as (server, _):
        client = Client(server.port)
        live(client, "first")
        client.ask("first", "DELETE", "/_sandbox")
        before = _at_rest(server, looks)
        full, after = _filled_and_emptied(server, "world", sandboxes, looks)
        again, emptied = _filled_and_emptied(server, "another", sandboxes, looks)
    each = 1000 * (full - before) / sandboxes
    say(f"\nmemory: {sandboxes} sandboxes of {PAYMENTS} settled payments: {full:.0f} MB (goal 400)")
    say(f"  {before:.0f} MB before them, {each:.0f} KB each")
    say(f"  {after:.0f} MB when they are deleted: {after / before:.2f} times (goal 1.2 times)")
    say(f"  {again:.0f} MB with as many again, {emptied:.0f} MB when they are deleted too")


def _filled_and_emptied(server, name, sandboxes, looks):
    """The memory with so many sandboxes, and when they have been deleted."""
    client = Client(server.port)
    names = [f"{name}-{number}" for number in range(sandboxes)]
    for each in names:
        live(client, each)
    full = server.resident()
    for each in names:
        client.ask(each, "DELETE", "/_sandbox")
    return full, _at_rest(server, looks)


def _at_rest(server, looks):
    """The memory when it has not changed for a while: some of it goes when it is quiet."""
    seen = []
    while len(seen) < looks or max(seen[-looks:]) - min(seen[-looks:]) > 1:
        seen.append(server.resident())
        sleep(0.1)
    return seen[-1]


def live(client, name):
    for _ in range(PAYMENTS):
        client.ask(name, "POST", PAY, COLLECT)
    client.ask(name, "POST", IDLE)


def waiting(say, waiters, rounds):
    """Long polls that one event ends; and others' requests meanwhile."""
    with running(ours()) as (server, _):
        spans, ratios = zip(
            *(
                asyncio.run(_waited(server.port, f"crowd-{round}", waiters))
                for round in range(rounds)
            ),
            strict=True,
        )
    say(f"\nwaiting: {waiters} long polls, medians of {rounds} rounds")
    slowest = 1000 * median(spans)
    say(f"  from asking for the payment to the last of them: {slowest:.0f} ms (goal 50)")
    say(f"  others are served at {median(ratios):.2f} times the rate without them (goal 0.8)")


async def _waited(port, name, waiters):
    client = Client(port)
    client.ask(name, "GET", CLOCK)
    alone = _rate(client)
    path = "/_sandbox/events?wait=60&type=payment.created"
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(waiters)]
    for _, writer in lines:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Sandbox: {name}\r\n\r\n".encode())
        await writer.drain()
    crowded = _rate(client)
    answers = [asyncio.create_task(reader.readuntil(b'"}]}')) for reader, _ in lines]
    await asyncio.sleep(0)
    begun = perf_counter()
    client.ask(name, "POST", PAY, COLLECT)
    await asyncio.gather(*answers)
    span = perf_counter() - begun
    for _, writer in lines:
        writer.close()
    return span, crowded / alone


def _rate(client, requests=400):
    begun = perf_counter()
    for _ in range(requests):
        client.ask("somebody", "GET", CLOCK)
    return requests / (perf_counter() - begun)


def fairness(say, jobs):
    """One sandbox advances for long, and is deleted: how long do others wait for an answer?"""
    world = World()
    sandbox = world.under_way(jobs // STEPS_OF_A_PAYMENT + 1)
    pending, name = len(sandbox.state.jobs), sandbox.name
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "busy.json"
        file.write_bytes(orjson.dumps(_document(world, sandbox)))
        with running(ours("--load", str(file))) as (server, _):
            other = Client(server.port)
            alone = [other.seconds("other", "GET", CLOCK) for _ in range(AFTERWARDS)]
            spans = {
                what: _meanwhile(server.port, other, name, *call)
                for what, call in LONG_CALLS.items()
            }
    say(f"\nfairness: a sandbox with {pending} pending jobs; another's requests meanwhile")
    say(f"  with nothing else to do: {_told(alone)}")
    for what, meanwhile in spans.items():
        say(f"  {what}: {_told(meanwhile)} (goal 20)")


def _told(spans):
    slow = quantiles(spans, n=100, method="inclusive")[-1]
    slowest = f"99 of 100 within {1000 * slow:.1f} ms, the slowest {1000 * max(spans):.1f} ms"
    return f"{len(spans)} of them, {slowest}"


def _meanwhile(port, other, name, method, path):
    """How long each request of another took during a long one and for a while afterwards.

    The long one is sent by a process of its own: its answer may be large, and who reads it would
    hold up whoever takes the time.
    """
    spans, address = [], f"http://127.0.0.1:{port}{path}"
    with subprocess.Popen([sys.executable, "-c", LONG, address, name, method]) as long:
        while long.poll() is None:
            spans.append(other.seconds("other", "GET", CLOCK))
    assert long.returncode == 0
    return spans + [other.seconds("other", "GET", CLOCK) for _ in range(AFTERWARDS)]


def _document(world, sandbox):
    from sandbox.apis.control.rules import documents
    from sandbox.engine.steps import finished

    return finished(documents.writing(sandbox, world.app.process.server.states))
