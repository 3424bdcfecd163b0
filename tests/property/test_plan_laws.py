"""Laws of plans: whatever the shift, engines keep every rule, and more search never harms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.routing.bound import cover_bound, find_bound
from patrol.routing.check import check_solution
from patrol.routing.engine import Engine, Search, ignore_progress
from patrol.routing.engine.local import LocalEngine
from patrol.routing.engine.ortools import OrToolsEngine
from patrol.routing.fill import fill_route
from patrol.routing.problem import UNREACHABLE_S, Problem, Solution, Stop, Travel, UnitRoute
from patrol.routing.replan import Change, Taken, difference, freeze
from patrol.routing.value import plan_value
from tests.unit.routing.shifts import make_shift

pytestmark = pytest.mark.slow


@st.composite
def shifts(draw: st.DrawFn) -> Problem:
    """Small shifts with everything a real one may have: modes, rests, windows, duties, closed ways,
    traffic bands, frozen stops, units that have already ended."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    count, units = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    hours = draw(st.integers(2, 5))
    windows = {
        h: [(int(a), int(a + rng.integers(60, 5000))) for a in [rng.integers(0, hours * 3000)]]
        for h in range(count)
        if rng.random() < 0.3
    }
    duties = [
        (h, int(a), int(a + 1800), float(rng.uniform(1, 5)))
        for h in range(count)
        if rng.random() < 0.3
        for a in [rng.integers(0, hours * 3000)]
    ]
    problem = make_shift(
        [int(m) for m in rng.integers(0, 4000, count)],
        weight=[float(w) for w in rng.uniform(0, 5, count)],
        bases_m=(0, 2000),
        units=units,
        hours=hours,
        rest_s=draw(st.sampled_from([0, 900, 1800])),
        windows=windows,
        duties=duties,
        mode=rng.integers(0, 3, units),
        modes=rng.integers(0, 8, count),
        kind=rng.integers(1, 4, count),
        serves=rng.integers(1, 4, units),
        gap_s=rng.choice([0, 900, 3600], count),
        most=rng.integers(1, 5, count),
        longest_leg_m=rng.choice([800, 100_000], units),
    )
    time_s = problem.travel.time_s.copy()
    time_s += rng.integers(0, 60, time_s.shape, np.int32)
    time_s[rng.random(time_s.shape) < 0.05] = UNREACHABLE_S
    for matrix in time_s:
        np.fill_diagonal(matrix, 0)
    problem = replace(problem, travel=Travel(time_s, problem.travel.distance_m))
    if draw(st.booleans()):
        problem = replace(problem, travel=with_bands(problem.travel, rng, problem.horizon_s))
    return _with_frozen(problem, rng) if draw(st.booleans()) else problem


def with_bands(usual: Travel, rng: np.random.Generator, horizon_s: int) -> Travel:
    """Two to four bands, in each of which some modes are slower or quicker, way by way."""
    bands = int(rng.integers(2, 5))
    begin_s = np.r_[0, np.sort(rng.choice(np.arange(1, horizon_s), bands - 1, replace=False))]
    layers, meters = list(usual.time_s), list(usual.distance_m)
    table = np.tile(np.arange(3, dtype=np.int32)[:, None], (1, bands))
    for mode, band in np.ndindex(3, bands):
        if rng.random() < 0.6:
            own = usual.time_s[mode]
            other = np.ceil(own * rng.uniform(0.3, 2.5)).astype(np.int64)
            other += rng.integers(0, 60, own.shape)
            np.fill_diagonal(other, 0)
            table[mode, band] = len(layers)
            layers.append(np.where(own >= UNREACHABLE_S, own, other).astype(np.int32))
            meters.append(usual.distance_m[mode])
    return Travel(np.stack(layers), np.stack(meters), table, begin_s.astype(np.int32))


def _with_frozen(problem: Problem, rng: np.random.Generator) -> Problem:
    """The first unit has made a stop (of any length) and goes on from there."""
    spot, dwell = int(rng.integers(problem.hotspots.size)), int(rng.integers(60, 1000))
    frozen = (Stop(spot, 100, dwell),)
    start, start_s = problem.fleet.start.copy(), problem.fleet.start_s.copy()
    start[0], start_s[0] = problem.hotspots.place[spot], 100 + dwell
    fleet = replace(problem.fleet, start=start, start_s=start_s)
    rest = ((),) * (problem.units - 1)
    return replace(problem, fleet=fleet, frozen=(frozen, *rest))


def _feasible(problem: Problem) -> bool:
    """Units can at least go home from where they start."""
    fleet = problem.fleet
    back = [
        problem.travel.most_s(mode)[start, end]
        for mode, start, end in zip(fleet.mode, fleet.start, fleet.end, strict=True)
    ]
    return bool(np.all(fleet.rest_close_s + back <= fleet.end_s))


