"""Events: what happened, when, to what, and on whose word."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from sandbox.engine.scheduler import Subject


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the provider says no, in its own word and the payment scheme's."""

    code: str
    scheme_code: str = ""
    origin: str = ""
    text: str = ""

    def __str__(self) -> str:
        return f"{self.code} ({self.scheme_code})" if self.scheme_code else self.code


class Cause(NamedTuple):
    """On whose word something happens.

    `rule` is what a receipt shows: `file:line`, `law <n>`, `client`, `tester` or `given`.
    `trigger` is the number of the event that led here (0: none), `run` that of the timeline under
    way whose step it is (0: none).
    """

    rule: str
    trigger: int = 0
    run: int = 0


CLIENT = Cause("client")
TESTER = Cause("tester")
GIVEN = Cause("given")


class Event(Struct, frozen=True):
    """Something that happened. `was` and `became` are equal where no status changed.

    `request` is the journal's id of the request in the course of which it happened.
    """

    number: int
    at: datetime
    name: str
    subject: Subject
    was: str
    became: str
    cause: Cause
    reason: Reason | None
    request: str
