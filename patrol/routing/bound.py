"""Upper limits of what any plan can be worth, so that a plan says how far it may be from the best.

Two limits, the lower one holds. A knapsack of time, relaxed to fractions and solved by OR-Tools'
GLOP: each mode has so many unit seconds; a stop costs its dwell and half of the shortest ways in
and out. It takes milliseconds, knows no order and no clock, and lets every stop of a place begin at
that place's best time. And prices of covered time (:mod:`patrol.routing.prices`), which know the
clock, the ways and the rests; they are loose where units may go round in circles of three places,
because a walk at these prices may come back before the least gap.
"""

import logging
import time
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]  # ships no py.typed

from patrol.model.errors import PlanError
from patrol.routing.descent import DRAWS, start_descent
from patrol.routing.prices import NEAR, Relaxation, count_layers
from patrol.routing.problem import UNREACHABLE_S, Floats, Problem, tiny_problem

log = logging.getLogger(__name__)

WORK_PER_S = 100e6
"""Ways tried a second on the 2-core reference machine (November 2026); it turns seconds into a
number of rounds, so that the same seed gives the same bound."""

MOST_ROUNDS = 1_000
"""Prices have come to rest by then; a small shift would go round for ever on what is cheap."""

COARSE_S = 60
"""Step of the grid of times while prices descend."""

LAST_LOOKS = ((10, False), (20, False), (20, True))
"""Grids of the last look, and whether bases are merged there: the first that costs at most
``LAST_SHARE`` of the work."""

LAST_SHARE = 0.25

SLOWEST_RATIO = 2.0
"""A descent that takes this many times its seconds of CPU time ends."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An upper limit of a plan's cover, weight x hours.

    ``method`` is ``prices``, ``time`` (the knapsack) or ``weights`` (everything covered all the
    time), whichever was lowest; ``rounds`` of prices took ``cpu_s`` seconds.
    """

    cover: float
    method: str
    rounds: int
    cpu_s: float

    def gap_share(self, cover: float) -> float:
        """How far a plan's cover may be from the best, as a share of the limit."""
        return max(0.0, 1 - cover / self.cover) if self.cover > 0 else 0.0


def find_bound(problem: Problem, floor: float, seconds: float) -> Bound:
    """Lowest limit that ``seconds`` of work find.

    Parameters
    ----------
    floor
        Cover of the best plan known; the descent ends where it meets it.
    seconds
        Work for prices; 0 or less: the knapsack alone.
    """
    if seconds > 0:
        compile_bound()
    begun = time.thread_time()
    possible = float(problem.hotspots.cumulative[:, -1].sum())
    limit = cover_bound(problem)
    method = "time" if limit < possible * (1 - 1e-9) else "weights"
    rounds = 0
    if (
        seconds > 0
        and problem.units
        and possible > 0
        and problem.hotspots.dwell_s.min() >= COARSE_S
    ):
        found, rounds = _by_prices(problem, floor, seconds, begun)
        if found < limit:
            limit, method = found, "prices"
    return Bound(limit, method, rounds, time.thread_time() - begun)


@cache
def compile_bound() -> None:
    """Compile the pricing, or load it from disk, before the clock of a bound starts."""
    relaxation = Relaxation(tiny_problem(), COARSE_S)
    relaxation.limit(0.9 * relaxation.board.weight, 0.1)


def _by_prices(problem: Problem, floor: float, seconds: float, begun: float) -> tuple[float, int]:
    relaxation = Relaxation(problem, COARSE_S, merged=True)
    step_s, merged = _last_look(problem, seconds)
    left = seconds * WORK_PER_S - _work(problem, step_s, merged=merged)
    rounds = round(left / _work(problem, COARSE_S, merged=True)) - 5
    rounds = max(1, min(MOST_ROUNDS, rounds))
    descent = start_descent(relaxation, rounds)
    stops = max(1.0, float((problem.fleet.end_s - problem.fleet.start_s).sum()) / 1_200)
    while descent.rounds < rounds and descent.lowest > floor:
        heat = descent.heat_share * descent.lowest / stops
        descent.take(relaxation.limit(descent.price, heat, DRAWS))
        if time.thread_time() - begun > SLOWEST_RATIO * seconds + 1:
            log.warning("bound ended after %d rounds: the machine is slow", descent.rounds)
            break
    last = Relaxation(problem, step_s, merged=merged)
    return min(descent.lowest, last.limit(descent.best).value), descent.rounds


def _work(problem: Problem, step_s: int, *, merged: bool) -> float:
    """Ways that one round on this grid tries."""
    steps = max(problem.horizon_s, int(problem.fleet.end_s.max())) / step_s + 2
    places = problem.hotspots.size
    layers = count_layers(problem, merged=merged)
    return steps * places * min(NEAR, places) * layers


def _last_look(problem: Problem, seconds: float) -> tuple[int, bool]:
    for step_s, merged in LAST_LOOKS:
        if _work(problem, step_s, merged=merged) <= LAST_SHARE * seconds * WORK_PER_S:
            return step_s, merged
    return LAST_LOOKS[-1]


