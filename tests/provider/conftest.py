"""A provider with three APIs that only listen, and no scenario: nothing moves by itself."""

from datetime import UTC, datetime

import pytest

from sandbox import provider
from sandbox.engine.clock import Clock
from sandbox.engine.events import TESTER
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.state import State
from sandbox.provider import laying, notices, reasons

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
APIS = ("elevate", "backend", "socotra")


class Bank:
    """The provider as a test speaks of it."""

    def __init__(self, sandbox, heard):
        self.sandbox = sandbox
        self.heard = heard

    def lay(self, **resources):
        """Give these fixtures. Answers the resource that was named last."""
        laid = laying.lay(self.sandbox, resources)
        return laid[-1]

    def mandate(self, status="active", **fields):
        return self.lay(mandates=[{"customer": "ada", "status": status, **fields}])

    def payment(self, status="created", **fields):
        fixture = {"customer": "ada", "amount": "10.00", "status": status, **fields}
        return self.lay(payments=[fixture])

    def now(self, resource):
        """The resource as it is now."""
        return self.sandbox.get(type(resource), resource.id)

    def move(self, resource, to, cause=TESTER, **reason):
        """Make the resource what `to` says, by the first row that leads there."""
        lifecycle = provider.LIFECYCLES[resource.type]
        move = lifecycle.between(self.now(resource).status, to)
        why = reasons.reason(**reason) if reason else None
        return self.sandbox.make(resource, move, cause=cause, reason=why)

    def announce(self, resource, name, cause=TESTER):
        row = vars(provider.LIFECYCLES[resource.type])[name]
        provider.announce(self.sandbox, resource, row, cause=cause)

    def happened(self):
        """What happened besides what was given: `payment-1 submitted`."""
        return [
            f"{self.sandbox.subject(event.subject).ref} {event.name.partition('.')[2]}"
            for event in self.sandbox.state.events
            if not event.name.endswith(".given")
        ]

    def last_event(self):
        return list(self.sandbox.state.events)[-1]


def a_bank():
    """A bank whose one customer, ada, has a site and an account."""
    heard = []

    def hearer(api):
        return lambda _, event, will_retry: heard.append((api, event.name, will_retry))

    wiring = Wiring(
        handlers=notices.HANDLERS,
        reactions=provider.laws(),
        hearers={api: hearer(api) for api in APIS},
    )
    bank = Bank(Sandbox("t", State(Clock(MONDAY)), wiring), heard)
    bank.lay(customers=[{"ref": "ada", "given_name": "Ada", "family_name": "Lovelace"}])
    return bank


@pytest.fixture
def bank():
    return a_bank()


@pytest.fixture(scope="session")
def new_bank():
    """Makes a bank for each example of a property."""
    return a_bank
