"""The composition root: it alone knows all the parts, and puts the server together from them."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from connexion import AsyncApp
from connexion.middleware.main import API

from sandbox.apis import Json, Server
from sandbox.config import Settings, shipped
from sandbox.engine.clock import wall as machine_wall
from sandbox.engine.sandboxes import Sandboxes
from sandbox.scenario.proving.expectations import Expectations
from sandbox.scenario.running.library import Library
from sandbox.web.api import Api
from sandbox.web.clocks import Clocks
from sandbox.web.documents import CheckedSpecification, load
from sandbox.web.exercised import Counts, Exercised
from sandbox.web.founding import Founder
from sandbox.web.middleware import Operations, Process
from sandbox.web.outbound import Outbound
from sandbox.web.request import Receive, Scope, Send
from sandbox.web.resolver import OperationsResolver
from sandbox.web.turns import Turns
from sandbox.web.watching import Watch
from sandbox.web.wiring import Documents, states, vocabulary, wired, witness


class App(AsyncApp):
    """The server as an ASGI application. `documents` are by API, as they were read."""

    def __init__(
        self,
        process: Process,
        apis: Sequence[Api],
        documents: Documents,
        exercised: Exercised | None = None,
    ) -> None:
        by_name = {api.name: api for api in apis}
        middleware: Any = partial(Operations, apis=by_name, process=process)
        super().__init__("sandbox", middlewares=[middleware])
        self.process = process
        self.apis = apis
        self.documents = documents
        self._exercised = exercised
        for api in apis:
            self._serve(api, documents[api.name])

    def _serve(self, api: Api, document: Json) -> None:
        """What `add_api` does, but for checking a document that the test suite has checked."""
        options = self.middleware.options.replace(resolver=OperationsResolver(api.operations))
        self.middleware.apis.append(
            API(
                CheckedSpecification(document),
                base_path=api.base,
                name=api.name,
                **vars(options),
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """At first Connexion builds the middlewares; from then on the outermost is asked itself."""
        if self.middleware.middleware_stack is None:
            await super().__call__(scope, receive, send)
        else:
            await self.middleware.app(scope, receive, send)

    def watching(self) -> Coroutine[Any, Any, None] | None:
        """Follows the changes of scenario files, where that was asked for."""
        process = self.process
        if process.watch is None:
            return None
        return process.watch.follow(
            process.server.scenarios, lambda: process.founder.read(process.wall())
        )

    def exercised(self) -> Counts:
        """What all sandboxes together have exercised, where `settings.coverage` asked for it."""
        return self._exercised.counts() if self._exercised else {}

    def end(self) -> None:
        """Answer those who wait: the server stops."""
        self.process.turns.end()


def shipped_apis() -> tuple[Api, ...]:
    """The APIs that this server simulates. Paths that are nobody's get the last one's errors."""
    return (
        Api.shipped("elevate", "/v1"),
        Api.shipped("backend", "/backend/api/v1", slashes=True),
        Api.shipped("socotra", "", prefixes=("/billing", "/event")),
        Api.shipped("control", "/_sandbox", touches=False, slashes=True),
    )


def build_app(
    settings: Settings,
    *,
    apis: Iterable[Api] | None = None,
    wall: Callable[[], datetime] = machine_wall,
) -> App:
    """The whole server, from its parts. The command line takes these, the tests their own."""
    served = tuple(shipped_apis() if apis is None else apis)
    documents = {api.name: load(settings.specs_folder / f"{api.name}.yaml") for api in served}
    turns = Turns()
    watch = Watch(settings.scenarios) if settings.watch and settings.scenarios else None
    server, founder = _server(settings, served, documents, turns, watch)
    founder.read(wall())
    outbound = Outbound(server.deliverers, turns, wall)
    process = Process(
        server=server,
        founder=founder,
        turns=turns,
        outbound=outbound,
        clocks=Clocks(server.sandboxes, turns, outbound, wall),
        watch=watch,
        wall=wall,
        most=settings.max_body,
        fallback=served[-1].errors,
        merchant=settings.merchant,
    )
    return App(process, served, documents, Exercised(server) if settings.coverage else None)


def _server(
    settings: Settings,
    served: Sequence[Api],
    documents: Documents,
    turns: Turns,
    watch: Watch | None,
) -> tuple[Server, Founder]:
    """What the operations know, and the makings of every sandbox."""
    apis = [api for api in served if api.touches]
    expectations = Expectations(witness(apis))
    scenarios = Library(
        vocabulary(settings.schema_file, documents, apis),
        shipped=shipped("scenarios"),
        folder=settings.scenarios,
        reading=watch.read if watch else Path.read_bytes,
    )
    founder = Founder(wired(apis, expectations), scenarios, settings.scenario)
    server = Server(
        founder=founder,
        sandboxes=Sandboxes(founder, most=settings.max, in_use=turns.are_awaited),
        scenarios=scenarios,
        jwt_key=settings.jwt_key,
        links_key=settings.links_key,
        settings={"elevateVersion": settings.elevate_version},
        spellings={api.name: api.canonical.spelled for api in apis if api.canonical},
        blocks={
            api.name: block for api in apis if (block := getattr(api.canonical, "block", None))
        },
        expectations=expectations,
        deliverers=tuple(api.outbound for api in apis if api.outbound),
        states=states(served, scenarios),
    )
    return server, founder
