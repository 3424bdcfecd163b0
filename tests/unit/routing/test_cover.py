"""Cover at one hotspot: what the search adds up step by step against the whole value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from patrol.routing.engine.cover import add_visit, gain_with, value_with
from patrol.routing.engine.state import Data, Plan, empty_plan, make_data
from tests.unit.routing.shifts import make_shift

VISITS = st.lists(st.tuples(st.integers(0, 14_399), st.integers(60, 7_200)), max_size=5)


@njit  # type: ignore[untyped-decorator]  # numba has no types for it
def both_ways(data: Data, plan: Plan, at_s: int, cover_s: int) -> tuple[float, float]:
    """What one more visit brings: told at once, and as a difference of whole values."""
    whole = value_with(data, plan, 0, -1, at_s, cover_s) - value_with(data, plan, 0, -1, -1, 0)
    return gain_with(data, plan, 0, at_s, cover_s), whole


@njit  # type: ignore[untyped-decorator]
def add(plan: Plan, at_s: int, cover_s: int) -> None:
    """One visit of unit 0."""
    add_visit(plan, 0, 0, at_s, cover_s)


@pytest.mark.slow
@given(visits=VISITS, at_s=st.integers(0, 14_399), cover_s=st.integers(60, 7_200))
def test_what_a_visit_adds_is_the_difference_of_values(
    visits: list[tuple[int, int]], at_s: int, cover_s: int
) -> None:
    problem = make_shift([200], weight=[3.0], duties=[(0, 2_000, 5_000, 4.0)])
    data, plan = make_data(problem), empty_plan(problem, make_data(problem))
    for begin_s, long_s in visits:
        add(plan, begin_s, long_s)
    gain, whole = both_ways(data, plan, at_s, cover_s)
    assert gain == pytest.approx(whole, abs=1e-9)
    assert np.isfinite(gain)
