"""What consoles that are open cost those who call the APIs: ten of them, polling as browsers do.

The load and the consoles share the machine's cores with the server, so there are two ratios again:
of requests a wall second, and of requests a second of the server's own CPU time.
"""

import random
import re
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter
from types import SimpleNamespace

from tests.benchmarks.http import CHEQUE, loaded
from tests.benchmarks.keeping import Client, live, ours
from tests.benchmarks.serving import request, running

CONSOLES = 10
PATH = "/v1/invoice-payments"
SCRIPT = Path(__file__).parents[2] / "sandbox" / "pages" / "static" / "console.js"
WATCHED = {
    "a sandbox each, in which nothing happens": lambda number: f"quiet-{number}",
    "a sandbox each, all of them under load": lambda number: f"busy-{number}",
    "one and the same sandbox, under load": lambda _: "busy-0",
}
"""Whose console each of them is."""


def constant(name):
    """A number of the console's script."""
    return int(re.search(rf"const {name} = (\d+);", SCRIPT.read_text())[1])


class Console(threading.Thread):
    """A browser with a console open: it does what the console's script does, until it is closed."""

    def __init__(self, port, name):
        super().__init__()
        self.path = f"/_sandbox/console/{name}/live"
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.every, self.rests = constant("EVERY") / 1000, constant("RESTS")
        self.closed = threading.Event()
        self.tag = ""
        self.rendered = self.unchanged = 0

    def run(self):
        rest = random.random() * self.every  # nobody opens ten at one instant
        while not self.closed.wait(rest):
            begun = perf_counter()
            self.look()
            rest = max(self.every, self.rests * (perf_counter() - begun))
        self.connection.close()

    def look(self):
        try:
            answer = self.asked()
        except ConnectionError:  # the server ends a connection that rests for long
            answer = self.asked()
        answer.read()
        assert answer.status in (200, 304), answer.status
        if answer.status == 200:
            self.rendered += 1
            self.tag = answer.getheader("ETag")
        else:
            self.unchanged += 1

    def asked(self):
        self.connection.request("GET", self.path, headers={"If-None-Match": self.tag})
        return self.connection.getresponse()


@contextmanager
def opened(port, whose):
    consoles = [Console(port, whose(number)) for number in range(CONSOLES)]
    for console in consoles:
        console.look()  # the page itself
        console.rendered = 0
        console.start()
    yield consoles
    for console in consoles:
        console.closed.set()
    for console in consoles:
        console.join()


def consoles(say, rounds, seconds):
    """A round is the load alone, and the load while consoles watch each of these."""
    posts = [request("POST", PATH, CHEQUE, f"busy-{number}") for number in range(CONSOLES)]
    with running(ours()) as (server, _):
        client = Client(server.port)
        for number in range(CONSOLES):
            live(client, f"quiet-{number}")
        client.connection.close()
        loaded(server, posts, seconds)  # so that what is begun once is not counted
        measured = [_round(server, posts, seconds) for _ in range(rounds)]
        costs = _costs(server, max(3, round(20 * seconds)))
    say(f"\nconsoles: {CONSOLES}, polling as their script does; medians of {rounds} rounds of")
    say(f"  {seconds:.1f} s of {PATH} in {CONSOLES} sandboxes, with and without them")
    for watched in WATCHED:
        _tell(say, watched, [each[watched] for each in measured])
    most = CONSOLES * max(costs) / constant("EVERY")
    changed, unchanged = (f"{cost:.1f} ms of CPU" for cost in costs)
    say(f"  a poll alone: {changed} where something has changed, {unchanged} where nothing has;")
    say(f"  {CONSOLES} consoles take {100 * most:.1f} % of a core at the most")


def _round(server, posts, seconds):
    """By what is watched: the rate alone, the rate while it is watched, and the polls."""
    measured = {}
    for watched, whose in WATCHED.items():
        alone = loaded(server, posts, seconds)
        with opened(server.port, whose) as consoles:
            rate = loaded(server, posts, seconds)
        polls = [(each.rendered, each.unchanged) for each in consoles]
        rendered, unchanged = map(sum, zip(*polls, strict=True))
        measured[watched] = SimpleNamespace(
            alone=alone, rate=rate, rendered=rendered, unchanged=unchanged
        )
    return measured


def _costs(server, polls):
    """Milliseconds of the server's CPU that a poll takes: one that renders, one that need not."""
    console = Console(server.port, "busy-0")
    costs = []
    for forgets in (True, False):
        before = server.cpu()
        for _ in range(polls):
            console.tag = "" if forgets else console.tag
            console.look()
        costs.append(1000 * (server.cpu() - before) / polls)
    return costs


def _tell(say, watched, rounds):
    by_wall = median(each.rate.wall / each.alone.wall for each in rounds)
    by_cpu = median(each.rate.cpu / each.alone.cpu for each in rounds)
    cost = 1e6 / median(each.rate.cpu for each in rounds)
    usual = 1e6 / median(each.alone.cpu for each in rounds)
    rendered, unchanged = (sum(column) for column in zip(*polls(rounds), strict=True))
    say(f"  {watched}: {by_wall:.2f} times the rate (by CPU time {by_cpu:.2f}; goal 0.9)")
    said = f"{cost:.0f} µs of CPU a request, {usual:.0f} without them"
    say(f"    {said}; {rendered} polls rendered, {unchanged} unchanged")


def polls(rounds):
    return [(each.rendered, each.unchanged) for each in rounds]
