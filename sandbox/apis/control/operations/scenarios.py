"""How the provider behaves, and whether that is what was expected."""

import json

from sandbox.apis import Answer, Json, Server
from sandbox.apis.control.rules.binding import bind_named
from sandbox.apis.control.views.scenarios import bound, listed
from sandbox.engine.sandbox import Sandbox

JSON = "application/json"


def list_scenarios(sandbox: Sandbox, server: Server) -> Answer:
    return Answer({"items": [listed(one) for one in server.scenarios.listed(sandbox)]})


def add_scenario(sandbox: Sandbox, server: Server, body: str) -> Answer:
    return Answer(listed(server.scenarios.post(sandbox, body)), 201)


def get_scenario(sandbox: Sandbox) -> Answer:
    return Answer(bound(sandbox))


def bind_scenario(sandbox: Sandbox, server: Server, body: Json) -> Answer:
    before = sandbox.state
    bind_named(sandbox, server.scenarios, body)
    server.let_go(before)
    return Answer(bound(sandbox))


def get_scenario_result(sandbox: Sandbox, server: Server, media: str = JSON) -> Answer:
    result = server.expectations.result(sandbox)
    return Answer(result.as_json() if media == JSON else result.as_junit().decode(), media=media)


def get_scenario_schema(server: Server) -> Answer:
    return Answer(json.loads(server.scenarios.vocabulary.schema.text))
