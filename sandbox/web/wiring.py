"""How the layers hang together inside a sandbox: who runs which job, what follows which event."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from immutables import Map

from sandbox import provider
from sandbox.apis import Json
from sandbox.engine.document import Kept, States
from sandbox.engine.sandbox import Handler, Reaction, Sandbox, Wiring
from sandbox.engine.state import Resource
from sandbox.provider import kept as provider_kept
from sandbox.provider import notices
from sandbox.scenario.language import specs
from sandbox.scenario.language.schema import ScenarioSchema
from sandbox.scenario.language.vocabulary import Vocabulary
from sandbox.scenario.proving.expectations import Expectations
from sandbox.scenario.proving.judging import Attempt, Sent, Witness
from sandbox.scenario.running import kept as scenario_kept
from sandbox.scenario.running import planning, steps
from sandbox.scenario.running.library import Library
from sandbox.scenario.running.plans import Bound
from sandbox.scenario.running.timelines import STEP
from sandbox.web import faults
from sandbox.web.api import Api

Documents = Mapping[str, Any]


def wired(apis: Sequence[Api], expectations: Expectations) -> Wiring:
    """The provider's laws come first, then what the scenario has to say, then the notices.

    An API's `hearing` may have jobs of its own, HANDLERS, and REACTIONS.
    """
    laws = provider.laws()
    fixtures = [api.fixtures for api in apis if api.fixtures]
    handlers: dict[str, Handler] = {STEP: steps.take, **notices.HANDLERS}
    reactions: dict[str, tuple[Reaction, ...]] = {
        name: (*laws.get(name, ()), planning.react) for name in provider.events()
    }
    for api in apis:
        handlers |= getattr(api.hearing, "HANDLERS", {})
        for name, more in getattr(api.hearing, "REACTIONS", {}).items():
            reactions[name] = (*reactions.get(name, ()), *more)
    return Wiring(
        handlers=handlers,
        reactions=reactions,
        leaving=expectations.leaving,
        given=tuple(module.given for module in fixtures),
        laid=tuple(module.laid for module in fixtures if hasattr(module, "laid")),
        hearers={api.name: api.hearing.hear for api in apis if api.hearing},
    )


def states(apis: Iterable[Api], scenarios: Library) -> States:
    """How a sandbox is written down, whatever layer keeps something in it."""
    answers = Kept(parts={faults.ANSWERS: Map[str, faults.Remembered]})
    layers = (provider_kept.KEPT, scenario_kept.KEPT, answers, *(api.kept for api in apis))
    return States(layers, {Bound: scenario_kept.bound_form(scenarios)}, scenario_kept.NAMES)


def witness(apis: Sequence[Api]) -> Witness:
    """Who can say what the APIs show."""
    knowing = {api.name: api.canonical for api in apis if api.canonical}
    known = (getattr(api.hearing, "sent", None) for api in apis)
    senders: list[Sent] = [sent for sent in known if sent]

    def view(sandbox: Sandbox, api: str, resource: Resource) -> Json:
        return knowing[api].view(sandbox, resource) if api in knowing else None

    def sent(sandbox: Sandbox) -> list[Attempt]:
        return [attempt for each in senders for attempt in each(sandbox)]

    return Witness(view=view, sent=sent)


def vocabulary(schema: Path, documents: Documents, apis: Sequence[Api]) -> Vocabulary:
    """The words of these APIs, whose OpenAPI documents are among these."""
    language = ScenarioSchema(schema.read_text(encoding="utf-8"))
    own = {api.name: documents[api.name] for api in apis}
    misfits = {api.name: api.misfits for api in apis if api.misfits}
    return specs.vocabulary(language, own, provider.LIFECYCLES.values(), misfits)
