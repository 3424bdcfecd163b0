"""One small plan, whole: any change of the search, the value or the schedule shows here."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from patrol.routing.check import check_solution
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.local import LocalEngine
from patrol.routing.value import plan_value
from tests.unit.routing.shifts import make_shift

PINNED = Path(__file__).with_name("small_plan.json")


@pytest.mark.slow
def test_the_small_plan_is_as_pinned() -> None:
    problem = make_shift(
        [200, 700, 1500, 2600],
        weight=[3.0, 1.0, 2.0, 4.0],
        bases_m=(0, 3000),
        units=2,
        rest_s=900,
        duties=[(2, 6000, 7800, 9.0)],
        windows={1: [(1000, 5000)]},
    )
    solution = LocalEngine().solve(problem, Search(0.1, 7), ignore_progress)
    value = plan_value(problem, solution)
    assert check_solution(problem, solution, value.total).ok
    found = {
        "value": round(value.total, 6),
        "routes": [asdict(route) for route in solution.routes],
    }
    assert json.loads(json.dumps(found)) == json.loads(PINNED.read_text(encoding="utf-8"))
