"""The library: the scenarios that can be bound.

Those that ship with the package, those of the server's own folder, and those posted to a sandbox,
which live in that sandbox's state. Of one name the nearest counts: posted, folder, shipped. A file
is read when it is listed or bound; one that has become wrong keeps its last good version.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from sandbox.engine.sandbox import Sandbox
from sandbox.engine.words import nearest
from sandbox.scenario.language.loader import Loaded, Tree, load, unreadable
from sandbox.scenario.language.loader import bind as variant_of
from sandbox.scenario.language.model import Scalar, Scenario
from sandbox.scenario.language.problems import InvalidScenarioError, Problem, Severity
from sandbox.scenario.language.vocabulary import Vocabulary
from sandbox.scenario.running.plans import Bound, ready
from sandbox.scenario.running.underway import SCENARIO, scenario_of

HAPPY_PATH = "happy-path"
SUFFIX = ".yaml"
MOST_KEPT = 256  # variants that stay ready to be bound
NO_VALUES: Mapping[str, Scalar] = Map()


class Source(StrEnum):
    """Where a scenario comes from."""

    SHIPPED = "shipped"
    FOLDER = "folder"
    ADDED = "added"


class Listed(Struct, frozen=True):
    """A scenario that there is, in its default variant: None where it has never been right."""

    name: str
    file: str
    source: Source
    scenario: Scenario | None
    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(one for one in self.problems if one.severity == Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(one for one in self.problems if one.severity != Severity.ERROR)


class NoSuchScenarioError(Exception):
    """There is no scenario of this name; `nearest` is the one that was probably meant."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        self.nearest = nearest(name, known)
        guess = f". Did you mean {self.nearest!r}?" if self.nearest else ""
        super().__init__(f"there is no scenario {name!r}{guess}")


@dataclass(frozen=True, slots=True)
class _Read:
    """A text and what came of it."""

    text: str | bytes
    loaded: Loaded


class Library:
    """All scenarios of a server. `happy` is the happy path, which stands behind every other."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        shipped: Path | None = None,
        folder: Path | None = None,
        reading: Callable[[Path], bytes] = Path.read_bytes,
    ) -> None:
        self.vocabulary = vocabulary
        self._folders = tuple(
            (source, where)
            for source, where in ((Source.FOLDER, folder), (Source.SHIPPED, shipped))
            if where is not None
        )
        file = Path(__file__).parents[1] / f"{HAPPY_PATH}{SUFFIX}"
        text = file.read_text(encoding="utf-8")
        self.happy = ready(load(text, f"{HAPPY_PATH}{SUFFIX}", vocabulary).ok())
        self._reading = reading
        self._read: dict[str, _Read] = {}
        self._good: dict[str, Tree] = {}
        self._bound: dict[tuple[str, str, Map[str, Scalar]], Bound] = {}

    def listed(self, sandbox: Sandbox | None = None) -> list[Listed]:
        """What can be bound, by name; in a sandbox, with what was posted to it."""
        found: dict[str, Listed] = {}
        for name, source, file, read in self._everything(sandbox):
            if name not in found:
                loaded = read()
                scenario = loaded.scenario or self._last_good(file)
                found[name] = Listed(name, file, source, scenario, loaded.problems)
        return [replace(found[name], file=Path(found[name].file).name) for name in sorted(found)]

    def bound(
        self,
        name: str,
        params: Mapping[str, Scalar] = NO_VALUES,
        sandbox: Sandbox | None = None,
    ) -> Bound | None:
        """A variant of a scenario, made ready to bind. None for the happy path alone.

        Raises NoSuchScenarioError, or InvalidScenarioError for a broken file and wrong parameters.
        """
        if name == HAPPY_PATH:
            return None
        for known, _, file, read in self._everything(sandbox):
            if known == name:
                return self._ready(file, read(), params)
        raise NoSuchScenarioError(name, [known for known, *_ in self._everything(sandbox)])

    def post(self, sandbox: Sandbox, text: str | bytes) -> Listed:
        """Add a scenario to this sandbox. InvalidScenarioError with all that is wrong with it."""
        loaded = load(text, "", self.vocabulary)
        scenario = loaded.ok()
        state = scenario_of(sandbox)
        posted = state.posted.set(scenario.name, scenario.source)
        sandbox.keep_part(SCENARIO, replace(state, posted=posted))
        return Listed(scenario.name, scenario.file, Source.ADDED, scenario, loaded.problems)

    def again(self, source: str, values: Mapping[str, Scalar], file: str = "") -> Bound:
        """What was bound in a sandbox that has been written down: of its source and its values.

        `file` is the one that causes name.
        """
        loaded = load(source, file, self.vocabulary)
        return self._ready(loaded.ok().file, loaded, values)

    def _everything(
        self, sandbox: Sandbox | None
    ) -> Iterator[tuple[str, Source, str, Callable[[], Loaded]]]:
        """Name, source, file, and what reads it: only who needs a file has it read."""
        posted = scenario_of(sandbox).posted if sandbox else Map()
        for name in sorted(posted):
            file = f"{name}{SUFFIX}"
            yield name, Source.ADDED, file, partial(self._loaded, file, posted[name])
        for source, folder in self._folders:
            for path in sorted(folder.glob(f"*{SUFFIX}")):
                yield path.stem, source, str(path), partial(self._read_file, path)

    def _read_file(self, path: Path) -> Loaded:
        try:
            text = self._reading(path)
        except OSError as error:
            return unreadable(str(path), error)
        return self._loaded(str(path), text)

    def _loaded(self, file: str, text: str | bytes) -> Loaded:
        """A file as it is now, read again only when its text has changed."""
        known = self._read.get(file)
        if known is None or known.text != text:
            known = _Read(text, load(text, file, self.vocabulary))
            self._read[file] = known
            if known.loaded.scenario and known.loaded.tree:
                self._good[file] = known.loaded.tree
        return known.loaded

    def _last_good(self, file: str) -> Scenario | None:
        tree = self._good.get(file)
        return self._variant(tree, NO_VALUES).scenario if tree else None

    def _ready(self, file: str, loaded: Loaded, params: Mapping[str, Scalar]) -> Bound:
        tree = loaded.tree if loaded.scenario else self._good.get(file)
        if tree is None:
            raise InvalidScenarioError(loaded.problems)
        key = (file, tree.source, Map(params))
        if key not in self._bound:
            if len(self._bound) >= MOST_KEPT:
                del self._bound[next(iter(self._bound))]
            scenario = self._variant(tree, params).ok()
            self._bound[key] = ready(scenario, self.happy.scenario)
        return self._bound[key]

    def _variant(self, tree: Tree, params: Mapping[str, Scalar]) -> Loaded:
        return variant_of(tree, params, self.vocabulary)
