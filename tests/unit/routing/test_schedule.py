"""Stops in a given order get times; what does not fit is left out."""

from patrol.routing.check import check_solution
from patrol.routing.problem import Solution
from patrol.routing.schedule import Pick, timed_route
from tests.unit.routing.shifts import make_shift


def pick(hotspot: int, opens: int = 0, closes: int = 14_400) -> Pick:
    return Pick(hotspot, 900, opens, closes, 1.0)


def test_stops_follow_each_other_as_early_as_they_can() -> None:
    route = timed_route(make_shift([100, 300]), 0, [pick(0), pick(1)])
    assert [stop.arrive_s for stop in route.stops] == [100, 1200]


def test_a_unit_waits_for_a_window() -> None:
    route = timed_route(make_shift([100]), 0, [pick(0, 5000, 6000)])
    assert route.stops[0].arrive_s == 5000


def test_a_stop_that_comes_too_late_is_left_out() -> None:
    route = timed_route(make_shift([100, 300]), 0, [pick(0), pick(1, 0, 1000)])
    assert [stop.hotspot for stop in route.stops] == [0]


def test_the_rest_is_put_where_most_stops_stay_possible() -> None:
    problem = make_shift([100, 300, 500], rest_s=1800)
    picks = [pick(0), pick(1, 3000, 3600), pick(2, 5000, 6900)]
    route = timed_route(problem, 0, picks)
    assert len(route.stops) == 3
    assert check_solution(problem, Solution((route,))).ok


def test_a_shift_without_stops_still_has_its_rest() -> None:
    problem = make_shift([100], rest_s=1800)
    route = timed_route(problem, 0, [])
    assert route.rest_s == 3600
    assert check_solution(problem, Solution((route,))).ok
