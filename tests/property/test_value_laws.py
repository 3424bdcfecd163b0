"""Laws of what stops and passes are worth: two ways of reckoning must agree."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.routing.check import check_passes, check_solution
from patrol.routing.problem import Passing, Problem, Solution, Stop, UnitRoute
from patrol.routing.value import passes_value, plan_value
from tests.unit.routing.shifts import make_shift

HORIZON_S = 14_400


@st.composite
def visited(draw: st.DrawFn) -> tuple[Problem, Solution]:
    """A shift of changing weights and any stops in it; rules do not matter to what it is worth."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    count, units = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    duties = [
        (h, int(a), int(a + 1_800), float(rng.uniform(1, 5)))
        for h in range(count)
        for a in rng.integers(0, 12_000, rng.integers(0, 3))
    ]
    problem = make_shift([100 * (h + 1) for h in range(count)], units=units, duties=duties)
    steps = rng.uniform(0, 3, problem.hotspots.cumulative[:, 1:].shape)
    problem.hotspots.cumulative[:, 1:] = np.cumsum(steps, axis=1)
    routes = tuple(
        UnitRoute(
            tuple(
                Stop(int(rng.integers(count)), int(at), int(rng.choice([600, 900])))
                for at in np.sort(rng.choice(HORIZON_S, rng.integers(0, 6), replace=False))
            )
        )
        for _ in range(units)
    )
    return problem, Solution(routes)


@given(visited())
def test_what_a_stop_is_worth_is_the_value_with_it_less_the_value_without(
    made: tuple[Problem, Solution],
) -> None:
    problem, solution = made
    whole = plan_value(problem, solution)
    for unit, route in enumerate(solution.routes):
        for i in range(len(route.stops)):
            without = replace(route, stops=route.stops[:i] + route.stops[i + 1 :])
            routes = (*solution.routes[:unit], without, *solution.routes[unit + 1 :])
            lost = whole.total - plan_value(problem, Solution(routes)).total
            assert whole.by_stop[unit][i] == pytest.approx(lost, abs=1e-9)


@given(visited(), st.integers(0, 2**31), st.integers(0, 1_800))
def test_passes_are_reckoned_alike_by_plan_and_checker(
    made: tuple[Problem, Solution], seed: int, cover_s: int
) -> None:
    problem, solution = made
    rng = np.random.default_rng(seed)
    passings = [
        Passing(int(rng.integers(problem.hotspots.size)), int(rng.integers(0, HORIZON_S + 900)))
        for _ in range(rng.integers(0, 12))
    ]
    value = passes_value(problem, solution, passings, cover_s)
    assert check_passes(problem, solution, passings, cover_s, value) == ()
    assert check_passes(problem, solution, passings, cover_s, value + 0.1)
    possible = float(problem.hotspots.cumulative[:, -1].sum())
    cover = plan_value(problem, solution).cover
    assert -1e-9 <= value <= possible - cover + 1e-6
    assert passes_value(problem, solution, passings, 0) == pytest.approx(0)
    # The plan's own value does not know of them.
    claimed = plan_value(problem, solution).total
    assert not any("value" in text for text in check_solution(problem, solution, claimed).broken)
