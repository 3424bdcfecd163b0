"""Moving a stop between officers has a price."""

import numpy as np
import pytest

from patrol.routing.check import check_solution
from patrol.routing.moves import Worth, price_moves
from patrol.routing.problem import Solution, Stop, UnitRoute
from patrol.routing.value import plan_value
from tests.unit.routing.shifts import make_shift

PROBLEM = make_shift([600, 1200, 1800], units=2, weight=[1.0, 2.0, 3.0])
OLD = Solution((UnitRoute((Stop(0, 600, 900),)), UnitRoute((Stop(1, 1800, 900),))))
# The units swapped their stops: both are made sooner, 600 s of cover for two moves.
NEW = Solution((UnitRoute((Stop(1, 1200, 900),)), UnitRoute((Stop(0, 600, 900),))))


def test_a_swap_that_brings_less_than_its_price_is_given_back() -> None:
    assert price_moves(PROBLEM, OLD, OLD, NEW, 10.0) == OLD


def test_a_swap_that_is_worth_it_stays() -> None:
    late = Solution((UnitRoute((Stop(0, 9000, 900),)), UnitRoute((Stop(1, 12_000, 900),))))
    assert price_moves(PROBLEM, late, late, NEW, 0.1) == NEW


def test_without_a_price_value_decides_alone() -> None:
    more = Solution((UnitRoute((Stop(1, 1200, 900), Stop(2, 2700, 900))), NEW.routes[1]))
    assert price_moves(PROBLEM, OLD, OLD, more, 0.0) == more


def test_least_gaps_hold_in_the_mix() -> None:
    # Unit 0 back on its old route would be at place 1 ten minutes after unit 1.
    old = Solution((UnitRoute((Stop(1, 1800, 900),)), UnitRoute()))
    new = Solution((UnitRoute((Stop(0, 600, 900),)), UnitRoute((Stop(1, 1200, 900),))))
    found = price_moves(PROBLEM, old, old, new, 0.5)
    assert check_solution(PROBLEM, found, plan_value(PROBLEM, found).total).ok


def test_its_fast_value_is_the_value() -> None:
    rng = np.random.default_rng(2)
    problem = make_shift([0, 0, 0], duties=[(1, 1000, 5000, 2.5)], weight=[1.0, 2.5, 0.3])
    stops = tuple(
        Stop(int(rng.integers(3)), int(rng.integers(0, 16_000)), int(rng.choice([600, 900])))
        for _ in range(12)
    )
    plan = Solution((UnitRoute(stops),))
    assert Worth(problem).plan(plan) == pytest.approx(plan_value(problem, plan).total)
