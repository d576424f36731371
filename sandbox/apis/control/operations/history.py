"""What will happen, what happened, and why."""

from sandbox.apis import Answer, Reading, Server, reading
from sandbox.apis.control.rules import looking
from sandbox.apis.control.rules.finding import find
from sandbox.apis.control.views.events import numbered
from sandbox.apis.control.views.explanations import explanation
from sandbox.apis.control.views.jobs import timeline
from sandbox.apis.control.views.journal import entry, journal
from sandbox.apis.control.views.lists import listed
from sandbox.apis.control.views.reports import report
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox


@reading
def get_timeline(sandbox: Sandbox) -> Reading:
    items = yield from listed(timeline(sandbox))
    return Answer({"now": written(sandbox.now), "items": items})


@reading
def explain_resource(sandbox: Sandbox, type: str, id: str) -> Reading:
    return Answer((yield from explanation(sandbox, find(sandbox, type, id))))


@reading
def list_events(
    sandbox: Sandbox, after: int = 0, type: str | None = None, wait: float = 0
) -> Reading:
    items = yield from listed(
        numbered(sandbox, event) if looking.is_wanted(event, type) else None
        for event in sandbox.state.events.since(after)
    )
    return Answer({"items": items}, wait=0 if items else wait)


@reading
def list_requests(  # noqa: PLR0913, PLR0917  its query
    sandbox: Sandbox,
    path: str | None = None,
    status: int | None = None,
    operation_id: str | None = None,
    since: str | None = None,
    last: int | None = None,
) -> Reading:
    wanted = looking.Wanted(path, status, operation_id, since)
    found = looking.requests(sandbox.journal, wanted, last)
    return Answer((yield from journal(found, sandbox.journal)))


def get_request(sandbox: Sandbox, server: Server, id: str) -> Answer:
    return Answer(entry(looking.request(sandbox, server.journal, id)))


def get_report(sandbox: Sandbox, server: Server) -> Answer:
    return Answer(report(sandbox, server.scenarios.vocabulary))
