"""Deliveries on their way out: posted outside of every operation, one after the other.

What is to be posted waits in the sandbox, put there by its API. While a post is under way nobody
holds the sandbox: the receiver may call back. What it answered is recorded at the instant at which
the sandbox's clock then stands; an advance waits for it, so that retries keep their distance.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.apis import Deliverer
from sandbox.engine.sandbox import Sandbox, UnknownResourceError
from sandbox.web.turns import Turns

if TYPE_CHECKING:
    from httpx import AsyncClient

SECONDS_FOR_A_RECEIVER = 10
"""In which it must have answered; after that the attempt has failed."""

SECONDS_TO_WAIT = 2
"""For which an advance waits for posts of others: a receiver may itself advance, in its handler."""


class Posted(NamedTuple):
    """How a post went: the receiver's status, or why there is none."""

    status: int | None
    error: str | None = None


class Outbound:
    """What leaves this server."""

    def __init__(
        self, deliverers: Sequence[Deliverer], turns: Turns, wall: Callable[[], datetime]
    ) -> None:
        self._deliverers = tuple(deliverers)
        self._turns = turns
        self._wall = wall
        self._posting: dict[Sandbox, asyncio.Task[None]] = {}

    def waits(self, sandbox: Sandbox) -> bool:
        """Whether something of this sandbox is to be posted."""
        return any(each.waiting(sandbox) for each in self._deliverers)

    def go(self, sandbox: Sandbox) -> asyncio.Task[None]:
        """Post what waits, and what comes of that at the same instant, without waiting for it."""
        posting = self._posting.get(sandbox)
        if posting is None or posting.done():
            posting = asyncio.get_running_loop().create_task(self._post_all(sandbox))
            self._posting[sandbox] = posting
            posting.add_done_callback(lambda _: self._posting.pop(sandbox, None))
        return posting

    async def gone(self, sandbox: Sandbox, seconds: float | None = None) -> None:
        """Wait until everything that waits is posted; at most so long, where that is said."""
        if self.waits(sandbox):
            await asyncio.wait([self.go(sandbox)], timeout=seconds)

    async def _post_all(self, sandbox: Sandbox) -> None:
        async with Poster() as poster:
            for deliverer in self._deliverers:
                while sendings := deliverer.waiting(sandbox):
                    sending = sendings[0]
                    posted = await self._posted(poster, sandbox, deliverer, sending)
                    await self._turns.come(sandbox.name)
                    if sending in deliverer.waiting(sandbox):
                        self._record(sandbox, deliverer, sending, posted)

    async def _posted(
        self, poster: "Poster", sandbox: Sandbox, deliverer: Deliverer, sending: Any
    ) -> Posted:
        try:
            outgoing = deliverer.outgoing(sandbox, sending)
        except UnknownResourceError as error:
            return Posted(None, str(error))
        return await poster.post(outgoing)

    def _record(self, sandbox: Sandbox, deliverer: Deliverer, sending: Any, posted: Posted) -> None:
        """In the sandbox's own time; what follows from it at this instant happens at once."""
        with sandbox.attempt():
            sandbox.request = ""
            sandbox.catch_up(self._wall())
            deliverer.record(sandbox, sending, posted.status, posted.error)
            sandbox.settle()
        self._turns.changed(sandbox.name)


class Poster:
    """A client for the posts of one instant. It asks nobody for proxies and follows nowhere."""

    def __init__(self) -> None:
        self._clients: dict[bool, AsyncClient] = {}

    async def __aenter__(self) -> "Poster":
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def post(self, outgoing: Any) -> Posted:
        """Post it, and read no more than the status of the answer."""
        client = self._client(verified=outgoing.verified and outgoing.url.startswith("https:"))
        headers = list(outgoing.headers)
        try:
            async with (
                asyncio.timeout(SECONDS_FOR_A_RECEIVER),
                client.stream(
                    "POST", outgoing.url, content=outgoing.body, headers=headers
                ) as answer,
            ):
                return Posted(answer.status_code)
        except TimeoutError:
            return Posted(None, f"no answer within {SECONDS_FOR_A_RECEIVER} seconds")
        except Exception as error:
            # Whatever an address or a header makes a client raise: nothing has arrived.
            return Posted(None, str(error) or type(error).__name__)

    def _client(self, *, verified: bool) -> "AsyncClient":
        from httpx import AsyncClient  # a large package: only who sends webhooks pays for it

        if verified not in self._clients:
            self._clients[verified] = AsyncClient(
                verify=verified, trust_env=False, timeout=SECONDS_FOR_A_RECEIVER
            )
        return self._clients[verified]
