"""Scenario files and their mutants: what `sandbox rehearse --mutate` does, on all processors."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from junitparser import Failure, Skipped, TestCase, TestSuite
from junitparser.junitparser import FinalResult

from sandbox.config import Settings
from sandbox.scenario.language.loader import load
from sandbox.scenario.language.model import Scenario
from sandbox.scenario.proving.mutating import Dress, Fate, Judged, is_mutated, judged
from sandbox.scenario.proving.rehearsal import Rehearsal, rehearse
from sandbox.scenario.running.plans import ready
from sandbox.web.app import App
from sandbox.web.rehearsing import InProcess, NotAdvancedError
from sandbox.web.scenario_files import library, server

SANDBOX = "mutation"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # of scenarios that name no instant: always the same


class Mutating:
    """A server that rehearses mutants, each in a sandbox of the same name."""

    def __init__(self, settings: Settings) -> None:
        self.app: App = server(settings)

    def judged(self, path: Path) -> tuple[Judged, ...]:
        """The mutants of a file that rehearses well; none of a world, which proves nothing."""
        words = library(self.app).vocabulary
        loaded = load(path.read_bytes(), str(path), words)
        if loaded.tree is None or not is_mutated(loaded.ok()):
            return ()
        return judged(loaded.tree, words, self.play)

    def play(self, scenario: Scenario, dress: Dress) -> Rehearsal | None:
        """Rehearse a variant in a fresh sandbox; None where its clock could not be moved."""
        known, process = library(self.app), self.app.process.server
        process.sandboxes.forget(SANDBOX)
        process.sandboxes.at(SANDBOX, START)
        client = dress(InProcess(self.app, SANDBOX))
        bound = ready(scenario, known.happy.scenario)
        try:
            return rehearse(bound, client, known.vocabulary, process.expectations)
        except NotAdvancedError:
            return None


def mutated(settings: Settings, paths: Iterable[Path]) -> Iterator[tuple[Path, tuple[Judged, ...]]]:
    """The mutants of each file, in the files' order."""
    files = list(paths)
    judge = partial(_judged, settings)
    if len(files) == 1:
        yield from zip(files, map(judge, files), strict=True)
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield from zip(files, pool.map(judge, files), strict=True)


_server = cache(Mutating)


def _judged(settings: Settings, path: Path) -> tuple[Judged, ...]:
    return _server(settings).judged(path)


def told(path: Path, found: tuple[Judged, ...]) -> Iterator[str]:
    """What became of a file's mutants: how many had which fate, and which were not killed."""
    if not found:
        yield f"{path}: a world, or nothing that could be changed"
        return
    counts = {fate: sum(one.fate == fate for one in found) for fate in Fate}
    summed = ", ".join(f"{counts[fate]} {fate}" for fate in Fate)
    yield f"{path}: {len(found)} mutants, {summed}"
    yield from (f"  {one}" for one in found if one.fate != Fate.KILLED)


def suite(path: Path, found: tuple[Judged, ...]) -> TestSuite:
    """A file's mutants as a suite of JUnit's: one that has survived is a test that failed."""
    results: dict[Fate, list[FinalResult]] = {
        Fate.KILLED: [],
        Fate.WITHOUT_EFFECT: [Skipped("no event, answer, notice or delivery was another")],
        Fate.SURVIVED: [Failure("something else happened, and no line noticed", Fate.SURVIVED)],
    }
    suite = TestSuite(f"{path.name}, mutated")
    for one in found:
        case = TestCase(f"{one.where} {one.what}", classname=path.stem, time=0)
        case.result = results[one.fate]
        suite.add_testcase(case)
    return suite


def has_survivor(found: tuple[Judged, ...]) -> bool:
    """Whether something else happened once, and no line of the file noticed."""
    return any(one.fate == Fate.SURVIVED for one in found)
