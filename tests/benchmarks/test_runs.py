"""That the benchmarks run. What they measure is no test's business: a machine has other work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAID = {
    "rates": ["POST /v1/invoice-payments, 1 sandbox", "bare ASGI", "Connexion's default"],
    "starts": ["cold start to the first 200", "sandbox", "bare ASGI"],
    "moves": ["moves a second", "from 30 to 60 pending jobs"],
    "memory": ["memory: 10 sandboxes", "when they are deleted"],
    "waiting": ["waiting: 10 long polls", "others are served"],
    "fairness": ["fairness: a sandbox with", "an advance over them all", "its end"],
    "consoles": ["consoles: 10", "without them", "unchanged"],
    "lists": ["page 1 of one invoice", "snapshot and restore", "fork"],
}


@pytest.mark.parametrize("part", SAID)
def test_a_benchmark_prints_what_it_measured(part):
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--only", part]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert [words for words in SAID[part] if words not in done.stdout] == []
    assert re.search(r"\d", done.stdout)
