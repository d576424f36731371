"""Webhooks, posted to a real receiver: outside of the request, and on the sandbox's clock."""

import asyncio
import hmac
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import pytest
import requests

from sandbox.config import read
from sandbox.engine.clock import Clock
from sandbox.engine.sandbox import Sandbox, UnknownResourceError, Wiring
from sandbox.engine.state import State
from sandbox.web.app import build_app
from sandbox.web.outbound import Outbound
from sandbox.web.turns import Turns

POLL = 0.02  # seconds until a receiver that is told to end does so
TENANT = "50c07a00-0000-4000-8000-000000000001"
DRAFT = {"type": "StandardPayment", "amount": 10, "targets": []}
RETRIED = {"retryStrategy": {"strategyType": "linear", "attempts": 2, "interval": 60}}
SOON = {"retryStrategy": {"strategyType": "linear", "attempts": 1, "interval": 1}}
CREATED = "billing.payment.create"


class Receiver:
    """A server that answers webhooks with these statuses in turn, then with 204."""

    def __init__(self):
        self.statuses = []
        self.got = Queue()
        self.then = lambda _: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = json.loads(body)
                came_of_it = receiver.then(event)
                signed = hmac.new(b"s3cret", body, "sha256").hexdigest()
                good = self.headers["X-Socotra-Signature-Sandbox"] == f"sha256={signed}"
                receiver.got.put((event, good, came_of_it))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, args=[POLL])

    def next(self):
        return self.got.get(timeout=10)


@pytest.fixture
def receiver():
    receiver = Receiver()
    receiver.thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.thread.join()
    receiver.server.server_close()


@pytest.fixture(scope="module")
def address(serve):
    with serve(build_app(read({"scenario": "socotra-everyday"}, {}))) as address:
        yield address


