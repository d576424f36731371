"""Imports without what nobody here needs. This is the one file that meddles with them.

What a library imports for others can be half of its time and of its memory. Both ways are in force
only while their `with` is open, and leave alone what has been imported before.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


class _PutOff(ModuleType):
    """Stands in for a module. What is taken from it imports the real one when it is called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(_: type, *arguments: Any, **named: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*arguments, **named)

        return type(name, (), {"__new__": call})


def _bare(name: str) -> ModuleType:
    """A package in which nothing has been run: its modules are found, and it has nothing else."""
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(name)
    return module_from_spec(spec)


@contextmanager
def _instead(make: Callable[[str], ModuleType], names: tuple[str, ...]) -> Iterator[None]:
    put = {name: make(name) for name in names if name not in sys.modules}
    sys.modules.update(put)
    try:
        yield
    finally:
        for name in put:
            sys.modules.pop(name, None)


@contextmanager
def put_off(*modules: str) -> Iterator[None]:
    """Let what is imported meanwhile have these modules when it calls them, and not before."""
    with _instead(_PutOff, modules):
        yield


@contextmanager
def bare(*packages: str) -> Iterator[None]:
    """Let a module of these packages be imported without what the package itself imports."""
    with _instead(_bare, packages):
        yield
