"""What people look at, beside what programs call: on threads of its own, and it asks the loop.

The pages are WSGI. What they want to know or to have done they ask for as a client would, by a
request that takes the whole way of one, on the loop's thread. No state is touched on theirs.
"""

import asyncio
import re
from collections.abc import Coroutine, Mapping
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.types import ASGIApp

from sandbox.apis import Json, Server
from sandbox.apis.control.views.world import revision
from sandbox.engine.ids import digest
from sandbox.engine.journal import Journal
from sandbox.web.request import UNSEEN, Message, Request

LINK = "link:"
NOT_FOUND = 404
UNKNOWN = (NOT_FOUND, {"error": {"code": "not_found", "message": "no sandbox has this link"}})
MOST_UNSEEN = 8
THREADS = 8
FIRST = frozenset({"/_sandbox/console", "/_sandbox/docs"})
BELOW = ("/pay/", "/mandate/", "/approve/", "/_sandbox/static/", *(f"{path}/" for path in FIRST))
"""Where the pages are. Nothing else is theirs."""

LIVE = re.compile("/_sandbox/console/([^/]+)/live")
"""What of a console changes by itself. Its answers bear the sandbox's revision as their tag."""

Asked = tuple[int, Json]


class Asker:
    """Answers threads. A page that only looks leaves nothing in the sandbox's journal."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._server = server
        self._names: dict[str, str] = {}  # of sandboxes, by the digest in their links
        self._unseen = Journal("p", MOST_UNSEEN)
        self.loop: asyncio.AbstractEventLoop | None = None  # once there was a request

    def ask(self, sandbox: str, method: str, path: str, body: Json = None) -> Asked:
        """The status and the JSON of this request's answer. A text as `body` is YAML.

        `sandbox` is its name, or `link:` and the digest that stands in its links.
        """
        asked: Coroutine[Any, Any, Asked] = self._answered(sandbox, method, path, body)
        assert self.loop, "pages are served on the loop"
        return asyncio.run_coroutine_threadsafe(asked, self.loop).result()

    def shows_all(self, request: Request) -> bool:
        """Whether a console that is open shows all there is: to say so takes no thread."""
        tag, sandboxes = request.headers.get(b"if-none-match"), self._server.sandboxes
        found = LIVE.fullmatch(request.path) if tag else None
        sandbox = sandboxes.used(found[1]) if found else None
        if sandbox is None:
            return False
        return tag == f'"{revision(sandbox, request.wall)}"'.encode()

    async def _answered(self, sandbox: str, method: str, path: str, body: Json) -> Asked:
        name = self._named(sandbox.removeprefix(LINK)) if sandbox.startswith(LINK) else sandbox
        if not name:
            return UNKNOWN
        messages: list[Message] = []

        async def send(message: Message) -> None:
            messages.append(message)

        payload = _payload(body)

        async def receive() -> Message:
            return {"type": "http.request", "body": payload}

        await self._app(self._scope(name, method, path, body, payload), receive, send)
        answer = b"".join(message["body"] for message in messages[1:])
        return messages[0]["status"], orjson.loads(answer) if answer else None

    def _scope(
        self, name: str, method: str, path: str, body: Json, payload: bytes
    ) -> dict[str, Any]:
        headers = [(b"x-sandbox", name.encode()), (b"accept", b"application/json")]
        if payload:
            media = b"application/yaml" if isinstance(body, str) else b"application/json"
            headers += [(b"content-type", media), (b"content-length", b"%d" % len(payload))]
        raw, _, query = path.partition("?")
        return {
            "type": "http",
            "method": method,
            "path": unquote(raw),
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "extensions": {UNSEEN: self._unseen} if method == "GET" else {},
            "http_version": "1.1",
        }

    def _named(self, link: str) -> str:
        """The sandbox in whose links this digest stands, of those that there are; else nothing."""
        sandboxes, key = self._server.sandboxes, self._server.links_key
        name = self._names.get(link, "")
        if not sandboxes.find(name):
            self._names = {digest(key, one.name): one.name for one in sandboxes}
            name = self._names.get(link, "")
        return name


def _payload(body: Json) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else orjson.dumps(body)


class Pages:
    """The pages. They are mounted, on a thread, when somebody wants the first one."""

    def __init__(self, asker: Asker, documents: Mapping[str, str], merchant: str) -> None:
        self._asker = asker
        self._documents = documents
        self._merchant = merchant
        self._mounting: asyncio.Task[Any] | None = None

    def have(self, path: str) -> bool:
        return path.startswith(BELOW) or path in FIRST

    async def __call__(self, request: Request) -> None:
        """A page under `/s/<name>` is one of that sandbox, and the links in it are too."""
        if self._asker.shows_all(request):
            await request.send({"type": "http.response.start", "status": 304, "headers": []})
            await request.send({"type": "http.response.body", "body": b""})
            return
        self._asker.loop = asyncio.get_running_loop()
        if self._mounting is None:
            self._mounting = asyncio.create_task(asyncio.to_thread(self._mounted))
        served = await asyncio.shield(self._mounting)
        before = request.before
        scope = {**request.scope, "root_path": before, "path": before + request.path}
        await served(scope, request.receive, request.send)

    def _mounted(self) -> Any:
        """Flask and what it needs are imported here: most servers never show a page."""
        from a2wsgi import WSGIMiddleware

        from sandbox.pages.app import build_pages

        pages: Any = build_pages(self._asker.ask, self._documents, self._merchant)
        return WSGIMiddleware(pages, workers=THREADS)
