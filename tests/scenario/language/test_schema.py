"""The schema's lists are written down for editors; the code is where they come from."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from sandbox.engine.calendar import CalendarName
from sandbox.engine.money import DIGITS
from sandbox.provider.instant_payments import InstantPaymentLifecycle
from sandbox.provider.mandates import MandateLifecycle
from sandbox.provider.payments import PaymentLifecycle
from sandbox.provider.payouts import PayoutLifecycle
from sandbox.provider.reasons import CATALOGUE
from sandbox.provider.refunds import RefundLifecycle
from sandbox.scenario.language.model import Base, Fault, Operator, Verb

ROOT = Path(__file__).parents[3]
LIFECYCLES = {
    "mandate": MandateLifecycle,
    "payment": PaymentLifecycle,
    "instantPayment": InstantPaymentLifecycle,
    "refund": RefundLifecycle,
    "payout": PayoutLifecycle,
}


def events(lifecycle):
    """All that a rule can wait for, of one type of resource."""
    type_ = lifecycle.resource
    rows = [*lifecycle.moves(), *lifecycle.announcements()]
    named = {f"{type_}.{name}" for name in ("*", lifecycle.initial, "given", "changed")}
    return named | {row.event for row in rows}


def test_the_schema_is_one(schema):
    assert Draft202012Validator.check_schema(json.loads(schema.text)) is None


@pytest.mark.parametrize(("name", "lifecycle"), LIFECYCLES.items())
def test_statuses_are_the_lifecycles(schema, name, lifecycle):
    assert set(schema.values(f"{name}Status")) == set(type(lifecycle.initial))


@pytest.mark.parametrize(("name", "lifecycle"), LIFECYCLES.items())
def test_what_a_step_can_name_is_in_the_lifecycle(schema, name, lifecycle):
    step = schema.definition(f"{name}Step")["properties"]
    emitted = step["emit"]["enum"] if step["emit"] else []

    assert set(step["as"]["enum"]) == {move.event for move in lifecycle.moves()}
    assert set(emitted) == {row.event for row in lifecycle.announcements()}


def test_events_are_the_lifecycles(schema):
    every = set().union(*(events(lifecycle) for lifecycle in LIFECYCLES.values()))

    assert set(schema.values("event")) == every


def test_a_status_of_any_resource_is_one_of_some(schema):
    every = {status for one in LIFECYCLES.values() for status in type(one.initial)}

    assert set(schema.values("status")) == {str(status) for status in every}


def test_reasons_are_the_catalogues(schema):
    assert set(schema.values("reasonCode")) == set(CATALOGUE)


def test_an_id_fits_an_apis_smallest_integers_and_leaves_room_for_those_that_come_later(schema):
    control = yaml.safe_load((ROOT / "specs/control.yaml").read_text())
    fixture = control["components"]["schemas"]["NewFixturesOfAKind"]["items"]
    posted, given = fixture["properties"]["id"], schema.definition("id")

    assert (posted["minimum"], posted["maximum"]) == (given["minimum"], given["maximum"])
    assert given["maximum"] + 100_000_000 < 2**31


def test_currencies_are_those_that_have_minor_units(schema):
    assert schema.values("currency") == tuple(sorted(DIGITS))


def test_operations_are_those_of_the_apis_documents(schema, words):
    assert set(schema.values("operation")) == {name for name in words.operations.values() if name}


@pytest.mark.parametrize(
    ("listed", "enum"),
    [
        (lambda schema: schema.definition("step")["properties"]["from"]["enum"], Base),
        (lambda schema: schema.definition("matcher")["anyOf"][1]["properties"], Operator),
        (lambda schema: schema.definition("given")["properties"]["calendar"]["enum"], CalendarName),
        (
            lambda schema: schema.definition("respond")["properties"]["fault"]["anyOf"][0]["enum"],
            Fault,
        ),
        (lambda schema: [one["required"][0] for one in schema.definition("step")["oneOf"]], Verb),
    ],
    ids=["from", "matcher", "calendar", "fault", "verb"],
)
def test_other_words_are_the_codes(schema, listed, enum):
    assert set(listed(schema)) == set(enum)
