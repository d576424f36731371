"""What the platform refuses, with the data that its errors need."""

from collections.abc import Mapping


class NotFoundError(Exception):
    """No payment or customer has this id, or it is no id at all."""

    def __init__(self, what: str, id: str) -> None:
        super().__init__(f"there is no {what} {id}")


class RefusedError(Exception):
    """Something is wrong with these fields or parameters: `fields` says of each what it is."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        super().__init__("; ".join(f"{name} is {wrong}" for name, wrong in fields.items()))


class InvalidFieldError(RefusedError):
    """A body's field breaks a rule."""


class BadParameterError(RefusedError):
    """A query parameter has no good value."""


class ConflictError(Exception):
    """What the payment is now forbids the call."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        self.fields = fields or {}
        super().__init__(message)
