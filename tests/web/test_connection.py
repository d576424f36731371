"""Answers as they go over a connection: whole, in order, and for as long as the client wants it."""

import socket
from urllib.parse import urlsplit

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from sandbox.web.connection import Protocol

GET = "GET /shop/orders/{} HTTP/{}\r\nHost: shop\r\nAuthorization: Bearer line\r\n{}\r\n"
PUT = "PUT /shop/notes HTTP/1.1\r\nHost: shop\r\nContent-Type: text/plain\r\n"
LAST = "Connection: close\r\n"


@pytest.fixture
def talk(shop_app):
    """Sends text, and answers all that comes back until the server ends the connection.

    Of several texts each goes when something has come back to the one before.
    """

    def talk(text, *then, is_all=False):
        where, waiting = urlsplit(shop_app[1]), [*then]
        with socket.create_connection((where.hostname, where.port), timeout=20) as line:
            line.sendall(text.encode())
            if is_all:
                line.shutdown(socket.SHUT_WR)
            received = b""
            while more := line.recv(65536):
                received += more
                if waiting:
                    line.sendall(waiting.pop(0).encode())
        return received.decode()

    return talk


def answers(received):
    """Each answer's status and headers, and what follows it until the next one."""
    found = []
    for text in received.split("HTTP/1.1 ")[1:]:
        head, _, body = text.partition("\r\n\r\n")
        status, *headers = head.split("\r\n")
        found.append((status, dict(each.split(": ") for each in headers), body))
    return found


def test_requests_in_one_piece_are_answered_in_their_order_and_the_line_ends_when_asked(talk):
    first, last = GET.format(99, "1.1", ""), GET.format("mine", "1.1", "Connection: close\r\n")

    (_, kept, _), (status, closed, body) = answers(talk(first + last))

    assert (status, len(body)) == ("200 OK", int(closed["content-length"]))
    assert ("connection" in kept, closed["connection"]) == (False, "close")
    assert [int(each["x-sandbox-request"][1:]) for each in (kept, closed)] == [1, 2]
    assert "date" in closed


def test_an_old_client_gets_one_answer_and_the_end_of_the_line(talk):
    ((_, headers, body),) = answers(talk(GET.format("mine", "1.0", "")))

    assert len(body) == int(headers["content-length"])


def test_a_head_gets_the_head_alone(talk):
    asked = GET.format("mine", "1.1", "Connection: close\r\n").replace("GET", "HEAD", 1)

    ((status, _, body),) = answers(talk(asked))

    assert (status[:3], body) == ("405", "")


def put(shop, length, *headers):
    """The head of a request with a body, in the sandbox of the test."""
    lines = [f"Authorization: Bearer {shop.name}", f"Content-Length: {length}", *headers]
    return PUT + "".join(f"{line}\r\n" for line in lines)


def test_bodies_in_one_piece_with_their_heads_are_each_requests_own(shop, talk):
    first, second = put(shop, 3) + "\r\none", put(shop, 5) + LAST + "\r\nother"

    received = answers(talk(first + second))

    assert [status for status, _, _ in received] == ["204 No Content"] * 2
    assert [entry.body for entry in shop.sandbox.journal] == [b"one", b"other"]


def test_who_waits_to_be_asked_for_the_body_is_asked(shop, talk):
    head = put(shop, 4, "Expect: 100-continue") + LAST + "\r\n"

    received = answers(talk(head, "half"))

    assert [status for status, _, _ in received] == ["100 Continue", "204 No Content"]
    assert [entry.body for entry in shop.sandbox.journal] == [b"half"]


def test_who_waits_to_be_asked_for_a_body_that_is_too_large_is_not_asked(shop, talk):
    head = put(shop, 2001, "Expect: 100-continue") + LAST + "\r\n"

    ((status, _, _),) = answers(talk(head))

    assert status[:3] == "413"


def test_a_body_that_is_cut_off_is_no_body(shop, talk):
    received = talk(put(shop, 8) + "\r\nhalf", is_all=True)

    shop.named("another").ask("GET", "/shop/orders/mine")  # by then it has been seen to
    (entry,) = shop.sandbox.journal
    assert (received, entry.status, entry.notes) == ("", 400, ())
    assert entry.explanation == "the client was gone before all of the body had come"


def test_who_asks_for_nothing_more_is_answered_before_the_line_ends(talk):
    received = answers(talk(GET.format("mine", "1.1", "") * 3, is_all=True))

    assert [status for status, _, _ in received] == ["200 OK"] * 3


class Line:
    """A transport that can only be closed."""

    gone = False

    def is_closing(self):
        return self.gone

    def close(self):
        self.gone = True

    def resume_reading(self):
        """It never paused."""

    def get_extra_info(self, name):
        """There is none."""


class Loop:
    """A loop with one timer at most, which the test lets go on."""

    def __init__(self):
        self.now = 0.0
        self.timer = None

    def time(self):
        return self.now

    def call_later(self, seconds, function):
        assert self.timer is None
        self.timer = (self.now + seconds, function)
        return self

    def cancel(self):
        self.timer = None

    def goes_on_until(self, end):
        while self.timer and self.timer[0] <= end:
            (self.now, function), self.timer = self.timer, None
            function()
        self.now = end


@pytest.fixture
def resting():
    """A connection on which a request was answered at second 0, its loop and its transport."""
    config = Config(app=None, ws="none", lifespan="off", log_config=None, timeout_keep_alive=5)
    config.load()
    loop, line = Loop(), Line()
    protocol = Protocol(config, ServerState(), {}, loop)
    protocol.connection_made(line)
    protocol.on_response_complete()
    return protocol, loop, line


def test_the_headers_of_every_answer_are_written_anew_when_they_are_others(resting):
    protocol, _, _ = resting
    now = [(b"date", b"now"), (b"x", b"y")]

    lines = [protocol.lines(headers) for headers in (now, now, [(b"date", b"then")])]

    assert lines == [b"date: now\r\nx: y\r\n"] * 2 + [b"date: then\r\n"]


def test_a_connection_on_which_nothing_comes_ends_after_a_while(resting):
    _, loop, line = resting

    loop.goes_on_until(4.9)
    kept = not line.gone
    loop.goes_on_until(5)

    assert (kept, line.gone) == (True, True)


def test_the_while_begins_anew_with_every_answer(resting):
    protocol, loop, line = resting

    for second in (2, 4, 6):
        loop.goes_on_until(second)
        protocol.data_received(b"\r\n")
        protocol.on_response_complete()
    loop.goes_on_until(10.9)
    kept = not line.gone
    loop.goes_on_until(11)

    assert (kept, line.gone) == (True, True)


def test_a_connection_on_which_something_has_come_waits_for_the_rest_of_it(resting):
    protocol, loop, line = resting

    loop.goes_on_until(3)
    protocol.data_received(b"GET /shop")
    loop.goes_on_until(60)
    kept = not line.gone
    protocol.on_response_complete()
    loop.goes_on_until(65)

    assert (kept, line.gone) == (True, True)


def test_a_connection_that_is_lost_is_looked_after_no_longer(resting):
    protocol, loop, _ = resting

    protocol.connection_lost(ConnectionResetError())

    assert loop.timer is None


@pytest.mark.parametrize("is_later", [False, True])
def test_a_request_that_is_none_is_refused_after_the_answers_to_those_before(talk, is_later):
    good, bad = GET.format("mine", "1.1", "") * 3, "no request\r\n\r\n"

    received = answers(talk(good, bad) if is_later else talk(good + bad))

    assert [status for status, _, _ in received] == [*["200 OK"] * 3, "400 Bad Request"]
