"""Which fields there are to speak of: of resources, of requests, of what an API shows."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, cast

from immutables import Map
from jsonschema import Draft202012Validator

from sandbox.scenario.language.builder import freeze, thawed
from sandbox.scenario.language.problems import Finding, Path, unknown
from sandbox.scenario.language.vocabulary import JsonSchema, Vocabulary

Schema: TypeAlias = Mapping[str, Any]

REFERENCES: Mapping[str, tuple[str, ...]] = {
    "mandate": ("customer", "site", "provider"),
    "payment": ("customer", "site", "invoice", "mandate", "provider"),
    "instant_payment": ("customer", "site", "invoice", "mandate", "provider"),
    "refund": (
        *("customer", "site", "invoice", "mandate", "provider"),
        *("payment", "instant_payment"),
    ),
    "payout": ("customer", "provider"),
    "customer": (),
    "account": ("customer",),
    "site": ("customer",),
    "invoice": ("customer", "site"),
    "payment_provider": (),
    "webhook": (),
}
REFERRED = {"provider": "payment_provider"}  # a reference whose name is not its type
KINDS = {type_: f"{type_}s" for type_ in REFERENCES}
TRUTHS = ("mandate", "payment", "instant_payment", "refund", "payout")
SCHEMES: Schema = {"enum": ["bacs", "card", "faster_payments"]}
NEVER_SET = ("type", "ref", "id", "api", "status", "scheme", "attempts", "created")
OF_REQUESTS = ("api", "path", "query", "header", "body")
COMPARED = ("is", "not", "gt", "gte", "lt", "lte")


def named(type_: str) -> str:
    """A type as a sentence has it: `an instant payment`."""
    return f"{'an' if type_[0] in 'aeiou' else 'a'} {type_.replace('_', ' ')}"


def own_fields(type_: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """A resource's fields without its references and blocks: name -> schema."""
    name = "fixture" + "".join(word.capitalize() for word in type_.split("_"))
    left_out = {*REFERENCES[type_], *vocabulary.apis}
    properties = vocabulary.schema.definition(name)["properties"]
    found = {key: schema for key, schema in properties.items() if key not in left_out}
    found.setdefault("type", {"type": "string"})
    if type_ in TRUTHS:
        found["scheme"] = SCHEMES
    if type_ == "payment":
        found["attempts"] = {"type": "integer"}
    return found


