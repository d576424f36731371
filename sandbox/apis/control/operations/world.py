"""Is the server there, and this sandbox as a whole."""

from datetime import datetime

from sandbox.apis import Answer, Json, Server
from sandbox.apis.control.rules import settings
from sandbox.apis.control.views.world import world
from sandbox.engine.sandbox import Sandbox


def get_livez() -> Answer:
    return Answer({"status": "alive"})


def get_readyz(server: Server, wall: datetime) -> Answer:
    wrong = server.founder.asked(wall) if server.founder else ""
    if server.ready and not wrong:
        return Answer({"status": "ready", "waitingFor": []})
    return Answer({"status": "starting", "waitingFor": [wrong or "the server"]}, 503)


def get_sandbox(sandbox: Sandbox, server: Server) -> Answer:
    return Answer(world(sandbox, server.settings))


def patch_sandbox(sandbox: Sandbox, server: Server, body: Json) -> Answer:
    settings.change(sandbox, body)
    return Answer(world(sandbox, server.settings))


def delete_sandbox(sandbox: Sandbox, server: Server) -> Answer:
    server.sandboxes.forget(sandbox.name)
    return Answer(status=204)
