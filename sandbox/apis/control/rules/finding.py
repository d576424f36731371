"""Which resource a tester means: by its number, its ref, its reference, else its page's token."""

from sandbox.engine.sandbox import Sandbox, UnknownResourceError
from sandbox.provider import RESOURCES
from sandbox.provider.truth import Truth

LONGEST_NUMBER = 19  # digits; a longer one is no resource's
PAGES = {"mandate": "flow_token", "instant_payment": "token"}
"""Which field of it names the page that its payer has."""


def find(sandbox: Sandbox, type: str, id: str) -> Truth:
    """The provider's resource, or UnknownResourceError. Of several with one reference the first."""
    kind = RESOURCES[type]
    is_number = id.isascii() and id.isdecimal() and len(id) <= LONGEST_NUMBER
    found = sandbox.find(kind, int(id)) if is_number else None
    found = found or sandbox.last(kind, ref=id) or _by_reference(sandbox, kind, id)
    if found is None and type in PAGES:
        found = sandbox.last(kind, **{PAGES[type]: id})
    if found is None:
        raise UnknownResourceError(type, id)
    return found


def _by_reference(sandbox: Sandbox, kind: type[Truth], reference: str) -> Truth | None:
    """Two rounds: what it is called in the sandbox comes before what the provider calls it."""
    every = list(sandbox.all(kind))
    called = (one for one in every if getattr(one, "reference", "") == reference)
    numbered = (one for one in every if one.provider_reference == reference)
    return next(called, None) or next(numbered, None)
