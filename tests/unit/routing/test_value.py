"""The value of a plan, with numbers worked out by hand."""

import pytest

from patrol.routing.problem import Solution, Stop, UnitRoute
from patrol.routing.value import covered_value, plan_value
from tests.unit.routing.shifts import make_shift


def plan_of(*stops: Stop) -> Solution:
    return Solution((UnitRoute(stops),))


def test_a_full_stop_covers_its_residual_time() -> None:
    problem = make_shift([100])
    assert plan_value(problem, plan_of(Stop(0, 1000, 900))).cover == pytest.approx(2.0)


def test_a_short_stop_covers_its_share_of_the_residual_time() -> None:
    problem = make_shift([100])
    assert plan_value(problem, plan_of(Stop(0, 1000, 600))).cover == pytest.approx(1.0)


def test_overlapping_cover_counts_once() -> None:
    problem = make_shift([100])
    twice = plan_of(Stop(0, 0, 900), Stop(0, 3600, 900))
    assert plan_value(problem, twice).cover == pytest.approx(3.0)


def test_cover_inside_cover_adds_nothing() -> None:
    problem = make_shift([100], gap_s=[0])
    assert covered_value(problem, 0, [(0, 900), (1800, 600)]) == pytest.approx(2.0)


def test_cover_ends_with_the_shift() -> None:
    problem = make_shift([100])
    assert plan_value(problem, plan_of(Stop(0, 12_600, 900))).cover == pytest.approx(0.5)


def test_a_stop_is_worth_what_would_be_lost_without_it() -> None:
    problem = make_shift([100])
    value = plan_value(problem, plan_of(Stop(0, 0, 900), Stop(0, 3600, 900)))
    assert list(value.by_stop[0]) == pytest.approx([1.0, 1.0])


def test_a_duty_is_met_by_a_stop_that_begins_in_its_window() -> None:
    problem = make_shift([100], duties=[(0, 600, 1200, 5.0)])
    assert plan_value(problem, plan_of(Stop(0, 600, 900))).duty == 5.0
    assert plan_value(problem, plan_of(Stop(0, 1200, 900))).duty == 0.0


def test_weights_that_change_are_integrated_over_the_covered_time() -> None:
    problem = make_shift([100], weight=[1.0])
    problem.hotspots.cumulative[0] = [0.0, 1.0, 1.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]
    # From 15 min on for two hours: half of the first slot, none, all of the third.
    assert covered_value(problem, 0, [(900, 900)]) == pytest.approx(0.5 + 3.0)


def test_share_is_of_all_weight_there_is() -> None:
    problem = make_shift([100, 200])
    assert plan_value(problem, plan_of(Stop(0, 1000, 900))).share == pytest.approx(2 / 8)


def test_nothing_planned_is_worth_nothing() -> None:
    assert plan_value(make_shift([100]), plan_of()).total == 0.0
