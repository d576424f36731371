"""The provider's truth, and what is given to it."""

from sandbox.apis import Answer, Json, Reading, Server, reading
from sandbox.apis.control.rules import giving, moves
from sandbox.apis.control.rules.finding import find
from sandbox.apis.control.views.fixtures import fixture, fixtures
from sandbox.apis.control.views.lists import listed
from sandbox.apis.control.views.resources import every, resource
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import RESOURCES


@reading
def list_fixtures(sandbox: Sandbox, server: Server) -> Reading:
    return Answer({"items": (yield from fixtures(sandbox, server))})


def add_fixtures(sandbox: Sandbox, server: Server, body: Json) -> Answer:
    laid = giving.give(sandbox, server.scenarios.vocabulary, body)
    items = [fixture(sandbox, one, server) for one in laid]
    return Answer({"items": items}, 201)


@reading
def list_resources(sandbox: Sandbox, type: str) -> Reading:
    return Answer({"items": (yield from listed(every(sandbox, RESOURCES[type])))})


def get_resource(sandbox: Sandbox, type: str, id: str) -> Answer:
    return Answer(resource(sandbox, find(sandbox, type, id)))


def move_resource(sandbox: Sandbox, type: str, id: str, body: Json) -> Answer:
    return Answer(resource(sandbox, moves.move(sandbox, find(sandbox, type, id), body)))
