"""The server process: its socket, its signals, its log. The application knows nothing of them."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from sandbox.config import Settings
from sandbox.engine.calendar import CalendarName, bank_holidays
from sandbox.web.app import App, build_app
from sandbox.web.connection import Protocol
from sandbox.web.loading import put
from sandbox.web.memory import Leavings, Quiet, give_back, look_at_the_new, rest_the_collector

SECONDS_TO_DRAIN = 1
SECONDS_TO_WARM = 0.5


class Server(uvicorn.Server):
    """Says where it listens, and ends at once when told to, whoever waits for something."""

    def __init__(self, config: uvicorn.Config, app: App, started: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app = app
        self._started = started
        self._watching: asyncio.Task[None] | None = None
        self._quiet = Quiet()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        rest_the_collector()
        server, leavings = self._app.process.server, Leavings()
        server.let_go = leavings.take
        server.sandboxes.gone.append(leavings.take)
        if watching := self._app.watching():
            self._watching = asyncio.create_task(watching)
        asyncio.get_running_loop().call_later(SECONDS_TO_WARM, self._warm)
        self._started(_address(self.servers[0].sockets))

    def _warm(self) -> None:
        """Import the bank holidays before somebody's advance does, in which others would wait."""
        bank_holidays(CalendarName.UK_BACS, self._app.process.wall().year)

    async def on_tick(self, counter: int) -> bool:
        look_at_the_new()
        if self._quiet.has_come(self.server_state.total_requests):
            give_back()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._watching:
            self._watching.cancel()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  uvicorn's
        """Once asks for an end, twice insists. The exit code is 0, for it was asked for."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
        self._app.end()


def serve(settings: Settings, started: Callable[[str], None], load: Iterable[Path] = ()) -> App:
    """Serve until SIGTERM or SIGINT. `started` is told the address when requests may be sent.

    `load` are exported sandboxes that are there from the start; NotLoadedError if one cannot be.
    Answers what has been served.
    """
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s"
    )
    app = build_app(settings)
    for path in load:
        put(app, path)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level=settings.log_level,
        access_log=settings.access_log,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_DRAIN,
    )
    Server(config, app, started).run()
    return app


def _address(sockets: Sequence[socket.socket]) -> str:
    host, port = sockets[0].getsockname()[:2]
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}"
