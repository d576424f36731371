"""Where Connexion hands over: it loads and resolves the documents, we serve what they say.

`Operations` is outermost, so unknown paths, methods and slashes are answered here too, in the
dialect of the API that they would belong to.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from connexion.middleware.abstract import AbstractRoutingAPI, SpecMiddleware
from connexion.operations import AbstractOperation
from connexion.spec import Specification
from starlette.types import ASGIApp

from sandbox.apis import Answer, Errors, Json, Server
from sandbox.scenario.running.call_rules import Call, note_unmatched
from sandbox.web import versions
from sandbox.web.answers import Answers
from sandbox.web.api import Api
from sandbox.web.asking import Asker, Pages
from sandbox.web.bodies import Bodies
from sandbox.web.clocks import Clocks
from sandbox.web.credentials import Access, Permission
from sandbox.web.documents import CheckedSpecification, Place, as_of, in_force
from sandbox.web.faults import Faults
from sandbox.web.founding import Founder
from sandbox.web.operation import Operation
from sandbox.web.outbound import Outbound
from sandbox.web.parameters import Parameters
from sandbox.web.refusal import RefusedError
from sandbox.web.replies import Record, Reply, refusal, send
from sandbox.web.request import Receive, Request, Scope, Send
from sandbox.web.routing import Routes, longest_prefix, template_names
from sandbox.web.schemas import Schemas
from sandbox.web.turns import Turns
from sandbox.web.watching import Watch

GROUP, ACTIONS, TENANT = "x-securityGroup", "x-securityPermission", "tenantLocator"


@dataclass(frozen=True, slots=True)
class Process:
    """What all operations share."""

    server: Server
    founder: Founder
    turns: Turns
    outbound: Outbound
    clocks: Clocks
    wall: Callable[[], datetime]
    most: int  # bytes of a body
    fallback: Errors  # the dialect for paths that are no API's
    merchant: str  # whose name payers read where a world has none
    watch: Watch | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An API's document, as it can be fetched. It asks for no credential."""

    api: Api
    document: Json
    process: Process
    texts: dict[str, bytes] = field(default_factory=dict)  # by version, once it was asked for
    since: ClassVar[str] = ""

    async def __call__(self, request: Request, _: tuple[str, ...]) -> None:
        server = self.process.server
        version = versions.served(server, self.api.name, request)
        if version not in self.texts:
            self.texts[version] = in_force(as_of(self.document, version), self.api.base)
        text = self.texts[version]
        record = Record(
            server.journal, server.journal.next_id(), None, self.api.name, "openapi.json"
        )
        if rest := send(request, Reply(Answer(text), text), record, self.process.turns.over):
            await rest


class CompiledAPI(AbstractRoutingAPI[Operation]):
    """One document, compiled: Connexion walks its operations, this makes each ready to run."""

    def __init__(
        self,
        specification: CheckedSpecification,
        *,
        api: Api,
        process: Process,
        routes: Routes[Any],
        **options: Any,
    ) -> None:
        self._api = api
        self._process = process
        self._routes = routes
        self._root = Place.root(specification.raw)
        self._schemas = Schemas(api.name, specification.raw)
        document = Document(api, specification.document, process)
        routes.add("GET", api.document, document)
        super().__init__(specification, **options)

    def make_operation(self, operation: AbstractOperation) -> Operation:
        path = self._root["paths"][operation.path]
        place, schemas, process = path[operation.method], self._schemas, self._process
        names = template_names(operation.path)
        # A vendor ignores what it does not know. With us a misspelt filter would pass a test.
        strict = not self._api.touches
        parameters = Parameters.compiled(place, path, names, schemas, strict=strict)
        return Operation(
            api=self._api.name,
            id=operation.operation_id,
            function=operation.function,
            access=Access(operation.security, operation.security_schemes),
            permission=self._permission(place, names),
            parameters=parameters,
            bodies=Bodies.compiled(place, schemas, process.most),
            answers=Answers.compiled(place, schemas),
            errors=self._api.errors,
            server=process.server,
            turns=process.turns,
            outbound=process.outbound,
            clocks=process.clocks,
            since=place.value.get("x-since", ""),
            faults=self._faults(place, parameters) if self._api.touches else None,
        )

    def _permission(self, operation: Place, names: tuple[str, ...]) -> Permission | None:
        """What an operation's document asks of a token, where its API looks at that."""
        check, value = self._api.check, operation.value
        if check is None or GROUP not in value or TENANT not in names:
            return None
        return Permission(check, names.index(TENANT), value[GROUP], tuple(value[ACTIONS]))

    def _faults(self, operation: Place, parameters: Parameters) -> Faults:
        """What scenarios may do to an operation. The testers' own API they leave alone."""
        value = operation.value
        unread = Call(self._api.name, value["operationId"], value.get("x-canonical", ""))
        return Faults(
            unread=unread,
            key=unread.key,
            parameters=parameters,
            errors=self._api.errors,
            links_key=self._process.server.links_key,
            page_for=self._api.page_for,
        )

    @staticmethod
    def _framework_path_and_name(operation: AbstractOperation, path: str) -> tuple[str, str]:
        return path, operation.operation_id

    def _add_operation_internal(
        self,
        method: str,
        path: str,
        operation: Operation,
        name: str | None = None,  # noqa: ARG002  Connexion's, for frameworks that want one
    ) -> None:
        whole = f"{self._api.base}{path}".rstrip("/") or "/"
        # A vendor's document has the methods that the vendor has. Ours is asked by CI, whose
        # waiting tools and load balancers ask for the head alone.
        heads = method.upper() == "GET" and not self._api.touches
        for one in (method.upper(), "HEAD") if heads else (method.upper(),):
            self._routes.add(one, whole, operation)
            if self._api.slashes and whole != "/":
                self._routes.add(one, f"{whole}/", operation)


