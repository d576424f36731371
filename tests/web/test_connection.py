"""Answers as they go over a connection: whole, in order, and for as long as the client wants it."""

import socket
from urllib.parse import urlsplit

import pytest

GET = "GET /shop/orders/{} HTTP/{}\r\nHost: shop\r\nAuthorization: Bearer line\r\n{}\r\n"


@pytest.fixture
def talk(shop_app):
    """Sends bytes, and answers all that comes back until the server ends the connection."""

    def talk(text):
        where = urlsplit(shop_app[1])
        with socket.create_connection((where.hostname, where.port), timeout=20) as line:
            line.sendall(text.encode())
            received = b""
            while more := line.recv(65536):
                received += more
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
