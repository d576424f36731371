"""The document against the tables it was written from: operations, properties, required, enums."""

import json
import re
from pathlib import Path

import pytest
from jsonschema_rs import Draft4Validator, Registry
from openapi_spec_validator import validate

from sandbox.config import shipped
from sandbox.web.documents import Place, load
from sandbox.web.schemas import FORMATS, as_draft4

HERE = Path(__file__).parent
DOCUMENT = load(shipped("specs") / "socotra.yaml")
ROOT = Place.root(DOCUMENT)
BASE = "/billing/{tenantLocator}"
BY_ID = {
    operation["operationId"].value: (f"{method.upper()} {path}", operation)
    for path, item in ROOT["paths"].members()
    for method, operation in item.members()
}


def table(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


OPERATIONS = [line.split(" | ") for line in table("operations.txt")]


def read_schemas():
    """By name, each property: its type as the table writes it, and whether it is required."""
    found, name = {}, ""
    for line in table("schemas.txt"):
        if not line.startswith(" "):
            name = line.rstrip(":")
            found[name] = {}
        else:
            property, _, kind = line.strip().partition(": ")
            found[name][property.rstrip("*")] = (kind, property.endswith("*"))
    return found


SCHEMAS = read_schemas()


def named(place):
    """What a schema is called in the table's words."""
    return place.pointer.rpartition("/")[2]


SIMPLE = {"Ulid": "ulid", "UlidInput": "ulid", "Uuid": "uuid", "DateTime": "datetime"}


def described(schema):
    """A schema as the table writes it."""
    if inner := schema.get("allOf"):
        return described(inner[0])
    value, name = schema.value, named(schema)
    if name in SCHEMAS or name in SIMPLE:
        return SIMPLE.get(name, name)
    if "enum" in value:
        return "enum " + " | ".join(value["enum"])
    if value["type"] == "array":
        return described(schema["items"]) + "[]"
    return "map" if value.get("additionalProperties") is True else value["type"]


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row[0])
def test_an_operation_is_as_the_table_says(row):
    name, summary, path, query, body, answer, permissions = row
    where, operation = BY_ID[name]
    group, _, actions = permissions.partition(": ")

    assert where == path.replace(" /", f" {BASE}/", 1)
    assert operation.value["summary"] == summary
    assert operation.value["x-securityGroup"] == group
    assert operation.value["x-securityPermission"] == actions.split()
    assert asked(operation) == ([] if query == "-" else query.split())
    assert sent(operation) == body
    assert answered(operation) == answer


def asked(operation):
    """The query parameters as the table writes them. What has a default has no mark of its own."""
    found = []
    for parameter in operation["parameters"].items():
        if parameter.value["in"] != "query":
            continue
        schema = parameter["schema"]
        kind = (
            schema.value.get("format") if schema.value["type"] == "integer" else described(schema)
        )
        required = "*" if parameter.value.get("required") else ""
        is_extended = parameter.value["name"] == "extended" and "default" in schema.value
        found.append(f"{parameter.value['name']}:{kind}{required}{'=false' * is_extended}")
    return found


def sent(operation):
    schema = operation.at("requestBody", "content", "application/json", "schema")
    return named(schema) if schema else "-"


def answered(operation):
    schema = operation.at("responses", "200", "content", "application/json", "schema")
    if schema.value.get("type") == "array":
        return f"{named(schema['items'])}[]"
    return named(schema)


def test_the_table_has_the_operations_that_are_no_neighbours():
    ours = [name for name, (_, place) in BY_ID.items() if "x-scope" not in place.value]

    assert sorted(ours) == sorted(row[0] for row in OPERATIONS)
    assert len(ours) == 22


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_as_the_table_says(name):
    schema = ROOT["components"]["schemas"][name]

    properties = {key: described(place) for key, place in schema["properties"].members()}

    assert properties == {key: kind for key, (kind, _) in SCHEMAS[name].items()}
    required = {key for key, (_, needed) in SCHEMAS[name].items() if needed}
    assert set(schema.value.get("required", ())) == required


def test_literal_paths_stand_before_those_with_a_locator():
    paths = list(DOCUMENT["paths"])

    assert paths.index(f"{BASE}/payments/list") < paths.index(f"{BASE}/payments/{{locator}}")


def test_the_document_is_valid():
    validate(DOCUMENT)


def contents(place):
    """Every media type object, wherever it stands, that has a schema."""
    if isinstance(place, dict):
        if "schema" in place and ("example" in place or "examples" in place):
            yield place
        for key, value in place.items():
            if key not in ("example", "examples"):
                yield from contents(value)
    elif isinstance(place, list):
        for value in place:
            yield from contents(value)


def test_every_example_fits_its_schema():
    plain = as_draft4(DOCUMENT)
    registry = Registry([("urn:socotra", {"components": plain["components"]})])
    broken = []
    for content in contents(DOCUMENT):
        schema = as_draft4(content["schema"])
        text = re.sub(r'"#/', '"urn:socotra#/', json.dumps(schema))
        check = Draft4Validator(
            json.loads(text), registry=registry, validate_formats=True, formats=FORMATS
        )
        examples = [content["example"]] if "example" in content else []
        for example in content.get("examples", {}).values():
            if "$ref" in example:
                example = DOCUMENT["components"]["examples"][example["$ref"].rpartition("/")[2]]
            examples.append(example["value"])
        broken += [
            (example, error.message) for example in examples for error in check.iter_errors(example)
        ]

    assert broken == []


def test_what_is_ours_says_why():
    """A mark without a reason tells nobody anything."""
    without = []

    def look(value, where):
        if isinstance(value, dict):
            if "x-provenance" in value and not value.get("x-reason"):
                without.append(where)
            for key, inner in value.items():
                look(inner, f"{where}/{key}")
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                look(inner, f"{where}/{number}")

    look(DOCUMENT, "#")

    assert without == []
