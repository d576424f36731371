"""Other people's clients and proxies, made from the documents that the server serves."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import requests

HERE = Path(__file__).parent
SPEC = HERE.parent / "specs" / "elevate.yaml"
MONDAY = "2026-06-01T08:00:00Z"  # nine o'clock in London
TOOLS = os.environ.get("NODE_PATH", "")  # where the modules of tests/tools.txt are
PAID_OUT = ["NEW", "PENDING_SUBMISSION", "SUBMITTED", "CONFIRMED", "PAID_OUT"]

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


def needs(*commands: str, modules: bool = False) -> pytest.MarkDecorator:
    missing = [command for command in commands if not shutil.which(command)]
    if modules and not Path(TOOLS, "openapi-fetch").is_dir():
        missing.append("NODE_PATH's openapi-fetch")
    return pytest.mark.skipif(
        bool(missing), reason=f"there is no {', '.join(missing)}: see tests/tools.txt"
    )


class Control:
    """The testers' API: what no client of Elevate's can do for itself."""

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

    def advance(self, by: str) -> list[str]:
        receipt = self.ask("POST", "/clock/advance", {"by": by})
        return [fired["event"] for fired in receipt["fired"]]


@pytest.fixture
def control(address: str, request: pytest.FixtureRequest) -> Control:
    control = Control(address, request.node.name[:64])
    control.ask("PUT", "/clock", {"now": MONDAY})
    return control


# In Python, by openapi-python-client


@pytest.fixture(scope="session")
def package(address, tmp_path_factory):
    """The generated package, importable."""
    folder = tmp_path_factory.mktemp("python")
    generate = [Path(sys.executable).with_name("openapi-python-client"), "generate"]
    generate += ["--url", f"{address}/v1/openapi.json", "--meta", "none", "--fail-on-warning"]
    made = subprocess.run(
        [*generate, "--output-path", folder / "elevate_client"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield import_module("elevate_client")
    sys.path.remove(str(folder))


class Generated:
    """The generated client. Its operations are called by their names."""

    def __init__(self, package, address, token):
        self.models = import_module("elevate_client.models")
        self.client = package.AuthenticatedClient(
            base_url=f"{address}/v1", token=token, raise_on_unexpected_status=True
        )

    def call(self, tag, operation, *path, **arguments):
        """What the operation answered, as one of the client's models."""
        answer = import_module(f"elevate_client.api.{tag}.{operation}").sync(
            *path, client=self.client, **arguments
        )
        assert not isinstance(answer, self.models.Error), answer
        return answer

    def pay_by_direct_debit(self, pounds, control):
        """What stands on invoice 1 once a new mandate's first payment has had seven days."""
        models = self.models
        self.call(
            "site_payment_mandates",
            "create_site_payment_mandate",
            body=models.NewSitePaymentMandate(site_id=1, return_url="https://example.com/back"),
        )
        control.advance("5 minutes")
        payment = self.call(
            "invoice_payments",
            "create_invoice_payment",
            body=models.NewInvoicePayment(
                generated_invoice_id=1,
                amount_in_major_currency=pounds,
                description="June",
                payment_method=models.PaymentMethod.GO_CARDLESS,
            ),
        )
        assert payment.third_party_payment_status == models.ThirdPartyPaymentStatus.NEW
        control.advance("7 working days")
        return self.call(
            "invoice_payments",
            "get_invoice_payments",
            page=1,
            page_size=100,
            sort="id",
            generated_invoice_id="1",
        )


@pytest.fixture
def elevate(package, control):
    generated = Generated(package, control.address, control.token)
    with generated.client:
        yield generated


def test_a_generated_python_client_tells_the_first_story(elevate, control):
    rows = elevate.pay_by_direct_debit(10.5, control)

    assert [row.third_party_payment_status.value for row in rows] == PAID_OUT
    assert [row.payment_date.isoformat() for row in rows] == [
        "2026-06-01",
        "2026-06-01",
        "2026-06-03",
        "2026-06-08",
        "2026-06-09",
    ]


def test_a_generated_python_client_gives_back_what_it_collected(elevate, control):
    elevate.pay_by_direct_debit(10.5, control)

    refund = elevate.call(
        "refunds",
        "create_refund",
        body=elevate.models.NewRefund(
            invoice_id=1,
            bill_run_type=elevate.models.BillRunType.NORMAL,
            amount_in_major_currency=4.25,
        ),
    )
    control.advance("5 working days")

    found = elevate.call("refunds", "get_refunds", page=1, page_size=10)
    assert refund.third_party_refund_status == "CREATED"
    assert [(row.id, row.third_party_refund_status.value) for row in found] == [(refund.id, "PAID")]


def test_a_generated_python_client_pays_three_invoices_at_once(elevate, control):
    """The oldest first: 90.00 settles two invoices and a half of the third."""
    control.ask("POST", "/fixtures", MARY)

    payments = [
        elevate.call(
            "customer_payments",
            "create_customer_payment",
            body=elevate.models.NewCustomerPayment(
                customer_id=9,
                amount_in_major_currency=pounds,
                type_=elevate.models.PaymentMethod.BACS,
            ),
        )
        for pounds in (90, 15)
    ]

    balance = elevate.call("customer_balances", "get_customer_balance", customer_id=9).balance
    assert [payment.resulting_customer_balance for payment in payments] == [-10, 5]
    assert balance == 5


