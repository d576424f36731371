"""Whether a scenario would notice if it were wrong: its mutants are rehearsed, one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sandbox.engine.sandbox import Sandbox
from sandbox.scenario.language.loader import Loaded, Tree, build, load_again
from sandbox.scenario.language.model import Scenario
from sandbox.scenario.language.vocabulary import Vocabulary
from sandbox.scenario.proving.mutants import mutants
from sandbox.scenario.proving.rehearsal import (
    Client,
    Rehearsal,
    Reply,
    Request,
    Speaker,
    combinations,
)

WORLDS = "everyday"  # what the names of worlds end with: they expect nothing


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    WITHOUT_EFFECT = "without effect"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant and its fate. `where` is `file:line`, `what` the change that was made there."""

    where: str
    what: str
    fate: Fate

    def __str__(self) -> str:
        return f"{self.where}  {self.what}: {self.fate}"


class Repeating:
    """A client that repeats at once every call that was not answered with success."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.sandbox: Sandbox = client.sandbox
        self.speakers: Mapping[str, Speaker] = client.speakers

    def send(self, request: Request) -> Reply:
        reply = self._client.send(request)
        return reply if reply.is_success else self._client.send(request)

    def advance_to(self, instant: datetime) -> None:
        self._client.advance_to(instant)

    def run_until_idle(self) -> None:
        self._client.run_until_idle()


Dress: TypeAlias = Callable[[Client], Client]
Play: TypeAlias = Callable[[Scenario, Dress], Rehearsal | None]
"""Rehearses a variant in a fresh sandbox, with a client that is dressed up before.

The sandbox has the same name and the same instant each time: what differs is the scenario's doing.
None where the clock could not be moved.
"""


def as_it_is(client: Client) -> Client:
    """The client of an ordinary rehearsal."""
    return client


def is_mutated(scenario: Scenario) -> bool:
    """Whether it has something to prove. A world has not."""
    return not scenario.name.endswith(WORLDS)


def judged(tree: Tree, vocabulary: Vocabulary, play: Play) -> tuple[Judged, ...]:
    """The fate of each mutant of a file that rehearses well as it is."""
    loaded = load_again(tree, vocabulary)
    usual = tuple(_played(loaded, play, as_it_is))
    found = [
        Judged(
            loaded.ok().where(mutant.line),
            mutant.what,
            _fate(load_again(mutant.tree, vocabulary), usual, play, as_it_is),
        )
        for mutant in mutants(tree)
    ]
    acts = [act for one in usual if one for act in one.acts]
    refused = [act for act in acts if not all(reply.is_success for reply in act.replies)]
    if refused:
        what = "the client: repeats at once every call that was not answered ok"
        found.append(Judged(refused[0].source, what, _fate(loaded, usual, play, Repeating)))
    return tuple(found)


def _fate(loaded: Loaded, usual: Sequence[Rehearsal | None], play: Play, dress: Dress) -> Fate:
    if loaded.scenario is None:
        return Fate.KILLED
    fate = Fate.WITHOUT_EFFECT
    for number, played in enumerate(_played(loaded, play, dress)):
        if played is None or not played.is_ok:
            return Fate.KILLED
        before = usual[number]
        if before is None or played.trace != before.trace:
            fate = Fate.SURVIVED
    return fate


def _played(loaded: Loaded, play: Play, dress: Dress) -> Iterator[Rehearsal | None]:
    """A rehearsal of each variant, made when it is asked for."""
    scenario, tree = loaded.ok(), loaded.tree
    assert tree is not None
    for values in combinations(scenario):
        yield play(build(tree, values), dress)
