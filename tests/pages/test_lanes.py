"""The timeline's drawing: to scale, in the calendar's own days, and never label upon label."""

from datetime import time

import pytest

from sandbox.engine.calendar import Calendar
from sandbox.pages.lanes import draw
from sandbox.pages.words import instant

NOW = instant("2026-03-27T12:00:00Z")  # a Friday; on Sunday London's clocks go forward


def event(at, name="payment.submitted", id=1, **more):
    told = {"resource": "payment", "id": id, "ref": f"payment-{id}", "rule": "client"}
    return {"at": at, "event": name, "to": name.partition(".")[2], "reason": None, **told, **more}


def job(due, **more):
    return {**event(due, **more), "due": due, "kind": "step", "text": ""}


def drawn(*events, jobs=(), calendar=None):
    return draw(NOW, list(events), list(jobs), calendar or Calendar())


def test_where_nothing_happened_there_is_no_drawing():
    assert drawn() is None


def test_time_is_to_scale():
    drawing = drawn(
        event("2026-03-25T06:00:00Z"),
        event("2026-03-25T18:00:00Z"),
        event("2026-03-26T18:00:00Z"),
    )

    first, second, third = (point.y for point in drawing.lanes[0].points)
    assert third - second == pytest.approx(2 * (second - first), abs=0.2)
    assert drawing.now_y - third == pytest.approx(1.5 * (second - first), abs=0.2)


def test_days_are_the_calendars_and_a_day_of_23_hours_is_shorter():
    drawing = drawn(event("2026-03-27T09:00:00Z"), jobs=[job("2026-03-30T15:00:00Z")])

    assert [(day.label, day.is_open) for day in drawing.days] == [
        ("Fri 27 Mar", True),
        ("Sat 28 Mar", False),
        ("Sun 29 Mar", False),
        ("Mon 30 Mar", True),
    ]
    friday, saturday, sunday, monday = drawing.days
    assert sunday.height == pytest.approx(saturday.height * 23 / 24, abs=0.2)
    assert (saturday.cut_off_y, sunday.cut_off_y) == (None, None)
    assert friday.cut_off_y == pytest.approx(friday.y + friday.height * 16 / 24, abs=0.2)
    assert monday.cut_off_y == drawing.lanes[0].points[-1].y  # 15:00 UTC is 16:00 in London now


def test_a_calendar_without_a_cut_off_draws_none():
    drawing = drawn(event("2026-03-27T09:00:00Z"), calendar=Calendar(cut_off=None))

    assert [day.cut_off_y for day in drawing.days] == [None]


def test_what_happens_at_one_instant_has_labels_below_each_other():
    at = "2026-03-27T09:00:00Z"
    drawing = drawn(*[event(at) for _ in range(4)])

    points = drawing.lanes[0].points
    assert len({point.y for point in points}) == 1
    assert [point.label_y - points[0].y for point in points] == [0, 15, 30, 45]


def test_what_is_too_far_from_now_is_counted_and_not_drawn():
    drawing = drawn(
        event("2025-03-27T09:00:00Z"), event("2026-03-27T09:00:00Z"),
        jobs=[job("2027-04-27T09:00:00Z")],
    )  # fmt: skip

    assert len(drawing.lanes[0].points) == 1
    assert len(drawing.days) == 91
    assert drawing.left_out == "not drawn: moments too far from now: 2"


def test_of_many_resources_the_latest_have_lanes():
    events = [event(f"2026-03-27T09:{id:02}:00Z", id=id) for id in range(1, 15)]
    given = event("2026-03-27T11:00:00Z", "payment.given", id=99)

    drawing = drawn(given, *events)

    assert [lane.id for lane in drawing.lanes] == list(range(5, 15))
    assert drawing.left_out == "not drawn: resources: 5"


@pytest.mark.parametrize(("count", "is_wide"), [(3, False), (4, True)])
def test_many_lanes_want_the_whole_width(count, is_wide):
    drawing = drawn(*[event("2026-03-27T09:00:00Z", id=id) for id in range(1, count + 1)])

    assert drawing.is_wide == is_wide


def test_a_label_says_what_the_scheme_says_and_how_that_is_meant():
    reason = {"code": "refer_to_payer", "schemeCode": "ARUDD-0"}
    late = event("2026-03-27T09:00:00Z", "payment.late_failure", reason=reason, to="failed")

    drawing = drawn(late, calendar=Calendar(cut_off=time(15)))

    point = drawing.lanes[0].points[0]
    assert (point.label, point.mood, point.is_past) == ("late failure ARUDD-0", "bad", True)
    assert point.title == "27 Mar 09:00 UTC: payment.late_failure client"
