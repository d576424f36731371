"""Prism in front of the server: it holds what passes, both ways, against the document."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests

from sandbox.web.documents import load

pytestmark = pytest.mark.skipif(
    not shutil.which("prism"), reason="there is no prism: see tests/tools.txt"
)

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"
APIS = "tests/apis"
# All that is told over HTTP. What calls the operations, and no server, Prism would not hear.
STORIES = [f"{APIS}/elevate", f"{APIS}/backend", f"{APIS}/socotra/test_http.py"]
UNHEARD = [f"{APIS}/elevate/test_money.py", f"{APIS}/backend/test_filters.py"]
LEAST_CALLS = {"elevate": 1500, "backend": 500, "socotra": 30}


@pytest.mark.slow
def test_prism_finds_no_violation_in_what_the_apis_own_tests_say_and_hear(tmp_path):
    """Those tests once more, by way of Prism: `tests/apis/conftest.py` says what fails them."""
    report = tmp_path / "report.xml"
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]

    told = subprocess.run(
        [*command, *STORIES, *(f"--ignore={each}" for each in UNHEARD), f"--junitxml={report}"],
        cwd=ROOT,
        env={**own, "SANDBOX_TEST_PROXY": "prism"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr
    found = {
        noted.attrib["name"]: noted.attrib["value"]
        for noted in ElementTree.parse(report).iter("property")
    }
    assert [api for api, least in LEAST_CALLS.items() if int(found[api]) < least] == []


TENANT = "/billing/50c07a00-0000-4000-8000-000000000001"
PAYMENT = f"{TENANT}/payments/{{locator}}"
INVOICE = "0000000000NV0000000000000A"
# What is asked for, the status that answers it, and what is sent. A name in braces is a member of
# the first answer.
SOCOTRA = [
    (
        "POST",
        f"{TENANT}/payments",
        200,
        {
            "type": "StandardPayment",
            "amount": 100.0,
            "targets": [{"containerLocator": INVOICE, "containerType": "invoice"}],
        },
    ),
    ("PATCH", f"{PAYMENT}/post", 422, None),
    ("GET", f"{PAYMENT}/previewValidate", 200, None),
    ("PATCH", f"{PAYMENT}/validate", 200, None),
    ("PATCH", f"{PAYMENT}/post", 200, None),
    ("GET", PAYMENT, 200, None),
    ("GET", f"{PAYMENT}/invoices/list", 200, None),
    ("GET", f"{TENANT}/externalCashTransactions/{{externalCashTransactionLocator}}", 200, None),
    ("PATCH", f"{PAYMENT}/reverse", 200, {"reversalType": "Standard"}),
    ("GET", f"{TENANT}/payments/list?count=5", 200, None),
    ("GET", f"{TENANT}/payments/0000000000ZZ0000000000000Z", 404, None),
    ("GET", f"{TENANT}/invoices/{INVOICE}", 200, None),
    ("GET", f"{TENANT}/invoices/{INVOICE}/payments/list", 200, None),
    ("GET", f"{TENANT}/financialInstruments/list", 200, None),
    ("GET", f"{TENANT}/shortfallCredits/list", 200, None),
    ("GET", f"{TENANT.replace('billing', 'event')}/events/list", 200, None),
]


def test_prism_finds_no_violation_in_a_tour_of_socotra(prism, control):
    """Most of its own tests call the operations, and no server."""
    control.bind("socotra-everyday")
    strict = prism(SPECS / "socotra.yaml", control.address, "--errors")
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {control.token}"

    answers = []
    for method, path, _, body in SOCOTRA:
        url = strict + path.format(**(answers[0].json() if answers else {}))
        answers.append(session.request(method, url, json=body, timeout=10))

    assert [answer.status_code for answer in answers] == [row[2] for row in SOCOTRA]
    assert [answer.text for answer in answers if "sl-violations" in answer.headers] == []


@pytest.fixture
def otherwise(prism, control, tmp_path):
    """Elevate behind a Prism that has it that a text is one letter long."""
    document = load(SPECS / "elevate.yaml")
    document["components"]["schemas"]["Text"]["maxLength"] = 1
    (tmp_path / "elevate.json").write_text(json.dumps(document))
    return prism(tmp_path / "elevate.json", f"{control.address}/v1", "--errors")


def test_prism_would_find_a_violation_either_way(otherwise, control):
    """What it is told to check, it does check."""
    token = {"Authorization": f"Bearer {control.token}"}
    said = {"invoiceId": 2, "billRunType": "NORMAL", "notes": "ab"}
    page = {"page": 1, "pageSize": 10}

    call = requests.post(
        f"{otherwise}/invoice-payment-cancel", json=said, headers=token, timeout=10
    )
    answer = requests.get(f"{otherwise}/payment-providers", params=page, headers=token, timeout=10)

    assert [call.status_code, answer.status_code] == [422, 500]
    found = [one.json()["validation"][0]["location"] for one in (call, answer)]
    assert found == [["body", "notes"], ["response", "body", "0", "name"]]
