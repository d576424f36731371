"""The composition root: it alone knows all the parts, and puts the server together from them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from connexion import AsyncApp
from connexion.middleware.main import API

from sandbox.apis import Server
from sandbox.config import Settings
from sandbox.engine.clock import wall as machine_wall
from sandbox.engine.sandbox import Sandboxes, Wiring
from sandbox.web.documents import CheckedSpecification, load
from sandbox.web.middleware import Operations, Process
from sandbox.web.resolver import OperationsResolver
from sandbox.web.served import Api
from sandbox.web.turns import Turns
from sandbox.web.wiring import founder


class App(AsyncApp):
    """The server as an ASGI application."""

    def __init__(self, process: Process, middleware: Any) -> None:
        super().__init__("sandbox", middlewares=[middleware])
        self.process = process

    def end(self) -> None:
        """Answer those who wait: the server stops."""
        self.process.turns.end()


def shipped_apis() -> tuple[Api, ...]:
    """The APIs that this server simulates. Paths that are nobody's get the last one's errors."""
    return (Api.shipped("control", "/_sandbox", touches=False, slashes=True),)


def build_app(
    settings: Settings,
    *,
    apis: Iterable[Api] | None = None,
    wiring: Wiring | None = None,
    wall: Callable[[], datetime] = machine_wall,
) -> App:
    """The whole server, from its parts. The command line takes these, the tests their own."""
    served = tuple(shipped_apis() if apis is None else apis)
    server = Server(
        sandboxes=Sandboxes(founder(wiring or Wiring())),
        scenarios=None,
        jwt_key=settings.jwt_key,
        links_key=settings.links_key,
        settings={"elevateVersion": settings.elevate_version},
    )
    process = Process(
        server=server,
        turns=Turns(),
        wall=wall,
        most=settings.max_body,
        fallback=served[-1].errors,
    )
    by_name = {api.name: api for api in served}
    app = App(process, partial(Operations, apis=by_name, process=process))
    for api in served:
        _add(app, api, settings)
    return app


def _add(app: App, api: Api, settings: Settings) -> None:
    """What `app.add_api` does, but for checking a document that the test suite has checked."""
    document = load(settings.specs_folder / f"{api.name}.yaml")
    options = app.middleware.options.replace(resolver=OperationsResolver(api.operations))
    app.middleware.apis.append(
        API(
            CheckedSpecification(document, api.base),
            base_path=api.base,
            name=api.name,
            **vars(options),
        )
    )
