"""Forms: how values are written down as JSON and read back, as their types' hints say.

Nothing is loaded that no hint names: a document can make values, never run code. What does not fit
is a MisfitError with its place.

What may be large is written and read in steps, so that who has other things to do can do them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import partial, reduce
from operator import itemgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson
from immutables import Map
from msgspec import NODEFAULT, Struct

from sandbox.engine.series import Series
from sandbox.engine.steps import Steps, finished, in_order

Json = Any
TAG = "$"  # a key that begins so says what the value under it is


class MisfitError(ValueError):
    """A document says something that cannot be. `pointer` is the place, a JSON pointer."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.pointer = ""
        super().__init__(message)

    def under(self, step: object) -> "MisfitError":
        """The same, seen from one level above."""
        name = str(step).replace("~", "~0").replace("/", "~1")
        self.pointer = f"/{name}{self.pointer}"
        return self

    def __str__(self) -> str:
        return f"{self.pointer}: {self.message}" if self.pointer else self.message


@dataclass(slots=True, eq=False)
class Form:
    """How values of one type are written, and read back: MisfitError where that cannot be.

    `writing` and `reading` are the same in steps, of what may be large.
    """

    write: Callable[[Any], Json]
    read: Callable[[Json], Any]
    writing: Callable[[Any], Steps] | None = None
    reading: Callable[[Json], Steps] | None = None

    @classmethod
    def of_much(cls, writing: Callable[[Any], Steps], reading: Callable[[Json], Steps]) -> "Form":
        """The form of what may be large."""
        return cls(
            lambda value: finished(writing(value)),
            lambda data: finished(reading(data)),
            writing,
            reading,
        )


