"""The machine's time and a sandbox's: the one is in nothing that the other says.

freezegun reaches what runs in this process, so the server does: requests go to it as to any ASGI
application, without a socket.
"""

import asyncio

import pytest
from freezegun import freeze_time
from httpx import ASGITransport, AsyncClient

from sandbox.config import read
from sandbox.web.app import build_app

MONDAY = "2026-06-01T08:00:00Z"
NEW_YEARS_EVE = "1999-12-31"
# How that day can be said: by its year, and by how the seconds since 1970 begin.
OF_1999 = ("1999", "946598")
CONTROL = (
    "/_sandbox/clock",
    "/_sandbox/scenario",
    "/_sandbox/scenario/result",
    "/_sandbox/fixtures",
    "/_sandbox/timeline",
    "/_sandbox/events",
    "/_sandbox/requests",
    "/_sandbox/report",
    "/_sandbox",
    *(f"/_sandbox/resources/{name}" for name in ("mandate", "payment", "refund", "payout")),
    "/_sandbox/explain/payment/1",
)
ELEVATE = (
    "/v1/payment-providers?page=1&pageSize=100",
    "/v1/invoice-payments?page=1&pageSize=100",
    "/v1/invoice-payments/1",
    "/v1/adhoc-invoice-payments?page=1&pageSize=100",
    "/v1/refunds?page=1&pageSize=100",
    "/v1/site-payment-mandates?page=1&pageSize=100",
    "/v1/customer-payments?customer_id=1&page=1&pageSize=100",
    "/v1/customer-balances?customer_id=1",
    "/v1/customer-credit-status?page=1&pageSize=100",
    "/v1/outbound-payments/1",
)


class World:
    """A server in this process, and all that it has said to the one who asks it."""

    def __init__(self, app, name):
        self.app = app
        self.headers = {"Authorization": f"Bearer {name}"}
        self.transcript = ""

    def ask(self, method, path, body=None, status=(200, 201)):
        response = asyncio.run(self._asked(method, path, body))
        assert response.status_code in status, response.text
        headers = [pair for pair in response.headers.items() if pair[0] != "date"]
        self.transcript += f"{path} {headers} {response.text}\n"
        return response.json() if response.content else None

    async def _asked(self, method, path, body):
        transport = ASGITransport(self.app)
        async with AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.request(method, path, json=body, headers=self.headers)

    def advance(self, by):
        return self.ask("POST", "/_sandbox/clock/advance", {"by": by})

    def now(self):
        return self.ask("GET", "/_sandbox/clock")["now"]


@pytest.fixture(scope="session")
def app():
    return build_app(read({}, {}))


@pytest.fixture
def world(app, request):
    return World(app, request.node.name[:64])


@pytest.fixture
def machine():
    """A machine that lives in 1999, but for asyncio's loops and for who times the tests."""
    with freeze_time(NEW_YEARS_EVE, ignore=["_pytest.timing"]) as machine:
        yield machine


def elevates_longest_story(world):
    world.ask("POST", "/v1/site-payment-mandates", {"siteId": 1, "returnURL": "https://a.example"})
    world.advance("5 minutes")
    world.ask(
        "POST",
        "/v1/invoice-payments",
        {
            "generatedInvoiceId": 1,
            "amountInMajorCurrency": 10.5,
            "description": "June",
            "paymentMethod": "GO_CARDLESS",
        },
    )
    world.ask("POST", "/v1/invoice-payments", {"generatedInvoiceId": "one"}, status=(400,))
    world.advance("7 working days")
    world.ask("POST", "/v1/refunds", {"invoiceId": 1, "billRunType": "NORMAL"})
    world.ask(
        "POST",
        "/v1/customer-payments",
        {"customerId": 1, "amountInMajorCurrency": 5, "type": "BACS"},
    )
    world.ask(
        "POST",
        "/v1/outbound-payments",
        {"customerId": 1, "amountInMajorCurrency": 25, "reference": "GOODWILL"},
    )
    world.ask("POST", "/_sandbox/clock/run-until-idle")


@pytest.mark.usefixtures("machine")
def test_the_machines_time_is_in_nothing_that_a_sandbox_says(world):
    """On a machine that lives in 1999, nothing a sandbox says is from 1999."""
    world.ask("PUT", "/_sandbox/clock", {"now": MONDAY})

    elevates_longest_story(world)
    for path in ELEVATE + CONTROL:
        world.ask("GET", path)

    assert [year for year in OF_1999 if year in world.transcript] == []
    assert "2026-06-09" in world.transcript


@pytest.mark.usefixtures("machine")
def test_a_scenario_that_says_when_it_is_keeps_the_machines_time_out(world):
    world.ask("PUT", "/_sandbox/scenario", {"name": "mandate-fails-at-bank"})
    world.ask(
        "POST", "/v1/site-payment-mandates", {"siteId": 4001, "returnURL": "https://a.example"}
    )
    world.ask("POST", "/_sandbox/clock/run-until-idle")
    for path in CONTROL[:-1]:
        world.ask("GET", path)

    assert [year for year in OF_1999 if year in world.transcript] == []
    assert "2026-04-07T11:00:00Z" in world.transcript


@pytest.mark.usefixtures("machine")
def test_a_sandbox_that_is_told_nothing_starts_at_the_machines_time(world):
    """So the detector detects: what reads the machine's clock does say 1999."""
    assert world.ask("GET", "/_sandbox/clock") == {
        "now": "1999-12-31T00:00:00Z",
        "mode": "stopped",
        "pending": 0,
        "nextDue": None,
    }
    assert NEW_YEARS_EVE in world.transcript


def test_a_stopped_clock_stands_while_the_machines_goes_on(world, machine):
    world.ask("PUT", "/_sandbox/clock", {"now": MONDAY})

    machine.tick(60)

    assert world.now() == MONDAY


def test_a_running_clock_goes_on_with_the_machines(world, machine):
    world.ask("PUT", "/_sandbox/clock", {"now": MONDAY})
    world.ask("PUT", "/_sandbox/clock", {"mode": "running"})

    machine.tick(60)

    assert world.now() == "2026-06-01T08:01:00Z"


def test_what_falls_due_while_a_clock_runs_has_happened_at_its_own_instant(world, machine):
    """Five minutes go by unseen, and the payer needed no more than those."""
    world.ask("PUT", "/_sandbox/clock", {"now": MONDAY})
    world.ask("POST", "/v1/site-payment-mandates", {"siteId": 1, "returnURL": "https://a.example"})
    world.ask("PUT", "/_sandbox/clock", {"mode": "running"})

    machine.tick(3600)

    events = world.ask("GET", "/_sandbox/events?type=mandate.created")["items"]
    assert [event["at"] for event in events] == ["2026-06-01T08:05:00Z"]
    assert world.now() == "2026-06-01T09:00:00Z"


def test_a_clock_that_was_stopped_again_does_not_make_up_for_it(world, machine):
    world.ask("PUT", "/_sandbox/clock", {"now": MONDAY})
    world.ask("PUT", "/_sandbox/clock", {"mode": "running"})
    machine.tick(60)
    world.ask("PUT", "/_sandbox/clock", {"mode": "stopped"})

    machine.tick(3600)

    assert world.now() == "2026-06-01T08:01:00Z"
