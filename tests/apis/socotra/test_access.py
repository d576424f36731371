"""Tokens, refusals, and the document: what stands in the spec and nowhere else."""

import inspect

import jwt
import pytest

from sandbox.apis.socotra import access, errors, lifecycles, operations
from sandbox.apis.socotra.refusals import PermissionDeniedError
from sandbox.apis.socotra.rules import stream
from sandbox.engine.journal import Violation
from sandbox.web.documents import load
from sandbox.web.resolver import snake_case

TENANT = "50c07a00-0000-4000-8000-000000000001"
USER = "0b6f4f0a-6a0d-5d1e-8f52-9a3f4f1c2d77"
A = "0000000000NV0000000000000A"
ERRORS = {
    400: (990400, "INVALID_ARGUMENT"),
    401: (990401, "UNAUTHENTICATED"),
    403: (990403, "PERMISSION_DENIED"),
    404: (990404, "NOT_FOUND"),
    405: (990405, "UNIMPLEMENTED"),
    406: (990406, "INVALID_ARGUMENT"),
    409: (990409, "ABORTED"),
    413: (990413, "INVALID_ARGUMENT"),
    415: (990415, "INVALID_ARGUMENT"),
    429: (990429, "RESOURCE_EXHAUSTED"),
    500: (990500, "INTERNAL"),
    503: (990503, "UNAVAILABLE"),
    504: (990504, "DEADLINE_EXCEEDED"),
}


def token(**claims):
    return jwt.encode({"sub": USER, **claims}, "k" * 32, algorithm="HS256")


@pytest.mark.parametrize(
    "bearer",
    [
        "SOCP_01JD6Q8Z7V5R3N1M0K9H8G7F6E",
        "not.a.jwt",
        token(),
        token(permissions=["payments.write"]),
        token(permissions=["payments.*"]),
        token(permissions=["*"], tenants=[TENANT.upper()]),
    ],
)
def test_who_may_write_payments(bearer):
    access.check(bearer, TENANT, "payments", ["write"])


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"permissions": []}, "payments.read or payments.list is required"),
        ({"permissions": ["payments.write"]}, "payments.read or payments.list is required"),
        ({"permissions": ["invoices.*"]}, "payments.read or payments.list is required"),
        ({"tenants": [], "permissions": []}, f"the token does not reach tenant {TENANT}"),
        ({"tenants": [USER]}, f"the token does not reach tenant {TENANT}"),
    ],
)
def test_who_may_not_list_payments(claims, why):
    with pytest.raises(PermissionDeniedError) as denied:
        access.check(token(**claims), TENANT, "payments", ["read", "list"])

    answer = errors.answer_to(denied.value)
    assert (answer.status, answer.body["message"]) == (403, why)


def test_any_of_the_listed_permissions_suffices():
    access.check(token(permissions=["payments.list"]), TENANT, "payments", ["read", "list"])


def test_who_made_it(socotra):
    socotra.token = token()
    by_uuid = socotra.create(1, A)["createdBy"]
    socotra.token = token(sub="ada")
    by_name = socotra.create(1, A)["createdBy"]
    socotra.token = "ada"

    assert by_uuid == USER
    assert by_name == socotra.create(1, A)["createdBy"] != by_uuid


@pytest.mark.parametrize("status", ERRORS)
def test_a_refusal_of_the_framework_has_the_apis_body(status):
    answer = errors.refusal(status, "because")

    code, name = ERRORS[status]
    assert answer.status == status
    assert answer.body == {
        "errorCode": code,
        "status": name,
        "message": "because",
        "requestId": answer.body["requestId"],
    }


def test_every_violation_is_named_in_the_vendors_manner():
    violations = [
        Violation("body", "/targets/0/containerLocator", "is not a ULID"),
        Violation("query", "/count", "must be at most 1000"),
        Violation("body", "", "is required"),
    ]

    answer = errors.refusal(400, "long", violations)

    assert answer.body["message"] == "the request is not valid"
    assert answer.body["details"] == [
        {"field": "targets[0].containerLocator", "reason": "is not a ULID"},
        {"field": "count", "reason": "must be at most 1000"},
        {"field": "body", "reason": "is required"},
    ]


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [(422, "unprocessable", 990402), (503, "provider_unavailable", 990503), (429, "", 990429)],
)
def test_a_fault_has_it_too(status, error, code):
    answer = errors.fault(status, error)

    assert (answer.status, answer.body["errorCode"]) == (status, code)
    assert answer.body["message"] == (error or "resource_exhausted").replace("_", " ")


def test_what_is_no_refusal_is_a_crash():
    assert errors.answer_to(ZeroDivisionError()) is None


@pytest.fixture(scope="module")
def document(request):
    return load(request.config.rootpath / "specs/socotra.yaml")


def operations_of(document):
    return [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in ("get", "put", "post", "patch", "delete")
    ]


def test_every_operation_is_served_and_asks_for_what_it_is_given(document):
    served = set(operations.__all__)
    besides = {"sandbox", "token", "body"}

    asked = {}
    for operation in operations_of(document):
        name = snake_case(operation["operationId"])
        given = {
            snake_case(parameter["name"])
            if "name" in parameter
            else snake_case(document_parameter(document, parameter))
            for parameter in operation.get("parameters", ())
        }
        parameters = set(inspect.signature(getattr(operations, name)).parameters)
        asked[name] = parameters - besides - given

    assert set(asked) == served
    assert {name: left for name, left in asked.items() if left} == {}


def document_parameter(document, reference):
    name = reference["$ref"].rpartition("/")[2]
    return document["components"]["parameters"][name]["name"]


@pytest.mark.parametrize(
    ("schema", "states"),
    [
        ("PaymentState", lifecycles.PaymentState),
        ("InvoiceState", lifecycles.InvoiceState),
        ("ShortfallCreditState", lifecycles.ShortfallCreditState),
        ("PaymentRequestState", lifecycles.AttemptState),
    ],
)
def test_every_state_of_the_document_is_a_state_here(document, schema, states):
    assert document["components"]["schemas"][schema]["enum"] == list(states)


def test_the_documents_defaults_of_paging_are_the_streams(document):
    listing = document["paths"]["/event/{tenantLocator}/events/list"]["get"]["parameters"]
    [size] = [each["schema"] for each in listing if each.get("name") == "pageSize"]

    assert size["default"] == stream.Query().size
