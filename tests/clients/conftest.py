"""What the tests of other people's clients and proxies share. A sandbox is named after its test."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

MONDAY = "2026-06-01T08:00:00Z"  # nine o'clock in London

# A customer of three invoices. Not the first of them is due first.
MARY = {
    "customers": [{"id": 9, "name": "Mary", "api": "elevate"}],
    "sites": [{"id": 9, "customer": 9, "name": "Home", "api": "elevate"}],
    "invoices": [
        {"id": 31, "site": 9, "amount": "30.00", "due": "2026-03-01", "api": "elevate"},
        {"id": 32, "site": 9, "amount": "50.00", "due": "2026-02-01", "api": "elevate"},
        {"id": 33, "site": 9, "amount": "20.00", "due": "2026-03-15", "api": "elevate"},
    ],
}


class Control:
    """The testers' API: what no client of a payments API can do for itself."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token

    def ask(self, method: str, path: str, body: object = None) -> object:
        answer = requests.request(
            method,
            f"{self.address}/_sandbox{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json()

    def bind(self, scenario: str) -> None:
        self.ask("PUT", "/scenario", {"name": scenario})

    def advance(self, by: str) -> list[str]:
        receipt = self.ask("POST", "/clock/advance", {"by": by})
        return [fired["event"] for fired in receipt["fired"]]


@pytest.fixture
def control(address: str, request: pytest.FixtureRequest) -> Control:
    told = f"{request.path.stem}-{request.node.name}".replace("test_", "")
    control = Control(address, told[:64])
    control.ask("PUT", "/clock", {"now": MONDAY})
    return control


@pytest.fixture
def mary(control: Control) -> None:
    """The customer of three invoices, in the sandbox of this test."""
    control.ask("POST", "/fixtures", MARY)


@pytest.fixture(scope="session")
def done() -> Callable[[list[str], Path], str]:
    """What a command prints that succeeds."""

    def done(command: list[str], folder: Path) -> str:
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout + made.stderr
        return made.stdout

    return done
