"""The bound by prices: valid at every price, lower with every round, and it knows the clock."""

import numpy as np
import pytest

from patrol.routing.bound import cover_bound, find_bound
from patrol.routing.descent import start_descent
from patrol.routing.engine import Search, ignore_progress
from patrol.routing.engine.local import LocalEngine
from patrol.routing.pays import add_cover
from patrol.routing.prices import Relaxation, make_board, overlap
from patrol.routing.problem import Floats, Problem, Stop
from patrol.routing.value import plan_value
from tests.unit.routing.shifts import make_shift

RNG = np.random.default_rng(3)


def town(units: int = 3) -> Problem:
    """Places along a road, more than the units can keep covered, with a rest in the shift."""
    spots = [int(m) for m in RNG.integers(0, 6_000, 25)]
    weight = [float(w) for w in RNG.lognormal(1, 0.8, 25)]
    return make_shift(spots, weight=weight, units=units, hours=5, rest_s=1800)


def best_cover(problem: Problem) -> float:
    plan = LocalEngine().solve(problem, Search(0.3, 1), ignore_progress)
    return plan_value(problem, plan).cover


def test_at_no_price_everything_is_covered_and_nobody_earns() -> None:
    problem = town()
    relaxation = Relaxation(problem, 60)
    whole = float(problem.hotspots.cumulative[:, -1].sum())
    assert relaxation.limit(0 * relaxation.board.weight).value == pytest.approx(whole)


@pytest.mark.parametrize("step_s", [60, 20])
def test_no_plan_is_above_the_limit_whatever_the_prices(step_s: int) -> None:
    problem = town()
    cover = best_cover(problem)
    relaxation = Relaxation(problem, step_s)
    for seed in range(6):
        share = np.random.default_rng(seed).uniform(0, 1, relaxation.board.weight.shape)
        assert relaxation.limit(relaxation.board.weight * share).value >= cover


def test_a_unit_less_never_raises_the_limit_at_the_same_prices() -> None:
    few, many = make_shift([900, 1800, 2700], units=1), make_shift([900, 1800, 2700], units=2)
    prices = 0.7 * Relaxation(few, 60).board.weight
    assert Relaxation(few, 60).limit(prices).value <= Relaxation(many, 60).limit(prices).value


def test_rounds_bring_the_limit_down_and_under_the_knapsack() -> None:
    problem = town(units=2)
    cover = best_cover(problem)
    relaxation = Relaxation(problem, 60, merged=True)
    descent = start_descent(relaxation, 30)
    first = descent.lowest
    for _ in range(30):
        descent.take(relaxation.limit(descent.price, 0.1, 5))
    assert cover <= descent.lowest < first
    bound = find_bound(problem, cover, 0.5)
    assert cover <= bound.cover < cover_bound(problem)
    assert bound.method == "prices"
    assert bound.gap_share(cover) == pytest.approx(1 - cover / bound.cover)


def test_the_way_to_the_first_place_is_no_cover() -> None:
    # 1 h away: 3 h of 4 are left, and the knapsack does not know it.
    problem = make_shift([3600])
    assert cover_bound(problem) == pytest.approx(4.0)
    assert 2.0 <= find_bound(problem, 2.0, 0.5).cover <= 3.1


def test_frozen_cover_is_free_and_counts_once() -> None:
    problem = make_shift([100], frozen=((Stop(0, 0, 900), Stop(0, 60, 900)),))
    board = make_board(problem, 60)
    assert board.frozen.max() == 1.0
    covered = float((board.frozen * board.weight).sum())
    assert covered == pytest.approx((7200 + 60) / 3600)


def test_a_window_that_is_shut_earns_nothing() -> None:
    problem = make_shift([100], windows={0: [(10_000, 10_060)]})
    assert find_bound(problem, 1.0, 0.5).cover <= (14_400 - 10_000) / 3600 + 0.05


def best_route(problem: Problem, price: Floats) -> float:
    """The most that one unit's route earns when it never waits, by trying all of them."""
    places, ways, back = problem.hotspots.place, problem.travel.time_s[0], problem.fleet.end_s[0]

    def earned(place: int, leave_s: int, seen: dict[int, int]) -> float:
        best = 0.0
        for h in range(problem.hotspots.size):
            at = int(places[h])
            begin = leave_s + int(ways[place, at])
            if h in seen and begin - seen[h] < int(problem.hotspots.gap_s[h]):
                continue
            for dwell_s in problem.hotspots.dwell_s[h].tolist():
                if begin + dwell_s + int(ways[at, 0]) <= back:
                    end_s = begin + problem.cover_s(h, dwell_s)
                    share = overlap(begin, end_s, price.shape[1], 600)
                    rest = earned(at, begin + dwell_s, {**seen, h: begin})
                    best = max(best, float(share @ price[h]) + rest)
        return best

    return earned(0, 0, {})


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_is_the_best_of_all_routes_where_none_can_come_back(seed: int) -> None:
    # Ways of whole minutes, and a gap as long as the shift: of two places each is seen once.
    rng = np.random.default_rng(seed)
    spots = [60 * int(m) for m in rng.integers(1, 40, 2)]
    problem = make_shift(spots, gap_s=[14_400, 14_400])
    relaxation = Relaxation(problem, 60)
    weight = relaxation.board.weight
    price = weight * rng.uniform(0, 1, (2, 1))
    walk = relaxation.limit(price).value - float((weight - price).sum())
    assert walk == pytest.approx(best_route(problem, price), rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_no_route_earns_more_than_the_walk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spots = [int(m) for m in rng.integers(100, 4_000, 4)]
    problem = make_shift(spots, hours=3, gap_s=[3_600] * 4)
    for step_s in (60, 10):
        relaxation = Relaxation(problem, step_s)
        weight = relaxation.board.weight
        price = weight * rng.uniform(0, 1, weight.shape)
        walk = relaxation.limit(price).value - float((weight - price).sum())
        assert walk >= best_route(problem, price)


def test_cover_of_a_walk_is_counted_slot_by_slot() -> None:
    price = np.array([[1.0, 1.0, 1.0, 0.0]])
    sums = np.concatenate([np.zeros((1, 1)), np.cumsum(price, axis=1)], axis=1)
    slope = np.zeros((1, 4))
    # From second 300 on for 900: half of the first slot and all of the second.
    add_cover(
        slope, sums, np.array([[0, 0, 300]], np.int32), np.array([[900]], np.int32), 600, 1, 2.0
    )
    assert slope.tolist() == [[1.0, 2.0, 0.0, 0.0]]
