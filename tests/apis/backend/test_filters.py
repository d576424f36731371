"""The filters against a model of them that is written without looking at the implementation."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from sandbox.apis.backend import operations
from sandbox.apis.backend.models import Payment as Shown
from sandbox.engine.events import TESTER
from sandbox.provider.payments import Payment
from sandbox.scenario.running.binding import bind
from sandbox.scenario.running.moving import move

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
TODAY = MONDAY.date()
ALAN, GRACE = "123", "124"
SINCE = ["createdSince", "updatedSince", "reversedSince", "reinstatedSince", "collectedSince"]
SINCE.append("cancelledSince")
DATES = ["minDate", "maxDate", "minReversedDate", "maxReversedDate"]
FLAGS = ["reversed", "includeReversed"]
WORDS = {
    name: "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    for name in SINCE + DATES + FLAGS
}
ON_REVERSALS = {"minReversedDate", "maxReversedDate", "reversedSince"}


def expected(rows, asked):
    """The manual's filters, and our choices, in ten lines: rows are what happened, as recorded."""
    wants = {True} if "reversed" in asked or ON_REVERSALS & set(asked) else {False}
    wants = {True, False} if "includeReversed" in asked else wants
    found = [row for row in rows if row["is_reversed"] in wants]
    for name in DATES:
        field = "reversed" if "Reversed" in name else "date"
        if name in asked:
            found = [row for row in found if row[field] is not None]
            least, most = (asked[name], date.max) if "min" in name else (date.min, asked[name])
            found = [row for row in found if least <= row[field] <= most]
    for name in set(SINCE) & set(asked):
        stands = {"reversedSince": [True], "reinstatedSince": [False]}.get(name, [True, False])
        found = [row for row in found if row.get(name) and row["is_reversed"] in stands]
        found = [row for row in found if row[name] >= asked[name]]
    return [row["id"] for row in found]


STUCK = """
scenario: nothing-by-itself
version: 1
rules:
  - { when: payment.created, then: nothing }
"""
LEADS = {
    "collected": (["submitted", "confirmed"], "collectedSince"),
    "cancelled": (["cancelled"], "cancelledSince"),
    "failed": (["failed"], "reversedSince"),
    "taken back": (["failed"], "reversedSince"),
}


class World:
    """A sandbox with payments, what is done to them, and a record of it that is kept beside."""

    def __init__(self, app, name):
        sandboxes = app.process.server.sandboxes
        sandboxes.forget(name)
        self.sandbox = sandboxes.at(name, MONDAY)
        bind(self.sandbox, app.process.server.scenarios.again(STUCK, Map()))
        self.rows = []

    def call(self, operation, **arguments):
        with self.sandbox.attempt():
            answer = operation(sandbox=self.sandbox, **arguments)
            self.sandbox.settle()
        return answer.body

    def pick(self, place):
        return self.rows[place % len(self.rows)]

    def stamp(self, row, *names):
        row |= dict.fromkeys((*names, "updatedSince"), self.sandbox.now)

    def add(self, customer, collected, days):
        day = TODAY + timedelta(days=days)
        method = "Direct Debit" if collected else "Cheque"
        body = {"paymentAmount": 1, "paymentMethod": method, "paymentDate": day.isoformat()}
        made = self.call(operations.create_customer_payment, id=customer, body=body)
        row = {"id": made["id"], "customer": customer, "date": day, "reversed": None}
        row |= {"is_reversed": False, "is_now": "pending" if made["status"] else "recorded"}
        self.stamp(row, "createdSince")
        self.rows.append(row)

    def reverse(self, place, days):
        """As of so many days after the payment; a payment that is reversed is corrected."""
        row = self.pick(place)
        day = row["date"] + timedelta(days=days)
        self.patch(row, paymentReversedDate=day.isoformat())
        if not row["is_reversed"]:
            self.stamp(row, "reversedSince")
        elif row["reversed"] != day:
            self.stamp(row)
        row |= {"reversed": day, "is_reversed": True}

    def reinstate(self, place):
        row = self.pick(place)
        self.patch(row, paymentReversedDate=None)
        if row["is_reversed"]:
            self.stamp(row, "reinstatedSince")
        row |= {"reversed": None, "is_reversed": False}

    def rename(self, place, name):
        row = self.pick(place)
        self.patch(row, ourReference=name)
        if row.get("name") != name:
            self.stamp(row)
        row["name"] = name

    def redate(self, place, days):
        row = self.pick(place)
        day = min(TODAY + timedelta(days=days), row["reversed"] or date.max)
        self.patch(row, paymentDate=day.isoformat())
        if row["date"] != day:
            self.stamp(row)
        row["date"] = day

    def patch(self, row, **body):
        self.call(operations.update_payment, id=row["id"], body=body)

    def end(self, place, how):
        """What the provider does to a collection."""
        row = self.pick(place)
        if row["is_now"] != ("collected" if how == "taken back" else "pending"):
            return
        statuses, kind = LEADS[how]
        asked = self.sandbox.get(Shown, int(row["id"])).provider_payment
        for status in statuses:
            move(self.sandbox, self.sandbox.get(Payment, asked), status, cause=TESTER)
        self.sandbox.settle()
        row["is_now"] = how
        if kind != "reversedSince":
            self.stamp(row, kind)
        elif not row["is_reversed"]:
            self.stamp(row, kind)
            row |= {"reversed": self.sandbox.now.date(), "is_reversed": True}
        elif how == "failed":
            self.stamp(row)

    def delete(self, place):
        row = self.pick(place)
        if row["is_now"] != "pending":
            self.call(operations.delete_payment, id=row["id"])
            self.rows.remove(row)

    def advance(self, hours):
        self.sandbox.advance_to(self.sandbox.now + timedelta(hours=hours))

    def do(self, what, *how):
        if self.rows or what in ("add", "advance"):
            getattr(self, what)(*how)

    def listed(self, asked, customer=None, **page):
        """The ids that the API lists."""
        query = dict.fromkeys(WORDS.values()) | {"limit": 1000, "offset": 0, "id_after": None}
        query |= {WORDS[name]: written(value) for name, value in asked.items()} | page
        if customer:
            found = self.call(operations.list_customer_payments, id=customer, query=query)
        else:
            found = self.call(operations.list_payments, query=query)
        return [payment["id"] for payment in found]


