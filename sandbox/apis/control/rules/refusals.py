"""What is refused, and with which facts. How it is said is `errors.py`'s."""

from collections.abc import Sequence


class ConflictError(Exception):
    """Something stands in the way. `what` was asked for, as a key of the request; `holds` is so."""

    def __init__(self, what: str, holds: str, message: str) -> None:
        self.what = what
        self.holds = holds
        super().__init__(message)


class RulesChaseError(ConflictError):
    """Rules chase each other, at one instant or for ever. `rule` is the one that was seen last."""

    def __init__(self, rule: str, ran: str) -> None:
        super().__init__(rule, ran, f"{ran}; the last came from {rule}")


class NotMovedError(Exception):
    """The lifecycle has no such move from here. `allowed` are the statuses that it leads to."""

    def __init__(self, ref: str, status: str, to: str, event: str, allowed: Sequence[str]) -> None:
        self.status = status
        self.to = to
        self.allowed = tuple(allowed)
        by = f" by {event}" if event else ""
        super().__init__(f"{ref} is {status} and cannot become {to}{by}")


class UnfitError(Exception):
    """A value that fits the document and not this sandbox. `pointer` leads to it in the body."""

    def __init__(self, pointer: str, message: str) -> None:
        self.pointer = pointer
        super().__init__(message)


class TooFarError(UnfitError):
    """A duration that leads to an instant which nobody can write down."""

    def __init__(self, asked: str) -> None:
        super().__init__("/by", f'"{asked}" from now leads beyond the year 2199')
