"""A lifecycle is a table: one line a move, no code. It checks and prints itself."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import ClassVar


def basis(inferred: str, chosen: str) -> str:
    """On what a row rests that no document states; empty for what is documented."""
    return f"inferred: {inferred}" if inferred else f"chosen: {chosen}" if chosen else ""


class Row:
    """A line of a lifecycle table: from which statuses, and what it is announced as."""

    def __init__(self, *sources: StrEnum, event: str, basis: str) -> None:
        self.sources = sources
        self.event = event
        self.basis = basis

    def __set_name__(self, owner: "type[Lifecycle]", name: str) -> None:
        self.lifecycle = owner
        self.name = name
        self.event = f"{owner.resource}.{self.event or name}"
        self.basis = self.basis or owner.basis

    def __repr__(self) -> str:
        return f"{self.lifecycle.__name__}.{self.name}"


class Move(Row):
    """One row of a lifecycle table: from any of these statuses, to that one.

    `event` is what the move is announced as, where that is not its own name. A row that no document
    states says why it is there: `inferred` from what they do state, or `chosen` by us.
    """

    def __init__(
        self, *sources: StrEnum, to: StrEnum, event: str = "", inferred: str = "", chosen: str = ""
    ) -> None:
        super().__init__(*sources, event=event, basis=basis(inferred, chosen))
        self.to = to

    def from_(self, status: StrEnum) -> StrEnum:
        """The status this move leads to from `status`, or IllegalMoveError."""
        if status not in self.sources:
            raise IllegalMoveError(self.lifecycle, status, self.name)
        return self.to


class Forced(Move):
    """A move that asks no table: a scenario's `force: true`."""

    def __init__(self, lifecycle: "type[Lifecycle]", to: StrEnum, event: str) -> None:
        super().__init__(to=to)
        self.lifecycle = lifecycle
        self.name = self.event = event

    def from_(self, status: StrEnum) -> StrEnum:  # noqa: ARG002  whatever it is
        return self.to


class Announcement(Row):
    """An event that changes no status, and the statuses in which it may happen."""

    def __init__(self, *sources: StrEnum, inferred: str = "", chosen: str = "") -> None:
        super().__init__(*sources, event="", basis=basis(inferred, chosen))

    def check(self, status: StrEnum) -> None:
        if status not in self.sources:
            raise IllegalMoveError(self.lifecycle, status, self.name)


class IllegalMoveError(Exception):
    """A move, or an announcement, that the lifecycle does not allow from this status."""

    def __init__(self, lifecycle: "type[Lifecycle]", status: StrEnum, asked: str) -> None:
        self.lifecycle = lifecycle
        self.status = status
        self.asked = asked
        self.allowed = tuple(move.name for move in lifecycle.allowed(status))
        would = f"only {' or '.join(self.allowed)}" if self.allowed else "nothing is"
        super().__init__(f"{lifecycle.resource} is {status}: {asked} is not allowed, {would}")


class Lifecycle:
    """A resource's lifecycle: subclass it, name the first status, and write one line per move.

    A subclass is a table, never instantiated. Every status must be led to by a move, or stand in
    `never` with the reason why the sandbox does not give it.
    """

    resource: ClassVar[str]
    field: ClassVar[str] = "status"
    initial: ClassVar[StrEnum]
    basis: ClassVar[str] = "documented"  # of every row that does not say otherwise
    never: ClassVar[Mapping[StrEnum, str]] = {}
    _moves: ClassVar[tuple[Move, ...]]
    _between: ClassVar[Mapping[tuple[StrEnum, StrEnum, str], Move]]

    def __init_subclass__(cls) -> None:
        cls._moves = tuple(row for row in vars(cls).values() if isinstance(row, Move))
        between: dict[tuple[StrEnum, StrEnum, str], Move] = {}
        for move in cls._moves:
            for source in move.sources:
                between.setdefault((source, move.to, ""), move)
                between[source, move.to, move.event] = move
        cls._between = between
        cls._check()

    @classmethod
    def _check(cls) -> None:
        statuses = type(cls.initial)
        rows = [(source, move.to) for move in cls._moves for source in move.sources]
        given = {cls.initial} | {to for _, to in rows}
        rows += [(source, source) for row in cls.announcements() for source in row.sources]
        # By type: members of two StrEnums are equal wherever their strings are.
        odd = {status for row in rows for status in row if type(status) is not statuses}
        for what, wrong in {
            f"not of {statuses.__name__}": odd,
            "no move leads there": set(statuses) - given - set(cls.never),
            "given after all": given & set(cls.never),
        }.items():
            if wrong:
                raise TypeError(f"{cls.__name__}: {', '.join(sorted(wrong))}: {what}")

    @classmethod
    def moves(cls) -> tuple[Move, ...]:
        return cls._moves

    @classmethod
    def announcements(cls) -> Iterator[Announcement]:
        return (row for row in vars(cls).values() if isinstance(row, Announcement))

    @classmethod
    def allowed(cls, status: StrEnum) -> list[Move]:
        return [move for move in cls._moves if status in move.sources]

    @classmethod
    def between(cls, status: StrEnum, to: StrEnum, event: str = "") -> Move:
        """The move from `status` to `to`: the first row that leads there, or the one of `event`."""
        move = cls._between.get((status, to, event))
        if move is None:
            raise IllegalMoveError(cls, status, event or to)
        return move

    @classmethod
    def as_markdown(cls) -> str:
        """The table as the README prints it: what all rows rest on, then what each says besides."""
        moves = [
            f"| `{row.event}` | {', '.join(row.sources)} | {row.to} |{cls._own_basis(row)} |"
            for row in cls._moves
        ]
        announcements = [
            f"| *announces* `{row.event}` | {', '.join(row.sources)} | |{cls._own_basis(row)} |"
            for row in cls.announcements()
        ]
        never = [f"| | | {status} | never: {why} |" for status, why in cls.never.items()]
        head = [f"Basis: {cls.basis}.", "", "| event | from | to | |", "| --- | --- | --- | --- |"]
        return "\n".join(head + moves + announcements + never)

    @classmethod
    def _own_basis(cls, row: Row) -> str:
        return "" if row.basis == cls.basis else f" {row.basis}"

    @classmethod
    def as_mermaid(cls) -> str:
        """The same as a state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {cls.initial}"]
        for move in cls._moves:
            lines += [f"    {source} --> {move.to}: {move.name}" for source in move.sources]
        return "\n".join(lines)
