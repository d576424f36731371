"""A tester can have everything happen that the provider knows: over HTTP, row by row."""

from hashlib import blake2b

import pytest
import requests

from sandbox.provider import LIFECYCLES, TYPES

KINDS = {
    "mandate": ("mandates", {"site": 1}),
    "payment": ("payments", {"customer": 1, "mandate": "by-debit", "amount": "10.00"}),
    "instant_payment": ("instant_payments", {"customer": 1, "amount": "10.00"}),
    "refund": ("refunds", {"payment": "collected", "amount": "5.00"}),
    "payout": ("payouts", {"customer": 1, "amount": "10.00"}),
}
WORLD = """\
scenario: every-move
version: 1
given:
  resources:
    customers: [{ ref: ada, id: 1, name: Ada Lovelace }]
    mandates: [{ ref: by-debit, site: 1, status: active }]
    payments:
      - { ref: collected, customer: ada, mandate: by-debit, amount: "10.00", status: paid_out }
"""
MOVES = [
    (type, row.event, source, row.to)
    for type in TYPES
    for row in LIFECYCLES[type].moves()
    for source in row.sources
]


def leading_to(type, statuses):
    """A move after which a resource has one of these statuses."""
    return next(row for row in LIFECYCLES[type].moves() if row.to in statuses)


ANNOUNCED = [
    (type, row.event, leading_to(type, row.sources))
    for type in TYPES
    for row in LIFECYCLES[type].announcements()
    if row.event != "payment.released"  # the provider's own, when a mandate becomes active
]


class Bank:
    """Somebody who has things happen in a sandbox."""

    def __init__(self, address, name):
        self.address = address
        self.session = requests.Session()
        self.session.headers["X-Sandbox"] = name

    def ask(self, method, path, json=None, **more):
        answer = self.session.request(
            method, f"{self.address}/_sandbox{path}", json=json, timeout=10, **more
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def bind(self, *rules):
        text = WORLD + "\n".join(["rules:", *(f"  - {rule}" for rule in rules)])
        yaml = {"Content-Type": "application/yaml"}
        self.ask("POST", "/scenarios", data=text.encode(), headers=yaml)
        self.ask("PUT", "/scenario", {"name": "every-move"})

    def give(self, type, status):
        kind, fields = KINDS[type]
        self.ask("POST", "/fixtures", {kind: [{"ref": "it", **fields, "status": status}]})

    def move(self, type, to, event):
        self.ask("POST", f"/resources/{type}/it/moves", {"to": to, "as": event})

    def happened(self, type):
        """Of a resource of this type: what, from which status, to which."""
        events = self.ask("GET", "/events")["items"]
        return [
            (event["event"], event["from"], event["to"])
            for event in events
            if event["resource"] == type
        ]


@pytest.fixture
def bank(address, request):
    bank = Bank(address, blake2b(request.node.nodeid.encode(), digest_size=12).hexdigest())
    yield bank
    bank.ask("DELETE", "")
    bank.session.close()


@pytest.mark.parametrize(("type", "event", "source", "to"), MOVES)
def test_a_tester_makes_every_move_from_every_status(bank, type, event, source, to):
    bank.bind("{ when: payment.created, then: nothing }")
    bank.give(type, source)

    bank.move(type, to, event)

    assert (event, source, to) in bank.happened(type)


@pytest.mark.parametrize(("type", "event", "move"), ANNOUNCED)
def test_a_scenario_has_everything_announced(bank, type, event, move):
    bank.bind(f"{{ when: {move.event}, then: [{{ emit: {event} }}] }}")
    bank.give(type, move.sources[0])

    bank.move(type, move.to, move.event)

    names = [name for name, _, _ in bank.happened(type)]
    assert names[-2:] == [move.event, event]
