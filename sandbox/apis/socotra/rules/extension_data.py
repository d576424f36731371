"""Extension data against its payment type. The texts are the platform's own, as its guides show."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from immutables import Map

from sandbox.apis.socotra.configuration import FieldType, PaymentType


def problems(kind: PaymentType, text: str) -> Iterator[str]:
    """What is wrong with extension data. Fields that the type does not have may stand."""
    data: Mapping[str, Any] = orjson.loads(text)
    owner = kind.name[:1].lower() + kind.name[1:]
    for field in kind.fields:
        yield from _of_field(f"{owner}.{field.name}", field, data.get(field.name))


def _of_field(name: str, field: FieldType, value: Any) -> Iterator[str]:
    if value is None:
        if not field.optional:
            yield f"Non optional property '{name}' is missing"
        return
    if not FITS[field.kind](value):
        yield f"Property '{name}' should be of type {field.kind}"
        return
    if field.max_length is not None and len(str(value)) > field.max_length:
        yield f"'{name}' length is more than max length of {field.max_length}"
    if field.options and str(value) not in field.options:
        yield f"Property '{name}' should be one of [{', '.join(field.options)}]"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value == int(value)


def _reads(read: Callable[[str], object]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        try:
            read(value)
        except (TypeError, ValueError):
            return False
        return True

    return fits


FITS: Mapping[str, Callable[[Any], bool]] = Map(
    {
        "string": lambda value: isinstance(value, str),
        "boolean": lambda value: isinstance(value, bool),
        "date": _reads(date.fromisoformat),
        "datetime": _reads(datetime.fromisoformat),
        **dict.fromkeys(("int", "integer", "long"), _is_whole),
        **dict.fromkeys(("decimal", "double", "float", "number"), _is_number),
    }
)
"""By a field's type in lower case, whether a JSON value is of that type."""
