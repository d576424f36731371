"""Which scenario a tester binds, and what becomes of what is pending."""

from typing import Any

from sandbox.apis.control.rules import moments
from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.language.problems import InvalidScenarioError, Problem
from sandbox.scenario.running.binding import Pending, bind
from sandbox.scenario.running.library import Library, NoSuchScenarioError


def bind_named(sandbox: Sandbox, library: Library, wanted: dict[str, Any]) -> None:
    """Bind the scenario of this name with these parameters; `pending` may say keep or drop.

    InvalidScenarioError for a name, a file or parameters that are wrong; and what binding raises.
    """
    try:
        bound = library.bound(wanted["name"], wanted.get("params", {}), sandbox)
    except NoSuchScenarioError as error:
        problem = Problem("", 0, 0, "name", str(error), error.nearest)
        raise InvalidScenarioError((problem,)) from None
    pending = Pending(wanted["pending"]) if "pending" in wanted else None
    with moments.kept(sandbox):
        bind(sandbox, bound, pending)
