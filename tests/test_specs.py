"""The documents: valid by other people's rules, current by ours, and served as they are."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator

from sandbox.apis.backend import lifecycles as backend
from sandbox.web.app import shipped_apis
from sandbox.web.documents import Place, load
from sandbox.web.resolver import snake_case

SPECS = Path(__file__).parents[1] / "specs"
FILES = sorted(SPECS.glob("*.yaml"))
DOCUMENTS = {file.stem: load(file) for file in FILES}
METHODS = ("get", "put", "post", "patch", "delete")
MARKS = ("inferred", "chosen")

# What testers are promised: the calls of the design's table that programs make.
CONTROL = """
    GET /livez
    GET /readyz
    GET /
    PATCH /
    DELETE /
    GET /clock
    PUT /clock
    POST /clock/advance
    POST /clock/next
    POST /clock/run-until-idle
    GET /scenarios
    POST /scenarios
    GET /scenario
    PUT /scenario
    GET /scenario/result
    GET /fixtures
    POST /fixtures
    GET /resources/{type}
    GET /resources/{type}/{id}
    POST /resources/{type}/{id}/moves
    PUT /resources/mandate/{id}/bank-account
    GET /resources/mandate/{id}/first-payment
    POST /resources/mandate/{id}/first-payment
    GET /approvals
    GET /approvals/{id}
    PUT /approvals/{id}
    GET /timeline
    GET /explain/{type}/{id}
    GET /events
    GET /requests
    GET /requests/{id}
    POST /snapshots
    POST /snapshots/{name}/restore
    POST /forks
    GET /report
    GET /export
    POST /import
    GET /deliveries
    POST /deliveries/{id}/replay
    GET /schemas/scenario.json
"""

# Which enum of a document has the statuses of which lifecycle.
ENUMS = [
    ("elevate", "ThirdPartyPaymentStatus", "PaymentLifecycle"),
    ("elevate", "ThirdPartyRefundStatus", "RefundLifecycle"),
    ("elevate", "MandateStatus", "MandateLifecycle"),
    ("elevate", "ThirdPartyOutboundPaymentStatus", "OutboundPaymentLifecycle"),
    ("backend", "AttemptStatus", "AttemptLifecycle"),
    ("socotra", "PaymentState", "PaymentLifecycle"),
    ("socotra", "InvoiceState", "InvoiceLifecycle"),
    ("socotra", "ShortfallCreditState", "ShortfallCreditLifecycle"),
    ("socotra", "PaymentRequestState", "AttemptLifecycle"),
]


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def mappings(value: Any, place: str = "#") -> Iterator[tuple[str, Any]]:
    """Every mapping in `value`, and where it stands."""
    if isinstance(value, dict):
        yield place, value
    members = value.items() if isinstance(value, dict) else ()
    members = enumerate(value) if isinstance(value, list) else members
    for key, member in members:
        yield from mappings(member, f"{place}/{key}")


def examples(document: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each example: where it is given, the schema it has to fit, and the example."""
    root = Place.root(document)
    for place, value in mappings(document):
        if place.startswith("#/components/examples"):
            continue
        if "schema" in value:
            of, given = value["schema"], value
        elif place.startswith("#/components/schemas/"):
            of, given = value, value
        else:
            continue
        if "example" in given:
            yield place, of, given["example"]
        for name in given.get("examples", ()) if "schema" in value else ():
            example = Place(document, place, given)["examples"][name]
            assert example.document is root.document
            yield f"{place}/{name}", of, example.value["value"]


@pytest.fixture(params=DOCUMENTS, ids=str)
def document(request: pytest.FixtureRequest) -> Any:
    return DOCUMENTS[request.param]


def test_a_document_is_valid_openapi(document):
    assert [error.message for error in OpenAPIV30SpecValidator(document).iter_errors()] == []


