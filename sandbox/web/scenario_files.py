"""Scenario files, checked and rehearsed: what the command line does with them, as values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from immutables import Map
from junitparser import Failure, TestCase, TestSuite

from sandbox.config import Settings
from sandbox.scenario.language.loader import Loaded, bind, load, unreadable
from sandbox.scenario.language.model import Scalar
from sandbox.scenario.language.problems import InvalidScenarioError, Problem, Severity
from sandbox.scenario.proving.rehearsal import Rehearsal, combinations, never_used, rehearse
from sandbox.scenario.running.library import HAPPY_PATH, SUFFIX, Library, Listed
from sandbox.scenario.running.plans import ready
from sandbox.web.app import App, build_app
from sandbox.web.rehearsing import InProcess, NotAdvancedError

SANDBOX = "rehearsal"


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and those of the folders, by name."""
    for path in paths:
        yield from sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else (path,)


def server(settings: Settings) -> App:
    """A server in which nothing is bound, so that a broken one keeps none from being read."""
    return build_app(replace(settings, scenario=HAPPY_PATH))


def library(app: App) -> Library:
    """The scenarios that a server has."""
    found: Library = app.process.server.scenarios
    return found


def checked(app: App, paths: Iterable[Path]) -> list[Problem]:
    """All that is wrong with these files, in their order."""
    return [problem for path in files(paths) for problem in _loaded(app, path).problems]


def _loaded(app: App, path: Path) -> Loaded:
    try:
        text = path.read_bytes()
    except OSError as error:
        return unreadable(str(path), error)
    return load(text, str(path), library(app).vocabulary)


def listed(app: App) -> list[Listed]:
    """What can be bound."""
    return library(app).listed()


def refuse_broken(settings: Settings) -> None:
    """InvalidScenarioError with all that is wrong with the scenarios that could be bound.

    NoSuchScenarioError if the default is not one of them.
    """
    app = server(settings)
    problems = tuple(error for one in listed(app) for error in one.errors)
    if problems:
        raise InvalidScenarioError(problems)
    library(app).bound(settings.scenario)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one file. `unfit` is what is wrong with the file itself, in lines."""

    path: Path
    rehearsals: tuple[Rehearsal, ...]
    unfit: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[str, ...]:
        """Why it has failed, if it has: a line each."""
        return (*(line for one in self.rehearsals for line in _wrong(one)), *self.unfit)

    def suites(self) -> Iterator[TestSuite]:
        """All of it as suites of JUnit's: one for each variant, and one for the file."""
        yield from (rehearsal.suite() for rehearsal in self.rehearsals)
        suite = TestSuite(self.path.name)
        for line in self.unfit or ("",):
            case = TestCase(line or "it can be rehearsed", classname=self.path.stem, time=0)
            case.result = [Failure(line)] if line else []
            suite.add_testcase(case)
        yield suite


def rehearsed(
    app: App, path: Path, values: Mapping[str, Scalar], api: str | None, *, every: bool
) -> Played:
    """Play a file: with these values, or with `every` combination of those that it may have.

    Each variant has a sandbox of its own.
    """
    known = library(app)
    loaded = _loaded(app, path)
    if loaded.scenario is None or loaded.tree is None:
        return Played(path, (), tuple(map(str, loaded.problems)))
    process = app.process.server
    rehearsals: list[Rehearsal] = []
    for variant in combinations(loaded.scenario) if every else (Map(values),):
        bound = bind(loaded.tree, variant, known.vocabulary)
        if bound.scenario is None:
            return Played(path, tuple(rehearsals), tuple(map(str, bound.problems)))
        process.sandboxes.forget(SANDBOX)
        client = InProcess(app, SANDBOX)
        try:
            rehearsals.append(
                rehearse(
                    ready(bound.scenario, known.happy.scenario),
                    client,
                    known.vocabulary,
                    process.expectations,
                    api=api,
                )
            )
        except NotAdvancedError as error:
            return Played(path, tuple(rehearsals), (f"{path}: {error}",))
    idle = never_used(rehearsals) if every else ()
    unfit = (f"{where}  no combination of parameters used it" for where in idle)
    return Played(path, tuple(rehearsals), tuple(unfit))


def _wrong(rehearsal: Rehearsal) -> Iterator[str]:
    values = rehearsal.scenario.values
    said = ", ".join(f"{name}={values[name]}" for name in sorted(values))
    with_ = f" [{said}]" if said else ""
    for act in rehearsal.acts:
        if not act.is_ok:
            yield f"{act.source}{with_}  {act.what}: {act.instead}"
    for entry in rehearsal.result.entries:
        if entry.instead:
            yield f"{entry.source}{with_}  {entry.expected}: {'; '.join(entry.instead)}"
    for skip in rehearsal.skipped:
        yield f"{skip.rule}{with_}  the step was skipped: {skip.message}"


def is_error(problem: Problem) -> bool:
    """Whether the file cannot be used."""
    return problem.severity == Severity.ERROR