def matches(path: Path, conditions: Any, type_: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with a `match` or a `has` on resources of this type."""
    for field, wanted in (conditions or {}).items():
        at = (*path, field)
        schema, wrong = resolve(field, type_, vocabulary)
        if wrong:
            yield replace(wrong, path=at)
        elif schema is not None:
            yield from values(at, wanted, schema, vocabulary)


def resolve(field: str, type_: str, vocabulary: Vocabulary) -> tuple[Schema | None, Finding | None]:
    """The schema of a dotted field of a type (None: any value), or what is wrong with it."""
    first, _, rest = field.partition(".")
    if first in vocabulary.apis:
        return None, _wrong_in_block(rest, first, type_, vocabulary)
    if first in REFERENCES[type_]:
        return resolve(rest, REFERRED.get(first, first), vocabulary) if rest else (None, None)
    own = own_fields(type_, vocabulary)
    if first not in own:
        known = (*own, *REFERENCES[type_], *vocabulary.apis)
        what = f"{named(type_)} has no field `{first}`"
        return None, unknown((), what, first, known, at_key=True)
    schema = own[first]
    definition = schema.get("$ref", "").rpartition("/")[2]
    if definition == "reason":  # compares its code, unless a part is named
        inside = vocabulary.schema.definition("reason")["anyOf"][1]["properties"]
        rest = rest or "code"
    else:
        named_schema = vocabulary.schema.definition(definition) if definition else schema
        inside = named_schema.get("properties", {})
    if not rest:
        return (None if inside else schema), None
    if rest not in inside:
        what = f"`{first}` has no field `{rest}`"
        return None, unknown((), what, rest, inside, at_key=True)
    return inside[rest], None


def _wrong_in_block(rest: str, api: str, type_: str, vocabulary: Vocabulary) -> Finding | None:
    """A field in an API's own words. An API that nothing is known of is taken at its word."""
    kinds = vocabulary.fixtures.get(api)
    if kinds is None:
        return None
    block: JsonSchema | None = kinds.get(KINDS[type_])
    known = sorted(properties(block)) if block else []
    name = rest.partition(".")[0]
    if name in known:
        return None
    what = f"{api} knows no field `{name}` of {named(type_)}"
    return unknown((), what, name, known, at_key=True)


def properties(schema: Any) -> dict[str, Any]:
    """The properties that a schema names, also in its parts."""
    found = dict(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= properties(part)
    return found


def values(path: Path, wanted: Any, schema: Schema, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with the values that a field is compared with: a status that it has not, money
    without quotes. `null` can be compared with anything.
    """
    if isinstance(wanted, dict):
        compared = [((*path, name), wanted[name]) for name in COMPARED if name in wanted]
        several = enumerate(wanted.get("in", ()))
        compared += [((*path, "in", number), one) for number, one in several]
    else:
        compared = [(path, wanted)]
    for at, value in compared:
        if isinstance(value, (str, int)):
            yield from vocabulary.schema.field_findings(value, dict(schema), at)


def requests(path: Path, conditions: Any, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with the `match` of a rule on a call."""
    for field, wanted in (conditions or {}).items():
        at = (*path, field)
        first, _, rest = field.partition(".")
        if first not in OF_REQUESTS:
            yield unknown(at, f"a request has no `{first}`", first, OF_REQUESTS, at_key=True)
        elif first == "api":
            yield from values(at, wanted, {"$ref": "#/$defs/api"}, vocabulary)
        elif not rest:
            yield Finding(at, f"say which: `{first}.<name>`", at_key=True)


def changes(path: Path, fields: Any, type_: str, vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with what a step sets."""
    for field, value in (fields or {}).items():
        first = field.partition(".")[0]
        if first in NEVER_SET or first in REFERENCES[type_]:
            what = f"`set` changes a resource's own fields, never its {first}"
            yield Finding((*path, field), what, at_key=True)
        else:
            yield from matches(path, {field: value}, type_, vocabulary)


def configuration(config: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with what an API is set up with, in its own words."""
    for api, kinds in vocabulary.fixtures.items():
        if api not in config or "config" not in kinds:
            continue
        at = ("given", "config", api)
        errors = Draft202012Validator(thawed(kinds["config"])).iter_errors(config[api])
        found = list(vocabulary.schema.explained(errors, config[api], at))
        yield from found
        if not found and api in vocabulary.misfits:
            for misfit in vocabulary.misfits[api](cast("Map[str, Any]", freeze(config[api]))):
                yield replace(misfit, path=(*at, *misfit.path))


def blocks(resources: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with the fixtures' blocks in an API's own words."""
    for api, kinds in vocabulary.fixtures.items():
        validators = {kind: Draft202012Validator(thawed(kinds[kind])) for kind in kinds}
        for kind, fixtures in resources.items():
            for number, fixture in enumerate(fixtures):
                if not isinstance(fixture, dict) or api not in fixture:
                    continue
                path: Path = ("given", "resources", kind, number, api)
                if kind in validators:
                    errors = validators[kind].iter_errors(fixture[api])
                    yield from vocabulary.schema.explained(errors, fixture[api], path)
                else:
                    what = f"{api} has no fields of its own for {kind}"
                    yield Finding(path, what, at_key=True)


def seen(
    path: Path, sees: Mapping[str, Any], types: tuple[str, ...], vocabulary: Vocabulary
) -> Iterator[Finding]:
    """What is wrong with the API's own fields in `sees`; `types` are those on the line."""
    for field in sees:
        api, _, name = field.partition(".")
        views = vocabulary.views.get(api)
        if views is None:
            continue
        shown = [views[type_] for type_ in types or TRUTHS if type_ in views]
        known = sorted(key for view in shown for key in properties(view))
        first = name.partition(".")[0]
        if first not in known:
            what = f"{api} shows no field `{first}`"
            yield unknown((*path, field), what, first, known, at_key=True)
