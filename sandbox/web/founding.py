"""How sandboxes come into being: at their first use, the default scenario bound to them."""

import logging
from datetime import datetime
from http import HTTPStatus

from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.provider.given import FinerAmountError, UnknownReferenceError
from sandbox.provider.laying import FixtureConflictError
from sandbox.scenario.language.problems import InvalidScenarioError
from sandbox.scenario.running import binding
from sandbox.scenario.running.library import Library, NoSuchScenarioError
from sandbox.scenario.running.plans import Bound
from sandbox.web.refusal import RefusedError

LOG = logging.getLogger("sandbox")
WRONG = (
    NoSuchScenarioError,
    InvalidScenarioError,
    FixtureConflictError,
    UnknownReferenceError,
    FinerAmountError,
)


class NotReadyError(RefusedError):
    """No sandbox can be made, for want of a default scenario: 503."""

    def __init__(self, why: str) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, f"the server is not ready: {why}")


class Founder:
    """Makes sandboxes.

    The default scenario is read at the start. While it is missing or broken, `wrong` says why; it
    is read again for whoever asks. Once it was right, its last good version stays in force.
    """

    def __init__(self, wiring: Wiring, scenarios: Library, default: str) -> None:
        self.wrong = "the default scenario has not been read"
        self._wiring = wiring
        self._scenarios = scenarios
        self._default = default
        self._bound: Bound | None = None

    def __call__(self, name: str, wall: datetime) -> Sandbox:
        """A new sandbox, or NotReadyError."""
        if wrong := self.asked(wall):
            raise NotReadyError(wrong)
        return self._found(name, wall, self._bound)

    def asked(self, wall: datetime) -> str:
        """What keeps it from making one; empty where nothing does."""
        if self.wrong:
            self.read(wall)
        return self.wrong

    def read(self, wall: datetime) -> None:
        """Take the default scenario as it is now, if a sandbox can be made with it."""
        wrong = ""
        try:
            bound = self._scenarios.bound(self._default)
            self._found("nobody", wall, bound)
        except WRONG as error:
            wrong = f"scenario {self._default}: {error}"
        else:
            self._bound = bound
        if wrong and wrong != self.wrong:
            LOG.error("%s", wrong)
        if self.wrong:
            self.wrong = wrong

    def _found(self, name: str, wall: datetime, bound: Bound | None) -> Sandbox:
        happy = self._scenarios.happy
        return binding.found(name, wall, wiring=self._wiring, happy=happy, default=bound)
