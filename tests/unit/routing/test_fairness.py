"""Loads of units and shares of towns, worked out by hand."""

import numpy as np
import pytest

from patrol.routing.fairness import imbalance, shares_by, shortfalls, spreads, unit_loads
from patrol.routing.problem import Solution, Stop, UnitRoute
from tests.unit.routing.shifts import make_shift

# 600 m out, 10 min there, 600 m on, 10 min there, 1200 m back: one second a meter.
BUSY = UnitRoute((Stop(0, 600, 600), Stop(1, 1800, 600)))
IDLE = UnitRoute((Stop(0, 8000, 600),))


def test_active_time_is_ways_and_stops_and_waiting_is_not() -> None:
    problem = make_shift([600, 1200], units=2)
    loads = unit_loads(problem, Solution((BUSY, IDLE)))
    assert loads.active_s.tolist() == [2400 + 1200, 1200 + 600]
    assert loads.distance_m.tolist() == [2400, 1200]


def test_night_is_the_active_time_within_its_hours() -> None:
    problem = make_shift([600, 1200])
    loads = unit_loads(problem, Solution((BUSY,)), [(900, 2000)])
    assert loads.night_s.tolist() == [1100]


def test_a_rest_is_no_work() -> None:
    problem = make_shift([600, 1200], rest_s=1800)
    route = UnitRoute((Stop(0, 600, 600), Stop(1, 6000, 600)), rest_s=3600, rest_after=0)
    assert unit_loads(problem, Solution((route,))).active_s.tolist() == [
        600 + 600 + 600 + 600 + 1200
    ]


def test_spread_is_told_per_mode_of_two_units_or_more() -> None:
    problem = make_shift([600, 1200], units=3, mode=np.array([0, 0, 2]))
    found = spreads(problem, unit_loads(problem, Solution((BUSY, IDLE, BUSY))))
    assert {one.mode for one in found} == {0}
    active = next(one for one in found if one.what == "active_s")
    assert (active.least, active.most, active.mean) == (1800, 3600, 2700)
    assert active.apart_share == pytest.approx(1800 / 2700)


def test_even_loads_have_no_imbalance_and_uneven_ones_do() -> None:
    problem = make_shift([600, 1200], units=2)
    even = unit_loads(problem, Solution((BUSY, BUSY)))
    uneven = unit_loads(problem, Solution((BUSY, IDLE)))
    assert imbalance(problem, even) == 0
    assert imbalance(problem, uneven) == pytest.approx(900 / 2700)


def test_towns_under_their_least_share_are_named_with_what_they_lack() -> None:
    shares = shares_by(["north", "south", "north"], np.array([1.0, 2.0, 1.0]))
    assert shares == {"north": 0.5, "south": 0.5}
    assert shortfalls(shares, {"north": 0.4, "south": 0.6, "east": 0.1}) == pytest.approx(
        {"south": 0.1, "east": 0.1}
    )