class Client:
    def __init__(self, address, name):
        self.address = address
        self.name = name
        self.headers = {"Authorization": f"Bearer {name}"}

    def ask(self, method, path, body=None):
        answer = requests.request(
            method, self.address + path, json=body, headers=self.headers, timeout=20
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def hook(self, url, **more):
        endpoint = {"url": url, "hmacEnabled": True, "secret": "s3cret"}
        body = {"name": "hook", "enabled": True, "eventTypes": [CREATED], "endpoint": endpoint}
        return self.ask("POST", f"/event/{TENANT}/webhooks", body | more)

    def draft(self):
        return self.ask("POST", f"/billing/{TENANT}/payments", DRAFT | {"accountLocator": ACCOUNT})

    def advance(self, by):
        return self.ask("POST", "/_sandbox/clock/advance", {"by": by})

    def now(self):
        return self.ask("GET", "/_sandbox/clock")["now"]

    def attempts(self):
        """Of the only delivery: when each was, and how it went."""
        (delivery,) = self.ask("GET", "/_sandbox/deliveries")["items"]
        return [(one["at"], one["result"]) for one in delivery["attempts"]]


ACCOUNT = "0000000000ACC0000000000001"


@pytest.fixture
def client(address, request):
    client = Client(address, request.node.name.replace("_", "-")[:64])
    client.ask("PUT", "/_sandbox/clock", {"now": "2026-06-01T09:00:00Z"})
    return client


def test_an_event_is_posted_signed_once_the_request_is_answered(client, receiver):
    client.hook(receiver.url)

    payment = client.draft()

    event, is_signed, _ = receiver.next()
    assert (event["type"], event["data"]["paymentLocator"]) == (CREATED, payment["locator"])
    assert is_signed


def test_who_only_looks_waits_for_no_delivery(client, receiver, monkeypatch):
    monkeypatch.setattr("sandbox.web.outbound.SECONDS_TO_WAIT", 3600)
    has_looked = threading.Event()
    receiver.then = lambda _: has_looked.wait(timeout=10)
    client.hook(receiver.url)
    client.draft()

    events = client.ask("GET", "/_sandbox/events")["items"]

    has_looked.set()
    _, _, waited = receiver.next()
    assert (len(events), waited) == (client.ask("GET", "/_sandbox")["counts"]["events"], True)


def test_retries_keep_their_distance_on_the_sandboxs_clock(client, receiver):
    receiver.statuses = [503, 500]
    client.hook(receiver.url, failureHandling=RETRIED)
    client.draft()
    receiver.next()

    client.advance("1 hour")

    assert client.attempts() == [
        ("2026-06-01T09:00:00Z", "failed"),
        ("2026-06-01T09:01:00Z", "failed"),
        ("2026-06-01T09:03:00Z", "delivered"),
    ]
    assert client.now() == "2026-06-01T10:00:00Z"


def test_a_receiver_may_call_back_while_the_clock_moves(client, receiver):
    """The clock stands at the delivery's due instant while it is handled."""
    receiver.statuses = [500]
    client.hook(receiver.url, failureHandling=RETRIED)
    client.draft()
    receiver.next()
    hook = client.ask("GET", f"/event/{TENANT}/webhooks/list")["items"][0]["locator"]
    switch = f"/event/{TENANT}/webhooks/{hook}"
    receiver.then = lambda _: (client.now(), client.ask("PATCH", switch, {"name": "called back"}))

    happened = client.advance("1 hour")

    _, _, (now, answer) = receiver.next()
    assert (now, answer["name"]) == ("2026-06-01T09:01:00Z", "called back")
    assert (happened["to"], len(client.attempts())) == ("2026-06-01T10:00:00Z", 2)


def test_a_receiver_that_moves_the_clock_itself_does_not_block_it(client, receiver):
    client.hook(receiver.url)
    receiver.then = lambda _: client.advance("1 minute")["to"]

    client.draft()

    assert receiver.next()[2] == "2026-06-01T09:01:00Z"


def test_a_receiver_that_causes_an_event_on_each_event_does_not_hold_up_the_clock(client, receiver):
    """The clock waits for a hundred deliveries more; the next one is not sent, and says so."""
    receiver.statuses = [500]
    client.hook(receiver.url, failureHandling=RETRIED)
    client.draft()
    receiver.next()
    receiver.then = lambda _: client.draft()["locator"]

    happened = client.advance("1 hour")

    deliveries = client.ask("GET", "/_sandbox/deliveries")["items"]
    states = [one["state"] for one in deliveries]
    last = deliveries[-1]["attempts"]
    assert happened["to"] == "2026-06-01T10:00:00Z"
    assert states == ["delivered"] * 101 + ["failed"]
    assert [(one["at"], one["result"]) for one in last] == [("2026-06-01T09:01:00Z", "failed")]
    assert last[0]["error"].startswith("not sent: each delivery has brought about another")
    assert notes_of_the_advance(client) == [f"delivery 102 was {last[0]['error']}"]


def notes_of_the_advance(client):
    """What the journal says besides of the only request that moved the clock."""
    requests = client.ask("GET", "/_sandbox/requests")["items"]
    (id,) = [one["id"] for one in requests if one["path"].endswith("/advance")]
    return client.ask("GET", f"/_sandbox/requests/{id}")["notes"]


def test_a_running_clock_sends_what_is_due_without_being_asked(client, receiver):
    receiver.statuses = [503]
    client.hook(receiver.url, failureHandling=SOON)
    client.ask("PUT", "/_sandbox/clock", {"mode": "running"})

    payment = client.draft()

    sent = [receiver.next()[0]["data"]["paymentLocator"] for _ in range(2)]
    assert sent == [payment["locator"]] * 2


def test_a_fork_of_a_running_sandbox_sends_what_is_due_there_too(client, receiver):
    receiver.statuses = [503]
    client.hook(receiver.url, failureHandling=SOON)
    client.ask("PUT", "/_sandbox/clock", {"mode": "running"})
    client.draft()
    receiver.next()

    client.ask("POST", "/_sandbox/forks", {"name": f"{client.name}-2"})

    assert [receiver.next()[0]["type"] for _ in range(2)] == [CREATED] * 2


def test_a_fork_made_while_a_post_is_under_way_posts_it_too(client, receiver):
    client.hook(receiver.url)
    names = iter([f"{client.name}-2"])
    receiver.then = lambda _: [client.ask("POST", "/_sandbox/forks", {"name": n}) for n in names]

    client.draft()

    assert receiver.next()[0] == receiver.next()[0]


def test_a_receiver_that_is_not_there_is_a_failed_attempt(client):
    client.hook("http://127.0.0.1:1/nobody")
    client.draft()

    (delivery,) = client.ask("GET", "/_sandbox/deliveries")["items"]

    assert delivery["state"] == "failed"
    assert [one["error"] for one in delivery["attempts"]] == ["All connection attempts failed"]


UNPOSTABLE = {
    "port": {"url": "http://127.0.0.1:99999/"},
    "header": {"url": "http://127.0.0.1:1/", "headers": {"ö": ["a"]}},
}


@pytest.mark.parametrize("endpoint", UNPOSTABLE.values(), ids=UNPOSTABLE)
def test_what_no_client_can_post_is_a_failed_attempt_too(client, endpoint):
    client.hook(endpoint["url"], endpoint=endpoint)
    client.draft()

    (delivery,) = client.ask("GET", "/_sandbox/deliveries")["items"]

    assert delivery["state"] == "failed"
    assert [one["result"] for one in delivery["attempts"]] == ["failed"]


def test_a_delivery_can_be_sent_again(client, receiver):
    client.hook(receiver.url)
    client.draft()
    first, *_ = receiver.next()
    client.advance("1 minute")

    again = client.ask("POST", "/_sandbox/deliveries/1/replay")

    assert receiver.next()[0] == first
    assert [one["result"] for one in again["attempts"]] == ["delivered", "delivered"]
    assert again["attempts"][1]["at"] == "2026-06-01T09:01:00Z"


def test_deliveries_of_one_instant_come_in_order(client, receiver):
    client.hook(receiver.url)

    made = [client.draft()["locator"] for _ in range(5)]

    assert [receiver.next()[0]["data"]["paymentLocator"] for _ in made] == made


class ToNobody:
    """Deliveries without a receiver: to post one takes no network, and its sandbox's turn."""

    def __init__(self):
        self.outbox = ()

    def waiting(self, _):
        return self.outbox

    def outgoing(self, *_):
        raise UnknownResourceError("webhook", 1)


def test_nobody_else_posts_while_somebody_does_who_began_as_another_ended():
    """Else a receiver gets everything twice."""

    async def story():
        monday = datetime(2026, 6, 1, 9, tzinfo=UTC)
        sandbox = Sandbox("one", State(Clock(monday)), Wiring())
        deliverer, turns, begun = ToNobody(), Turns(), []
        outbound = Outbound([deliverer], turns, lambda: monday)

        def as_it_ends():
            deliverer.outbox = ("sending",)
            begun.append(outbound.go(sandbox))

        begun.append(outbound.go(sandbox))
        asyncio.get_running_loop().call_soon(as_it_ends)
        with turns.taken("one"):
            await asyncio.wait([begun[0]])
            begun.append(outbound.go(sandbox))
            ended = begun[0].done(), begun[1].done()
        for posting in begun:
            posting.cancel()
        return ended, begun[2] is begun[1]

    assert asyncio.run(story()) == ((True, False), True)
