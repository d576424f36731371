"""Conditions: every operator, on every kind of value that a scenario can ask about."""

from datetime import UTC, date, datetime

import pytest
from immutables import Map

from sandbox.engine.clock import Clock
from sandbox.engine.events import Reason
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import State
from sandbox.provider.fixtures import AdhocInvoice, Customer, Invoice
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment
from sandbox.scenario.language.model import Matcher, Operator
from sandbox.scenario.running.call_rules import Call
from sandbox.scenario.running.matching import compiled, holds

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY = date(2026, 6, 15)


@pytest.fixture
def sandbox():
    sandbox = Sandbox("t", State(Clock(NOW)), Wiring())
    owed = {"customer": 1, "site": 1, "amount": 4200, "issued": DAY, "due": DAY}
    sandbox.keep(Customer(id=1, ref="ada", name="Ada", given_name="Ada"))
    sandbox.keep(Invoice(id=9001, ref="june", **owed))
    sandbox.keep(AdhocInvoice(id=9001, ref="repair", **owed))
    blocks = Map(socotra=Map(offlinePaymentToken="tok_decline"))
    sandbox.keep(Mandate(id=7, ref="flat", customer=1, created=NOW, blocks=blocks))
    return sandbox


@pytest.fixture
def payment(sandbox):
    return sandbox.keep(
        Payment(
            id=3,
            ref="payment-1",
            amount=1000,
            customer=1,
            mandate=7,
            invoice=Subject("invoice", 9001),
            reference="sc:late-1",
            attempts=2,
            created=NOW,
            api="elevate",
            reason=Reason("refer_to_payer", "ARUDD-0", "bank"),
        )
    )


def fits(sandbox, thing, field, operator, value):
    matcher = Matcher(tuple(field.split(".")), Operator(operator), value)
    return compiled([matcher])(sandbox, thing)


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("type", "is", "payment"),
        ("ref", "is", "payment-1"),
        ("id", "is", 3),
        ("status", "in", ("created", "failed")),
        ("status", "not", "failed"),
        ("amount", "is", "10.00"),
        ("amount", "lt", "10.01"),
        ("amount", "gte", "10.00"),
        ("attempts", "lte", 2),
        ("attempts", "gt", 1),
        ("reference", "starts_with", "sc:late-"),
        ("reference", "ends_with", "-1"),
        ("reference", "contains", "late"),
        ("reference", "regex", "sc:late-[0-9]+"),
        ("customer", "is", "ada"),
        ("customer", "is", 1),
        ("customer", "in", (2, "ada")),
        ("customer", "not", "alan"),
        ("customer", "exists", True),
        ("customer.given_name", "is", "Ada"),
        ("invoice", "is", 9001),
        ("invoice", "is", "june"),
        ("invoice.kind", "is", "normal"),
        ("invoice.amount", "gt", "41.99"),
        ("invoice.due", "is", "2026-06-15"),
        ("invoice.due", "lt", "2026-06-16"),
        ("mandate.status", "is", "requested"),
        ("mandate.customer", "is", "ada"),
        ("mandate.socotra.offlinePaymentToken", "is", "tok_decline"),
        ("created", "gte", "2026-06-01T09:00"),
        ("created", "lt", "2026-06-01T09:01"),
        ("reason", "is", "refer_to_payer"),
        ("reason.scheme_code", "is", "ARUDD-0"),
        ("description", "exists", False),
        ("collected", "exists", False),
        ("collected", "is", None),
        ("collected", "not", "1.00"),
        ("site", "exists", False),
    ],
)
def test_a_payment_fits(sandbox, payment, field, operator, value):
    assert fits(sandbox, payment, field, operator, value)


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("amount", "is", "10.01"),
        ("amount", "lt", "10.00"),
        ("attempts", "is", True),
        ("attempts", "is", "two"),
        ("reference", "regex", "late"),
        ("reference", "is", "SC:LATE-1"),
        ("customer", "is", "alan"),
        ("customer", "is", 2),
        ("customer", "exists", False),
        ("invoice", "is", "repair"),
        ("collected", "gt", "0.00"),
        ("collected", "exists", True),
        ("reason", "is", "ARUDD-0"),
        ("mandate.socotra.noSuchField", "exists", True),
        ("site.customer.name", "is", "Ada"),
        ("created", "gt", "not an instant"),
    ],
)
def test_a_payment_does_not_fit(sandbox, payment, field, operator, value):
    assert not fits(sandbox, payment, field, operator, value)


def test_an_id_alone_means_the_normal_invoice(sandbox, payment):
    adhoc = sandbox.keep(
        Payment(
            id=4, ref="p", amount=1, invoice=Subject("adhoc_invoice", 9001), created=payment.created
        )
    )

    assert not fits(sandbox, adhoc, "invoice", "is", 9001)
    assert fits(sandbox, adhoc, "invoice", "is", "repair")


def test_all_conditions_must_hold(sandbox, payment):
    both = compiled(
        [Matcher(("amount",), Operator.IS, "10.00"), Matcher(("status",), Operator.IS, "failed")]
    )

    assert not both(sandbox, payment)
    assert compiled([]) is None


CALL = Call(
    api="elevate",
    operation="createRefund",
    canonical="refunds.create",
    path={"invoiceId": "9001"},
    query={"page": "1", "tag": ["a", "b"]},
    header={"idempotency-key": "k1"},
    body={"amount": 10.5, "targets": [{"amount": "99.5"}], "note": None, "urgent": True},
)


@pytest.mark.parametrize(
    ("field", "operator", "value", "does"),
    [
        ("api", "is", "elevate", True),
        ("path.invoiceId", "is", 9001, True),
        ("query.page", "is", 1, True),
        ("query.tag", "is", "b", True),
        ("query.nothing", "exists", False, True),
        ("header.idempotency-key", "is", "k1", True),
        ("body.amount", "is", "10.50", True),
        ("body.amount", "gt", 10, True),
        ("body.amount", "lt", "10.5", False),
        ("body.targets.0.amount", "lt", "100.00", True),
        ("body.targets.1.amount", "exists", False, True),
        ("body.urgent", "is", True, True),
        ("body.urgent", "is", 1, False),
        ("body.note", "is", None, True),
    ],
)
def test_a_request(sandbox, field, operator, value, does):
    assert fits(sandbox, CALL, field, operator, value) is does


def test_a_body_that_is_not_json_has_no_members(sandbox):
    spoilt = Call(api="elevate", operation="createRefund", raw=b"{")

    assert not fits(sandbox, spoilt, "body.amount", "is", "1.00")
    assert fits(sandbox, spoilt, "body.amount", "exists", False)


@pytest.mark.parametrize(
    ("operator", "value", "does"),
    [
        ("is", "authorises", True),
        ("not", "authorises", False),
        ("in", ("declines", "authorises"), True),
        ("starts_with", "auth", True),
        ("exists", True, True),
    ],
)
def test_a_parameter(operator, value, does):
    condition = [Matcher(("payer",), Operator(operator), value)]

    assert holds(condition, {"payer": "authorises"}) is does
