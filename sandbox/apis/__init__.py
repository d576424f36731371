"""The four APIs. What they share stands here: the shapes in which web/ and an operation meet.

An operation is a plain function of its API's `operations` module, named for its operationId in
snake_case. It asks for what it needs by parameter name: `sandbox` and `token` (the caller's),
`server`, `wall` (the machine's time at this request), `body` (parsed JSON, or text), `media` (the
media type to answer in, where there are several), `members` (the names that the items of its list
may have), `check` (tells what keeps a value from being its answer), and path and query parameters
by their names in snake_case; `query` is all of the query as one mapping, with the document's
defaults, None for what has none. It answers, or raises what its API's `errors` module has words
for. A generator function does so too, and lets other sandboxes go on at each `yield`: first, and in
between, what it has to deliver is delivered, unless it is marked `reading`. `Answer.wait` asks for
more patience.

Each API's `errors` module has two functions: `refusal`, which makes the API's body for a refusal by
the framework or by a fault, and `answer_to`, which makes an answer of what an operation raised, or
None where that is a crash.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

import jwt
from msgspec import Struct

from sandbox.engine.document import States
from sandbox.engine.journal import Journal, Violation
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.sandboxes import Sandboxes
from sandbox.engine.state import Resource
from sandbox.provider.given import find
from sandbox.scenario.proving.expectations import Expectations

Json = Any
"""What orjson reads and writes."""

Asked = Mapping[str, Json]
"""A query, by its parameters' names in snake_case; None is what was not given."""


PARTS_OF_A_JWT = 3


def claims_in(token: str) -> Mapping[str, Json]:
    """What a bearer token claims that is a JWT; any other claims nothing.

    A signature is not looked at, nor is an expiry: any token works.
    """
    if token.count(".") != PARTS_OF_A_JWT - 1:
        return {}
    try:
        return jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}


class Answer(Struct, frozen=True):
    """What an operation answers. `media` other than JSON goes with a body of text.

    `wait` says for how many seconds of the machine's clock web/ is to ask again, each time the
    sandbox may have changed, before it sends this answer.
    """

    body: Json = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    media: str = "application/json"
    wait: float = 0


Reading = Generator[None, None, Answer]
F = TypeVar("F", bound=Callable[..., Reading])


def reading(operation: F) -> F:
    """Marks one that changes nothing and may have much to say. It waits for no delivery."""
    vars(operation)["reads"] = True
    return operation


@dataclass(frozen=True, slots=True)
class Call:
    """A request of one of an API's operations, by its operationId. `body` None sends none."""

    operation: str
    path: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None


R = TypeVar("R", bound=Resource)


def named_in(sandbox: Sandbox, type: type[R], fields: Mapping[str, Any], name: str) -> R:
    """What a canonical call names in one of its fields, by ref or id; or LookupError."""
    if name not in fields:
        raise LookupError(f"{name} is needed")
    found = find(sandbox, type, fields[name])
    if found is None:
        raise LookupError(f"there is no {name} {fields[name]}")
    return found


class Canonical(Protocol):
    """An API's `canonical` module: scenarios' words in the API's own.

    One that works out something of a fixture also has `block(sandbox, resource)`.
    """

    def calls(
        self, sandbox: Sandbox, operation: str, fields: Mapping[str, Json]
    ) -> Generator[Call, Json, None]:
        """The calls of a canonical operation; each is sent the answer's body.

        `fields` are canonical: references by ref or id, amounts as decimal strings. Raises
        LookupError, with what is wrong, where they make no call.
        """

    def spelled(self, sandbox: Sandbox, resource: Resource) -> Json:
        """How the API writes the id of a resource or a fixture; None where it knows none."""

    def view(self, sandbox: Sandbox, resource: Resource) -> Json:
        """What the API shows of one of the provider's resources: an object, or a list of them."""


class Errors(Protocol):
    """An API's `errors` module.

    One whose calls a scenario may fault also has `fault(status, error, message)`, where `error` is
    an error's canonical name; of `url` it is told where somebody approves what was asked.
    """

    def refusal(
        self, status: int, message: str, violations: Sequence[Violation] = ()
    ) -> Answer: ...

    def answer_to(self, error: Exception) -> Answer | None: ...


Spelling = Callable[[Sandbox, Resource], Json]
"""How an API writes the id of one of the provider's resources, or of a fixture; None where it knows
no such thing."""

Block = Callable[[Sandbox, Resource], Mapping[str, Json]]
"""What an API has worked out of a fixture, for its block there."""


class Deliverer(Protocol):
    """An API's `outbound` module: the webhooks that it sends. web/ posts them."""

    def made(self, sandbox: Sandbox) -> int:
        """The number of the last delivery. What waits says the number of its own, `delivery`."""

    def waiting(self, sandbox: Sandbox) -> tuple[Any, ...]:
        """What is to be posted now, in this order."""

    def outgoing(self, sandbox: Sandbox, sending: Any) -> Any:
        """What is to be posted for one of them: `url`, `headers`, `body`; is its host `verified`?

        UnknownResourceError where there is nobody any more to send it to.
        """

    def record(
        self, sandbox: Sandbox, sending: Any, status: int | None, error: str | None = None
    ) -> None:
        """What the receiver answered, or why it did not."""

    def give_up(self, sandbox: Sandbox, sending: Any, why: str) -> None:
        """It is not sent, now or ever."""

    def listed(self, sandbox: Sandbox) -> Iterator[Json]:
        """Every delivery as the testers' API writes it, in the order in which they were made."""

    def shown(self, sandbox: Sandbox, id: str) -> Json:
        """One of them."""

    def replay(self, sandbox: Sandbox, id: str) -> None:
        """Send it once more, whatever became of it."""


class Founder(Protocol):
    """What makes a server's sandboxes."""

    def asked(self, wall: datetime) -> str:
        """What keeps it from making one; empty where nothing does."""


@dataclass(slots=True)
class Server:
    """What an operation may know of the process that serves it.

    `journal` has the requests that reached no sandbox. `scenarios` is the Library of
    what can be bound; `jwt_key` signs the tokens of `POST /v1/authenticate`, `links_key` the
    digests in links. `spellings` are, by API, how it writes an id, and `blocks` what it has worked
    out of a fixture. `expectations` is the one judge of what scenarios expect; `states` are how a
    sandbox is written down. `let_go` frees, without holding others up, what may be large.
    """

    sandboxes: Sandboxes
    scenarios: Any
    jwt_key: str
    links_key: str
    founder: Founder | None = None
    ready: bool = False
    journal: Journal = field(default_factory=lambda: Journal(prefix="s"))
    settings: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, Spelling] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    expectations: Expectations = field(default_factory=Expectations)
    deliverers: Sequence[Deliverer] = ()
    states: States = field(default_factory=States)
    let_go: Callable[[Any], None] = lambda _: None
