"""The document against the tables it was written from: operations, properties, required, enums."""

from pathlib import Path

import pytest

from sandbox.config import shipped
from sandbox.web.documents import Place, load

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
