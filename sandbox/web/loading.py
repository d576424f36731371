"""Exported sandboxes, put into a server before it is asked for anything."""

from pathlib import Path

import orjson

from sandbox.apis import Json
from sandbox.apis.control.rules import documents
from sandbox.engine.forms import MisfitError
from sandbox.engine.steps import finished
from sandbox.web.app import App
from sandbox.web.credentials import A_NAME


class NotLoadedError(Exception):
    """A file that was to be loaded is no exported sandbox, or one that this server cannot read."""


def put(app: App, path: Path) -> None:
    """Put the sandbox that was exported to a file in its place, under its own name."""
    server, now = app.process.server, app.process.wall()
    try:
        document = orjson.loads(path.read_bytes())
        sandbox = server.sandboxes.at(_name(document), now)
        finished(documents.putting(sandbox, document, server.states, now))
    except (MisfitError, orjson.JSONDecodeError) as error:
        raise NotLoadedError(f"{path} cannot be loaded: {error}") from error


def _name(document: Json) -> str:
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(name, str) or not A_NAME.fullmatch(name):
        raise MisfitError("it has no name of a sandbox")
    return name
