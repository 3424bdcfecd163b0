"""The response guarantee on a road of one second a meter."""

import numpy as np
import pytest

from patrol.routing.problem import Solution, Stop, UnitRoute
from patrol.routing.response import check_response, classes
from tests.unit.routing.shifts import make_shift

FAR = np.array([2, 2], np.int32)
RINGS = (60, 180, 300)


def test_the_heaviest_places_have_the_innermost_ring() -> None:
    weights = np.array([1.0, 9.0, 5.0, 3.0])
    assert classes(weights, (0.25, 0.5)).tolist() == [2, 0, 1, 1]


def test_a_unit_that_stays_near_keeps_the_guarantee_all_shift_long() -> None:
    problem = make_shift([100, 250])
    found = check_response(problem, Solution((UnitRoute(),)), FAR, RINGS)
    assert found.kept_share == 1
    assert found.missed == 0
    assert found.gaps() == ()


def test_places_out_of_reach_are_named_with_times_and_the_soonest_arrival() -> None:
    problem = make_shift([100, 2000])
    found = check_response(problem, Solution((UnitRoute(),)), FAR, RINGS)
    assert found.kept_share == pytest.approx(0.5)
    assert found.missed == pytest.approx(4.0)
    (gap,) = found.gaps()
    assert (gap.hotspot, gap.begin_s, gap.end_s, gap.best_s) == (1, 0, 14_400, 2000)


def test_a_unit_on_its_way_goes_on_or_turns_back() -> None:
    problem = make_shift([2000])
    route = UnitRoute((Stop(0, 2000, 600),))
    found = check_response(problem, Solution((route,)), FAR[:1], RINGS)
    # Looks at 0, 300, ...: leaving at 0, it is there at 2000, stays to 2600, is home at 4600.
    assert found.eta_s[:9, 0].tolist() == [2000, 1700, 1400, 1100, 800, 500, 200, 0, 0]
    begin, end = found.gaps()[0].begin_s, found.gaps()[0].end_s
    assert (begin, end) == (0, 1800)


def test_who_rests_or_is_off_the_shift_comes_to_nobodys_help() -> None:
    problem = make_shift([100], rest_s=1800, start_s=np.array([3600], np.int32))
    route = UnitRoute((), rest_s=7200, rest_after=-1)
    found = check_response(problem, Solution((route,)), FAR[:1], RINGS)
    late = [(gap.begin_s, gap.end_s) for gap in found.gaps()]
    assert late == [(0, 3600), (7200, 9000)]


def test_classes_are_told_apart() -> None:
    problem = make_shift([100, 250])
    kinds = np.array([0, 2], np.int32)
    found = check_response(problem, Solution((UnitRoute(),)), kinds, RINGS)
    assert found.by_class[0] == 0
    assert found.by_class[2] == 1
    assert np.isnan(found.by_class[1])
