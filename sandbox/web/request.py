"""One HTTP request, as the operations of all APIs need it."""

from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from sandbox.engine.journal import Journal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BY_PATH = "/s/"
UNSEEN = "sandbox.unseen"


class Request:
    """What came in. `path` has no `/s/<name>` before it; that name is `picked`."""

    __slots__ = (
        "_clock",
        "_wall",
        "body",
        "headers",
        "method",
        "path",
        "picked",
        "query",
        "raw_path",
        "receive",
        "scope",
        "send",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, clock: Callable[[], datetime]
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self._clock = clock
        self._wall: datetime | None = None
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_path: bytes = scope.get("raw_path") or b""
        self.query: bytes = scope["query_string"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.body = b""
        self.picked = ""
        if self.path.startswith(BY_PATH):
            self._pick()

    def _pick(self) -> None:
        """Take the sandbox's name from the path."""
        raw = self.raw_path.decode("latin-1") or self.path
        name, slash, rest = raw.removeprefix(BY_PATH).partition("/")
        if name:
            self.picked = unquote(name)
            self.raw_path = (slash + rest).encode("latin-1") or b"/"
            self.path = unquote(slash + rest) or "/"

    @property
    def wall(self) -> datetime:
        """The machine's time when somebody first asked for it on the way of this request."""
        if self._wall is None:
            self._wall = self._clock()
        return self._wall

    def waited(self) -> None:
        """Let the next who asks look at the clock again: time has passed."""
        self._wall = None

    @property
    def before(self) -> str:
        """What stood before its path."""
        return f"{BY_PATH}{self.picked}" if self.picked else ""

    @property
    def unseen(self) -> Journal | None:
        """Where it is written down instead of in its sandbox: for a page that only looks."""
        extensions = self.scope.get("extensions")
        found: Journal | None = extensions.get(UNSEEN) if extensions else None
        return found

    @property
    def origin(self) -> str:
        """The address at which the client reached this server, and under which its sandbox is."""
        scope = self.scope
        host = self.headers.get(b"host")
        if host is None:
            server = scope.get("server") or ("localhost", None)
            text = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
        else:
            text = host.decode("latin-1")
        return f"{scope.get('scheme', 'http')}://{text}{self.before}"
