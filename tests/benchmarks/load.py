"""Load on a server, from a process of its own: `python -m tests.benchmarks.load`, a job on stdin.

Keep-alive connections, each with one request under way; the answers' statuses are looked at.
"""

import asyncio
import json
import sys
from time import perf_counter

import uvloop

END_OF_HEAD = b"\r\n\r\n"
END_OF_CHUNKS = b"0\r\n\r\n"
LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """One client: it sends a request as soon as the one before it is answered."""

    def __init__(self, load):
        self.load = load
        self.received = b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.load.next_request())

    def data_received(self, data):
        self.received = self.received + data if self.received else data
        if is_whole(self.received):
            answer, self.received = self.received, b""
            if self.load.goes_on(answer):
                self.transport.write(self.load.next_request())
            else:
                self.transport.close()

    def connection_lost(self, _error):
        self.load.lost()


def is_whole(answer):
    """Whether these bytes are an answer to its end: by its length, or by its last chunk."""
    head, end, body = answer.partition(END_OF_HEAD)
    if not end:
        return False
    lower = head.lower()
    at = lower.find(LENGTH)
    if at < 0:
        return body.endswith(END_OF_CHUNKS)
    return len(body) >= int(lower[at + len(LENGTH) :].partition(b"\r\n")[0])


class Load:
    """What all connections share: the requests in turn, the time, and the count of answers."""

    def __init__(self, requests, connections, seconds, least):
        self.requests = requests
        self.open = connections
        self.seconds = seconds
        self.least = least
        self.asked = self.answered = 0
        self.refusal = ""
        self.over = asyncio.Event()

    def next_request(self):
        self.asked += 1
        return self.requests[self.asked % len(self.requests)]

    def goes_on(self, answer):
        self.answered += 1
        if answer[9:10] != b"2":
            self.refusal = answer.decode("latin-1")
        is_over = perf_counter() > self.until and self.answered >= self.least
        return not self.refusal and not is_over

    def lost(self):
        self.open -= 1
        if not self.open:
            self.over.set()

    async def run(self, host, port):
        loop, connections, begun = asyncio.get_running_loop(), self.open, perf_counter()
        self.until = begun + self.seconds
        for _ in range(connections):
            await loop.create_connection(lambda: Connection(self), host, port)
        await self.over.wait()
        if self.refusal:
            raise SystemExit(self.refusal)
        return {"requests": self.answered, "seconds": perf_counter() - begun}


async def run(job):
    requests = [text.encode() for text in job["requests"]]
    load = Load(requests, job["connections"], job["seconds"], job["least"])
    return await load.run(job["host"], job["port"])


if __name__ == "__main__":
    json.dump(uvloop.run(run(json.load(sys.stdin))), sys.stdout)
