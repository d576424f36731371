"""Whether a timeline's steps can ever be legal: followed status by status, as if nothing else moved
the resource. What else may move it says `while`.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sandbox.provider.relations import RELATED
from sandbox.scenario.language import field_names
from sandbox.scenario.language.problems import Finding, Path, unknown
from sandbox.scenario.language.pruning import HOLE
from sandbox.scenario.language.vocabulary import LifecycleTable, Vocabulary

Statuses: TypeAlias = frozenset[str]
Follow: TypeAlias = Generator[Finding, None, Statuses]
"""Findings, and in the end the statuses in which the resource may stand."""


@dataclass(frozen=True, slots=True)
class Legality:
    """The checks of all timelines of a file: its own `timelines`, and the happy path's.

    `known` remembers where a timeline leads to from where, so that each way is followed once.
    """

    vocabulary: Vocabulary
    timelines: Mapping[str, Any]
    inherited: Mapping[str, Any]
    known: dict[tuple[str, str, Statuses], Statuses] = field(default_factory=dict)

    def of_rule(self, path: Path, rule: Mapping[str, Any]) -> Iterator[Finding]:
        """What is wrong with a lifecycle rule's steps."""
        event = rule.get("when")
        steps = rule.get("then")
        type_ = event.partition(".")[0] if isinstance(event, str) else ""
        if not isinstance(steps, list) or type_ not in self.vocabulary.lifecycles:
            return
        table = self.vocabulary.lifecycles[type_]
        start = _narrowed(table.after(str(event)), rule.get("match"))
        yield from self.steps((*path, "then"), steps, type_, start, ())

    def steps(
        self, path: Path, steps: Any, type_: str, standing: Statuses, above: tuple[str, ...]
    ) -> Follow:
        """Follow the steps from the statuses in which the resource may stand."""
        for number, step in enumerate(steps):
            if step is HOLE:  # from here on nobody knows
                return frozenset(self.vocabulary.lifecycles[type_].statuses)
            at = (*path, number)
            if "of" not in step:
                standing = yield from self.step(at, step, type_, standing, above)
            elif (type_, step["of"]) in RELATED:
                every = frozenset(self.vocabulary.lifecycles[step["of"]].statuses)
                yield from self.step(at, step, step["of"], every, above)
            else:
                known = sorted(other for one, other in RELATED if one == type_)
                named = type_.replace("_", " ")
                what = f"a {named} has no related {step['of'].replace('_', ' ')}"
                yield unknown((*at, "of"), what, step["of"], known)
        return standing

    def step(
        self,
        path: Path,
        step: Mapping[str, Any],
        type_: str,
        standing: Statuses,
        above: tuple[str, ...],
    ) -> Follow:
        """One step; what it returns is where the resource may stand afterwards."""
        table = self.vocabulary.lifecycles[type_]
        if "while" in step:
            asked = step["while"]
            wanted = frozenset((asked,) if isinstance(asked, str) else asked)
            for status in sorted(wanted - set(table.statuses)):
                yield self._no_status((*path, "while"), type_, status)
            standing = (standing & wanted) or wanted
        if "status" in step:
            return (yield from self.status(path, step, table, standing))
        if "emit" in step:
            return (yield from self.emit(path, step["emit"], table, standing))
        if "set" in step:
            yield from field_names.changes((*path, "set"), step["set"], type_, self.vocabulary)
        elif "create" in step:
            created = (*path, "with")
            yield from field_names.matches(
                created, step.get("with"), step["create"], self.vocabulary
            )
        elif "use" in step:
            return (yield from self.use(path, step["use"], type_, standing, above))
        return standing

    def status(
        self, path: Path, step: Mapping[str, Any], table: LifecycleTable, standing: Statuses
    ) -> Follow:
        to, event = step["status"], step.get("as")
        if to not in table.statuses:
            yield self._no_status((*path, "status"), table.resource, to)
            return standing
        if event is not None and "force" not in step:
            leads = [row for row in table.moves if row.event == event and row.to == to]
            if not leads:
                known = tuple(row.event for row in table.moves if row.to == to)
                yield unknown((*path, "as"), f"`{event}` does not lead to {to}", event, known)
                return frozenset((to,))
        rows = [row for row in table.moves if row.to == to and standing & set(row.sources)]
        if "force" not in step and event not in {None, *(row.event for row in rows)} and rows:
            known = tuple(row.event for row in rows)
            what = f"`{event}` is no move from {_listed(table, standing)} to {to}"
            yield unknown((*path, "as"), what, event, known)
        elif "force" not in step and not rows:
            would = [row.to for row in table.moves if standing & set(row.sources) and row.to]
            here = _listed(table, standing)
            what = f"no move leads from {here} to {to}, and there is no `force`"
            yield Finding((*path, "status"), what, choices=tuple(dict.fromkeys(would)))
        return frozenset((to,))

    def emit(self, path: Path, event: str, table: LifecycleTable, standing: Statuses) -> Follow:
        row = next((row for row in table.announcements if row.event == event), None)
        if row is None:
            known = tuple(row.event for row in table.announcements)
            named = table.resource.replace("_", " ")
            yield unknown((*path, "emit"), f"a {named} does not emit `{event}`", event, known)
            return standing
        if not standing & set(row.sources):
            here = _listed(table, standing)
            yield Finding(
                (*path, "emit"),
                f"`{event}` does not happen in {here}, only in {' or '.join(row.sources)}",
            )
            return frozenset(row.sources)
        return standing & set(row.sources)

    def use(
        self, path: Path, name: str, type_: str, standing: Statuses, above: tuple[str, ...]
    ) -> Follow:
        every = frozenset(self.vocabulary.lifecycles[type_].statuses)
        if name in above:  # it uses itself, which is said elsewhere
            return every
        place = (name, type_, standing)
        if name in self.timelines and place not in self.known:
            own: Path = ("timelines", name)
            self.known[place] = yield from self.steps(
                own, self.timelines[name], type_, standing, (*above, name)
            )
        if name in self.timelines:  # what is wrong with it is said once
            return self.known[place]
        if name in self.inherited:
            # The happy path's own steps are not to blame: only that they do not fit here.
            wrong, after = _followed(
                self.steps(path, self.inherited[name], type_, standing, (*above, name))
            )
            if wrong:
                what = f"`{name}` does not fit here: {wrong[0].message}"
                yield Finding((*path, "use"), what)
            return after
        known = (*self.timelines, *self.inherited)
        yield unknown((*path, "use"), f"there is no timeline `{name}`", name, known)
        return every

    def _no_status(self, path: Path, type_: str, status: str) -> Finding:
        article = "an" if type_[0] in "aeiou" else "a"
        what = f"{article} {type_.replace('_', ' ')} has no status `{status}`"
        return unknown(path, what, status, self.vocabulary.lifecycles[type_].statuses)


def _listed(table: LifecycleTable, statuses: Statuses) -> str:
    return " or ".join(status for status in table.statuses if status in statuses)


def _followed(following: Follow) -> tuple[list[Finding], Statuses]:
    """What a timeline's steps give, all at once."""
    findings: list[Finding] = []
    while True:
        try:
            findings.append(next(following))
        except StopIteration as end:
            return findings, end.value


def _narrowed(statuses: Statuses, match: Any) -> Statuses:
    """The statuses that a rule's `match` leaves, where it speaks of them plainly."""
    wanted = match.get("status") if isinstance(match, dict) else None
    if isinstance(wanted, dict):
        only = wanted.get("in") or [wanted["is"]] if "is" in wanted or "in" in wanted else None
        without = {wanted["not"]} if "not" in wanted else set()
        left = statuses & set(only) if only else statuses
        return (left - without) or statuses
    return statuses & {wanted} or statuses if isinstance(wanted, str) else statuses
