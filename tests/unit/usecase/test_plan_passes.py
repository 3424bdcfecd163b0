"""Hotspots that units go past on their way, on a small network."""

import pytest

from patrol.routing.problem import Passing, Solution, Stop, UnitRoute
from patrol.usecase.plan_passes import find_passings, list_ways, note_passes
from patrol.usecase.shift_problem import ShiftProblem, make_shift_problem
from tests.unit.usecase.test_shift_problem import given, spot


def shift() -> ShiftProblem:
    """Two hotspots along one street, the base at its beginning."""
    return make_shift_problem(given(hotspots=[spot("near", 150, 0), spot("far", 750, 0)]))


def plan_of(*routes: UnitRoute) -> Solution:
    return Solution(routes)


def test_the_way_to_the_far_place_goes_past_the_near_one_and_back() -> None:
    made = shift()
    solution = plan_of(UnitRoute((Stop(1, 1_000, 900),)), UnitRoute())
    there, back = find_passings(made, solution)
    assert (there.hotspot, back.hotspot) == (0, 0)
    # On foot at 4.5 km/h the middle of the first 300 m is 145 m from the base.
    assert there.at_s == pytest.approx(145 / 1.25, abs=5)
    ways = list_ways(made.problem, solution)
    assert [way.leave_s for way in ways] == [0, 1_900]
    assert 1_900 < back.at_s < 1_900 + 600


def test_a_stop_is_no_pass_and_who_stays_at_the_base_passes_nothing() -> None:
    made = shift()
    assert find_passings(made, plan_of(UnitRoute((Stop(0, 500, 900),)), UnitRoute())) == []
    assert find_passings(made, plan_of(UnitRoute(), UnitRoute())) == []


def test_after_the_rest_the_way_begins_later() -> None:
    made = shift()
    rested = UnitRoute((Stop(1, 4_000, 900),), rest_s=1_000, rest_after=-1)
    there = find_passings(made, plan_of(rested, UnitRoute()))[0]
    rest_end = 1_000 + int(made.problem.fleet.rest_s[0])
    assert there == Passing(0, pytest.approx(rest_end + 145 / 1.25, abs=5))  # type: ignore[arg-type]


def test_a_pass_covers_its_minutes_and_none_is_told_where_it_is_switched_off() -> None:
    made = shift()
    solution = plan_of(UnitRoute((Stop(1, 1_000, 900),)), UnitRoute())
    note, broken = note_passes(made, solution, 6)
    assert note is not None
    assert (note.cover_min, note.passes, note.places, broken) == (6, 2, 1, ())
    # Weight 1 an hour, twice six minutes.
    assert note.value == pytest.approx(0.2)
    assert note_passes(made, solution, 0) == (None, ())
