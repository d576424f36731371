from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.scheduler import Job, Jobs, Subject

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
DOOR = Subject("door", 1)

hours = st.integers(0, 20)
# Either a new job, due at that hour, or some numbers to call off.
changes = st.lists(hours | st.sets(st.integers(1, 40)), max_size=40)


def planned(*hours, **arguments):
    jobs = Jobs()
    for hour in hours:
        jobs = jobs.plus(MONDAY + timedelta(hours=hour), "open", DOOR, arguments)
    return jobs


def emptied(jobs):
    """The jobs in the order in which they would run."""
    order = []
    while job := jobs.first():
        order.append(job)
        jobs = jobs.without_first()
    return order


def after(jobs, change):
    return (
        jobs.without(change)
        if isinstance(change, set)
        else jobs.plus(MONDAY + timedelta(hours=change), "open", DOOR, {})
    )


@given(st.lists(hours, max_size=60))
def test_jobs_run_soonest_first_and_at_one_instant_in_the_order_planned(due):
    expected = sorted((hour, number) for number, hour in enumerate(due, start=1))

    order = emptied(planned(*due))

    assert [((job.due - MONDAY) // timedelta(hours=1), job.number) for job in order] == expected


@given(changes)
def test_jobs_that_were_called_off_never_run(made):
    jobs = Jobs()
    for change in made:
        jobs = after(jobs, change)

    order = emptied(jobs)

    assert order == list(jobs) == sorted(jobs.pending.values())
    assert len(jobs) == len(order)


def test_the_heap_stays_flat_on_the_side_on_which_it_is_merged():
    """So that planning costs the same with a thousand jobs pending as with a hundred thousand."""
    spine, node = 0, planned(*range(1000)).top
    while node:
        spine, node = spine + 1, node.right

    assert spine <= 10


def test_a_number_is_never_given_again():
    jobs = planned(1, 2).without([2]).without_first()

    assert jobs.plus(MONDAY, "open", DOOR, {}).first().number == 3


def test_calling_off_what_is_no_longer_pending_changes_nothing():
    jobs = planned(1, 2)

    assert jobs.without([7]) == jobs


def test_a_job_is_called_off_in_the_new_value_alone():
    before = planned(2, 1)

    after = before.without([2])

    assert [job.number for job in before] == [2, 1]
    assert [job.number for job in after] == [1]


def test_no_jobs_are_empty_from_the_start():
    assert Jobs().first() is None
    assert Jobs().without_first() == Jobs()
    assert not Jobs()


@given(st.lists(hours, min_size=1, max_size=20))
def test_equal_are_those_with_the_same_jobs_whatever_the_shape_of_their_heaps(due):
    late = MONDAY + timedelta(days=9)

    one = planned(*due).plus(late, "open", DOOR, {}).without_first().without_first()
    other = planned(*due).plus(late, "open", DOOR, {})
    first, second = emptied(other)[:2]
    other = other.without([second.number]).without([first.number])

    assert one == other


def test_jobs_that_differ_in_a_number_once_given_are_not_equal():
    assert planned(1) != planned(1, 2).without([2])


def test_jobs_that_differ_in_their_arguments_are_not_equal():
    assert planned(1, to="open") != planned(1, to="shut")


def test_a_job_is_what_it_was_planned_as():
    job = planned(1, to="open").first()

    assert job == Job(MONDAY + timedelta(hours=1), 1, "open", DOOR, job.arguments)
    assert dict(job.arguments) == {"to": "open"}
