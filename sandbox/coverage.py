"""Coverage of behaviour: which operations, status codes and lifecycle moves a suite exercised.

It adds up the reports of many sandboxes (`GET /_sandbox/report`), and imports no server code.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

KINDS = ("operations", "answers", "moves")
TITLES = {"operations": "operations", "answers": "status codes", "moves": "lifecycle moves"}
HUNDRED = 100.0


@dataclass(slots=True)
class Coverage:
    """What was seen how often, by kind and name; a count of 0 is what nobody exercised."""

    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {kind: Counter() for kind in KINDS}
    )

    def add(self, report: Mapping[str, Any]) -> None:
        """Count what one sandbox's report says."""
        for kind in KINDS:
            seen = {item["name"]: item["count"] for item in report[kind]["exercised"]}
            never = dict.fromkeys(report[kind]["neverExercised"], 0)
            self._count(kind, {**never, **seen})

    def merge(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Count what another process has counted: its `counts`, as JSON."""
        for kind in KINDS:
            self._count(kind, counts[kind])

    def _count(self, kind: str, seen: Mapping[str, int]) -> None:
        for name, count in seen.items():
            self.counts[kind][name] += count

    def only(self, apis: Iterable[str]) -> "Coverage":
        """The same without the operations of other APIs; moves are the provider's, so they stay."""
        wanted = tuple(f"{api}." for api in apis)
        kept = Coverage()
        for kind, counted in self.counts.items():
            for name, count in counted.items():
                if kind == "moves" or name.startswith(wanted):
                    kept.counts[kind][name] = count
        return kept

    def never(self, kind: str) -> list[str]:
        """What of this kind nobody exercised, by name."""
        return sorted(name for name, count in self.counts[kind].items() if not count)

    def complaints(self, never: Mapping[str, str]) -> Iterator[str]:
        """What is wrong with a list of what need not be exercised: name or pattern -> reason.

        Something that is not in it was never exercised, or something that is was after all.
        """
        counts = {name: count for kind in KINDS for name, count in self.counts[kind].items()}
        for name, count in sorted(counts.items()):
            if not count and not any(fnmatchcase(name, pattern) for pattern in never):
                yield f"{name} was never exercised"
        for pattern in never:
            named = [name for name in counts if fnmatchcase(name, pattern)]
            seen = sorted(name for name in named if counts[name])
            if seen:
                yield f"{', '.join(seen)}: exercised after all, so {pattern!r} is no `never`"
            elif not named:
                yield f"{pattern!r} names nothing that can be exercised"

    def percent(self, kind: str | None = None) -> float:
        """How much of a kind, or of all, was exercised: 0 to 100."""
        kinds = (kind,) if kind else KINDS
        every = [count for each in kinds for count in self.counts[each].values()]
        return HUNDRED * sum(count > 0 for count in every) / len(every) if every else HUNDRED

    def lines(self) -> Iterator[str]:
        """A table for the terminal."""
        yield f"{'':<18}{'exercised':>10}{'of':>6}{'':>7}"
        for kind in KINDS:
            every, never = len(self.counts[kind]), self.never(kind)
            yield (
                f"{TITLES[kind]:<18}{every - len(never):>10}{every:>6}{self.percent(kind):>6.1f}%"
            )
        for kind in KINDS:
            if never := self.never(kind):
                yield f"{TITLES[kind]} never exercised: {', '.join(never)}"

    def write(self, path: Path) -> None:
        """Write it down: as Cobertura where the file's name ends in .xml, else as JSON."""
        xml = path.suffix == ".xml"
        path.write_bytes(self.as_cobertura() if xml else self.as_json().encode())

    def as_json(self) -> str:
        """The counts and the percentages."""
        percent = {kind: round(self.percent(kind), 2) for kind in KINDS}
        return json.dumps(
            {"counts": self.counts, "percent": {**percent, "all": round(self.percent(), 2)}},
            indent=2,
            sort_keys=True,
        )

    def as_cobertura(self) -> bytes:
        """Cobertura XML, for CI that draws it: a kind is a package, what it groups is a class.

        A line is one operation, status code or move; its number is its place in the class.
        """
        root = Element("coverage", {"version": "1", **self._rates(self.percent())})
        packages = SubElement(root, "packages")
        for kind in KINDS:
            rates = self._rates(self.percent(kind))
            package = SubElement(packages, "package", {"name": TITLES[kind], **rates})
            classes = SubElement(package, "classes")
            for name, members in self._classes(kind):
                self._class(classes, name, members)
        indent(root)
        document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
        return document

    def _classes(self, kind: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
        groups: dict[str, list[tuple[str, int]]] = {}
        for name, count in sorted(self.counts[kind].items()):
            head, _, tail = name.partition(" ")
            groups.setdefault(head if tail else name.partition(".")[0], []).append((name, count))
        yield from sorted(groups.items())

    def _class(self, classes: Element, name: str, members: list[tuple[str, int]]) -> None:
        seen = sum(count > 0 for _, count in members)
        rates = self._rates(HUNDRED * seen / len(members))
        element = SubElement(classes, "class", {"name": name, "filename": name, **rates})
        SubElement(element, "methods")
        lines = SubElement(element, "lines")
        for number, (_, count) in enumerate(members, start=1):
            SubElement(lines, "line", {"number": str(number), "hits": str(count)})

    def _rates(self, percent: float) -> dict[str, str]:
        return {"line-rate": f"{percent / HUNDRED:.4f}", "branch-rate": "0", "complexity": "0"}
