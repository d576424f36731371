"""Takes the README's picture of the console: `python tests/pages/picture.py [FILE]`.

It plays a story on a server of its own, and wants chromium, chromedriver and selenium.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import requests
from conftest import a_chromium  # of this folder, where Python looks first for a script

FLAGS = ("--hide-scrollbars", "--window-size=1180,1010")
INVOICES = ((101, 99.99), (102, 100.0))


def play(address: str) -> None:
    """A story halfway through: one payment has failed late, one is to be charged back."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer story"
    scenario = {"name": "late-failure-and-chargeback"}
    session.put(f"{address}/_sandbox/scenario", json=scenario).raise_for_status()
    for invoice, pounds in INVOICES:
        body = {
            "generatedInvoiceId": invoice,
            "amountInMajorCurrency": pounds,
            "description": "June",
            "paymentMethod": "GO_CARDLESS",
        }
        session.post(f"{address}/v1/invoice-payments", json=body).raise_for_status()
    session.post(f"{address}/v1/refunds", json={"customerId": 1})
    by = {"by": "8 working days"}
    session.post(f"{address}/_sandbox/clock/advance", json=by).raise_for_status()


def take(url: str, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, a_chromium(Path(folder), *FLAGS) as chrome:
        chrome.get(url)
        chrome.save_screenshot(str(path))


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("console.png")
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found, "the server did not start"
        play(found[0])
        take(f"{found[0]}/_sandbox/console/story", path)
        server.terminate()


if __name__ == "__main__":
    main()
