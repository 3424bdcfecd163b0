"""Candidates near the best, what an observer foresees, and the choice among them."""

import numpy as np
import pytest

from patrol.routing.check import check_solution
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.local import LocalEngine
from patrol.routing.observer import expected, foreseen, guess_by_map, half_hours
from patrol.routing.problem import Problem, Solution, Stop, UnitRoute
from patrol.routing.randomise import (
    Prices,
    Wishes,
    choose,
    draw_candidates,
    seen_in,
    surprising,
)
from patrol.routing.response import classes
from patrol.routing.value import plan_value
from tests.unit.routing.shifts import make_shift

EVENING = half_hours(1, 14_400, [(0, 9000)])
MORNING = half_hours(1, 14_400, [(0, 1000)])
NOTHING_COSTS = Prices(0, 0, 0, 0)


def wishes(problem: Problem, prices: Prices = NOTHING_COSTS, **fields: object) -> Wishes:
    told: dict[str, object] = {
        "class_of": classes(problem.hotspots.cumulative[:, -1], (0.1, 0.3)),
        "rings_s": (60, 180, 300),
        "towns": [""] * problem.hotspots.size,
        "town_least": {},
        "days": [],
    }
    return Wishes(prices=prices, **(told | fields))  # type: ignore[arg-type]  # as given above


def test_an_observer_of_the_same_plan_every_day_is_always_right() -> None:
    found = foreseen([MORNING] * 5, MORNING)
    assert (found.hit_rate, found.chance) == (1.0, 1 / 8)
    assert found.lift == 8


def test_an_observer_who_saw_something_else_is_wrong() -> None:
    assert foreseen([MORNING] * 5, EVENING).hit_rate == 0


def test_without_history_nothing_is_foreseen() -> None:
    assert foreseen([], MORNING).lift == 1


def test_random_days_give_no_lift() -> None:
    rng = np.random.default_rng(5)
    days = [rng.random((200, 16)) < 0.2 for _ in range(29)]
    assert foreseen(days[:28], days[28]).lift == pytest.approx(1, abs=0.15)


def test_the_half_hours_seen_most_often_are_expected() -> None:
    both = half_hours(1, 14_400, [(0, 1000), (0, 9000)])
    assert np.flatnonzero(expected([both, both, MORNING])[0]).tolist() == [0, 5]
    assert not expected([half_hours(1, 14_400, [])]).any()


def test_a_stop_at_an_unexpected_time_is_worth_more_to_the_search_alone() -> None:
    problem = make_shift([200])
    slots = -(-problem.horizon_s // 1800)
    morning = half_hours(1, problem.horizon_s, [(0, 1000)])
    aim = surprising(problem, [morning] * 3, 0.5)
    assert aim.duties.size == problem.duties.size + slots - 1

    def gain(arrive_s: int) -> float:
        plan = Solution((UnitRoute((Stop(0, arrive_s, 900),)),))
        return plan_value(aim, plan).total - plan_value(problem, plan).total

    assert gain(1000) == pytest.approx(0)
    whole = problem.hotspots.cumulative[0, -1] * problem.hotspots.residual_s[0]
    assert gain(9000) == pytest.approx(0.5 * whole / problem.horizon_s)


def test_who_knows_the_map_names_the_heavy_hours_one_residual_time_apart() -> None:
    problem = make_shift([100])
    named = guess_by_map(problem, np.array([2]))
    slots = np.flatnonzero(named[0])
    assert len(slots) == 2
    assert (slots[1] - slots[0]) * 1800 >= 7200


def test_candidates_keep_every_rule_and_the_chosen_one_is_near_the_best() -> None:
    problem = make_shift([i * 300 for i in range(1, 14)], units=2, rest_s=1800)
    best = LocalEngine().solve(problem, Search(0.2, 1), ignore_progress)
    asked = wishes(problem, Prices(0, 0, 0, 1.0), days=[seen_in(problem, best)])
    more = draw_candidates(problem, best, 4, Search(0.4, 1), asked, ignore_progress)
    assert len(more) == 4
    for plan in more:
        assert check_solution(problem, plan, plan_value(problem, plan).total).ok
    chosen = choose(problem, [best, *more], asked, 0.05)
    assert chosen.cost_share <= 0.05
    assert chosen.taken.seen.lift <= foreseen(asked.days, seen_in(problem, best)).lift


def test_the_same_seed_draws_the_same_candidates() -> None:
    problem = make_shift([i * 300 for i in range(1, 10)], units=2)
    best = LocalEngine().solve(problem, Search(0.1, 1), ignore_progress)
    draws = [
        draw_candidates(problem, best, 2, Search(0.1, 7), wishes(problem), ignore_progress)
        for _ in range(2)
    ]
    assert draws[0] == draws[1]


def test_cancelling_ends_the_draw() -> None:
    problem = make_shift([300, 600])
    best = LocalEngine().solve(problem, Search(0.05, 1), ignore_progress)
    stop = lambda _share, _value: False  # noqa: E731 - said once
    assert draw_candidates(problem, best, 3, Search(0.1, 1), wishes(problem), stop) == []


def test_a_plan_further_from_the_best_than_allowed_is_never_taken() -> None:
    problem = make_shift([600, 1200])
    good = Solution((UnitRoute((Stop(0, 600, 900), Stop(1, 2100, 900))),))
    poor = Solution((UnitRoute((Stop(0, 600, 900),)),))
    fair = wishes(problem, Prices(0, 100.0, 0, 0))
    assert choose(problem, [good, poor], fair, 0.01).taken.solution == good
    assert choose(problem, [good, poor], fair, 0.01).near == 1


def test_rings_and_towns_decide_between_plans_of_one_value() -> None:
    problem = make_shift([600, 12_000], units=1, hours=8, bases_m=(6_300,))
    left = Solution((UnitRoute((Stop(0, 5_700, 900),)),))
    right = Solution((UnitRoute((Stop(1, 5_700, 900),)),))
    towns = wishes(problem, Prices(0, 0, 1.0, 0), towns=["west", "east"], town_least={"east": 0.5})
    assert choose(problem, [left, right], towns, 0.01).taken.solution == right
    towns = wishes(problem, Prices(0, 0, 1.0, 0), towns=["west", "east"], town_least={"west": 0.5})
    assert choose(problem, [right, left], towns, 0.01).taken.solution == left
