"""How the layers hang together inside a sandbox: who runs which job, what follows which event."""

from collections.abc import Callable
from datetime import datetime

from sandbox.engine.clock import Clock
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.state import State


def founder(wiring: Wiring) -> Callable[[str, datetime], Sandbox]:
    """Makes a sandbox at its first use, its clock standing at the wall's time."""

    def found(name: str, wall: datetime) -> Sandbox:
        return Sandbox(name, State(clock=Clock(wall)), wiring)

    return found
