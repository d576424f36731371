"""Moments: keep this one, go back to one, go on from here twice. Each is one reference."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from immutables import Map
from msgspec.structs import replace

from sandbox.apis.control.rules.refusals import ConflictError
from sandbox.engine.sandbox import Sandbox, UnknownResourceError
from sandbox.engine.sandboxes import Sandboxes
from sandbox.engine.state import State

SNAPSHOTS = "control.snapshots"
NONE: Map[str, State] = Map()


def names(sandbox: Sandbox) -> list[str]:
    """The moments that were kept, by name."""
    return sorted(sandbox.part(SNAPSHOTS, NONE))


def keep(sandbox: Sandbox, name: str) -> State:
    """Keep this moment. A snapshot holds no other ones: they outlive it on their own."""
    moment = _without_snapshots(sandbox.state)
    sandbox.keep_part(SNAPSHOTS, sandbox.part(SNAPSHOTS, NONE).set(name, moment))
    return moment


def go_back(sandbox: Sandbox, name: str, wall: datetime) -> None:
    """To a moment that was kept, its clock and its jobs. A clock that runs, runs on from there.

    The journal goes on, and all snapshots stay.
    """
    snapshots = sandbox.part(SNAPSHOTS, NONE)
    if name not in snapshots:
        raise UnknownResourceError("snapshot", name)
    then = snapshots[name]
    sandbox.state = replace(then, clock=then.clock.run(wall)) if then.clock.since else then
    sandbox.keep_part(SNAPSHOTS, snapshots)


@contextmanager
def kept(sandbox: Sandbox) -> Iterator[None]:
    """What is done inside may begin the world again: the snapshots outlive that."""
    snapshots = sandbox.part(SNAPSHOTS, NONE)
    yield
    if snapshots:
        sandbox.keep_part(SNAPSHOTS, snapshots)


def fork(sandbox: Sandbox, sandboxes: Sandboxes, name: str, wall: datetime) -> Sandbox:
    """Another sandbox, equal to this one now. Its journal has what led here."""
    if sandboxes.find(name):
        raise ConflictError("name", f"{name} exists", f"there is a sandbox {name} already")
    other = sandboxes.at(name, wall)
    other.state = sandbox.state
    other.journal = sandbox.journal.copy()
    return other


def _without_snapshots(state: State) -> State:
    if SNAPSHOTS not in state.parts:
        return state
    return replace(state, parts=state.parts.delete(SNAPSHOTS))
