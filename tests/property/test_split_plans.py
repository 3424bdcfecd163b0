"""Large shifts by areas: parts keep what they are made of, joined plans keep every rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.instances import cover_problem, windowed_problem
from patrol.routing.check import check_solution
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.split import SplitEngine, part_of, split_areas
from patrol.routing.value import plan_value


@given(hotspots=st.integers(1, 60), units=st.integers(1, 12), most=st.integers(1, 8))
@settings(max_examples=25, deadline=None)
def test_areas_hold_every_hotspot_once_and_no_unit_twice(
    hotspots: int, units: int, most: int
) -> None:
    problem = windowed_problem(hotspots, 3, units=units)
    areas = split_areas(problem, most)
    spots = np.concatenate([area.hotspots for area in areas])
    assert sorted(spots.tolist()) == list(range(problem.hotspots.size))
    chosen = [unit for area in areas for unit in area.units.tolist()]
    assert len(chosen) == len(set(chosen))
    for area in areas:
        part = part_of(problem, area)
        place = problem.hotspots.place[area.hotspots]
        assert np.array_equal(
            part.travel.time_s[:, part.hotspots.place][:, :, part.hotspots.place],
            problem.travel.time_s[:, place][:, :, place],
        )
        assert part.duties.price.sum() == problem.duties.price[area.hotspots].sum()
        assert np.array_equal(
            part.hotspots.window_open_s, problem.hotspots.window_open_s[area.hotspots]
        )


@pytest.mark.slow
def test_a_plan_by_areas_keeps_every_rule_and_the_seed_fixes_it() -> None:
    problem = cover_problem(120, 5, units=12)
    engine, more = SplitEngine(most_hotspots=50), SplitEngine(most_hotspots=50, threads=2)
    # Areas of a small shift: what counts is that there are several.
    assert len(split_areas(problem, 3)) == 3
    plan = engine.solve(problem, Search(0.4, 7), ignore_progress)
    verdict = check_solution(problem, plan, plan_value(problem, plan).total)
    assert verdict.ok, verdict.broken
    assert plan == more.solve(problem, Search(0.4, 7), ignore_progress), "threads change nothing"
    assert {route.rest_s >= 0 for route in plan.routes} == {True}
