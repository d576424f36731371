"""Events of the provider, and what they are about. Events of the APIs' views are not shown."""

from sandbox.apis import Json
from sandbox.engine.clock import written
from sandbox.engine.events import Event, Reason
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.provider import RESOURCES


def of_provider(event: Event) -> bool:
    """Whether it happened at the provider, and not in what some API shows."""
    return event.subject.type in RESOURCES


def about(sandbox: Sandbox, subject: Subject) -> Json:
    """The resource that something is about, by all its names."""
    resource = sandbox.subject(subject)
    return {
        "resource": subject.type,
        "id": subject.id,
        "ref": resource.ref,
        "reference": getattr(resource, "reference", "") or None,
    }


def reason(given: Reason | None) -> Json:
    """Why, in the provider's word and the scheme's; null where nothing is the matter."""
    if given is None:
        return None
    return {
        "code": given.code,
        "schemeCode": given.scheme_code or None,
        "origin": given.origin,
        "text": given.text or None,
    }


def event(sandbox: Sandbox, happened: Event) -> Json:
    """One event, as a receipt lists it."""
    return {
        "at": written(happened.at),
        "event": happened.name,
        **about(sandbox, happened.subject),
        "from": happened.was or None,
        "to": happened.became,
        "reason": reason(happened.reason),
        "rule": happened.cause.rule,
    }


def numbered(sandbox: Sandbox, happened: Event) -> dict[str, Json]:
    """The same with its place in the sandbox's history, which one may ask from."""
    return {"number": happened.number, **event(sandbox, happened)}
