"""A sandbox with the provider and the scenario wired together, and nothing else."""

from datetime import UTC, datetime

import pytest

from sandbox import provider
from sandbox.engine.calendar import parse_duration
from sandbox.engine.events import TESTER
from sandbox.engine.sandbox import Wiring
from sandbox.provider import notices, payments
from sandbox.provider.given import find
from sandbox.provider.mandates import Mandate
from sandbox.scenario.language import loader
from sandbox.scenario.proving.expectations import Expectations
from sandbox.scenario.proving.judging import by_ref
from sandbox.scenario.running import binding, library, planning, plans, steps
from sandbox.scenario.running.moving import move
from sandbox.scenario.running.timelines import STEP

WALL = datetime(2026, 6, 1, 8, tzinfo=UTC)  # a Monday, nine o'clock in London
WORLD = """
given:
  clock: 2026-06-01T09:00
  resources:
    customers: [{ ref: ada, id: 1, given_name: Ada, family_name: Lovelace }]
    sites: [{ ref: flat, id: 4001, customer: ada }, { ref: shop, id: 4002, customer: ada }]
    mandates: [{ ref: flat-bacs, site: flat }, { ref: shop-bacs, site: shop }]
    invoices:
      - { ref: june, id: 9001, site: flat, amount: "42.00" }
      - { ref: repair, id: 9001, kind: adhoc, site: flat, amount: "30.00" }
"""


class World:
    """A sandbox as a story speaks of it. Times are London's."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def named(self, ref):
        return by_ref(self.sandbox, ref)

    def collect(self, pounds="10.00", mandate="flat-bacs", **fields):
        """Ask for a payment, as an API does, and let everything due now happen."""
        mandate = find(self.sandbox, Mandate, mandate)
        pence = int(pounds.replace(".", ""))
        payment = payments.create(
            self.sandbox, mandate, **{"amount": pence, "api": "elevate", **fields}
        )
        self.sandbox.settle()
        return payment

    def move(self, ref, to, **how):
        move(self.sandbox, self.named(ref), to, cause=TESTER, **how)
        self.sandbox.settle()

    def advance(self, by):
        now = self.sandbox.now
        self.sandbox.advance_to(self.sandbox.calendar.plus(now, parse_duration(by)))

    def run(self):
        """Until nothing is pending."""
        while job := self.sandbox.state.jobs.first():
            self.sandbox.advance_to(job.due)

    def history(self, *names, after=0):
        """What happened besides what was given: `Tue 02 16:00 payment-1 submitted`."""
        return [
            f"{self.local(event.at)} {self.sandbox.subject(event.subject).ref} "
            f"{event.name.partition('.')[2]}"
            for event in self.sandbox.state.events.since(after)
            if not event.name.endswith(".given") and (not names or event.name in names)
        ]

    def coming(self):
        return [
            f"{self.local(job.due)} {self.sandbox.subject(job.subject).ref} {job.arguments['rule']}"
            for job in self.sandbox.state.jobs
            if job.kind == STEP
        ]

    def local(self, instant):
        return self.sandbox.calendar.local(instant).strftime("%a %d %H:%M")


@pytest.fixture(scope="session")
def shelf(words):
    """The library of a server that has only the happy path."""
    return library.Library(words)


@pytest.fixture(scope="session")
def make_ready(words, shelf):
    """The text of a scenario, made ready."""

    def make(text, **params):
        loaded = loader.load(text, "", words)
        tree = loaded.tree if loaded.ok() else None
        return plans.ready(loader.bind(tree, params, words).ok(), shelf.happy.scenario)

    return make


@pytest.fixture
def heard():
    """What the API has heard: event, resource, whether a retry is planned."""
    return []


@pytest.fixture
def expectations():
    return Expectations()


@pytest.fixture
def wiring(heard, expectations):
    laws = provider.laws()

    def hear(sandbox, event, will_retry):
        heard.append((event.name, sandbox.subject(event.subject).ref, will_retry))

    return Wiring(
        handlers={**notices.HANDLERS, STEP: steps.take},
        reactions={name: (*laws.get(name, ()), planning.react) for name in provider.events()},
        leaving=expectations.leaving,
        hearers={"elevate": hear},
    )


@pytest.fixture
def play(make_ready, shelf, wiring):
    """A new world in which a scenario is bound: its text begins in line 3."""

    def make(text="", *, given=WORLD, **params):
        bound = make_ready(f"scenario: story\nversion: 1\n{text.strip()}\n{given}", **params)
        sandbox = binding.found("t", WALL, wiring=wiring, happy=shelf.happy, default=bound)
        sandbox.settle()
        return World(sandbox)

    return make
