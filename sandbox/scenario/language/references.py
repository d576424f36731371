"""Whom a scenario names: refs of resources, and operations. Do they exist?"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.scenario.language import field_names
from sandbox.scenario.language.problems import Finding, Path, unknown
from sandbox.scenario.language.pruning import each
from sandbox.scenario.language.schema import ScenarioSchema
from sandbox.scenario.language.vocabulary import Vocabulary

COMES_LATER = re.compile(r"([a-z_]+)-[1-9][0-9]*")
DRAFT = "draft"  # made on Socotra, and unknown to the provider so far
REFERRED_KINDS = {
    "customer": ("customers",),
    "site": ("sites",),
    "invoice": ("invoices",),
    "mandate": ("mandates",),
    "provider": ("payment_providers",),
    "payment": ("payments", "instant_payments"),
    "instant_payment": ("instant_payments",),
    "refund": ("refunds",),
    "payout": ("payouts",),
}


class References:
    """The refs that a file may use: of its own resources, else of the starter set's."""

    def __init__(
        self, data: Mapping[str, Any], starter: Mapping[str, Any], schema: ScenarioSchema
    ) -> None:
        self._schema = schema
        given = data.get("given", {}).get("resources")
        resources: Mapping[str, Any] = starter if given is None else given
        self.kinds = {
            fixture["ref"]: kind
            for kind, fixtures in resources.items()
            for fixture in fixtures
            if isinstance(fixture, Mapping) and "ref" in fixture
        }

    def type_of(self, ref: Any) -> str | None:
        """The type of the resource that bears a ref, as far as the ref tells."""
        if ref in self.kinds:
            return self.kinds[ref].removesuffix("s")
        later = COMES_LATER.fullmatch(ref) if isinstance(ref, str) else None
        return later[1] if later and later[1] in field_names.REFERENCES else None

    def check(self, path: Path, ref: Any, name: str = "") -> Iterator[Finding]:
        """Whether something bears this ref; of the kind that a field called `name` refers to.

        Of what means an id, whether it can be one.
        """
        if ref is None:
            return
        if not isinstance(ref, str) or ref.isdecimal():
            yield from self._schema.findings(ref, "reference", path)
            return
        later = COMES_LATER.fullmatch(ref)
        if later and ref not in self.kinds:
            if later[1] not in {*field_names.TRUTHS, DRAFT}:
                yield Finding(path, f"there is no `{ref}`: the sandbox names no such thing so")
            return
        kinds = REFERRED_KINDS.get(name)
        if ref not in self.kinds or (kinds and self.kinds[ref] not in kinds):
            known = [one for one, kind in self.kinds.items() if not kinds or kind in kinds]
            what = (
                f"there is no {name.replace('_', ' ')} `{ref}`" if name else f"there is no `{ref}`"
            )
            yield unknown(path, what, ref, known)


def given(data: Mapping[str, Any], references: References) -> Iterator[Finding]:
    """References between the given resources; a ref or an id used twice."""
    refs: dict[str, Path] = {}
    ids: set[tuple[str, str, int]] = set()
    for kind in data.get("given", {}).get("resources", {}):
        for path, fixture in each(data, "given", "resources", kind):
            for name in REFERRED_KINDS:
                if name in fixture:
                    yield from references.check((*path, name), fixture[name], name)
            ref, number = fixture.get("ref"), fixture.get("id")
            later = COMES_LATER.fullmatch(ref) if ref is not None else None
            if later and later[1] in {*field_names.REFERENCES, DRAFT}:
                what = "refs of this form are the sandbox's own to give"
                yield Finding((*path, "ref"), what)
            if ref in refs:
                yield Finding((*path, "ref"), f"the ref `{ref}` is here twice")
            if ref is not None:
                refs.setdefault(ref, path)
            identity = (kind, fixture.get("kind", "normal") if kind == "invoices" else "", number)
            if number is not None and identity in ids:
                yield Finding((*path, "id"), f"the id {number} is here twice among the {kind}")
            if number is not None:
                ids.add(identity)


def compared(path: Path, conditions: Any, references: References) -> Iterator[Finding]:
    """The refs with which a `match` compares."""
    for field, wanted in (conditions or {}).items():
        name = field.rpartition(".")[2]
        if name not in REFERRED_KINDS or field.split(".")[0] in field_names.OF_REQUESTS:
            continue
        asked = wanted if isinstance(wanted, dict) else {"is": wanted}
        below = (*path, field) if not isinstance(wanted, dict) else None
        for operator in ("is", "not"):
            if operator in asked:
                yield from references.check(
                    below or (*path, field, operator), asked[operator], name
                )
        for number, one in enumerate(asked.get("in", ())):
            yield from references.check((*path, field, "in", number), one, name)


def rehearsed(path: Path, act: Mapping[str, Any], references: References) -> Iterator[Finding]:
    """The refs that an act names."""
    if "move" in act:
        yield from references.check((*path, "move"), act["move"])
    wanted = act.get("with", {})
    if _is_own(act.get("call", "")):
        yield from _inside((*path, "with"), wanted, references)
        return
    for name, value in wanted.items():
        if name in REFERRED_KINDS:
            yield from references.check((*path, "with", name), value, name)


def _inside(path: Path, value: Any, references: References) -> Iterator[Finding]:
    """`{ref: june}`, anywhere in an API's own call."""
    if isinstance(value, dict) and set(value) == {"ref"}:
        yield from references.check((*path, "ref"), value["ref"])
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _inside((*path, key), inner, references)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _inside((*path, number), inner, references)


def operations(data: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Finding]:
    """The operations that rules, expectations and acts name by an API's own name."""
    for path, rule in each(data, "rules"):
        when = rule.get("when", "")
        if when.startswith("call ") and not when.endswith("*"):
            yield from _operation((*path, "when"), when.removeprefix("call "), vocabulary)
    for path, line in each(data, "expect"):
        for name in line.get("calls", {}):
            yield from _operation((*path, "calls", name), name, vocabulary, at_key=True)
    for path, act in each(data, "rehearse"):
        name, api = act.get("call"), act.get("api")
        if name is None:
            continue
        having = vocabulary.apis_with(name)
        yield from _operation((*path, "call"), name, vocabulary)
        if api is not None and having and api not in having:
            what = f"{api} has no operation `{name}`"
            yield unknown((*path, "api"), what, api, having)


def _operation(
    path: Path, name: str, vocabulary: Vocabulary, *, at_key: bool = False
) -> Iterator[Finding]:
    api = name.partition(".")[0]
    known = [own for own in sorted(vocabulary.operations) if own.partition(".")[0] == api]
    if _is_own(name) and known and name not in known:
        yield unknown(path, f"there is no operation `{name}`", name, known, at_key=at_key)


def _is_own(name: str) -> bool:
    return name.partition(".")[0] in {"elevate", "backend", "socotra"}
