"""Elevate 1.37: what came with 1.39 is not there, for the server or for one sandbox."""

import pytest
import requests
import yaml
from click.testing import CliRunner
from openapi_spec_validator import validate

from sandbox.cli import main
from sandbox.config import read, shipped
from sandbox.web.app import build_app
from sandbox.web.documents import as_of, load, since

PAYOUT = {"customerId": 1, "amountInMajorCurrency": 12, "reference": "R1"}
NEWEST = load(shipped("specs") / "elevate.yaml")


@pytest.fixture(scope="module", params=["1.37", "1.39"])
def served(request, serve):
    with serve(build_app(read({"elevate_version": request.param}, {}))) as address:
        yield request.param, address


def ask(address, method, path, name, **more):
    headers = {"Authorization": f"Bearer {name}"} if name else {}
    return requests.request(method, address + path, headers=headers, timeout=10, **more)


def paths(address, name=""):
    document = ask(address, "GET", "/v1/openapi.json", name).json()
    return document["info"]["version"], "/outbound-payments" in document["paths"]


def test_the_server_serves_the_version_that_it_is_set_to(served):
    version, address = served

    made = ask(address, "POST", "/v1/outbound-payments", "one", json=PAYOUT)

    assert (made.status_code, paths(address)) == {
        "1.37": (404, ("1.37", False)),
        "1.39": (200, ("1.39", True)),
    }[version]


def test_a_sandbox_can_be_set_to_another(served):
    version, address = served
    other = {"1.37": "1.39", "1.39": "1.37"}[version]
    ask(address, "PATCH", "/_sandbox", "two", json={"elevateVersion": other})

    made = [
        ask(address, "POST", "/v1/outbound-payments", name, json=PAYOUT).status_code
        for name in ("two", "three")
    ]

    assert made == {"1.37": [200, 404], "1.39": [404, 200]}[version]
    assert paths(address, "two")[0] == other


@pytest.mark.parametrize("served", ["1.37"], indirect=True)
def test_what_is_not_there_is_refused_as_an_unknown_path(served):
    _, address = served

    known = [
        ask(address, method, path, name)
        for method, path, name in [
            ("GET", "/v1/outbound-payments/1", "one"),
            ("GET", "/v1/outbound-payments/1", ""),
            ("DELETE", "/v1/outbound-payments/1", "one"),
        ]
    ]

    assert [answer.status_code for answer in known] == [404, 404, 404]
    assert known[0].json() == {
        "error": "Not Found",
        "message": "there is nothing at /v1/outbound-payments/1",
    }


def test_the_older_document_is_valid_and_all_that_is_left_out_is_newer():
    document = yaml.safe_load(
        CliRunner().invoke(main, ["spec", "elevate", "--version", "1.37"]).output
    )

    validate(document)

    assert document == as_of(NEWEST, "1.37")
    assert NEWEST["paths"].keys() - document["paths"].keys() == {
        "/outbound-payments",
        "/outbound-payments/{outbound_payment_id}",
    }
    assert not any("Outbound" in name for name in document["components"]["schemas"])


def test_only_operations_and_their_own_schemas_are_newer():
    """A newer member of an older operation would have to be taken out of its checks as well."""
    operations = [
        operation
        for path in NEWEST["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    ]
    schemas = NEWEST["components"]["schemas"].values()
    marked = sum(bool(since(one)) for one in (*operations, *schemas))

    assert str(NEWEST).count("'x-since'") == marked


def test_a_document_without_versions_has_no_older_one():
    result = CliRunner().invoke(main, ["spec", "socotra", "--version", "1.37"])

    assert (result.exit_code, "one version of socotra's document" in result.output) == (2, True)