@pytest.mark.parametrize("engine", [LocalEngine(), OrToolsEngine()], ids=lambda e: e.name)
@settings(max_examples=60)
@given(problem=shifts(), seed=st.integers(0, 1000))
def test_a_plan_always_passes_the_checker(engine: Engine, problem: Problem, seed: int) -> None:
    if not _feasible(problem):
        return
    solution = engine.solve(problem, Search(0.02, seed), ignore_progress)
    value = plan_value(problem, solution)
    assert check_solution(problem, solution, value.total).broken == ()
    assert value.cover <= cover_bound(problem) + 1e-6
    assert value.cover <= find_bound(problem, value.cover, 0.001).cover + 1e-6


@settings(max_examples=10)
@given(problem=shifts(), seed=st.integers(0, 1000))
def test_the_same_seed_gives_the_same_plan(problem: Problem, seed: int) -> None:
    plans = [LocalEngine().solve(problem, Search(0.05, seed), ignore_progress) for _ in range(2)]
    assert plans[0] == plans[1]


@settings(max_examples=10)
@given(problem=shifts())
def test_the_best_value_never_falls_during_a_search(problem: Problem) -> None:
    values: list[float] = []

    def keep(_share: float, value: float) -> bool:
        values.append(value)
        return True

    solution = LocalEngine().solve(problem, Search(0.3, 1), keep)
    assert values == sorted(values)
    assert plan_value(problem, solution).total == pytest.approx(values[-1])


@settings(max_examples=20)
@given(problem=shifts(), seed=st.integers(0, 1000))
def test_a_unit_that_joins_gets_a_route_beside_all_others(problem: Problem, seed: int) -> None:
    if problem.frozen or not _feasible(problem):
        return
    routes = list(LocalEngine().solve(problem, Search(0.02, seed), ignore_progress).routes)
    unit = seed % problem.units
    routes[unit] = UnitRoute()
    before = plan_value(problem, Solution(tuple(routes))).total
    routes[unit] = fill_route(problem, Solution(tuple(routes)), unit, Search(0.02, seed))
    value = plan_value(problem, Solution(tuple(routes))).total
    assert check_solution(problem, Solution(tuple(routes)), value).broken == ()
    assert value >= before - 1e-9


@settings(max_examples=60)
@given(problem=shifts(), at_s=st.integers(0, 12_000), seed=st.integers(0, 1000))
def test_a_replan_never_changes_what_is_frozen(problem: Problem, at_s: int, seed: int) -> None:
    if problem.frozen or not _feasible(problem):
        return
    rng = np.random.default_rng(seed)
    old = LocalEngine().solve(problem, Search(0.02, seed), ignore_progress)
    hit = int(rng.integers(problem.units))
    place = int(problem.hotspots.place[rng.integers(problem.hotspots.size)])
    change = Change(at_s, {hit: Taken(at_s + 1200, place)})
    if rng.random() < 0.5:
        change = Change(at_s, lost=frozenset({hit}))
    rest, left = freeze(problem, old, change)
    new = LocalEngine().improve(rest, left, Search(0.02, seed), ignore_progress)
    value = plan_value(rest, new)
    assert check_solution(rest, new, value.total).broken == ()
    for unit, (was, now) in enumerate(zip(old.routes, new.routes, strict=True)):
        begun = [stop for stop in was.stops if stop.depart_s <= at_s]
        assert list(now.stops[: len(begun)]) == begun
        if unit == hit and change.lost:
            assert all(stop.arrive_s < at_s for stop in now.stops)
    found = difference(rest, left, new)
    assert found.kept + found.moved + found.dropped == sum(
        len(route.stops) for route in left.routes
    )


@settings(max_examples=100)
@given(problem=shifts(), seed=st.integers(0, 1000), leaves=st.tuples(*[st.integers(0, 20_000)] * 2))
def test_who_leaves_later_never_arrives_earlier(
    problem: Problem, seed: int, leaves: tuple[int, int]
) -> None:
    rng, travel = np.random.default_rng(seed), problem.travel
    mode = int(rng.integers(3))
    start, goal = (int(place) for place in rng.integers(0, travel.time_s.shape[1], 2))
    sooner_s, later_s = sorted(leaves)
    sooner, later = (travel.arrive_s(mode, start, goal, at) for at in (sooner_s, later_s))
    assert sooner <= later
    assert sooner_s + travel.least_s(mode)[start, goal] <= sooner
    assert sooner <= sooner_s + travel.most_s(mode)[start, goal]
    many = travel.arrivals_s(mode, start, np.full(2, goal), np.array([sooner_s, later_s]))
    assert many.tolist() == [sooner, later]


@settings(max_examples=20)
@given(problem=shifts())
def test_removing_a_unit_never_helps_the_bound(problem: Problem) -> None:
    fewer = replace(
        problem,
        fleet=replace(problem.fleet, end_s=np.r_[problem.fleet.end_s[:-1], 0].astype(np.int32)),
    )
    assert cover_bound(fewer) <= cover_bound(problem) + 1e-6


def test_a_search_that_is_cancelled_keeps_what_it_has() -> None:
    problem = make_shift([100, 700, 1500], units=2)
    solution = LocalEngine().solve(problem, Search(60, 0), lambda _share, _value: False)
    assert solution.stops > 0
    assert check_solution(problem, solution).ok