@pytest.mark.skipif(
    not shutil.which("redocly"), reason="redocly is not on PATH: see tests/tools.txt"
)
def test_the_documents_pass_redoclys_recommended_rules(tmp_path):
    """Warnings are allowed: schemas of fixture blocks are used by nothing within a document."""
    lint = ["redocly", "lint", "--extends=recommended", *map(str, FILES)]

    # It asks nobody anything and tells nobody of it.
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    found = subprocess.run(
        lint, cwd=tmp_path, env=os.environ | quiet, capture_output=True, text=True, check=False
    )

    assert found.returncode == 0, found.stdout + found.stderr


def test_every_example_fits_its_schema(document):
    wrong = []
    found = list(examples(document))

    for place, schema, example in found:
        whole = {"allOf": [schema], "components": document["components"]}
        check = OAS30Validator(whole, format_checker=oas30_format_checker)
        wrong += [f"{place}: {error.message}" for error in check.iter_errors(example)]

    assert wrong == []
    assert len(found) > len(list(operations(document)))


def test_whoever_says_that_something_is_not_documented_says_why(document):
    silent = [
        place
        for place, value in mappings(document)
        if "x-provenance" in value
        and (value["x-provenance"] not in MARKS or not str(value.get("x-reason", "")).strip())
        and not place.endswith("/properties")
    ]

    assert silent == []


def test_a_list_with_fields_requires_no_member_and_has_all_that_its_resource_has():
    """`fields` leaves members out, and no document of OpenAPI 3.0 makes `required` hang on it."""
    root = Place.root(DOCUMENTS["elevate"])
    schemas = root.value["components"]["schemas"]
    items = [
        operation["responses"]["200"]["content"]["application/json"]["schema"]["items"]
        for _, path in root["paths"].members()
        if (operation := path.get("get")) and (asked := operation.get("parameters"))
        if any(parameter["name"].value == "fields" for parameter in asked.items())
    ]
    resources = [schemas[item.pointer.rpartition("/")[2].removeprefix("Listed")] for item in items]

    assert len(items) == 7
    assert [item.pointer for item in items if "required" in item.value] == []
    assert [item.value["properties"] for item in items] == [one["properties"] for one in resources]


@pytest.mark.parametrize("api", shipped_apis(), ids=lambda api: api.name)
def test_every_operation_is_simulated(api):
    names = [operation["operationId"] for _, _, operation in operations(DOCUMENTS[api.name])]

    assert [name for name in names if not hasattr(api.operations, snake_case(name))] == []


@pytest.mark.parametrize("api", shipped_apis(), ids=lambda api: api.name)
def test_a_document_is_served_with_every_operation_it_has(api, address):
    served = requests.get(address + api.document, timeout=5).json()

    assert [row[:2] for row in operations(served)] == [
        row[:2] for row in operations(DOCUMENTS[api.name])
    ]


def test_elevates_document_has_every_operation_of_the_vendors():
    assert len(list(operations(DOCUMENTS["elevate"]))) == 26 + 3 + 1  # 1.37, 1.39, authenticate


def test_testers_are_offered_what_they_were_promised():
    offered = {f"{method} {path}" for method, path, _ in operations(DOCUMENTS["control"])}

    assert offered >= {line.strip() for line in CONTROL.strip().splitlines()}


@pytest.mark.parametrize(("api", "enum", "lifecycle"), ENUMS)
def test_a_documents_statuses_are_those_of_its_lifecycle(api, enum, lifecycle):
    lifecycles = import_module(f"sandbox.apis.{api}.lifecycles")
    statuses = type(getattr(lifecycles, lifecycle).initial)

    assert set(DOCUMENTS[api]["components"]["schemas"][enum]["enum"]) == set(statuses)


def test_the_backends_statuses_are_those_of_two_lifecycles():
    """A payment is valid or reversed, and collected or not. What is ordinary has no name."""
    of_two = {*backend.Validity, *backend.Collection} - {
        backend.Validity.VALID,
        backend.Collection.NONE,
    }

    assert set(DOCUMENTS["backend"]["components"]["schemas"]["StatusName"]["enum"]) == of_two
