"""From an operationId to the function that simulates it."""

import keyword
from types import ModuleType
from typing import Any

from connexion.operations import AbstractOperation
from connexion.resolver import Resolution, Resolver


def snake_case(name: str) -> str:
    """`name` as a Python name: `createRefund` is create_refund, `invoiceID` invoice_id.

    A word that Python keeps for itself gets an underscore at its end.
    """
    letters: list[str] = []
    for here, letter in enumerate(name):
        before, after = name[here - 1 : here], name[here + 1 : here + 2]
        starts = letter.isupper() and (
            before.islower() or before.isdigit() or (before.isupper() and after.islower())
        )
        letters.append(f"_{letter}" if starts else letter)
    text = "".join(letter if letter.isalnum() else "_" for letter in "".join(letters)).lower()
    return f"{text}_" if keyword.iskeyword(text) else text


class OperationsResolver(Resolver):
    """Finds an operation's function in its API's `operations` module.

    One that is missing there is None, not an error: the operation is refused with 501 when it is
    called, after everything else that can be wrong with the call.
    """

    def __init__(self, operations: ModuleType) -> None:
        super().__init__(self._function)
        self._operations = operations

    def _function(self, operation_id: str) -> Any:
        return getattr(self._operations, snake_case(operation_id), None)

    def resolve(self, operation: AbstractOperation) -> Resolution:
        name = operation.operation_id
        return Resolution(self._function(name), name)  # type: ignore[no-untyped-call]
