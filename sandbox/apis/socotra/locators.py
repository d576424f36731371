"""Locators: the ULIDs and UUIDs by which Socotra names things. Each follows from the seed."""

from datetime import UTC, datetime, timedelta

from sandbox.engine.ids import digest, number_of
from sandbox.engine.sandbox import Sandbox

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
TIME_AT = 80  # the bits behind the milliseconds
NUMBER_AT = 48  # behind the number within its kind
NUMBERS = 2**32
CHANCES = 2**48


def ulid(number: int) -> str:
    """128 bits as 26 characters."""
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def made(sandbox: Sandbox, kind: str, number: int, at: datetime | None = None) -> str:
    """The locator of the `number`-th thing of a kind, made at `at`; of a fixture without.

    Among those of one instant the later number has the greater locator, so that ascending locators
    are ascending ids. A fixture's first 48 bits are zero (chosen).
    """
    milliseconds = max(0, (at - EPOCH) // MILLISECOND) if at else 0
    chance = number_of(sandbox.state.seed, kind, number) % CHANCES
    return ulid(milliseconds << TIME_AT | number % NUMBERS << NUMBER_AT | chance)


def request_id(sandbox: Sandbox, name: str) -> str:
    """The `requestId` of what is called `name` in the sandbox: a request, or a job's own name."""
    seed = sandbox.state.seed
    milliseconds = max(0, (sandbox.now - EPOCH) // MILLISECOND)
    first, second = number_of(seed, "request", name), number_of(seed, name, "request")
    return ulid(milliseconds << TIME_AT | first % NUMBERS << NUMBER_AT | second % CHANCES)


def refusal_id(*parts: object) -> str:
    """A `requestId` for an answer that belongs to no sandbox: the same for the same refusal."""
    return ulid(number_of(0, "refusal", *parts) % 2**TIME_AT)


def uuid(name: str) -> str:
    """The user that a name stands for, always the same (chosen)."""
    text = digest("socotra user", name)
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-8{text[17:20]}-{text[20:]}"
