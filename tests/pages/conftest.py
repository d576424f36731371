"""People before pages: one real server, a sandbox a test, plain HTTP or a real Chromium."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

OUTBOUND = {"customerId": 1, "amountInMajorCurrency": 10.5, "reference": "REFUND 42"}
APPROVAL = """
scenario: approval
version: 1
title: Every payout needs a person's approval
rules:
  - { when: call payouts.create, respond: { status: 403, error: approval_required } }
"""


class Client:
    """A client of one sandbox, which makes the links, and a visitor who opens them."""

    def __init__(self, address: str, sandbox: str) -> None:
        self.address = address
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {sandbox}"
        self.visitor = requests.Session()

    def call(self, method: str, path: str, body=None):
        answer = self.session.request(method, self.address + path, json=body)
        assert answer.ok, answer.text
        return answer.json()

    def bind(self, name: str, **params):
        self.call("PUT", "/_sandbox/scenario", {"name": name, "params": params})

    def add(self, text: str):
        answer = self.session.post(
            f"{self.address}/_sandbox/scenarios",
            data=text,
            headers={"Content-Type": "application/yaml"},
        )
        assert answer.ok, answer.text

    def payment_link(self) -> str:
        body = {
            "paymentProviderId": 1,
            "amountInMajorCurrency": 10.5,
            "description": "Invoice 1",
            "invoiceId": 1,
        }
        return self.call("POST", "/v1/payment-provider-payment-link", body)["paymentLink"]

    def mandate_link(self, return_url: str, **more) -> str:
        body = {"siteId": 1, "returnURL": return_url, **more}
        return self.call("POST", "/v1/site-payment-mandates", body)["redirectURL"]

    def add_approval(self) -> str:
        """The page on which a payout has to be approved."""
        self.add(APPROVAL)
        self.bind("approval")
        answer = self.session.post(f"{self.address}/v1/outbound-payments", json=OUTBOUND)
        assert answer.status_code == 403
        return answer.json()["authorisationUrl"]

    def advance(self, by: str):
        return self.call("POST", "/_sandbox/clock/advance", {"by": by})["fired"]

    def truth(self, type: str, ref: str) -> str:
        return self.call("GET", f"/_sandbox/resources/{type}/{ref}")["status"]

    def statuses(self) -> list[str]:
        rows = self.call("GET", "/v1/invoice-payments?page=1&pageSize=9")
        return [row["thirdPartyPaymentStatus"] for row in rows]

    def open(self, url: str) -> requests.Response:
        return self.visitor.get(url)

    def press(self, url: str, **fields) -> requests.Response:
        """Send the form on this page, as its button would; the redirect is not followed."""
        found = re.search('name="form" value="([^"]+)"', self.open(url).text)
        assert found, "there is a form on the page"
        return self.visitor.post(url, data={"form": found[1], **fields}, allow_redirects=False)


@pytest.fixture
def client_at() -> type[Client]:
    """A client of another server than the one for all tests."""
    return Client


@pytest.fixture
def client(address, request) -> Client:
    name = re.sub("[^A-Za-z0-9._-]", "-", request.node.name)[-60:]
    return Client(address, name)


@contextmanager
def a_chromium(folder: Path, *more_flags: str) -> Iterator:
    """A browser that keeps its profile in this folder, and is closed at the end."""
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={folder}", *more_flags):
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    with webdriver.Chrome(options=options, service=service) as chrome:
        yield chrome


@pytest.fixture(scope="session")
def chromium(tmp_path_factory) -> Iterator:
    """A browser, where this machine has one."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("there is no chromium and chromedriver: Debian's chromium-driver has both")
    with a_chromium(tmp_path_factory.mktemp("chromium"), "--window-size=1100,1000") as chrome:
        yield chrome


@pytest.fixture
def wait(chromium):
    """Waits until what it is given is there, or true."""
    waiting = pytest.importorskip("selenium.webdriver.support.wait")
    return waiting.WebDriverWait(chromium, 20, poll_frequency=0.05).until


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's source; it is one of the tools in tests/tools.txt."""
    for folder in os.environ.get("NODE_PATH", "").split(os.pathsep):
        source = Path(folder) / "axe-core" / "axe.min.js"
        if folder and source.is_file():
            return source.read_text()
    pytest.skip("there is no axe-core under NODE_PATH: tests/tools.txt says which to install")


class Visitor:
    """A person in Chromium."""

    def __init__(self, chromium, wait, axe):
        self.chromium = chromium
        self.wait = wait
        self.axe = axe

    def open(self, url):
        self.chromium.get(url)
        self.look()

    def look_at_every_face(self):
        """By day on a desk, and by night on a telephone, where nothing is wider than it."""
        self.look()
        dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        phone = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
        self.chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
        self.chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        try:
            self.look()
            script = "return document.documentElement.scrollWidth"
            assert self.chromium.execute_script(script) == phone["width"]
        finally:
            self.chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
            self.chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def look(self):
        """Have axe look at the page: nothing on it is a serious obstacle to anybody.

        What is not ours, the viewer of documents, it leaves out.
        """
        if self.chromium.execute_script("return !window.axe"):
            self.chromium.execute_script(self.axe)
        found = self.chromium.execute_async_script(
            "const done = arguments[0];"
            "axe.run({exclude: ['#viewer']}, {resultTypes: ['violations']})"
            ".then(found => done(found.violations))"
        )
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in grave] == []

    def press(self, text):
        self._leave("xpath", f"//button[normalize-space()='{text}']")

    def choose_option(self, name, value):
        option = f"select[name={name}] option[value={value}]"
        self.chromium.find_element("css selector", option).click()

    def follow(self, text):
        self._leave("link text", text)

    def _leave(self, *where):
        """Click, and wait until the next page is there."""
        self.chromium.execute_script("window.isTheOldPage = true")
        self.chromium.find_element(*where).click()
        script = "return !window.isTheOldPage && document.readyState === 'complete'"
        self.wait(lambda chromium: chromium.execute_script(script))

    def write(self, name, text):
        field = self.chromium.find_element("name", name)
        field.clear()
        field.send_keys(text)

    def text(self, id):
        """What stands in the section of this heading, which may be another one a moment later."""
        script = f"return document.querySelector('[aria-labelledby={id}]').innerText"
        return re.sub(r"\s*\n\s*", "\n", self.chromium.execute_script(script)).strip()

    def choose(self, text):
        self.chromium.find_element("xpath", f"//label[normalize-space()='{text}']").click()

    @property
    def heading(self):
        return self.chromium.find_element("tag name", "h1").text


@pytest.fixture
def visitor(chromium, wait, axe):
    chromium.get_log("browser")  # what it says of earlier visitors' pages, it says but once
    return Visitor(chromium, wait, axe)
