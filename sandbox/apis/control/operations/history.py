"""What will happen, what happened, and why."""

from sandbox.apis import Answer, Server
from sandbox.apis.control.rules import looking
from sandbox.apis.control.rules.finding import find
from sandbox.apis.control.views.events import numbered
from sandbox.apis.control.views.explanations import explanation
from sandbox.apis.control.views.jobs import timeline
from sandbox.apis.control.views.journal import entry, journal
from sandbox.apis.control.views.reports import report
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox


def get_timeline(sandbox: Sandbox) -> Answer:
    return Answer({"now": written(sandbox.now), "items": timeline(sandbox)})


def explain_resource(sandbox: Sandbox, type: str, id: str) -> Answer:
    return Answer(explanation(sandbox, find(sandbox, type, id)))


def list_events(
    sandbox: Sandbox, after: int = 0, type: str | None = None, wait: float = 0
) -> Answer:
    items = [numbered(sandbox, event) for event in looking.events(sandbox, after, type)]
    return Answer({"items": items}, wait=0 if items else wait)


def list_requests(  # noqa: PLR0913, PLR0917  its query
    sandbox: Sandbox,
    path: str | None = None,
    status: int | None = None,
    operation_id: str | None = None,
    since: str | None = None,
    last: int | None = None,
) -> Answer:
    wanted = looking.Wanted(path, status, operation_id, since)
    return Answer(journal(looking.requests(sandbox.journal, wanted, last), sandbox.journal))


def get_request(sandbox: Sandbox, server: Server, id: str) -> Answer:
    return Answer(entry(looking.request(sandbox, server.journal, id)))


def get_report(sandbox: Sandbox, server: Server) -> Answer:
    return Answer(report(sandbox, server.scenarios.vocabulary))