def written(value):
    return value if isinstance(value, str) else value.isoformat()


HISTORY = [
    *[("add", ALAN, True, days) for days in (0, -3, 3, 0, 0, 0, 1, 2)],
    *[("add", GRACE, False, days) for days in (0, -3, 3)],
    ("advance", 10),
    ("end", 0, "collected"),
    ("end", 1, "cancelled"),
    ("end", 2, "failed"),
    ("end", 3, "collected"),
    ("advance", 14),
    ("reverse", 8, 0),
    ("reverse", 9, 2),
    ("end", 3, "taken back"),
    ("end", 5, "collected"),
    ("end", 6, "cancelled"),
    ("add", GRACE, False, 1),
    ("advance", 24),
    ("reinstate", 3),
    ("reinstate", 8),
    ("reverse", 10, 1),
    ("end", 4, "failed"),
    ("rename", 0, "A"),
    ("advance", 24),
    ("reverse", 8, 1),
    ("reverse", 5, 0),
    ("delete", 11),
    ("add", ALAN, True, 0),
]


@pytest.fixture(scope="module")
def world(served):
    world = World(served[0], "filters")
    for what in HISTORY:
        world.do(*what)
    return world


DAY, MOMENT = date(2026, 6, 2), datetime(2026, 6, 2, 9, tzinfo=UTC)
VALUES = dict.fromkeys(SINCE, MOMENT) | dict.fromkeys(DATES, DAY)
ASKED = [
    dict(zip(names, map(VALUES.get, names), strict=True)) | dict.fromkeys(flags, "")
    for count in (0, 1, 2)
    for names in combinations(VALUES, count)
    for flags in ([], FLAGS[:1], FLAGS[1:], FLAGS)
]


@pytest.mark.parametrize("asked", ASKED, ids="&".join)
def test_every_filter_alone_and_in_pairs_with_each_flag_lists_what_the_model_does(world, asked):
    assert world.listed(asked) == expected(world.rows, asked)


def test_the_model_tells_every_filter_from_none(world):
    """Else the test above could pass with a filter that is not there."""
    told_apart = {
        tuple(asked)
        for asked in ASKED
        if len(asked) == 2
        and "includeReversed" in asked
        and 0 < len(expected(world.rows, asked)) < len(world.rows)
    }

    assert told_apart == {(name, "includeReversed") for name in VALUES}


CUSTOMERS, PLACES = st.sampled_from([ALAN, GRACE]), st.integers(0, 20)
DAYS, HOURS = st.integers(-3, 3), st.integers(0, 30)
ACTS = st.one_of(
    st.tuples(st.just("add"), CUSTOMERS, st.booleans(), DAYS),
    st.tuples(st.just("reverse"), PLACES, st.integers(0, 3)),
    st.tuples(st.just("reinstate"), PLACES),
    st.tuples(st.just("rename"), PLACES, st.sampled_from("AB")),
    st.tuples(st.just("redate"), PLACES, DAYS),
    st.tuples(st.just("end"), PLACES, st.sampled_from(sorted(LEADS))),
    st.tuples(st.just("delete"), PLACES),
    st.tuples(st.just("advance"), HOURS),
)
MOMENTS = HOURS.map(lambda hours: MONDAY + timedelta(hours=hours * 4))
QUERIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(SINCE, MOMENTS)
    | dict.fromkeys(DATES, DAYS.map(lambda days: TODAY + timedelta(days=days)))
    | dict.fromkeys(FLAGS, st.just("")),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    acts=st.lists(ACTS, min_size=5, max_size=40),
    queries=st.lists(QUERIES, min_size=5, max_size=20),
    limit=st.integers(1, 5),
    offset=st.integers(0, 5),
    after=st.integers(0, 10),
)
def test_whatever_happened_any_filters_list_what_the_model_does(  # noqa: PLR0913, PLR0917
    served, acts, queries, limit, offset, after
):
    world = World(served[0], "histories")
    for act in acts:
        world.do(*act)
    alans = [row for row in world.rows if row["customer"] == ALAN]
    wanted = [expected(world.rows, asked) for asked in queries]

    assert [world.listed(asked) for asked in queries] == wanted
    assert [world.listed(asked, ALAN) for asked in queries] == [
        expected(alans, asked) for asked in queries
    ]
    page = {"limit": limit, "offset": offset, "id_after": after}
    assert [world.listed(asked, **page) for asked in queries] == [
        [id for id in ids if int(id) > after][offset : offset + limit] for ids in wanted
    ]
