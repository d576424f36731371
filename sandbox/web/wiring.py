"""How the layers hang together inside a sandbox: who runs which job, what follows which event."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sandbox import provider
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.provider import notices
from sandbox.scenario import binding, planning, specs, steps
from sandbox.scenario.expectations import Expectations
from sandbox.scenario.library import Library
from sandbox.scenario.schema import ScenarioSchema
from sandbox.scenario.timelines import STEP

Part = Callable[..., Any]
Documents = Mapping[str, Any]


def wired(apis: Iterable[str], expectations: Expectations) -> Wiring:
    """The provider's laws come first, then what the scenario has to say, then the notices.

    An API hears of events by its `hearing.hear`; its `fixtures` make a view of what is given, by
    `given` one by one and by `laid` all at once. One that has no such module knows no resources.
    """
    laws = provider.laws()
    hearers = {api: hear for api in apis if (hear := _part(api, "hearing", "hear"))}
    return Wiring(
        handlers={STEP: steps.take, **notices.HANDLERS},
        reactions={name: (*laws.get(name, ()), planning.react) for name in provider.events()},
        leaving=expectations.leaving,
        given=tuple(part for api in apis if (part := _part(api, "fixtures", "given"))),
        laid=tuple(part for api in apis if (part := _part(api, "fixtures", "laid"))),
        hearers=hearers,
    )


def _part(api: str, module: str, name: str) -> Part | None:
    package = f"sandbox.apis.{api}"
    if find_spec(package) is None or find_spec(f"{package}.{module}") is None:
        return None
    return getattr(import_module(f"{package}.{module}"), name, None)


def library(schema: Path, shipped: Path, folder: Path | None, documents: Documents) -> Library:
    """What can be bound, in the words of these documents: API -> OpenAPI document."""
    language = ScenarioSchema(schema.read_text(encoding="utf-8"))
    words = specs.vocabulary(language, documents, provider.LIFECYCLES.values())
    return Library(words, shipped=shipped, folder=folder)


def founder(wiring: Wiring, scenarios: Library, default: str) -> Callable[[str, datetime], Sandbox]:
    """Makes a sandbox at its first use, the default scenario bound to it."""
    bound = scenarios.bound(default)

    def found(name: str, wall: datetime) -> Sandbox:
        return binding.found(name, wall, wiring=wiring, happy=scenarios.happy, default=bound)

    return found