class Forms:
    """The forms of all types that somebody asks for, each made once.

    `own` are the forms of types that need one of their own. `names` are those in hints that are no
    types in the class's module. `classes` may stand where a hint says Any.
    """

    def __init__(
        self,
        own: Mapping[Any, Form] | None = None,
        names: Mapping[str, Any] | None = None,
        classes: tuple[type, ...] = (),
    ) -> None:
        self._names = dict(names or {})
        self._classes = {cls.__name__: cls for cls in classes}
        self._made: dict[Any, Form] = {**PLAIN, **(own or {})}

    def of(self, hint: Any) -> Form:
        """The form of what a hint says. TypeError where values of it cannot be written down."""
        form = self._made.get(hint)
        if form is None:
            # It is there before it is made: a type may contain itself.
            form = self._made[hint] = Form(_nothing, _nothing)
            made = self._make(hint)
            form.write, form.read = made.write, made.read
            form.writing, form.reading = made.writing, made.reading
        return form

    def record(self, cls: Any, own: Mapping[str, Form] | None = None) -> Form:
        """A dataclass or a struct: an object of its fields but for those that have their default.

        `own` are the forms of single fields.
        """
        hints = get_type_hints(cls, localns=self._names)
        defaults = _defaults(cls)
        known = {**{name: self.of(hints[name]) for name in defaults}, **(own or {})}

        def held(value: Any) -> Iterable[tuple[str, Any]]:
            fields = ((name, getattr(value, name)) for name in known)
            return (
                (name, each)
                for name, each in fields
                if defaults[name] is MISSING or each != defaults[name]
            )

        def members(data: Json) -> dict[str, Json]:
            given: dict[str, Json] = _a(dict, data)
            if unknown := sorted(given.keys() - known.keys()):
                raise MisfitError(f"{cls.__name__} has no {', '.join(unknown)}")
            missing = [n for n in known if n not in given and defaults[n] is MISSING]
            if missing:
                raise MisfitError(f"{cls.__name__} lacks {', '.join(missing)}")
            return {name: given[name] for name in known if name in given}

        def write(value: Any) -> Json:
            return {name: known[name].write(each) for name, each in held(value)}

        def read(data: Json) -> Any:
            return cls(**{n: _read(known[n], one, n) for n, one in members(data).items()})

        def writing(value: Any) -> Steps:
            written = {}
            for name, each in held(value):
                written[name] = yield from write_in_steps(known[name], each)
            return written

        def reading(data: Json) -> Steps:
            found = {}
            for name, each in members(data).items():
                found[name] = yield from read_in_steps(known[name], each, name)
            return cls(**found)

        is_much = any(form.writing for form in known.values())
        return Form.of_much(writing, reading) if is_much else Form(write, read)

    def _make(self, hint: Any) -> Form:  # noqa: PLR0911  one line for each kind of hint
        origin, inner = get_origin(hint), get_args(hint)
        if hint in (Any, object):
            return Form(self._write_any, self._read_any)
        if origin in (Union, UnionType):
            return self._union(inner)
        if origin in (tuple, frozenset, Series):
            return self._many(origin, inner)
        if origin is Map:
            return self._map(*inner)
        if isinstance(hint, type):
            if issubclass(hint, Enum):
                return Form(str, partial(_one_of, hint))
            if issubclass(hint, tuple) and hasattr(hint, "_fields"):
                return self._named(hint)
            if is_dataclass(hint) or issubclass(hint, Struct):
                return self.record(hint)
        raise TypeError(f"{hint} cannot be written down")

    def _union(self, inner: tuple[Any, ...]) -> Form:
        """X or None. Other unions are of JSON's own types, or Any."""
        given = [one for one in inner if one is not NoneType]
        form = self.of(given[0] if len(given) == 1 else Any)
        if len(given) == len(inner):
            return form

        def write(value: Any) -> Json:
            return None if value is None else form.write(value)

        def read(data: Json) -> Any:
            return None if data is None else form.read(data)

        return Form(write, read)

    def _many(self, origin: Any, inner: tuple[Any, ...]) -> Form:
        if origin is tuple and inner[-1] is not Ellipsis:
            return self._row(tuple, inner)
        form = self.of(inner[0])

        def writing(value: Any) -> Steps:
            written = []
            for one in value:
                written.append((yield from write_in_steps(form, one)))
                yield
            return (yield from in_order(written, orjson.dumps)) if origin is frozenset else written

        def reading(data: Json) -> Steps:
            items = []
            for place, one in enumerate(_a(list, data)):
                items.append((yield from read_in_steps(form, one, place)))
                yield
            return reduce(Series.plus, items, Series()) if origin is Series else origin(items)

        return Form.of_much(writing, reading)

    def _named(self, cls: Any) -> Form:
        hints = get_type_hints(cls, localns=self._names)
        return self._row(cls._make, tuple(hints[name] for name in cls._fields))

    def _row(self, make: Callable[[Any], Any], hints: tuple[Any, ...]) -> Form:
        """A list in which each place has its own type."""
        forms = [self.of(hint) for hint in hints]

        def write(value: Any) -> Json:
            return [form.write(one) for form, one in zip(forms, value, strict=True)]

        def read(data: Json) -> Any:
            if len(_a(list, data)) != len(forms):
                raise MisfitError(f"there are {len(data)} items, and should be {len(forms)}")
            places = enumerate(zip(forms, data, strict=True))
            return make([_read(form, one, place) for place, (form, one) in places])

        return Form(write, read)

    def _map(self, key: Any, value: Any) -> Form:
        """By text: an object. By something else: a list of pairs. Sorted, for there is no order."""
        keys, values = self.of(key), self.of(value)
        is_text = key is str
        place_of = itemgetter(0) if is_text else lambda pair: orjson.dumps(pair[0])

        def writing(map: Any) -> Steps:
            pairs = []
            for name in map:
                pairs.append([keys.write(name), (yield from write_in_steps(values, map[name]))])
                yield
            ordered = yield from in_order(pairs, place_of)
            return dict(ordered) if is_text else ordered

        def reading(data: Json) -> Steps:
            found = {}
            given = _a(dict, data).items() if is_text else enumerate(_a(list, data))
            for place, one in given:
                if is_text:
                    found[place] = yield from read_in_steps(values, one, place)
                else:
                    name, value = _read(pair, one, place)
                    found[name] = value
                yield
            return Map(found)

        pair = Form(_nothing, lambda data: _pair(keys, values, data))
        return Form.of_much(writing, reading)

    # Any

    def _write_any(self, value: Any) -> Json:  # noqa: PLR0911  one line for each kind of value
        kind = type(value)
        if value is None or kind in (str, int, bool, float):
            return value
        if kind is tuple:
            return [self._write_any(one) for one in value]
        if isinstance(value, Map):
            if all(type(name) is str and not name.startswith(TAG) for name in value):
                return {name: self._write_any(value[name]) for name in sorted(value)}
            return {f"{TAG}map": self.of(Map[Any, Any]).write(value)}
        if isinstance(value, Enum):
            return value.value
        if kind in TAGGED.values():
            return {f"{TAG}{kind.__name__}": self.of(kind).write(value)}
        if self._classes.get(kind.__name__) is kind:
            return {f"{TAG}{kind.__name__}": self.of(kind).write(value)}
        raise TypeError(f"{kind} is not registered, and cannot be written down")

    def _read_any(self, data: Json) -> Any:
        if isinstance(data, list):
            return tuple(self._below(one, place) for place, one in enumerate(data))
        if not isinstance(data, dict):
            return data
        tag = next((name for name in data if name.startswith(TAG)), None)
        if tag is None:
            return Map({name: self._below(one, name) for name, one in data.items()})
        kind: Any = {**TAGGED, **self._classes, "map": Map[Any, Any]}.get(tag.removeprefix(TAG))
        if kind is None or len(data) > 1:
            raise MisfitError(f"{tag} says nothing that could stand here")
        return _read(self.of(kind), data[tag], tag)

    def _below(self, data: Json, step: object) -> Any:
        try:
            return self._read_any(data)
        except MisfitError as misfit:
            raise misfit.under(step) from None


