"""Pages and threads: they are mounted on one, and none but the loop's touches a sandbox."""

import asyncio
import threading

from sandbox.config import read
from sandbox.engine.sandbox import Sandbox
from sandbox.web.app import build_app


def test_pages_touch_no_state_off_the_loops_thread(monkeypatch, client_at, serve):
    seen = set()

    def noted(sandbox, name):
        seen.add(threading.get_ident())
        return object.__getattribute__(sandbox, name)

    with serve(build_app(read({}))) as address:
        client = client_at(address, "threads")
        payout = client.add_approval()
        payment, mandate = client.payment_link(), client.mandate_link("https://shop.example/")
        monkeypatch.setattr(Sandbox, "__getattribute__", noted)

        client.press(payment, do="authorise")
        client.press(mandate, do="confirm", holder="A", sort_code="200000", number="55779911")
        client.press(payout, do="approve")
        loop = {each.ident for each in threading.enumerate() if each.name == address}

    assert seen == loop


async def seen(app):
    """The status of a page's picture."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/_sandbox/static/icon.svg",
        "query_string": b"",
        "headers": [],
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"]


def test_a_visitor_who_leaves_while_the_pages_are_mounted_keeps_nobody_from_them():
    app = build_app(read({}))

    async def story():
        first = asyncio.create_task(seen(app))
        await asyncio.sleep(0)
        first.cancel()
        return await seen(app), first.cancelled()

    assert asyncio.run(story()) == (200, True)
