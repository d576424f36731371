"""From a file's text to a scenario, or to everything that is wrong with it.

`load` reads and checks a file and gives the variant with the parameters' defaults; `bind` gives
another variant of what was read. Neither ever raises: what is wrong stands in `problems`, and for a
file of which there is no text `unreadable` says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePath
from typing import Any

from immutables import Map

from sandbox.scenario.language import template
from sandbox.scenario.language.builder import Builder
from sandbox.scenario.language.checks import check, check_file, happy_path
from sandbox.scenario.language.model import Scalar, Scenario
from sandbox.scenario.language.problems import (
    Finding,
    InvalidScenarioError,
    Path,
    Problem,
    Severity,
    as_text,
)
from sandbox.scenario.language.pruning import has_hole, pruned
from sandbox.scenario.language.vocabulary import Vocabulary
from sandbox.scenario.language.yaml_nodes import Fields, Items, Node, plain, read

MOST_PROBLEMS = 500
MOST_CHECKED = 2_000_000  # characters, of all variants together
UNNAMED = "scenario.yaml"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: its key (of a list's item, itself) and its value."""

    key: tuple[int, int]
    value: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tree:
    """A file as read: its templates still in it. `bind` makes a scenario of it.

    `data` is what the file says, as dicts and lists; treat it as fixed. Who wants another, say with
    a step left out (in lists: `HOLE` in its place), replaces it: `places` are found by path.
    """

    file: str
    source: str
    data: Any
    places: Map[Path, Place]

    def place(self, path: Path) -> Place:
        """The place of `path`, or of the nearest thing around it."""
        for end in range(len(path), -1, -1):
            if found := self.places.get(path[:end]):
                return found
        return Place((1, 1), (1, 1))

    def line(self, path: Path) -> int:
        return self.place(path).value[0]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a file: a scenario, unless one of the problems is an error."""

    scenario: Scenario | None
    problems: tuple[Problem, ...] = ()
    tree: Tree | None = None

    def ok(self) -> Scenario:
        """The scenario, or InvalidScenarioError with all that is wrong."""
        if self.scenario is None:
            raise InvalidScenarioError(self.problems)
        return self.scenario


def load(text: str | bytes, file: str, vocabulary: Vocabulary) -> Loaded:
    """Read and check a scenario: as written, and in each of its variants.

    `file` is where it is from, as problems name it; empty for a posted one, which is called
    `<scenario>.yaml`.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            what = f"not a text file in UTF-8: byte {error.start + 1} is 0x{text[error.start]:02X}"
            return Loaded(None, (Problem(file or UNNAMED, 1, 1, "", what),))
    was_read = read(text)
    data = plain(was_read.root) if was_read.root else None
    name = data.get("scenario") if isinstance(data, dict) else None
    posted = f"{name}.yaml" if isinstance(name, str) else UNNAMED
    places = Map(_places(was_read.root)) if was_read.root else Map()
    tree = Tree(file or posted, text, data, places)
    findings: Iterable[Finding] = was_read.findings
    if was_read.root is not None:
        every = _unspoilt(_as_written(tree, vocabulary), was_read.spoilt)
        found = list(islice(every, MOST_PROBLEMS))
        # Quotes are no help where the text in them would be wrong too.
        wrong = {finding.path for finding in found if finding.severity == Severity.ERROR}
        doubts = [doubt for doubt in was_read.doubts if doubt.path not in wrong]
        findings = [*findings, *doubts, *found]
    problems = _problems(tree, findings)
    if any(problem.severity == Severity.ERROR for problem in problems):
        return Loaded(None, problems, tree)
    return Loaded(build(tree, {}), problems, tree)


def unreadable(file: str, error: OSError) -> Loaded:
    """What comes of a file that is there and cannot be read: a folder, somebody else's, gone."""
    return Loaded(None, (Problem(file, 1, 1, "", f"it cannot be read: {error.strerror}"),))


def load_again(tree: Tree, vocabulary: Vocabulary) -> Loaded:
    """What comes of a tree with other data in it, as if a file had said so."""
    problems = _problems(tree, _as_written(tree, vocabulary))
    if any(problem.severity == Severity.ERROR for problem in problems):
        return Loaded(None, problems, tree)
    return Loaded(build(tree, {}), problems, tree)


