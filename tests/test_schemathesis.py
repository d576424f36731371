"""Schemathesis against the documents as they are served, stateful phase and all.

`FUZZ_SECONDS=300 pytest tests/test_schemathesis.py` looks for new cases as long as that. Without
it the cases are the same every time.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.web.app import shipped_apis

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
LONG = os.environ.get("FUZZ_SECONDS", "")
# Any token is right by design; and what fits the schema may break a rule, which is a 400.
EXCLUDED = "ignored_auth,positive_data_acceptance"
# The world in which each is called. What Socotra keeps belongs to a tenant, and any UUID is one.
WORLDS = {"elevate": "everyday", "backend": "backend-everyday", "socotra": "socotra-everyday"}
CONFIGURED = """
[parameters]
"path.tenantLocator" = "50c07a00-0000-4000-8000-000000000001"
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_no_call_breaks_the_document(name, address, tmp_path):
    """Every check of Schemathesis but two, over every operation and what follows from another."""
    api = next(api for api in shipped_apis() if api.name == name)
    (tmp_path / "schemathesis.toml").write_text(CONFIGURED)
    token = {"Authorization": f"Bearer schemathesis-{name}"}
    world = {"name": WORLDS[name]}
    bound = requests.put(f"{address}/_sandbox/scenario", json=world, headers=token, timeout=10)
    assert bound.ok, bound.text
    found = subprocess.run(
        [
            *(SCHEMATHESIS, "run", address + api.document, "--url", address + api.base),
            *("--header", f"Authorization: {token['Authorization']}", "--no-color"),
            *("--checks", "all", "--exclude-checks", EXCLUDED, "--continue-on-failure"),
            *(("--max-examples", "100000", "--max-time", LONG) if LONG else ()),
            *(() if LONG else ("--max-examples", "10", "--generation-deterministic")),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stdout + found.stderr
    assert "✅ Stateful" in found.stdout
