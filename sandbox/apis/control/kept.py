"""What the testers' API keeps in a sandbox, for who writes one down."""

from immutables import Map

from sandbox.apis.control.rules import moments
from sandbox.engine.document import Kept
from sandbox.engine.state import State

KEPT = Kept(parts={moments.SNAPSHOTS: Map[str, State]})
