"""Deliveries on their way out: posted outside of every operation, one after the other.

What is to be posted waits in the sandbox, put there by its API. While a post is under way nobody
holds the sandbox: the receiver may call back. What it answered is recorded at the instant at which
the sandbox's clock then stands; an advance waits for it, so that retries keep their distance.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
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

MOST_CALLED_BACK = 100
"""Deliveries that each one may bring about while the clock waits: its receiver may call back."""

CHASED = (
    f"not sent: each delivery has brought about another, more than {MOST_CALLED_BACK} of them while"
    " the clock stood still"
)


class Posted(NamedTuple):
    """How a post went: the receiver's status, or why there is none."""

    status: int | None
    error: str | None = None


class Patience:
    """How many deliveries an advance waits for besides those that it finds, and which it did not.

    Receivers may answer each with a call that brings about another.
    """

    def __init__(self, sandbox: Sandbox, deliverers: Iterable[Deliverer]) -> None:
        self._made = {each: each.made(sandbox) for each in deliverers}
        self._left = MOST_CALLED_BACK * sum(len(each.waiting(sandbox)) for each in self._made)
        self.given_up: list[str] = []

    def ends_before(self, deliverer: Deliverer, sending: Any) -> bool:
        """Whether this one is one too many. Copies and retries of those found never are."""
        is_new = sending.delivery > self._made[deliverer]
        self._left -= is_new
        return is_new and self._left < 0


class Outbound:
    """What leaves this server."""

    def __init__(
        self, deliverers: Sequence[Deliverer], turns: Turns, wall: Callable[[], datetime]
    ) -> None:
        self._deliverers = tuple(deliverers)
        self._turns = turns
        self._wall = wall
        self._posting: dict[Sandbox, asyncio.Task[None]] = {}
        self._patience: dict[Sandbox, Patience] = {}

    def waits(self, sandbox: Sandbox) -> bool:
        """Whether something of this sandbox is to be posted."""
        for each in self._deliverers:  # noqa: SIM110  with every request: no generator for it
            if each.waiting(sandbox):
                return True
        return False

    def go(self, sandbox: Sandbox) -> asyncio.Task[None]:
        """Post what waits, and what comes of that at the same instant, without waiting for it."""
        posting = self._posting.get(sandbox)
        if posting is None or posting.done():
            posting = asyncio.get_running_loop().create_task(self._post_all(sandbox))
            self._posting[sandbox] = posting
            posting.add_done_callback(partial(self._posted_all, sandbox))
        return posting

    def _posted_all(self, sandbox: Sandbox, posting: asyncio.Task[None]) -> None:
        """Forget who has ended, but not who has begun in the meantime."""
        if self._posting.get(sandbox) is posting:
            del self._posting[sandbox]

    async def calm(self, sandbox: Sandbox) -> None:
        """Wait a little until everything that waits is posted."""
        if self.waits(sandbox):
            await asyncio.wait([self.go(sandbox)], timeout=SECONDS_TO_WAIT)

    async def gone(self, sandbox: Sandbox) -> list[str]:
        """Wait until everything that waits is posted, and what comes of that while it is.

        Not for ever: answers what was not sent.
        """
        if not self.waits(sandbox):
            return []
        if sandbox in self._patience:  # a receiver itself advances
            await asyncio.wait([self.go(sandbox)])
            return []
        patience = self._patience[sandbox] = Patience(sandbox, self._deliverers)
        try:
            await asyncio.wait([self.go(sandbox)])
        finally:
            del self._patience[sandbox]
        return patience.given_up

    async def _post_all(self, sandbox: Sandbox) -> None:
        async with Poster() as poster:
            for deliverer in self._deliverers:
                while sendings := deliverer.waiting(sandbox):
                    sending = sendings[0]
                    if self._ends(sandbox, deliverer, sending):
                        continue
                    posted = await self._posted(poster, sandbox, deliverer, sending)
                    await self._turns.come(sandbox.name)
                    if sending in deliverer.waiting(sandbox):
                        self._record(sandbox, deliverer, sending, posted)

    def _ends(self, sandbox: Sandbox, deliverer: Deliverer, sending: Any) -> bool:
        """Whether the clock waits no longer for what receivers bring about: then it is given up."""
        patience = self._patience.get(sandbox)
        if patience is None or not patience.ends_before(deliverer, sending):
            return False
        with sandbox.attempt():
            deliverer.give_up(sandbox, sending, CHASED)
        patience.given_up.append(f"delivery {sending.delivery} was {CHASED}")
        return True

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
