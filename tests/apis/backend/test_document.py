"""The document and the code say the same, and scenarios' words become this API's."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from sandbox.apis import Call
from sandbox.apis.backend import canonical, errors, fixtures
from sandbox.apis.backend.lifecycles import AttemptStatus, Collection, Validity
from sandbox.apis.backend.models import amount_as_json, id_of
from sandbox.apis.backend.rules.payment_types import SHIPPED
from sandbox.provider.fixtures import AdhocInvoice, Customer, Invoice
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment, PaymentStatus

SPECS = Path(__file__).parents[3] / "specs"


@cache
def schemas():
    return yaml.safe_load((SPECS / "backend.yaml").read_text())["components"]["schemas"]


def test_the_statuses_are_the_documents_names():
    unnamed = {Validity.VALID, Collection.NONE}

    assert set(schemas()["StatusName"]["enum"]) == {*Validity, *Collection} - unnamed
    assert schemas()["AttemptStatus"]["enum"] == list(AttemptStatus)


def test_every_code_is_the_documents_and_every_one_of_those_is_said():
    codes = set(schemas()["Error"]["properties"]["error"]["properties"]["code"]["enum"])

    said = {*errors.CODES.values(), *errors.FAULTS.values(), errors.PARAMETER}
    assert said == codes


def test_every_status_of_a_given_payment_has_its_place():
    assert set(fixtures.COLLECTIONS) == set(fixtures.ATTEMPTS) == set(PaymentStatus)


def test_the_shipped_payment_types_fit_the_configurations_schema():
    kinds = schemas()["FixtureConfig"]["properties"]["paymentTypes"]["additionalProperties"]

    availability = set(kinds["properties"]["availability"]["enum"])
    assert {each.availability for each in SHIPPED} == availability
    assert {each.collects for each in SHIPPED} == set(kinds["properties"]["collects"]["enum"])


AMOUNTS = [
    (0, "GBP", "0.00"),
    (5, "GBP", "0.05"),
    (-5, "GBP", "-0.05"),
    (-1250, "GBP", "-12.50"),
    (10**14, "GBP", f"1{'0' * 12}.00"),
    (10**30, "GBP", f"1{'0' * 28}.00"),
    (1250, "JPY", "1250.00"),
    (-12345, "KWD", "-12.345"),
]


@pytest.mark.parametrize(("minor", "currency", "text"), AMOUNTS)
def test_an_amount_is_written_with_two_decimals_or_as_many_as_its_currency_has(
    minor, currency, text
):
    assert amount_as_json(minor, currency) == text


@pytest.mark.parametrize("text", ["", "x", "-1", "1.0", "01", "²", " 1", "9" * 5000])
def test_what_is_no_id_names_nothing(text):
    assert id_of(text) is None


FAULTS = [
    (503, "provider_unavailable", "", "unavailable", "unavailable"),
    (504, "", "", "timeout", "timeout"),
    (429, "too_many_requests", "wait", "too_many_requests", "wait"),
    (403, "approval_required", "", "forbidden", "forbidden"),
    (400, "", "", "validation_failed", "validation failed"),
    (418, "", "", "validation_failed", "validation failed"),
    (500, "", "", "internal_error", "internal error"),
    (599, "", "", "internal_error", "internal error"),
]


@pytest.mark.parametrize(("status", "error", "message", "code", "said"), FAULTS)
def test_a_fault_speaks_the_platforms_dialect(status, error, message, code, said):
    answer = errors.fault(status, error, message)

    assert (answer.status, answer.body) == (status, {"error": {"code": code, "message": said}})


def test_a_401_made_on_purpose_says_how_to_authenticate_too():
    assert errors.fault(401).headers == (("WWW-Authenticate", "Bearer"),)


CALLS = [
    (
        "payments.create",
        {"invoice": "alan-first", "amount": "12.00", "reference": "A", "description": "B"},
        Call(
            "createCustomerPayment",
            path={"ID": "123"},
            body={
                "paymentAmount": "12.00",
                "invoiceID": "123",
                "ourReference": "A",
                "customerReference": "B",
            },
        ),
    ),
    ("payments.get", {"payment": "payment-1"}, Call("getPayment", path={"ID": "2"})),
    ("payments.list", {}, Call("listPayments")),
    ("payments.list", {"customer": 124}, Call("listCustomerPayments", path={"ID": "124"})),
    (
        "payments.list",
        {"invoice": "grace-first"},
        Call("listCustomerPayments", path={"ID": "124"}),
    ),
]


@pytest.mark.parametrize(("operation", "fields", "call"), CALLS)
def test_a_canonical_call_is_one_of_this_apis(backend, operation, fields, call):
    """The collected payment is the provider's first, and the platform's second."""
    backend.record()
    backend.add()

    assert list(canonical.calls(backend.sandbox, operation, fields)) == [call]


NO_CALLS = [
    ("payments.cancel", {"payment": "payment-1"}, "backend has no payments.cancel"),
    ("payments.create", {"invoice": "alan-first"}, "amount is needed"),
    ("payments.create", {"amount": "1.00"}, "invoice is needed"),
    ("payments.get", {"payment": "payment-9"}, "backend knows no payment payment-9"),
    ("payments.list", {"customer": "ada"}, "backend knows no customer ada"),
]


@pytest.mark.parametrize(("operation", "fields", "why"), NO_CALLS)
def test_what_makes_no_call_says_why(backend, operation, fields, why):
    backend.add()

    with pytest.raises(LookupError, match=f"^{why}$"):
        list(canonical.calls(backend.sandbox, operation, fields))


SPELLED = [
    (Customer, 123, "123"),
    (Customer, 1, None),
    (Invoice, 124, "124"),
    (AdhocInvoice, 1, None),
    (Mandate, 1, "1"),
    (Payment, 1, "2"),
]


@pytest.mark.parametrize(("type", "id", "spelled"), SPELLED)
def test_an_id_is_digits_as_text_where_the_thing_is_known(backend, type, id, spelled):
    backend.record()
    backend.add()

    assert canonical.spelled(backend.sandbox, backend.sandbox.get(type, id)) == spelled


def test_the_view_of_a_payment_is_what_clients_see(backend):
    backend.add()
    asked = backend.sandbox.get(Payment, 1)

    assert canonical.view(backend.sandbox, asked) == backend.get("1")
    assert canonical.view(backend.sandbox, backend.sandbox.get(Mandate, 1)) is None
