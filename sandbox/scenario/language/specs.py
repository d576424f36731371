"""The APIs' words, read from their documents: what a Vocabulary needs to know of each.

An operation's `x-canonical` is its name in scenarios. A component schema with `x-fixture` describes
the block of that API in fixtures of the kind that `x-fixture-kind` names, else its own name
(`FixtureSite`: sites); of the kind `config`, the API's part of `given.config`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from immutables import Map

from sandbox.engine.lifecycle import Lifecycle
from sandbox.scenario.language.builder import freeze
from sandbox.scenario.language.schema import ScenarioSchema
from sandbox.scenario.language.vocabulary import JsonSchema, Misfits, Vocabulary, tables

METHODS = ("get", "put", "post", "delete", "patch")
VIEWED_BY = {
    "mandate": ("mandates.get", "mandates.list"),
    "payment": ("payments.get", "payments.list"),
    "instant_payment": ("instant_payments.get", "payments.get", "payments.list"),
    "refund": ("refunds.list",),
    "payout": ("payouts.get",),
}
Document = Mapping[str, Any]
NONE: Mapping[str, Misfits] = Map()


def vocabulary(
    schema: ScenarioSchema,
    documents: Mapping[str, Document],
    lifecycles: Iterable[type[Lifecycle]],
    misfits: Mapping[str, Misfits] = NONE,
) -> Vocabulary:
    """The words of these APIs: name -> OpenAPI 3.0 document. The preferred APIs come first."""
    return Vocabulary(
        schema=schema,
        lifecycles=tables(lifecycles),
        apis=tuple(documents),
        operations=Map(
            {
                f"{api}.{operation['operationId']}": operation.get("x-canonical")
                for api, document in documents.items()
                for operation in _operations(document)
            }
        ),
        answers=Map(
            {
                f"{api}.{operation['operationId']}": tuple(operation["responses"])
                for api, document in documents.items()
                for operation in _operations(document)
            }
        ),
        fixtures=Map({api: fixtures(document) for api, document in documents.items()}),
        misfits=Map(misfits),
        views=Map({api: views(document) for api, document in documents.items()}),
    )


def fixtures(document: Document) -> Map[str, JsonSchema]:
    """Kind of fixture -> the JSON Schema of this API's block in it.

    What the API works out itself (`readOnly`) is not given, so it is no word of a scenario's.
    """
    found: dict[str, list[Any]] = {}
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        if schema.get("x-fixture"):
            kind = schema.get("x-fixture-kind") or _kind(name)
            found.setdefault(kind, []).append(standalone(_writable(schema), document))
    return Map(
        {
            kind: _frozen(schemas[0] if len(schemas) == 1 else {"anyOf": schemas})
            for kind, schemas in found.items()
        }
    )


def views(document: Document) -> Map[str, JsonSchema]:
    """Type of resource -> the fields that this API's answers about it have, at any depth."""
    shown: dict[str, set[str]] = {}
    for operation in _operations(document):
        answer = operation.get("responses", {}).get("200", {})
        for type_, names in VIEWED_BY.items():
            if operation.get("x-canonical") in names:
                known = shown.setdefault(type_, set())
                known |= set(_property_names(standalone(answer, document)))
    return Map(
        {
            type_: _frozen({"properties": {name: {} for name in sorted(names)}})
            for type_, names in shown.items()
        }
    )


def standalone(schema: Any, document: Document, above: tuple[str, ...] = ()) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema that refers to nothing outside itself.

    Where a schema contains itself, the inner one accepts anything.
    """
    if isinstance(schema, list):
        return [standalone(one, document, above) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    if isinstance(reference := schema.get("$ref"), str):
        if reference in above:
            return {}
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        return standalone(target, document, (*above, reference))
    found = {key: standalone(value, document, above) for key, value in schema.items()}
    if found.pop("nullable", False):
        return {"anyOf": [found, {"type": "null"}]}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(found.get(exclusive), bool) and found.pop(exclusive):
            found[exclusive] = found.pop(bound)
    return found


def _writable(schema: Document) -> Document:
    properties: Document = schema.get("properties", {})
    given = {name: each for name, each in properties.items() if not each.get("readOnly")}
    return {**schema, **({"properties": given} if properties else {})}


def _operations(document: Document) -> Iterator[Mapping[str, Any]]:
    for path in document.get("paths", {}).values():
        for method in METHODS:
            if "operationId" in path.get(method, {}):
                yield path[method]


def _kind(name: str) -> str:
    words = re.findall(r"[A-Z][a-z0-9]*", name.removeprefix("Fixture"))
    return "_".join(word.lower() for word in words) + "s"


def _property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from _property_names(one)
    elif isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "properties" and isinstance(value, Mapping):
                yield from value
            if key not in {"example", "examples", "default"}:
                yield from _property_names(value)


def _frozen(schema: Mapping[str, Any]) -> JsonSchema:
    return Map({key: freeze(value) for key, value in schema.items()})
