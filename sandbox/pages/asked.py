"""What pages have from the server: one function to ask, and what is made of its answers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import abort

OK, NO_CONTENT = 200, 204
NOT_FOUND = 404

Ask = Callable[[str, str, str, Any], tuple[int, Any]]
"""(sandbox, method, path, body) -> (status, JSON). See web/asking.py."""


class World:
    """One sandbox, as a page sees it."""

    def __init__(self, ask: Ask, sandbox: str) -> None:
        self._ask = ask
        self.name = sandbox

    def get(self, path: str) -> Any:
        """What is there; 404 where nothing is."""
        status, found = self._ask(self.name, "GET", f"/_sandbox{path}", None)
        if status != OK:
            abort(NOT_FOUND)
        return found

    def find(self, path: str) -> Any:
        """What is there, or None."""
        status, found = self._ask(self.name, "GET", f"/_sandbox{path}", None)
        return found if status == OK else None

    def do(self, method: str, path: str, body: Any = None) -> str:
        """Have something done. What it was refused with, or nothing."""
        return self.done(method, path, body)[1]

    def done(self, method: str, path: str, body: Any = None) -> tuple[Any, str]:
        """The answer, and what it was refused with."""
        status, answer = self._ask(self.name, method, f"/_sandbox{path}", body)
        if OK <= status <= NO_CONTENT:
            return answer, ""
        error = answer["error"]
        details = [str(one["message"]) for one in error.get("details", ()) if one.get("message")]
        return None, " ".join([error["message"], *details])


def part(text: str) -> str:
    """`text` as one part of a path."""
    return quote(text, safe="")