def bind(tree: Tree, values: Mapping[str, Scalar], vocabulary: Vocabulary) -> Loaded:
    """The variant of a scenario with these values; parameters not named have their defaults.

    Checked again, as this variant: an unknown parameter and a value that it cannot take are
    problems like any other.
    """
    findings = list(template.given_values(tree.data, values))
    if not findings:
        variant = {**template.defaults(tree.data), **values}
        found = _of_variant(tree, tree.data, variant, vocabulary, happy_path())
        findings = list(islice(found, MOST_PROBLEMS))
    problems = _problems(tree, findings)
    if any(problem.severity == Severity.ERROR for problem in problems):
        return Loaded(None, problems, tree)
    return Loaded(build(tree, values), problems, tree)


def _as_written(tree: Tree, vocabulary: Vocabulary) -> Iterator[Finding]:
    """All findings of a file: as written, then of each variant what the first one has not."""
    wrong = [*vocabulary.schema.findings(tree.data), *_templates(tree.data)]
    yield from wrong
    data = pruned(tree.data, wrong, vocabulary.schema)
    if not isinstance(data, dict):
        return
    yield from check_file(data, tree.data, tree.file)
    # What the file now lacks because it was left out is nobody's fault.
    lacking = vocabulary.schema.findings(data) if wrong else ()
    seen = {(finding.path, finding.message) for finding in (*wrong, *lacking)}
    usual, happy = template.defaults(data), happy_path()
    most = max(1, MOST_CHECKED // (len(tree.source) + 1))
    for values in islice(template.variants(data, template.used(data)), most):
        others = [f"{name}={value}" for name, value in values.items() if value is not usual[name]]
        found = list(islice(_of_variant(tree, data, values, vocabulary, happy), MOST_PROBLEMS))
        for finding in found:
            if (finding.path, finding.message) not in seen:
                message = f"with {', '.join(others)}: {finding.message}"
                yield replace(finding, message=message) if others else finding
        seen |= {(finding.path, finding.message) for finding in found}


def _templates(data: Any) -> Iterator[Finding]:
    if isinstance(data, dict):
        yield from template.findings(data)


def _of_variant(
    tree: Tree,
    data: Any,
    values: Mapping[str, Scalar],
    vocabulary: Vocabulary,
    happy: Mapping[str, Any],
) -> Iterator[Finding]:
    """What is wrong with one variant of `data`, in which there may be holes."""
    filled = template.substitute(data, values)
    found = vocabulary.schema.findings(filled)
    wrong = [finding for finding in found if not has_hole(filled, finding.path)]
    yield from wrong
    rest = pruned(filled, wrong, vocabulary.schema)
    if isinstance(rest, dict):
        yield from check(rest, vocabulary, happy)
        builder = Builder(rest, tree.line)
        builder.scenario(tree.file, tree.source, values)
        yield from builder.findings


def build(tree: Tree, values: Mapping[str, Scalar]) -> Scenario:
    """A variant of a tree with which nothing is wrong. Of any other, who knows."""
    every = {**template.defaults(tree.data), **values}
    builder = Builder(template.substitute(tree.data, every), tree.line)
    return builder.scenario(PurePath(tree.file).name, tree.source, every)


def _unspoilt(findings: Iterable[Finding], spoilt: frozenset[Path]) -> Iterator[Finding]:
    """Of a value that could not be read, nothing more is said."""
    for finding in findings:
        if not any(finding.path[:end] in spoilt for end in range(1, len(finding.path) + 1)):
            yield finding


def _problems(tree: Tree, findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """The findings with their places, each once, in the order of the file."""
    found: dict[tuple[int, int, str, str], Problem] = {}
    for finding in islice(findings, MOST_PROBLEMS):
        place = tree.place(finding.path)
        line, column = place.key if finding.at_key else place.value
        if finding.line:
            line, column = finding.line, finding.column
        problem = Problem(
            tree.file,
            line,
            column,
            as_text(finding.path),
            finding.message,
            finding.nearest,
            finding.severity,
            finding.choices,
        )
        found.setdefault((line, column, problem.key, problem.message), problem)
    return tuple(sorted(found.values(), key=lambda problem: (problem.line, problem.column)))


def _places(root: Node, path: Path = (), key: tuple[int, int] | None = None) -> dict[Path, Place]:
    here = (root.line, root.column)
    places = {path: Place(key or here, here)}
    if isinstance(root, Items):
        for number, node in enumerate(root.nodes):
            places |= _places(node, (*path, number))
    elif isinstance(root, Fields):
        for name, node in root.pairs:
            places |= _places(node, (*path, str(name.value)), (name.line, name.column))
    return places
