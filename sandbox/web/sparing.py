"""Imports that Connexion makes for what this server never does, put off until somebody does it.

It has a test client, Flask applications, templates and clients for documents elsewhere. With all
that they load in turn they would be a fifth of a start and 15 MB. Each still works when called.
This is the one file that meddles with imports, and it does so only while `put_off` is open.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

UNUSED = (
    "connexion.apps.flask",
    "connexion.frameworks.flask",
    "httpx",
    "jinja2",
    "requests",
    "starlette.templating",
    "starlette.testclient",
)


class _PutOff(ModuleType):
    """Stands in for a module. What is taken from it imports the real one when it is called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(_: type, *arguments: Any, **named: Any) -> Any:
            return getattr(import_module(self.__name__), name)(*arguments, **named)

        return type(name, (), {"__new__": call})


@contextmanager
def put_off(*names: str) -> Iterator[None]:
    """Let what is imported meanwhile do without these modules, unless they are there already."""
    put = {name: _PutOff(name) for name in names if name not in sys.modules}
    sys.modules.update(put)
    try:
        yield
    finally:
        for name in put:
            del sys.modules[name]
