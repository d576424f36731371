"""A long advance of one sandbox holds up nobody else; requests to that sandbox queue behind it."""

import json
import socket
from urllib.parse import urlsplit

import pytest
import requests

HURRIED = """\
scenario: hurried
version: 1
given:
  clock: 2026-06-01T09:00
  resources:
    customers: [{ ref: ada, id: 1, name: Ada Lovelace }]
    mandates: [{ ref: ada-bacs, customer: ada, status: active }]
    invoices: [{ ref: june, id: 2, customer: ada, amount: "42.00" }]
rules:
  - when: payment.created
    then:
      - { after: 1 minute, status: submitted }
      - { status: failed, reason: refer_to_payer }
  - when: payment.failed
    then: [{ after: 1 minute, status: submitted, as: payment.resubmitted }]
  - { when: payment.resubmitted, then: [{ status: failed, reason: refer_to_payer }] }
"""
COLLECT = {
    "generatedInvoiceId": 2,
    "amountInMajorCurrency": 42,
    "description": "June",
    "paymentMethod": "GO_CARDLESS",
}
DAYS = 2


class Line:
    """A connection on which a request can be sent now, and its answer read later."""

    def __init__(self, address, name):
        parts = urlsplit(address)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=120)
        self.name = name

    def send(self, method, path, body=None):
        text = json.dumps(body).encode() if body is not None else b""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: sandbox\r\nX-Sandbox: {self.name}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
            "Connection: close\r\n\r\n"
        )
        self.socket.sendall(head.encode() + text)

    def has_answer(self):
        """Whether the first byte of an answer is there."""
        self.socket.setblocking(False)
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False
        finally:
            self.socket.settimeout(120)

    def answer(self):
        with self.socket, self.socket.makefile("rb") as stream:
            return json.loads(stream.read().partition(b"\r\n\r\n")[2])


@pytest.fixture
def busy(address):
    """A sandbox in which something is due every minute, for ever."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer busy"
    yaml = {"Content-Type": "application/yaml"}
    for method, path, more in (
        ("DELETE", "/_sandbox", {}),
        ("POST", "/_sandbox/scenarios", {"data": HURRIED, "headers": yaml}),
        ("PUT", "/_sandbox/scenario", {"json": {"name": "hurried"}}),
        ("POST", "/v1/invoice-payments", {"json": COLLECT}),
    ):
        session.request(method, address + path, timeout=30, **more).raise_for_status()
    session.close()
    return "busy"


def test_others_are_served_meanwhile_and_the_busy_ones_own_requests_queue(address, busy):
    long, own, served = Line(address, busy), Line(address, busy), 0
    long.send("POST", "/_sandbox/clock/advance", {"by": f"{DAYS} days"})
    other = requests.Session()
    other.headers["X-Sandbox"] = "somebody-else"
    other.get(f"{address}/_sandbox/clock", timeout=30)  # by then the advance has begun

    own.send("GET", "/_sandbox/clock")
    while not long.has_answer():
        other.get(f"{address}/_sandbox/clock", timeout=30)
        served += 1
        assert not own.has_answer() or long.has_answer()

    receipt, clock = long.answer(), own.answer()
    other.close()
    assert served > 1
    assert len(receipt["fired"]) > 1000 * DAYS
    assert clock["now"] == receipt["to"]