def cover_bound(problem: Problem) -> float:
    """Upper limit of a plan's cover, weight x hours.

    Parameters
    ----------
    problem
        The shift; frozen stops count as free of cost.

    Returns
    -------
    bound
        Never below the cover of any plan that keeps the rules.
    """
    possible = float(problem.hotspots.cumulative[:, -1].sum())
    groups = _groups(problem)
    if not groups or possible <= 0:
        return _frozen_part(problem, possible)
    solver = pywraplp.Solver.CreateSolver("GLOP")
    if solver is None:
        raise PlanError("the linear solver GLOP is missing from this OR-Tools build")
    gains = _gains(problem)
    rows = [solver.RowConstraint(0, float(budget), "") for _, budget in groups]
    objective = solver.Objective()
    objective.SetMaximization()
    for h in range(problem.hotspots.size):
        for gain, dwell_s in gains[h]:
            once = solver.RowConstraint(0, 1, "")
            for g, (cost, _) in enumerate(groups):
                if not np.isfinite(cost[h]):
                    continue
                take = solver.NumVar(0, 1, "")
                objective.SetCoefficient(take, gain)
                once.SetCoefficient(take, 1)
                rows[g].SetCoefficient(take, float(cost[h]) + dwell_s)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return possible
    return min(possible, _frozen_part(problem, possible) + float(objective.Value()))


def _frozen_part(problem: Problem, possible: float) -> float:
    """The most that frozen stops cover, overlap not taken off."""
    total = 0.0
    for stops in problem.frozen:
        for stop in stops:
            total += _best_cover(problem, stop.hotspot, problem.cover_s(stop.hotspot, stop.dwell_s))
    return min(possible, total)


def _best_cover(problem: Problem, hotspot: int, cover_s: int) -> float:
    """Most weight x hours that one cover of this length can hold, wherever it begins."""
    row = problem.hotspots.cumulative[hotspot]
    edges = np.arange(row.size, dtype=np.float64) * problem.slot_s
    # Between corners the cover is linear in the start, so a corner of either end is best.
    starts = np.clip(np.concatenate([edges, edges - cover_s]), 0, None)
    ends = np.minimum(starts + cover_s, problem.horizon_s)
    return float(np.max(np.interp(ends, edges, row) - np.interp(starts, edges, row)))


def _gains(problem: Problem) -> list[list[tuple[float, float]]]:
    """Per hotspot the most that a first, second, ... stop adds, and the shortest stop for it.

    A stop of any length adds at most its share of the cover of the longest one, so the least
    dwell per cover is charged: relaxed, but never too dear.
    """
    spots = problem.hotspots
    found: list[list[tuple[float, float]]] = []
    for h in range(spots.size):
        whole = float(spots.cumulative[h, -1])
        covers = [(problem.cover_s(h, int(s)), int(s)) for s in spots.dwell_s[h]]
        best = max(_best_cover(problem, h, cover) for cover, _ in covers)
        dwell = min(s for cover, s in covers if cover > 0) if any(c for c, _ in covers) else 0
        rows: list[tuple[float, float]] = []
        left = whole
        while left > 1e-12 and best > 1e-12 and len(rows) < int(spots.most[h]):
            rows.append((min(best, left), float(dwell)))
            left -= best
        found.append(rows)
    return found


def _groups(problem: Problem) -> list[tuple[Floats, float]]:
    """Per mode: half the least ways in and out of each hotspot (inf: closed), and unit seconds."""
    fleet, spots = problem.fleet, problem.hotspots
    allowed = problem.allowed()
    groups: list[tuple[Floats, float]] = []
    for mode in sorted(set(fleet.mode.tolist())):
        units = np.flatnonzero(fleet.mode == mode)
        ends = np.unique(np.concatenate([fleet.start[units], fleet.end[units]]))
        places = np.concatenate([spots.place, ends])
        time_s = problem.travel.least_s(mode)
        stay = spots.gap_s - spots.dwell_s.max(axis=1)
        cost = _half_ways(time_s, spots.place, places, np.maximum(stay, 0))
        cost[~allowed[units].any(axis=0)] = np.inf
        work = (fleet.end_s - fleet.start_s - fleet.rest_s)[units].astype(np.float64)
        groups.append((cost, float(np.maximum(work, 0).sum())))
    return groups


def _half_ways(
    time_s: NDArray[np.int32],
    goals: NDArray[np.int32],
    places: NDArray[np.int32],
    stay_s: NDArray[np.int32],
) -> Floats:
    ways = time_s[np.ix_(places, goals)].astype(np.float64)
    back = time_s[np.ix_(goals, places)].astype(np.float64)
    own = places[:, None] == goals[None, :]
    ways[ways >= UNREACHABLE_S] = np.inf
    back[back >= UNREACHABLE_S] = np.inf
    # From a place to itself there is no way, but the least gap to wait for.
    ways = np.where(own, stay_s[None, :], ways)
    back = np.where(own.T, stay_s[:, None], back)
    return np.asarray((ways.min(axis=0) + back.min(axis=1)) / 2)
