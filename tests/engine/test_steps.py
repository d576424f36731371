"""Work in steps: what it is worth at its end is what it would be worth at once."""

from sandbox.engine.steps import MOST_AT_ONCE, finished, in_order


def test_many_values_are_sorted_a_little_at_a_time():
    many = [number * 7919 % 100_003 for number in range(5 * MOST_AT_ONCE)]
    steps = []

    found = finished(noted(in_order(many, key=str), steps))

    assert found == sorted(many, key=str)
    assert len(steps) == 5 + len(many)


def test_a_few_values_are_sorted_at_once():
    steps = []

    found = finished(noted(in_order({3, 1, 2}), steps))

    assert (found, steps) == ([1, 2, 3], [])


def noted(steps, seen):
    """The same steps, each of them noted."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        seen.append("step")
        yield
