"""What is wrong with a scenario file, where, and what was probably meant."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sandbox.engine.words import nearest

Path: TypeAlias = tuple[str | int, ...]
"""Where something stands in a file: keys of mappings, and numbers of list items from 0."""

MOST_LISTED = 24  # choices; a longer list is read by nobody


class Severity(StrEnum):
    """Whether the file can be used all the same."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` and `column` count from 1; `key` is the path as text.

    `message` is complete and stands in one line, the guess included; `nearest` is that guess alone.
    `choices` are all the values that would have done, where that helps.
    """

    file: str
    line: int
    column: int
    key: str
    message: str
    nearest: str | None = None
    severity: Severity = Severity.ERROR
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        start = f"{self.file}:{self.line}:{self.column}  "
        mark = "warning: " if self.severity == Severity.WARNING else ""
        key = f"{self.key}: " if self.key else ""
        listed = f"\n{' ' * len(start)}({' '.join(self.choices)})" if self.choices else ""
        return f"{start}{mark}{key}{self.message}{listed}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem before its place in the text is looked up.

    `at_key` says that the key itself is wrong, not its value. `line` and `column` are set only
    where the path does not lead to a place: a second key of one name, a file that is no YAML.
    """

    path: Path
    message: str
    nearest: str | None = None
    choices: tuple[str, ...] = ()
    at_key: bool = False
    severity: Severity = Severity.ERROR
    line: int = 0
    column: int = 0


class InvalidScenarioError(Exception):
    """A scenario that cannot be used; `problems` says why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def as_text(path: Path) -> str:
    """A path as people write it: `rules[0].then[1].after`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def unknown(
    path: Path, what: str, word: object, choices: Iterable[str], *, at_key: bool = False
) -> Finding:
    """A word that is none of `choices`; `what` is the sentence so far, without its full stop.

    The choices are listed where they are few; not for a misspelt key: there the guess will do.
    """
    known = tuple(choices)
    guess = nearest(word, known)
    message = f"{what}. Did you mean `{guess}`?" if guess else what
    listed = () if (at_key and guess) or not 1 < len(known) <= MOST_LISTED else known
    return Finding(path, message, guess, listed, at_key)
