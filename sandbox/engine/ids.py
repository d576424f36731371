"""Everything that looks like chance: references, tokens and draws. Each is the seed's to say."""

from hashlib import blake2b

TEN_DIGITS = 10**10
# Prime to ten to the tenth, so that counting in steps of it meets each ten-digit number once.
STRIDE = 7_368_787_131


def number_of(seed: int, *parts: object) -> int:
    """A 64-bit number that depends on the seed and the parts, and on nothing else."""
    text = "/".join(map(str, (seed, *parts)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def reference(seed: int, prefix: str, number: int) -> str:
    """The provider's reference of its `number`-th such thing: a prefix and ten digits, as MD….

    No two numbers of one prefix share a reference.
    """
    start = number_of(seed, prefix)
    return f"{prefix}{(start + number * STRIDE) % TEN_DIGITS:010d}"


def draw(seed: int, *parts: object) -> float:
    """A number in [0, 1) for `parts`: the same whatever else happens in the sandbox."""
    return number_of(seed, *parts) / 2**64


def digest(key: str, *parts: str) -> str:
    """An unguessable name for `parts` to whoever does not know `key`: 32 hexadecimal digits."""
    text = "/".join(parts)
    return blake2b(text.encode(), key=key.encode()[:64], digest_size=16).hexdigest()
