"""Frozen dataclasses made and copied fast: resources, of which a move makes or copies about six.

What freezes a class makes it slow to fill: each field goes through `object.__setattr__`. Here a
field is set on a twin of the class, which has the same slots and is not frozen, and the whole then
becomes one of the class. Who holds it sees no difference.
"""

from collections.abc import Callable, Hashable
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

T = TypeVar("T")


def changed(value: T, /, **changes: Any) -> T:
    """A copy of `value`, a struct or a frozen dataclass with slots, with these fields changed.

    It runs no `__post_init__`. AttributeError for a field that there is not. Where a struct is
    changed with every move or request, msgspec's `replace` is called itself: it is faster.
    """
    if isinstance(value, Struct):
        return replace(value, **changes)
    cls: Any = value.__class__
    new: Any = _copier(cls)(value)
    for name in changes:
        try:
            setattr(new, name, changes[name])
        except AttributeError:
            raise AttributeError(f"{cls.__name__} has no field {name}") from None
    new.__class__ = cls
    made: T = new
    return made


def fill_fast(cls: Any) -> None:
    """Give `cls`, a frozen dataclass with slots and keyword-only fields, a faster `__init__`."""
    own = fields(cls)
    scope: dict[str, Any] = {"cls": cls, "twin": _twin(cls), "absent": MISSING}
    scope["set"] = object.__setattr__
    parameters, lines = [], []
    for field in own:
        name, source = field.name, field.name
        if field.default_factory is not MISSING:
            scope[f"make_{name}"] = field.default_factory
            parameters.append(f"{name}=absent")
            source = f"make_{name}() if {name} is absent else {name}"
        elif field.default is not MISSING:
            scope[f"default_{name}"] = field.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        lines.append(f"self.{name} = {source}")
    head = f"def __init__(self, *, {', '.join(parameters)}):"
    cls.__init__ = _compiled(
        head, ["set(self, '__class__', twin)", *lines, "self.__class__ = cls"], scope, "__init__"
    )


@cache
def _copier(cls: Hashable) -> Callable[[Any], Any]:
    """Makes a twin's copy of an instance: what is changed in it is the caller's to do."""
    lines = [f"new.{field.name} = value.{field.name}" for field in fields(cast("Any", cls))]
    scope = {"twin": _twin(cls), "make": object.__new__}
    return _compiled("def copy(value):", ["new = make(twin)", *lines, "return new"], scope, "copy")


def _compiled(head: str, lines: list[str], scope: dict[str, Any], name: str) -> Callable[..., Any]:
    exec("\n    ".join([head, *lines]), scope)
    made: Callable[..., Any] = scope[name]
    return made


@cache
def _twin(cls: Any) -> type:
    """A class with the slots of `cls` and its bases, so that its instances can become one.

    Both ways to set a field must be the plain ones, or each goes through a call.
    """
    body = {
        "__slots__": cls.__slots__,
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    if "__orig_bases__" in vars(cls):
        body["__orig_bases__"] = cls.__orig_bases__
    twin: type = type(cls)(f"{cls.__name__}Twin", cls.__bases__, body)
    return twin
