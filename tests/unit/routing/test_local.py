"""The search of our own, begun with a plan."""

from patrol.routing.check import check_solution
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.local import LocalEngine
from patrol.routing.problem import Solution, UnitRoute
from patrol.routing.value import plan_value
from tests.unit.routing.shifts import make_shift


def test_a_unit_that_begins_with_nothing_gets_stops() -> None:
    problem = make_shift([200, 700, 1500, 2600, 3100, 3600], bases_m=(0, 3000), units=2)
    engine, search = LocalEngine(), Search(0.05, 3)
    full = engine.solve(problem, search, ignore_progress)
    old = Solution((full.routes[0], UnitRoute()))
    found = engine.improve(problem, old, search, ignore_progress)
    assert found.routes[1].stops
    assert check_solution(problem, found, plan_value(problem, found).total).ok
