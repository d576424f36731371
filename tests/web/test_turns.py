"""Long operations and long polls: who waits for whom."""

import asyncio

import orjson
import pytest

from sandbox.web.answers import in_pieces

ORDER = {"item": "pen", "count": 1}


def test_a_long_operation_lets_other_sandboxes_go_on_and_its_own_requests_queue(asked):
    async def story():
        work = asyncio.create_task(asked.ask("POST", "/shop/work", {"steps": 300}))
        await asyncio.sleep(0)
        mine = asyncio.create_task(asked.ask("POST", "/shop/orders", ORDER))
        theirs = await asked.ask("POST", "/shop/orders", ORDER, name="two")
        return theirs["id"], work.done(), mine.done(), await work, (await mine)["id"]

    assert asyncio.run(story()) == (1, False, False, {"orders": 300}, 301)


def test_requests_that_queue_come_in_their_order(asked):
    async def story():
        work = asyncio.create_task(asked.ask("POST", "/shop/work", {"steps": 100}))
        await asyncio.sleep(0)
        queue = [asked.ask("POST", "/shop/orders", ORDER) for _ in range(3)]
        return [order["id"] for order in await asyncio.gather(*queue)], await work

    assert asyncio.run(story()) == ([101, 102, 103], {"orders": 100})


def test_a_long_operation_that_fails_leaves_nothing_behind(asked):
    answer = asyncio.run(asked.ask("POST", "/shop/work", {"steps": 300, "fail": True}))

    assert answer == {"why": "there is no work done"}
    assert asked.orders() == 0


@pytest.mark.parametrize("fail", [False, True])
def test_the_state_that_a_long_operation_leaves_behind_is_let_go_of(asked, monkeypatch, fail):
    left, before = [], asked.state()
    monkeypatch.setattr("sandbox.web.operation.LONG", -1)
    asked.app.process.server.let_go = left.append

    asyncio.run(asked.ask("POST", "/shop/work", {"steps": 3, "fail": fail}))

    (gone,), after = left, asked.state()
    assert gone is not after
    assert (gone is before, after is before) == (not fail, fail)


def test_a_long_operation_that_is_cut_off_leaves_nothing_behind(asked):
    async def story():
        work = asyncio.create_task(asked.ask("POST", "/shop/work", {"steps": 300}))
        await asyncio.sleep(0)
        work.cancel()
        await asyncio.wait([work])
        return (await asked.ask("POST", "/shop/orders", ORDER))["id"]

    assert asyncio.run(story()) == 1


def test_a_long_list_is_answered_as_a_short_one_is(asked):
    answer = asyncio.run(asked.ask("POST", "/shop/work", {"steps": 1, "items": 1000}))

    numbers = [{"number": number} for number in range(1000)]
    assert answer == {"items": numbers, "none": [], "orders": 1}


def test_what_may_be_long_is_written_in_pieces_and_empty_afterwards():
    def value():
        rows = [{"id": number} for number in range(50)]
        return {"tables": {"payment": {"rows": rows, "none": []}, "empty": {}}, "é": None, "n": 1.5}

    written, text = value(), bytearray()

    steps = [len(text) for _ in in_pieces(written, text)]

    assert text == orjson.dumps(value())
    assert (len(steps), written) == (3, {})


def test_an_item_of_a_long_list_that_breaks_the_document_is_named_and_nothing_has_happened(asked):
    work = {"steps": 1, "items": 1000, "broken": 777}

    answer = asyncio.run(asked.ask("POST", "/shop/work", work))

    assert answer["why"] == "Internal Server Error"
    assert [each.pointer for each in asked.last().violations] == ["/items/777/number"]
    assert asked.orders() == 0


def test_a_long_poll_answers_as_soon_as_there_is_something(asked):
    async def story():
        poll = asyncio.create_task(asked.ask("GET", "/shop/news?wait=60"))
        await asyncio.sleep(0)
        await asked.ask("POST", "/shop/orders", ORDER, name="two")
        await asked.ask("GET", "/shop/orders/mine")
        waits = not poll.done()
        await asked.ask("POST", "/shop/orders", ORDER)
        return waits, await poll

    assert asyncio.run(story()) == (True, {"orders": 1})


def test_a_long_poll_ends_when_its_time_is_up(asked):
    answer = asyncio.run(asked.ask("GET", "/shop/news?wait=1"))

    assert answer == {"orders": 0}


def test_a_long_poll_ends_when_the_server_does(asked):
    async def story():
        poll = asyncio.create_task(asked.ask("GET", "/shop/news?wait=60"))
        await asyncio.sleep(0)
        asked.app.end()
        return await poll

    assert asyncio.run(story()) == {"orders": 0}
