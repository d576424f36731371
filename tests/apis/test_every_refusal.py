"""Each operation of the backend's and of Socotra's gives each refusal that its document lists.

Some the framework gives, the others a scenario has it give. Elevate's table of answers is its own.
"""

import re
from functools import cache

import pytest
import requests

from sandbox.config import shipped
from sandbox.web.documents import Place, load
from sandbox.web.schemas import Schemas

BASES = {"backend": "/backend/api/v1", "socotra": ""}
METHODS = ("get", "post", "put", "patch", "delete")
TENANT = "50c07a00-0000-4000-8000-000000000001"
ULID = "0000000000NV0000000000000A"
VALUES = {"tenantLocator": TENANT, "refType": "account", "paymentNumber": "7", "ID": "1"}
MEBIBYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}
ASKED = "x-asked-for"
FAULTS = (400, 403, 404, 406, 409, 422, 429, 500, 503, 504)
FAULTY = "\n".join(
    [
        "scenario: faulty",
        "version: 1",
        "rules:",
        *(
            f'  - {{ when: call *, match: {{ header.{ASKED}: "{status}" }},'
            f" respond: {{ status: {status} }} }}"
            for status in FAULTS
        ),
    ]
)
# What a request has or lacks that is refused before anything of it is read.
REFUSED = {
    401: {"headers": {"Authorization": None}},
    406: {"headers": {"Accept": "image/png"}},
    413: {"headers": JSON, "data": b" " * (MEBIBYTE + 1)},
    415: {"headers": {"Content-Type": "text/plain"}, "data": b"hello"},
}


@cache
def operations(api):
    """By operationId: the method, the path and the place of each."""
    root = Place.root(load(shipped("specs") / f"{api}.yaml"))
    return {
        place.value["operationId"]: (method.upper(), path, place)
        for path, item in root["paths"].members()
        for method, place in item.members()
        if method in METHODS
    }


@cache
def schemas(api):
    return Schemas(api, load(shipped("specs") / f"{api}.yaml"))


CELLS = [
    (api, name, int(status))
    for api in BASES
    for name, (_, _, place) in operations(api).items()
    for status in place["responses"].value
    if int(status) >= 400
]


@pytest.fixture(scope="module")
def session(address):
    """A client of a sandbox whose scenario refuses with the status that a header asks for."""
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer every-refusal"
        yaml = {"Content-Type": "application/yaml"}
        for method, path, more in (
            ("POST", "scenarios", {"data": FAULTY, "headers": yaml}),
            ("PUT", "scenario", {"json": {"name": "faulty"}}),
        ):
            answer = session.request(method, f"{address}/_sandbox/{path}", timeout=10, **more)
            assert answer.ok, answer.text
        yield session


def asking(place, status):
    """What is refused so. Where an answer may have no body, nobody looks at what is accepted."""
    is_unread = status == 406 and "204" in place["responses"].value
    if status in REFUSED and not is_unread:
        return REFUSED[status]
    return {"headers": {ASKED: str(status)}}


@pytest.mark.parametrize(("api", "name", "status"), CELLS)
def test_an_operation_gives_each_refusal_that_its_document_lists(
    session, address, api, name, status
):
    method, template, place = operations(api)[name]
    path = re.sub(r"\{(\w+)\}", lambda found: VALUES.get(found[1], ULID), template)
    url = f"{address}{BASES[api]}{path}"

    answer = session.request(method, url, timeout=10, **asking(place, status))

    schema = place["responses"][str(status)]["content"]["application/json"]["schema"]
    assert answer.status_code == status, answer.text
    assert schemas(api).check(schema).violations(answer.json(), "body") == []
