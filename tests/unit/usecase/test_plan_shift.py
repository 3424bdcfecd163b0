"""What a plan must have before it is kept."""

import pytest

from patrol.model.errors import PlanError
from patrol.routing.problem import Solution, Stop, UnitRoute
from patrol.usecase.plan_shift import check_found


def test_a_plan_without_a_stop_is_refused_with_what_to_do() -> None:
    with pytest.raises(PlanError, match=r"ortools found no stop .* in 0\.5 s: give it more"):
        check_found(Solution((UnitRoute(), UnitRoute())), "ortools", 0.5)


def test_one_stop_of_one_unit_is_a_plan() -> None:
    check_found(Solution((UnitRoute(), UnitRoute((Stop(0, 60, 600),)))), "local", 1.0)
