"""Clients in TypeScript, typed by openapi-typescript, calling by openapi-fetch."""

import json
import os
import shutil
from pathlib import Path

import pytest
import requests

TOOLS = os.environ.get("NODE_PATH", "")  # where the modules of tests/tools.txt are
MISSING = [name for name in ("node", "tsc", "openapi-typescript") if not shutil.which(name)]
if not Path(TOOLS, "openapi-fetch").is_dir():
    MISSING.append("NODE_PATH's openapi-fetch")
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"there is no {', '.join(MISSING)}: see tests/tools.txt"
)

PAID_OUT = ["NEW", "PENDING_SUBMISSION", "SUBMITTED", "CONFIRMED", "PAID_OUT"]
DOCUMENTS = {
    "elevate": "/v1",
    "backend": "/backend/api/v1",
    "socotra": "/billing",
    "control": "/_sandbox",
}


@pytest.fixture(scope="session")
def stories(address, tmp_path_factory, done):
    """The stories beside this file with the types of the served documents, compiled."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(TOOLS)
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(Path(__file__).with_name("stories.ts"), folder)
    apis = {}
    for name, base in DOCUMENTS.items():
        document = requests.get(f"{address}{base}/openapi.json", timeout=5).text
        (folder / f"{name}.json").write_text(document)
        apis[name] = {"root": f"{name}.json", "x-openapi-ts": {"output": f"{name}.ts"}}
    (folder / "redocly.yaml").write_text(json.dumps({"apis": apis}))
    done(["openapi-typescript"], folder)
    strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"]
    target = ["--target", "es2022", "--module", "nodenext", "--types", "node"]
    # The libraries' own declarations are taken as they are.
    done(["tsc", *strict, *target, "--skipLibCheck", "stories.ts"], folder)
    return folder / "stories.js"


@pytest.fixture
def told(stories, control, done):
    """Tells a story of the TypeScript client, and says what it has come to."""

    def tell(story):
        command = ["node", str(stories), story, control.address, control.token]
        return json.loads(done(command, stories.parent))

    return tell


def test_elevates_client_gives_back_what_it_collected(told):
    assert told("refund") == {
        "begins": ["NEW", "CREATED"],
        "payment": [*PAID_OUT, "REFUND_PENDING", "PARTIALLY_REFUNDED"],
        "refunds": [["PAID", 4.25]],
    }


@pytest.mark.usefixtures("mary")
def test_elevates_client_pays_three_invoices_at_once(told):
    assert told("customerPayment") == [-10, 5]


def test_elevates_client_pays_out_on_a_day_to_come(told):
    assert told("outboundPayment") == ["NEW", "EXECUTED"]


def test_the_backends_client_finds_the_payment_that_failed_late(told, control):
    control.bind("late-failure-and-chargeback")

    assert told("lateFailure") == {
        "begins": ["Collection Pending"],
        "before": [],
        "happened": ["payment.late_failure"],
        "found": [["99.99", "2026-06-10"]],
    }


def test_socotras_client_posts_a_payment_and_takes_it_back(told, control):
    control.bind("socotra-everyday")

    assert told("reversal") == [
        ["draft", "open"],
        ["validated", "open"],
        ["posted", "settled"],
        ["reversed", "open"],
    ]
