"""What Elevate refuses: a class each, with its data. `errors.py` makes the vendor's body of it."""

from sandbox.engine.journal import Violation


class RefusedError(Exception):
    """A call that fits the schema and that a rule refuses: 400."""


class FieldError(RefusedError):
    """The same, with the member or parameter that is to blame."""

    def __init__(self, field: str, why: str, *, where: str = "body") -> None:
        self.violation = Violation(where, f"/{field}", why)
        super().__init__(f"Validation failed for field '{field}': {why}")


class UnknownIdError(FieldError):
    """An id in a body, or in a required query parameter, of something that is not there (D3)."""

    def __init__(self, field: str, what: str, id: object, *, where: str = "body") -> None:
        super().__init__(field, f"there is no {what} {id}", where=where)


class NotFoundError(Exception):
    """A path that names something that is not there: 404."""

    def __init__(self, what: str, id: object) -> None:
        super().__init__(f"There is no {what} {id}")


class ApprovalRequiredError(Exception):
    """A payout that somebody has to authorise at the provider first: the documented 403."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__("Payment requires approval through payment provider")
