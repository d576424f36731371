import re

from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine import ids

MANY = 100_000


def test_no_two_numbers_share_a_reference():
    references = {ids.reference(1, "PM", number) for number in range(1, MANY + 1)}

    assert len(references) == MANY


@given(st.integers(0, 2**63), st.integers(0, 10**12))
def test_a_reference_is_its_prefix_and_ten_digits(seed, number):
    assert re.fullmatch(r"MD\d{10}", ids.reference(seed, "MD", number))


def test_references_depend_on_the_seed_and_the_prefix():
    ways = [(1, "PM"), (2, "PM"), (1, "MD")]

    digits = {ids.reference(seed, prefix, 1)[2:] for seed, prefix in ways}

    assert len(digits) == len(ways)


def test_a_reference_once_given_stays_the_same_with_every_version():
    """Clients record them."""
    assert ids.reference(1, "PM", 1) == "PM1335111659"


@given(st.integers(), st.lists(st.text()))
def test_a_draw_is_at_least_0_and_less_than_1(seed, parts):
    assert 0 <= ids.draw(seed, *parts) < 1


def test_draws_spread_evenly():
    tenths = [0] * 10
    for number in range(10_000):
        tenths[int(ids.draw(1, "rule", number) * 10)] += 1

    assert all(900 < count < 1100 for count in tenths)


def test_a_digest_is_another_for_another_key_or_name():
    digests = {ids.digest("key", "a"), ids.digest("yek", "a"), ids.digest("key", "b")}

    assert len(digests) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", digest) for digest in digests)


def test_a_key_may_be_longer_than_the_digest_takes():
    assert ids.digest("k" * 100, "a") == ids.digest("k" * 64, "a")
