"""The scenario schema, and what it finds said in the language's own words."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from sandbox.scenario.language.problems import Finding, Path
from sandbox.scenario.language.sentences import Said, bad_key, expected, of_definition

TEMPLATE = "${"
REFUSED_KEYS = (
    ("then", "a rule on a call answers it: `respond`, not `then`", "respond"),
    ("respond", "a rule on an event has steps: `then`, not `respond`", "then"),
    ("emit", "an instant payment has no event to emit", None),
)


class ScenarioSchema:
    """`specs/scenario.schema.json`, compiled once. Equal are those of the same text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._document: dict[str, Any] = json.loads(text)
        self._validator = Draft202012Validator(self._document)
        self._quick = jsonschema_rs.Draft202012Validator(self._document)
        definitions = self._document["$defs"]
        self._names = {id(schema): name for name, schema in definitions.items()}
        self._words = {name: tuple(self._enum(schema)) for name, schema in definitions.items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScenarioSchema) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def definition(self, name: str) -> dict[str, Any]:
        """One of the schema's `$defs`. To be read, not changed."""
        found: dict[str, Any] = self._document["$defs"][name]
        return found

    def values(self, name: str) -> tuple[str, ...]:
        """The words that `$defs/<name>` lists, also where they stand among other possibilities."""
        return self._words[name]

    def _enum(self, schema: dict[str, Any]) -> Iterator[str]:
        yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
        for branch in schema.get("anyOf", ()):
            yield from self._enum(branch)
        if "$ref" in schema:
            yield from self._enum(self.definition(schema["$ref"].rpartition("/")[2]))

    def findings(self, data: Any, name: str = "", at: Path = ()) -> Iterator[Finding]:
        """All that is wrong with `data`: a whole file, or what `$defs/<name>` describes.

        One finding for each place, the most telling; a missing key is not reported beside the
        misspelt one that was meant for it.
        """
        if not name and self._is_valid(data):
            return iter(())
        schema = self.definition(name) if name else self._document
        return self.field_findings(data, schema, at)

    def _is_valid(self, data: Any) -> bool:
        """Whether nothing is wrong with a file: said in a tenth of the time of saying what."""
        try:
            return self._quick.is_valid(data)
        except ValueError:
            return False  # what is no JSON: where something was left out

    def field_findings(self, value: Any, schema: dict[str, Any], at: Path) -> Iterator[Finding]:
        """What is wrong with a field's value, by the field's own schema inside this one."""
        errors = self._validator.evolve(schema=schema).iter_errors(value)
        return self.explained(errors, value, at)

    def explained(
        self, errors: Iterable[ValidationError], data: Any, at: Path = ()
    ) -> Iterator[Finding]:
        """The findings of `errors`, which some validator reports of `data`."""
        best: dict[tuple[Path, bool, str], Said] = {}
        for error in errors:
            if _is_of_an_unknown_trigger(error, data):
                continue
            for said in self._explain(error, data):
                place = (said.path, said.at_key, "" if not said.missing else said.message)
                if place not in best or said.rank < best[place].rank:
                    best[place] = said
        guessed = {(said.path[:-1], said.nearest) for said in best.values() if said.at_key}
        for said in best.values():
            if not any((said.path, key) in guessed for key in said.missing):
                yield said.finding(at)

    def _explain(self, error: ValidationError, data: Any) -> Iterator[Said]:
        path = tuple(error.absolute_path)
        schema = error.schema if isinstance(error.schema, dict) else {}
        if error.validator is None:
            yield from _refused_keys(error, _value_at(data, path), path)
        elif "propertyNames" in error.relative_schema_path:
            key = error.instance
            name = self._names.get(id(schema), "")
            of_key = of_definition(name, key, self._words.get(name, ())) or bad_key(key)
            yield of_key.at((*path, str(key)), at_key=True)
        elif name := self._names.get(id(schema), ""):
            if error.validator in {"anyOf", "oneOf", "enum", "pattern", "type"}:
                said = of_definition(name, error.instance, self._words[name])
                if said is not None:
                    yield said.at(path)
                    return
            yield from self._by_keyword(error, schema, path, data)
        else:
            yield from self._by_keyword(error, schema, path, data)

    def _by_keyword(
        self, error: ValidationError, schema: dict[str, Any], path: Path, data: Any
    ) -> Iterator[Said]:
        if error.validator in {"anyOf", "oneOf"}:
            yield from self._choice(error, path, data)
        else:
            yield from (said.at(path) for said in expected(error, schema))

    def _choice(self, error: ValidationError, path: Path, data: Any) -> Iterator[Said]:
        """Of several that would do, the one that was meant: by what is written."""
        branches: Any = error.validator_value
        wanted = [branch["required"] for branch in branches if "required" in branch]
        if len(wanted) == len(branches):
            yield from (said.at(path) for said in _needs(error, wanted))
            return
        by_branch: dict[int, list[ValidationError]] = {}
        for inner in error.context or ():
            by_branch.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
        meant = min(by_branch, key=lambda number: _distance(by_branch[number], error.instance))
        for inner in by_branch[meant]:
            yield from self._explain(inner, data)


def _needs(error: ValidationError, wanted: list[list[str]]) -> Iterator[Said]:
    names = [" and ".join(f"`{key}`" for key in keys) for keys in wanted]
    there = [
        name
        for name, keys in zip(names, wanted, strict=True)
        if isinstance(error.instance, dict) and all(key in error.instance for key in keys)
    ]
    if len(there) > 1:
        yield Said(f"{' and '.join(there)} exclude each other")
        return
    missing = tuple(key for keys in wanted for key in keys)
    one_of = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    yield Said(f"{one_of} is missing", missing=missing)


def _distance(errors: list[ValidationError], instance: Any) -> tuple[int, int, int]:
    """How far what is written is from what a branch wants: the nearest branch was meant."""
    here = [error for error in errors if not error.relative_path]
    if any(_is_template(error) for error in here) and TEMPLATE not in str(instance):
        return (3, 0, 0)
    if any(_is_of_another_type(error) for error in here):
        return (2, 0, 0)
    deepest = max(len(error.relative_path) for error in errors)
    a_word = any(error.validator == "const" for error in here)
    return (1 if a_word else 0, -deepest, len(here))


def _is_template(error: ValidationError) -> bool:
    return isinstance(error.schema, dict) and "params" in error.schema.get("pattern", "")


def _is_of_another_type(error: ValidationError) -> bool:
    if error.validator in {"anyOf", "oneOf"}:
        return bool(error.context) and all(_is_of_another_type(inner) for inner in error.context)
    is_container = isinstance(error.instance, (dict, list))
    return error.validator == "type" or (error.validator in {"enum", "const"} and is_container)


def _is_of_an_unknown_trigger(error: ValidationError, data: Any) -> bool:
    """What a rule must have follows from its `when`; without one nothing follows."""
    if not {"then", "else"} & set(error.absolute_schema_path):
        return False
    path = tuple(error.absolute_path)[:2]
    rule = _value_at(data, path) if path[:1] == ("rules",) else {"when": ""}
    return isinstance(rule, dict) and not isinstance(rule.get("when"), str)


def _value_at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _refused_keys(error: ValidationError, around: Any, path: Path) -> Iterator[Said]:
    """A key that cannot stand here at all: jsonschema says of its value only that it is refused."""
    for key, message, instead in REFUSED_KEYS:
        if isinstance(around, dict) and key in around and around[key] is error.instance:
            yield Said(message, instead, rank=0, path=(*path, key), at_key=True)