def test_a_generated_python_client_pays_out_on_a_day_to_come(elevate, control):
    tag = "outbound_payments"
    body = elevate.models.NewOutboundPayment.from_dict(
        {
            "customerId": 1,
            "amountInMajorCurrency": 25,
            "reference": "GOODWILL",
            "executionDate": "2026-06-10",
        }
    )

    payment = elevate.call(tag, "create_outbound_payment", body=body)
    receipt = control.ask("POST", "/clock/run-until-idle")

    paid = elevate.call(tag, "get_outbound_payment", payment.id)
    assert payment.third_party_outbound_payment_status == "NEW"
    assert paid.third_party_outbound_payment_status == "EXECUTED"
    assert receipt["to"].startswith("2026-06-10")


# In TypeScript, by openapi-typescript and openapi-fetch


@pytest.fixture(scope="session")
def stories(address, tmp_path_factory):
    """tests/clients/stories.ts with the types of the served documents, compiled."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(TOOLS)
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "clients" / "stories.ts", folder)
    for base, name in (("v1", "elevate"), ("_sandbox", "control")):
        document = requests.get(f"{address}/{base}/openapi.json", timeout=5).text
        (folder / f"{name}.json").write_text(document)
        done(["openapi-typescript", f"{name}.json", "-o", f"{name}.ts"], folder)
    strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"]
    target = ["--target", "es2022", "--module", "nodenext", "--types", "node"]
    done(["tsc", *strict, *target, "stories.ts"], folder)
    return folder / "stories.js"


def done(command: list[str], folder: Path) -> str:
    """What a command prints that succeeds."""
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


@pytest.fixture
def told(stories, control):
    """Tells a story of the TypeScript client, and says what it has come to."""

    def tell(story):
        command = ["node", str(stories), story, control.address, control.token]
        return json.loads(done(command, stories.parent))

    return tell


typescript = needs("node", "tsc", "openapi-typescript", modules=True)


@typescript
def test_a_typescript_client_gives_back_what_it_collected(told):
    assert told("refund") == {
        "begins": ["NEW", "CREATED"],
        "payment": [*PAID_OUT, "REFUND_PENDING", "PARTIALLY_REFUNDED"],
        "refunds": [["PAID", 4.25]],
    }


@typescript
def test_a_typescript_client_pays_three_invoices_at_once(told, control):
    control.ask("POST", "/fixtures", MARY)

    assert told("customerPayment") == [-10, 5]


@typescript
def test_a_typescript_client_pays_out_on_a_day_to_come(told):
    assert told("outboundPayment") == ["NEW", "EXECUTED"]


# Through Prism, which checks what passes


@pytest.fixture(scope="session")
def prism(address: str) -> Iterator[str]:
    """The address of a proxy that answers a violation of the document with an error."""
    command = ["prism", "proxy", SPEC, f"{address}/v1", "--errors", "-h", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        found = None
        for line in process.stdout:
            if found := re.search(r"listening on (http://\S+)", line):
                break
        assert found, "Prism did not start"
        yield found[1]
        process.terminate()
        process.communicate()


PAGE = {"page": 1, "pageSize": 100}
MEDIA = {"POST": "application/json", "PATCH": "application/json-patch+json"}
THROUGH_PRISM = [
    ("POST", "/authenticate", 200, {"brand": "b", "username": "u", "password": "a long sentence"}),
    ("POST", "/site-payment-mandates", 201, {"siteId": 1, "returnURL": "https://example.com/b"}),
    ("GET", "/site-payment-mandates", 200, None),
    (
        "POST",
        "/invoice-payments",
        201,
        {
            "generatedInvoiceId": 2,
            "amountInMajorCurrency": 42,
            "description": "June",
            "paymentMethod": "GO_CARDLESS",
        },
    ),
    ("GET", "/invoice-payments", 200, None),
    ("GET", "/invoice-payments/1", 200, None),
    ("GET", "/invoice-payments/999", 404, None),
    ("POST", "/refunds", 400, {"invoiceId": 2, "billRunType": "NORMAL"}),
    ("GET", "/refunds", 200, None),
    (
        "POST",
        "/customer-payments",
        200,
        {"customerId": 1, "amountInMajorCurrency": 90.5, "type": "BACS"},
    ),
    ("GET", "/customer-payments?customer_id=1", 200, None),
    ("GET", "/customer-balances?customer_id=1", 200, None),
    ("GET", "/customer-credit-status", 200, None),
    ("GET", "/payment-providers", 200, None),
    (
        "PATCH",
        "/payment-providers/1",
        200,
        [{"op": "replace", "path": "/name", "value": "Direct debits"}],
    ),
    (
        "POST",
        "/outbound-payments",
        200,
        {
            "customerId": 1,
            "amountInMajorCurrency": 25,
            "reference": "GOODWILL",
            "executionDate": "2026-06-10",
        },
    ),
    ("GET", "/outbound-payments/1", 200, None),
]


@needs("prism")
def test_prism_finds_no_violation_in_what_goes_through_it(prism, control):
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {control.token}"

    answers = [
        session.request(
            method,
            prism + path,
            json=body,
            params=PAGE if method == "GET" and path.count("/") == 1 else None,
            headers={"Content-Type": MEDIA[method]} if body else {},
            timeout=10,
        )
        for method, path, _, body in THROUGH_PRISM
    ]

    assert [answer.status_code for answer in answers] == [row[2] for row in THROUGH_PRISM]
    assert [answer.text for answer in answers if "sl-violations" in answer.headers] == []


@needs("prism")
def test_prism_would_find_one(prism, control):
    """What it is told to check, it does check."""
    answer = requests.post(
        f"{prism}/refunds",
        json={"invoiceId": "two"},
        headers={"Authorization": f"Bearer {control.token}"},
        timeout=10,
    )

    assert (answer.status_code, answer.json()["title"]) == (422, "Invalid request")
