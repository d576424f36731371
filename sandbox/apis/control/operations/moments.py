"""Keep a moment, go back to it, go on from it twice, carry it elsewhere."""

from collections.abc import Generator
from datetime import datetime

from sandbox.apis import Answer, Json, Server
from sandbox.apis.control.rules import documents, moments
from sandbox.apis.control.views.world import snapshot, world
from sandbox.engine.sandbox import Sandbox

Sliced = Generator[None, None, Answer]


def take_snapshot(sandbox: Sandbox, body: Json) -> Answer:
    return Answer(snapshot(body["name"], moments.keep(sandbox, body["name"])), 201)


def restore_snapshot(sandbox: Sandbox, server: Server, wall: datetime, name: str) -> Answer:
    before = sandbox.state
    moments.go_back(sandbox, name, wall)
    server.let_go(before)
    return Answer(world(sandbox, server.settings))


def fork_sandbox(sandbox: Sandbox, server: Server, wall: datetime, body: Json) -> Answer:
    other = moments.fork(sandbox, server.sandboxes, body["name"], wall)
    return Answer(world(other, server.settings), 201)


def export_sandbox(sandbox: Sandbox, server: Server) -> Sliced:
    return Answer((yield from documents.writing(sandbox, server.states)))


def import_sandbox(sandbox: Sandbox, server: Server, wall: datetime, body: Json) -> Sliced:
    before = sandbox.state
    yield from documents.putting(sandbox, body, server.states, wall)
    server.let_go(before)
    return Answer(world(sandbox, server.settings))