class Operations(SpecMiddleware):
    """All APIs of this server behind one address."""

    def __init__(self, app: ASGIApp, *, apis: Mapping[str, Api], process: Process) -> None:
        self.app = app
        asker = Asker(self, process.server)
        documents = {api.name: api.document for api in apis.values()}
        self._pages = Pages(asker, documents, process.merchant)
        self._apis = apis
        self._process = process
        self._routes: Routes[Any] = Routes()
        self._apis_at = {prefix: api for api in apis.values() for prefix in api.prefixes}

    def add_api(self, specification: Specification, **options: Any) -> CompiledAPI:
        assert isinstance(specification, CheckedSpecification)
        return CompiledAPI(
            specification,
            api=self._apis[options.pop("name")],
            process=self._process,
            routes=self._routes,
            **options,
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """What answers a request. It is awaited as it is, for each step on the way costs time."""
        if scope["type"] != "http":
            return self._live(scope, receive, send)
        request = Request(scope, receive, send, self._process.wall)
        route, values = self._routes.find(request.path, request.raw_path)
        served = route.methods.get(request.method)
        if served is None or served.since:
            methods = self._there(route.methods, request)
            served = methods.get(request.method)
            if served is None:
                return self._refuse_or_show(request, methods)
        answered: Coroutine[Any, Any, None] = served(request, values)
        return answered

    async def _refuse_or_show(self, request: Request, methods: Mapping[str, Any]) -> None:
        """Answer what is no operation: there may be a page, or other methods, or nothing."""
        if not methods and self._pages.have(request.path):
            await self._pages(request)
        elif not methods:
            await self._note_unmatched(request)
            text = f"there is nothing at {request.path}"
            await self._refuse(request, RefusedError(HTTPStatus.NOT_FOUND, text))
        else:
            allowed = ", ".join(sorted(methods))
            text = f"{request.path} does not take {request.method}, only {allowed}"
            await self._refuse(
                request,
                RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, text, (), (("Allow", allowed),)),
            )

    def _there(self, methods: Mapping[str, Any], request: Request) -> Mapping[str, Any]:
        """What is served at a path in the version that the caller gets."""
        server = self._process.server
        return {
            method: operation
            for method, operation in methods.items()
            if versions.is_there(server, request, operation)
        }

    async def _refuse(self, request: Request, refused: RefusedError) -> None:
        """Refuse what belongs to no operation, in the dialect of the API that it might have."""
        process, api = self._process, longest_prefix(self._apis_at, request.path)
        reply = refusal(api.errors if api else process.fallback, refused)
        journal = process.server.journal
        record = Record(journal, journal.next_id())
        if rest := send(request, reply, record, process.turns.over):
            await rest

    async def _note_unmatched(self, request: Request) -> None:
        """Tell the caller's sandbox of a call that its API does not have."""
        api = longest_prefix(self._apis_at, request.path)
        if api is None or not api.touches:
            return
        name = versions.sandbox_named(request)
        await self._process.turns.come(name)
        if sandbox := self._process.server.sandboxes.find(name):
            note_unmatched(sandbox, f"{request.method} {request.path}")

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The server's own start and end. By now every document is compiled."""
        if scope["type"] != "lifespan":
            await send({"type": "websocket.close"})
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._process.server.ready = True
                self._process.clocks.newcomers_settled()
                await send({"type": "lifespan.startup.complete"})
            else:
                await send({"type": "lifespan.shutdown.complete"})
                return
