"""What this API refuses, each with its data. `errors` has the words for it."""

from collections.abc import Iterable

Details = tuple[tuple[str, str], ...]
"""What is wrong: the field (`targets[0].containerLocator`) and why."""


class UnknownLocatorError(LookupError):
    """A locator in the path that is unknown in that tenant."""

    def __init__(self, kind: str, locator: str) -> None:
        super().__init__(f"{kind} {locator} does not exist")


class MalformedError(ValueError):
    """What only a closer look than the spec's can see."""

    def __init__(self, field: str, why: str) -> None:
        self.details: Details = ((field, why),)
        super().__init__(f"{field} {why}")


class PermissionDeniedError(Exception):
    """The token does not reach this tenant, or lacks the permission."""


class IllegalStateError(Exception):
    """The payment's state does not allow the call. It names the present and the expected ones."""

    def __init__(self, state: str, expected: Iterable[str]) -> None:
        super().__init__(f"payment is in state {state}; expected {' or '.join(expected)}")


class SubpaymentError(Exception):
    """A state call on a subpayment."""

    def __init__(self, parent: str) -> None:
        super().__init__(f"payment is a subpayment; it moves with its aggregate payment {parent}")


class AlreadyNumberedError(Exception):
    """A number is generated only once."""

    def __init__(self, number: str) -> None:
        super().__init__(f"payment has the number {number} already")


class CreditSpentError(Exception):
    """A reversal that would take back credit which is no longer there."""

    def __init__(self, account: str) -> None:
        super().__init__(
            f"the credit balance of account {account} no longer covers what the payment credited"
        )


class UnusableError(Exception):
    """The request refers to what does not exist or cannot be used."""

    def __init__(self, details: Iterable[tuple[str, str]]) -> None:
        self.details: Details = tuple(details)
        super().__init__("; ".join(f"{field}: {why}" for field, why in self.details))
