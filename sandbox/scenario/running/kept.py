"""What a sandbox keeps of its scenario, for who writes one down.

A scenario itself is its source and its parameters' values: all else is made of them again.
"""

from typing import Any

from immutables import Map

from sandbox.engine.document import Kept
from sandbox.engine.forms import Form, Json, MisfitError
from sandbox.scenario.language.problems import InvalidScenarioError
from sandbox.scenario.running.binding import SETTINGS
from sandbox.scenario.running.library import Library
from sandbox.scenario.running.plans import Bound
from sandbox.scenario.running.underway import COUNTS, RUNS, SCENARIO, Counts, Runs, ScenarioState

KEPT = Kept(
    parts={SCENARIO: ScenarioState, COUNTS: Counts, RUNS: Runs, SETTINGS: Map[str, str]},
)
NAMES = {"Scalar": Any, "Frozen": Any}
"""JSON values that cannot change: what hints call them."""


def bound_form(library: Library) -> Form:
    """How what is bound is written, and made again of what was written."""

    def write(bound: Bound) -> Json:
        scenario = bound.scenario
        values = {name: scenario.values[name] for name in sorted(scenario.values)}
        return {"file": scenario.file, "source": scenario.source, "values": values}

    def read(data: Json) -> Bound:
        members = data if isinstance(data, dict) else {}
        file, source, values = (members.get(name) for name in ("file", "source", "values"))
        if not (isinstance(file, str) and isinstance(source, str) and isinstance(values, dict)):
            raise MisfitError("must be an object of file, source and values")
        if source == library.happy.scenario.source:
            return library.happy
        try:
            return library.again(source, values, file)
        except InvalidScenarioError as error:
            misfit = MisfitError(f"is no right scenario: {error.problems[0]}")
            raise misfit.under("source") from None

    return Form(write, read)
