"""A copy of a frozen value, with other fields."""

import dataclasses
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def changed(value: T, /, **changes: Any) -> T:
    """A copy of `value`, a struct or a frozen dataclass, with these fields changed.

    TypeError for a field that there is not.
    """
    replace: Any = (
        msgspec.structs.replace if isinstance(value, msgspec.Struct) else dataclasses.replace
    )
    copy: T = replace(value, **changes)
    return copy
