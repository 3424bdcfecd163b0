"""Assignments of least total cost."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.model.errors import InputError
from patrol.routing.assign import OUT_OF_REACH, apportion, assign


def test_the_nearest_to_both_goes_where_the_other_cannot() -> None:
    # One after the other would send unit 0 to goal 0 and unit 1 a long way.
    assert assign(np.array([[10, 20], [15, 900]]), [1, 1], 10_000) == [(0, 1), (1, 0)]


def test_it_is_as_cheap_as_trying_every_order() -> None:
    costs = np.random.default_rng(4).integers(0, 1000, (5, 4))
    best = min(sum(costs[u, g] for g, u in enumerate(p)) for p in permutations(range(5), 4))
    assert sum(costs[pair] for pair in assign(costs, [1] * 4, 10_000)) == best


def test_a_goal_may_want_several_and_goes_without_where_nobody_is_left() -> None:
    pairs = assign(np.array([[5, 6], [7, 8], [OUT_OF_REACH, 9]]), [2, 2], 10_000)
    assert [unit for unit, _ in pairs] == [0, 1, 2]
    assert (2, 1) in pairs


def test_out_of_reach_is_never_assigned() -> None:
    assert assign(np.array([[OUT_OF_REACH]]), [1], 10_000) == []


def test_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="wanted must be 2 numbers"):
        assign(np.zeros((1, 2), np.int64), [1], 10)


def test_a_number_is_split_by_largest_remainders() -> None:
    assert apportion(np.array([0.5, 0.3, 0.2]), 7) == [4, 2, 1]
    assert apportion(np.array([1.0, 1.0, 1.0]), 4) == [2, 1, 1]
    assert apportion(np.array([0.0, 2.0]), 3) == [0, 3]
    assert apportion(np.zeros(2), 3) == [0, 0]


@given(st.lists(st.floats(0.001, 100), min_size=1, max_size=8), st.integers(0, 60))
def test_nothing_is_lost_and_nobody_gets_one_more_than_its_share(
    shares: list[float], count: int
) -> None:
    found = apportion(np.array(shares), count)
    assert sum(found) == count
    for share, got in zip(shares, found, strict=True):
        assert abs(got - share / sum(shares) * count) < 1
