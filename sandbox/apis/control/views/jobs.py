"""What will happen, when, and by which rule, before it does."""

from collections.abc import Iterator

from sandbox.apis import Json
from sandbox.apis.control.views.events import about, reason
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Job, Subject
from sandbox.provider import RESOURCES, notices, reasons
from sandbox.scenario.language.model import ReasonSpec, Verb
from sandbox.scenario.running.plans import Planned
from sandbox.scenario.running.timelines import STEP, Coming, step_of, to_be_taken
from sandbox.scenario.running.underway import runs_of, scenario_of


def next_due(sandbox: Sandbox) -> str | None:
    """When the first pending job is due."""
    first = sandbox.state.jobs.first()
    return written(first.due) if first else None


def timeline(sandbox: Sandbox, subject: Subject | None = None) -> Iterator[Json]:
    """The pending jobs in the order in which they will run; None for those of other resources."""
    for job in sandbox.state.jobs:
        yield _job(sandbox, job) if subject in (None, job.subject) else None


def _job(sandbox: Sandbox, job: Job) -> Json:
    is_provider = job.subject.type in RESOURCES
    step = to_be_taken(sandbox, job) if job.kind == STEP else None
    return {
        "due": written(job.due),
        "number": job.number,
        "kind": job.kind,
        **(about(sandbox, job.subject) if is_provider else {}),
        **dict(_step(sandbox, job, step) if step else _other(sandbox, job)),
    }


def _step(sandbox: Sandbox, job: Job, step: Coming) -> Iterator[tuple[str, Json]]:
    run = runs_of(sandbox).by_number[step.run]
    planned = step_of(scenario_of(sandbox), run, job)
    yield "event", step.event or None
    yield "to", step.what if step.verb == Verb.STATUS else None
    yield "reason", _reason(sandbox, job, step, planned.step.reason)
    yield "rule", step.rule
    yield "text", _text(step, planned)


def _reason(sandbox: Sandbox, job: Job, step: Coming, given: ReasonSpec | None) -> Json:
    if given is None:
        return None
    scheme: str = getattr(sandbox.subject(job.subject), "scheme", "")
    said = {"scheme_code": given.scheme_code, "origin": given.origin, "text": given.text}
    return reason(reasons.reason(given.code, scheme, step.event, **said))


def _text(step: Coming, planned: Planned) -> str:
    who = f"every {step.of.replace('_', ' ')} of {step.ref}" if step.of else step.ref
    match planned.verb:
        case Verb.STATUS:
            return f"{who} becomes {step.what}"
        case Verb.EMIT:
            return f"{who} announces {step.what}"
        case Verb.SET:
            return f"{who} has another {step.what}"
        case Verb.CREATE:
            return f"{who} gets a new {step.what.replace('_', ' ')}"
    return f"{who} goes on with the timeline {step.what}" if step.what else f"{who} goes on"


def _other(sandbox: Sandbox, job: Job) -> Iterator[tuple[str, Json]]:
    """A notice's job, or one of an API's own."""
    rule = job.arguments.get("rule")
    if job.kind == notices.KIND:
        told = sandbox.event(job.arguments["event"])
        yield "event", told.name
        yield "to", told.became
        yield "reason", reason(told.reason)
        yield "rule", rule or told.cause.rule
        yield "text", f"{job.arguments['api']} is told of {told.name}"
        return
    if rule:
        yield "rule", rule
    yield "text", f"{job.kind.replace('_', ' ')} of {job.subject.type} {job.subject.id}"
