"""A stand-in client for rehearsals: real requests, in this process, through the whole pipeline."""

import asyncio
from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode

import orjson

from sandbox.apis import Call, Canonical, Json
from sandbox.engine.clock import wall, written
from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.language.model import Fault
from sandbox.scenario.proving.judging import by_ref
from sandbox.scenario.proving.rehearsal import CannotSayError, Reply, Request, Speaker
from sandbox.web.app import App
from sandbox.web.connection import LINE, NoLine
from sandbox.web.documents import Place
from sandbox.web.request import Message

METHODS = ("get", "put", "post", "patch", "delete")
OK = 200


class NotAdvancedError(Exception):
    """The clock could not be moved."""


class ApiSpeaker:
    """One API's words as requests: its `canonical` module, and the paths of its document."""

    def __init__(self, canonical: Canonical, document: Json, base: str) -> None:
        self._canonical = canonical
        root = Place.root(document)
        self._operations = {
            operation.value["operationId"]: (method.upper(), base + path, operation)
            for path, item in root["paths"].members()
            for method, operation in item.members()
            if method in METHODS
        }

    def requests(
        self, sandbox: Sandbox, operation: str, fields: Mapping[str, Any]
    ) -> Generator[Request, Reply, None]:
        try:
            calls = self._canonical.calls(sandbox, operation, fields)
            call = next(calls)
            while True:
                reply = yield self._request(call)
                call = calls.send(reply.body)
        except StopIteration:
            return
        except LookupError as error:
            raise CannotSayError(error.args[0]) from error

    def request(self, sandbox: Sandbox, operation: str, parts: Mapping[str, Any]) -> Request:
        del sandbox
        return self._request(Call(operation, **parts))

    def id_of(self, sandbox: Sandbox, ref: str) -> Any:
        resource = by_ref(sandbox, ref)
        if resource is None:
            raise CannotSayError(f"there is no {ref}")
        return self._canonical.spelled(sandbox, resource)

    def _request(self, call: Call) -> Request:
        if call.operation not in self._operations:
            raise CannotSayError(f"there is no operation {call.operation}")
        method, path, operation = self._operations[call.operation]
        values = {name: quote(_text(value), safe="") for name, value in call.path.items()}
        try:
            path = path.format_map(values)
        except KeyError as error:
            raise CannotSayError(f"{call.operation} needs a value for {error.args[0]}") from error
        if call.query:
            query = {name: _texts(value) for name, value in call.query.items()}
            path = f"{path}?{urlencode(query, doseq=True)}"
        content = operation.at("requestBody", "content")
        media = {"content-type": next(iter(content.value))} if content else {}
        return Request(method, path, {**media, **call.headers}, call.body)


def _texts(value: Json) -> str | list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else _text(value)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


class Line(NoLine):
    """A line on which nobody waits. It keeps the fault that a client would have met."""

    __slots__ = ("fault",)

    def __init__(self) -> None:
        super().__init__()
        self.fault: Fault | None = None

    def spoil(self, fault: Fault) -> None:
        self.fault = fault

    async def wait(self, *_: object) -> None:
        """Go on at once."""

    async def reset(self, *_: object) -> None:
        """The client knows by the fault."""

    async def close(self, *_: object) -> None:
        """And so here."""


class InProcess:
    """A client of one sandbox of `app`. It waits for each answer, and for nothing else."""

    def __init__(self, app: App, name: str) -> None:
        self.speakers: Mapping[str, Speaker] = {
            api.name: ApiSpeaker(api.canonical, app.documents[api.name], api.base)
            for api in app.apis
            if api.canonical
        }
        self.sandbox = app.process.server.sandboxes.at(name, wall())
        self._app = app
        self._name = name

    def send(self, request: Request) -> Reply:
        return asyncio.run(self._answered(request))

    def advance_to(self, instant: Any) -> None:
        self._control("/_sandbox/clock/advance", {"to": written(instant)})

    def run_until_idle(self) -> None:
        self._control("/_sandbox/clock/run-until-idle")

    def _control(self, path: str, body: Json = None) -> None:
        reply = self.send(Request("POST", path, {"content-type": "application/json"}, body))
        if reply.status != OK:
            raise NotAdvancedError(f"{path} was answered {reply.status}: {reply.body}")

    async def _answered(self, request: Request) -> Reply:
        body = b"" if request.body is None else orjson.dumps(request.body)
        path, _, query = request.path.partition("?")
        headers = {"authorization": f"Bearer {self._name}", **request.headers}
        if body:
            headers["content-length"] = str(len(body))
        line = Line()
        scope = {
            "type": "http",
            "method": request.method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
            "extensions": {LINE: line},
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        await self._app.process.outbound.gone(self.sandbox)
        if line.fault:
            return Reply(fault=line.fault)
        start, answer = sent[0], b"".join(message["body"] for message in sent[1:])
        named = {name.decode(): text.decode() for name, text in start["headers"]}
        is_json = named.get("content-type", "").endswith("json")
        return Reply(start["status"], named, orjson.loads(answer) if is_json else answer)