def write_in_steps(form: Form, value: Any) -> Steps:
    """`value` as JSON."""
    if form.writing:
        return (yield from form.writing(value))
    return form.write(value)


def read_in_steps(form: Form, data: Json, step: object) -> Steps:
    """The value that stands under `step`, or MisfitError."""
    try:
        if form.reading:
            return (yield from form.reading(data))
        return form.read(data)
    except MisfitError as misfit:
        raise misfit.under(step) from None


def _read(form: Form, data: Json, step: object) -> Any:
    try:
        return form.read(data)
    except MisfitError as misfit:
        raise misfit.under(step) from None


def _pair(keys: Form, values: Form, data: Json) -> tuple[Any, Any]:
    if len(_a(list, data)) != 2:  # noqa: PLR2004  a key and a value
        raise MisfitError("must be a key and a value")
    return _read(keys, data[0], 0), _read(values, data[1], 1)


def _defaults(cls: Any) -> dict[str, Any]:
    """What each field has where nothing is said; MISSING where something must be."""
    if not issubclass(cls, Struct):
        return {one.name: _default(one) for one in fields(cls)}
    names, last = cls.__struct_fields__, cls.__struct_defaults__
    said = (MISSING if default is NODEFAULT else default for default in last)
    return dict(zip(names, (*[MISSING] * (len(names) - len(last)), *said), strict=True))


def _default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _nothing(_: Any) -> Any:
    raise TypeError("a form was used before it was made")


NAMES = {dict: "an object", list: "a list", str: "text", int: "a whole number", bool: "a truth"}


def _a(kind: Any, data: Json) -> Any:
    """What is read, which must be of this kind: a truth value is no number."""
    if type(data) is not kind:
        raise MisfitError(f"must be {NAMES[kind]}")
    return data


def _one_of(cls: Any, data: Json) -> Any:
    try:
        return cls(data)
    except ValueError:
        raise MisfitError(f"must be one of {', '.join(one.value for one in cls)}") from None


def _number(data: Json) -> float:
    if type(data) not in (int, float):
        raise MisfitError("must be a number")
    return float(data)


def _moment(cls: Any, data: Json) -> Any:
    try:
        return cls.fromisoformat(_a(str, data))
    except ValueError:
        raise MisfitError(f"must be a {cls.__name__} as ISO 8601 writes it") from None


def _text_of(raw: bytes) -> Json:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"latin-1": raw.decode("latin-1")}


def _bytes_of(data: Json) -> bytes:
    if isinstance(data, dict) and data.keys() == {"latin-1"}:
        try:
            return str(_a(str, data["latin-1"])).encode("latin-1")
        except UnicodeEncodeError:
            raise MisfitError("is not Latin-1") from None
    return str(_a(str, data)).encode()


def _moments(cls: Any) -> Form:
    return Form(lambda value: value.isoformat(), partial(_moment, cls))


TAGGED: dict[str, type] = {cls.__name__: cls for cls in (datetime, date, time)}
PLAIN: Mapping[Any, Form] = {
    str: Form(str, partial(_a, str)),
    int: Form(int, partial(_a, int)),
    bool: Form(bool, partial(_a, bool)),
    float: Form(float, _number),
    bytes: Form(_text_of, _bytes_of),
    **{cls: _moments(cls) for cls in TAGGED.values()},
}
