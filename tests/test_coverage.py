"""Coverage of behaviour: what a suite exercised, and what it may leave out."""

import json

import pytest
import requests

from sandbox.coverage import Coverage

REPORT = {
    "operations": {"exercised": [{"name": "a.read", "count": 3}], "neverExercised": ["a.write"]},
    "answers": {
        "exercised": [{"name": "a.read 200", "count": 2}, {"name": "a.read 404", "count": 1}],
        "neverExercised": ["a.write 201", "a.write 503"],
    },
    "moves": {"exercised": [], "neverExercised": []},
}
COLLECT = {
    "generatedInvoiceId": 2,
    "amountInMajorCurrency": 42,
    "description": "June",
    "paymentMethod": "GO_CARDLESS",
}


def covered():
    coverage = Coverage()
    coverage.add(REPORT)
    return coverage


@pytest.mark.parametrize(
    ("never", "complaints"),
    [
        ({"a.write": "why not", "a.write *": "why not"}, []),
        ({"*write*": "why not"}, []),
        ({"a.write*": "why not", "b.*": "gone"}, ["'b.*' names nothing that can be exercised"]),
        (
            {"a.write": "why not", "a.write 2??": "why not"},
            ["a.write 503 was never exercised"],
        ),
        (
            {"a.write*": "why not", "a.read 4*": "why not"},
            ["a.read 404: exercised after all, so 'a.read 4*' is no `never`"],
        ),
    ],
    ids=["names", "a pattern", "nothing is called so", "one is missing", "one was"],
)
def test_a_list_of_what_need_not_be_exercised_says_just_that(never, complaints):
    assert list(covered().complaints(never)) == complaints


def ask(address, name, method, path, body=None, **more):
    headers = {"Authorization": f"Bearer {name}"} if name else {}
    return requests.request(method, address + path, json=body, headers=headers, timeout=10, **more)


def seen_by(server, path):
    """What a server writes down, of two sandboxes, one of which is deleted, and of nobody's."""
    with server("--coverage", str(path)) as (_, address):
        ask(address, "ada", "POST", "/v1/invoice-payments", COLLECT)
        ask(address, "ada", "DELETE", "/_sandbox")
        ask(address, "grace", "POST", "/_sandbox/clock/run-until-idle")
        ask(address, "grace", "GET", "/v1/refunds?page=0&pageSize=1")
        ask(address, "", "GET", "/v1/refunds?page=1&pageSize=1")
    return path


def test_a_server_writes_down_what_its_sandboxes_have_exercised(server, tmp_path):
    written = seen_by(server, tmp_path / "coverage.json")

    counts = json.loads(written.read_bytes())["counts"]
    seen = {kind: {name: count for name, count in counts[kind].items() if count} for kind in counts}
    assert seen == {
        "operations": {"elevate.createInvoicePayment": 1, "elevate.getRefunds": 1},
        "answers": {
            "elevate.createInvoicePayment 201": 1,
            "elevate.getRefunds 400": 1,
            "elevate.getRefunds 401": 1,
        },
        "moves": {"payment.created": 1},
    }


def test_it_does_so_as_cobertura_too(server, tmp_path):
    written = seen_by(server, tmp_path / "coverage.xml")

    assert written.read_text().startswith("<?xml")
