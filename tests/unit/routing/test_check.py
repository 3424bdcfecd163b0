"""Every rule of the checker, broken once; and a plan that keeps them all."""

import pytest

from patrol.routing.check import check_solution
from patrol.routing.problem import Solution, Stop, UnitRoute
from tests.unit.routing.shifts import make_shift


def faults(problem: object, *stops: Stop, rest_s: int = -1, rest_after: int = -1) -> str:
    route = UnitRoute(stops, rest_s, rest_after)
    return " | ".join(check_solution(problem, Solution((route,))).broken)  # type: ignore[arg-type]


def test_a_plan_that_keeps_every_rule_passes() -> None:
    problem = make_shift([100, 300], rest_s=600)
    route = UnitRoute((Stop(0, 100, 900), Stop(1, 4400, 600)), 3600, 0)
    verdict = check_solution(problem, Solution((route,)), 3.0)
    assert verdict.ok
    assert verdict.value == pytest.approx(3.0)


def test_travel_takes_its_time() -> None:
    assert "reached at 100 s" in faults(make_shift([100]), Stop(0, 99, 900))


def test_the_shift_ends() -> None:
    assert "shift ends at 14400" in faults(make_shift([100]), Stop(0, 13_500, 900))


def test_mode_access_is_kept() -> None:
    assert "mode 0 has no access" in faults(make_shift([100], modes=[4]), Stop(0, 100, 900))


def test_kinds_are_kept() -> None:
    problem = make_shift([100], kind=[4], serves=[3])
    assert "may not serve" in faults(problem, Stop(0, 100, 900))


def test_windows_are_kept() -> None:
    problem = make_shift([100], windows={0: [(200, 300)]})
    assert "outside its windows" in faults(problem, Stop(0, 300, 900))
    assert faults(problem, Stop(0, 299, 900)) == ""


def test_stops_have_an_allowed_length() -> None:
    assert "stays 700 s" in faults(make_shift([100]), Stop(0, 100, 700))


def test_repeats_are_an_hour_apart_even_by_two_units() -> None:
    problem = make_shift([100], units=2)
    near = Solution((UnitRoute((Stop(0, 100, 900),)), UnitRoute((Stop(0, 3699, 900),))))
    far = Solution((UnitRoute((Stop(0, 100, 900),)), UnitRoute((Stop(0, 3700, 900),))))
    assert "least gap 3600" in " ".join(check_solution(problem, near).broken)
    assert check_solution(problem, far).ok


def test_no_place_is_visited_too_often() -> None:
    problem = make_shift([100], most=[1])
    assert "at most 1" in faults(problem, Stop(0, 100, 900), Stop(0, 5000, 900))


def test_the_rest_must_be_there_within_its_window_and_not_during_a_stop() -> None:
    problem = make_shift([100], rest_s=600)
    assert "has no rest" in faults(problem)
    assert "is outside" in faults(problem, rest_s=0, rest_after=-1)
    during = faults(problem, Stop(0, 3000, 900), rest_s=3700, rest_after=0)
    assert "stop 0 ends at 3900" in during


def test_long_walks_are_refused() -> None:
    assert "longest is 50 m" in faults(make_shift([100], longest_leg_m=[50]), Stop(0, 100, 900))


def test_frozen_stops_stay() -> None:
    done = Stop(0, 100, 600)
    problem = make_shift([100, 300], frozen=((done,),), start=[1], start_s=[700])
    assert "frozen stops were changed" in faults(problem, Stop(1, 1000, 900))
    assert faults(problem, done, Stop(1, 900, 900)) == ""


def test_a_wrong_claim_is_found() -> None:
    verdict = check_solution(make_shift([100]), Solution((UnitRoute((Stop(0, 100, 900),)),)), 2.5)
    assert "claimed was 2.5" in verdict.broken[0]


def test_every_unit_has_a_route() -> None:
    assert "0 routes" in check_solution(make_shift([100]), Solution(())).broken[0]
