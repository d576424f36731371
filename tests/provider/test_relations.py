import pytest
from immutables import Map

from sandbox.engine.events import Cause
from sandbox.provider import instant_payments, payouts, refunds
from sandbox.provider.relations import RELATED, NotCreatableError, create

RULE = Cause("story.yaml:4", trigger=1)


@pytest.fixture
def family(bank):
    """One of each, related to each other, by type."""
    mandate = bank.mandate(api="elevate")
    payment = bank.payment("paid_out", mandate=mandate.id, api="elevate")
    instant = instant_payments.create(
        bank.sandbox, amount=10_00, mandate=mandate.id, customer=1, site=1, api="elevate"
    )
    return {
        "mandate": mandate,
        "payment": payment,
        "instant_payment": instant,
        "refund": refunds.create(bank.sandbox, payment, amount=1_00),
        "payout": payouts.create(bank.sandbox, amount=1_00),
    }


@pytest.fixture
def refund_of_instant(bank, family):
    return refunds.create(bank.sandbox, family["instant_payment"], amount=1_00)


def related(bank, resource, type):
    return [one.ref for one in RELATED[resource.type, type](bank.sandbox, resource)]


def test_the_relations_are_those_of_the_language():
    assert set(RELATED) == {
        ("mandate", "payment"),
        ("mandate", "instant_payment"),
        ("payment", "mandate"),
        ("payment", "refund"),
        ("instant_payment", "mandate"),
        ("instant_payment", "refund"),
        ("refund", "payment"),
        ("refund", "instant_payment"),
    }


@pytest.mark.parametrize(
    ("of", "type", "refs"),
    [
        ("mandate", "payment", ["payment-1"]),
        ("mandate", "instant_payment", ["instant_payment-1"]),
        ("payment", "mandate", ["mandate-1"]),
        ("payment", "refund", ["refund-1"]),
        ("instant_payment", "mandate", ["mandate-1"]),
        ("instant_payment", "refund", ["refund-2"]),
        ("refund", "payment", ["payment-1"]),
        ("refund", "instant_payment", []),
    ],
)
@pytest.mark.usefixtures("refund_of_instant")
def test_a_step_aims_at_what_is_related(bank, family, of, type, refs):
    assert related(bank, family[of], type) == refs


def test_a_refund_of_an_instant_payment_is_related_to_that(bank, refund_of_instant):
    assert related(bank, refund_of_instant, "instant_payment") == ["instant_payment-1"]
    assert related(bank, refund_of_instant, "payment") == []


def test_all_that_are_related_at_this_moment_are_meant_by_id(bank, family):
    mandate = family["mandate"]
    bank.payment(mandate=mandate.id, id=9)
    bank.payment(mandate=mandate.id, id=4)
    bank.payment(mandate=bank.mandate().id)

    assert related(bank, mandate, "payment") == ["payment-1", "payment-3", "payment-2"]


def test_what_has_no_mandate_is_related_to_none(bank):
    assert related(bank, instant_payments.create(bank.sandbox, amount=1), "mandate") == []


@pytest.mark.parametrize(
    ("type", "beside", "expected"),
    [
        ("payment", "mandate", {"mandate": 1, "customer": 1, "site": 1}),
        ("payment", "payment", {"mandate": 1, "customer": 1, "site": 1}),
        ("payment", "instant_payment", {"mandate": 1, "customer": 1, "site": 1}),
        ("instant_payment", "mandate", {"mandate": 1, "customer": 1, "site": 1}),
        ("instant_payment", "payment", {"mandate": None, "customer": 1, "site": 1}),
        ("instant_payment", "instant_payment", {"mandate": None, "customer": 1, "site": 1}),
        ("refund", "payment", {"payment": 1, "instant_payment": None, "customer": 1}),
        ("refund", "instant_payment", {"payment": None, "instant_payment": 1, "customer": 1}),
        ("refund", "refund", {"payment": 1, "instant_payment": None, "customer": 1}),
    ],
)
def test_a_step_makes_what_belongs_beside_its_resource(bank, family, type, beside, expected):
    made = create(bank.sandbox, family[beside], type, Map(amount=2_00), cause=RULE)

    assert {name: getattr(made, name) for name in expected} == expected
    assert (made.type, made.amount, made.api) == (type, 2_00, "elevate")
    event = bank.last_event()
    assert (event.name, event.subject, event.cause) == (f"{type}.created", made.subject, RULE)


@pytest.mark.parametrize(
    ("type", "beside"),
    [
        ("mandate", "payment"),
        ("payment", "refund"),
        ("payment", "payout"),
        ("instant_payment", "refund"),
        ("refund", "mandate"),
        ("refund", "payout"),
        ("payout", "payment"),
    ],
)
def test_what_has_nothing_to_do_with_it_cannot_be_made_beside_it(bank, family, type, beside):
    before = bank.sandbox.state

    with pytest.raises(NotCreatableError) as refused:
        create(bank.sandbox, family[beside], type, Map(amount=2_00), cause=RULE)

    assert str(refused.value) == f"a {type} cannot be made beside {beside} {family[beside].ref}"
    assert bank.sandbox.state is before


def test_a_payment_cannot_be_made_beside_one_that_has_no_mandate(bank):
    alone = instant_payments.create(bank.sandbox, amount=1)

    with pytest.raises(NotCreatableError):
        create(bank.sandbox, alone, "payment", Map(amount=2_00), cause=RULE)
