"""What a sandbox is set to; what it says nothing of is as the server is set.

The part of its state that holds them outlives a new beginning. Elevate reads its version there.
"""

from collections.abc import Mapping

from immutables import Map

from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.running.binding import SETTINGS

ELEVATE_VERSION = "elevateVersion"
NEWEST = "1.39"
NONE: Map[str, str] = Map()
Defaults = Mapping[str, str]


def of(sandbox: Sandbox, defaults: Defaults) -> dict[str, str]:
    """Every setting that is in force here."""
    own = sandbox.part(SETTINGS, NONE)
    return {ELEVATE_VERSION: own.get(ELEVATE_VERSION, defaults.get(ELEVATE_VERSION, NEWEST))}


def change(sandbox: Sandbox, wanted: Mapping[str, str]) -> None:
    """Set these; the others stay as they are."""
    sandbox.keep_part(SETTINGS, sandbox.part(SETTINGS, NONE).update(wanted))
