"""What a plan is worth: weight x time covered, overlapping cover counting once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.routing.problem import Floats, Passing, Problem, Solution


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A plan's worth; cover in weight x hours.

    ``by_hotspot`` has shape (hotspots,); ``by_stop`` holds for every unit and stop what would be
    lost without that stop (cover and duties); ``duties_met`` has shape (duties,).
    """

    cover: float
    duty: float
    possible: float
    by_hotspot: Floats
    by_stop: tuple[Floats, ...]
    duties_met: NDArray[np.bool_]

    @property
    def total(self) -> float:
        """What engines maximise: cover plus the prices of the duties that are met."""
        return self.cover + self.duty

    @property
    def share(self) -> float:
        """Cover as a share of the most that could be covered, in [0, 1]."""
        return self.cover / self.possible if self.possible > 0 else 0.0


def weight_until(problem: Problem, hotspot: int, at_s: float) -> float:
    """Weight x hours of a hotspot from the origin to ``at_s``, clipped to the horizon."""
    at = min(max(at_s, 0.0), float(problem.horizon_s)) / problem.slot_s
    row = problem.hotspots.cumulative[hotspot]
    slot = min(int(at), row.size - 2)
    return float(row[slot] + (at - slot) * (row[slot + 1] - row[slot]))


def covered_value(problem: Problem, hotspot: int, visits: list[tuple[int, int]]) -> float:
    """Weight x hours that visits cover at one hotspot.

    Parameters
    ----------
    hotspot
        Its index.
    visits
        (arrival, dwell) in seconds, in any order.

    Returns
    -------
    value
        Integral of the weight over the union of the intervals [arrival, arrival + cover).
    """
    return _union_value(problem, hotspot, _covers(problem, hotspot, visits))


def _covers(problem: Problem, hotspot: int, visits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(arrive, arrive + problem.cover_s(hotspot, dwell)) for arrive, dwell in visits]


def _union_value(problem: Problem, hotspot: int, covers: list[tuple[int, int]]) -> float:
    """Integral of the weight over the union of half-open intervals."""
    value, reached = 0.0, 0
    for start, end in sorted(covers):
        begin = max(start, reached)
        if end > begin:
            value += weight_until(problem, hotspot, end) - weight_until(problem, hotspot, begin)
            reached = end
    return value


def passes_value(
    problem: Problem, solution: Solution, passings: Sequence[Passing], cover_s: int
) -> float:
    """Weight x hours that passes cover beyond what the stops do.

    Parameters
    ----------
    passings
        Passes of all units, in any order.
    cover_s
        How long one covers its place, seconds, >= 0.

    Returns
    -------
    value
        Integral over the union of the cover of stops and passes, less that of stops alone.
    """
    passed: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for one in passings:
        passed[one.hotspot].append((one.at_s, one.at_s + cover_s))
    stops: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for route in solution.routes:
        for stop in route.stops:
            stops[stop.hotspot].append((stop.arrive_s, stop.dwell_s))
    gained = 0.0
    for h, spans in passed.items():
        own = _covers(problem, h, stops[h])
        gained += _union_value(problem, h, own + spans) - _union_value(problem, h, own)
    return gained


def plan_value(problem: Problem, solution: Solution) -> Value:
    """The worth of a plan, by hotspot and by stop."""
    visits: list[list[tuple[int, int]]] = [[] for _ in range(problem.hotspots.size)]
    for route in solution.routes:
        for stop in route.stops:
            visits[stop.hotspot].append((stop.arrive_s, stop.dwell_s))
    by_hotspot = np.array(
        [covered_value(problem, h, rows) for h, rows in enumerate(visits)], np.float64
    )
    met = _duties_met(problem, visits)
    by_stop = tuple(
        np.array(
            [
                _lost_without(
                    problem, stop.hotspot, visits[stop.hotspot], (stop.arrive_s, stop.dwell_s)
                )
                for stop in route.stops
            ],
            np.float64,
        )
        for route in solution.routes
    )
    return Value(
        cover=float(by_hotspot.sum()),
        duty=float(problem.duties.price[met].sum()),
        possible=float(problem.hotspots.cumulative[:, -1].sum()),
        by_hotspot=by_hotspot,
        by_stop=by_stop,
        duties_met=met,
    )


def _duties_met(problem: Problem, visits: list[list[tuple[int, int]]]) -> NDArray[np.bool_]:
    duties = problem.duties
    met = np.zeros(duties.size, np.bool_)
    for j in range(duties.size):
        arrivals = (arrive for arrive, _ in visits[duties.hotspot[j]])
        met[j] = any(duties.open_s[j] <= arrive < duties.close_s[j] for arrive in arrivals)
    return met


def _lost_without(
    problem: Problem, hotspot: int, visits: list[tuple[int, int]], visit: tuple[int, int]
) -> float:
    rest = list(visits)
    rest.remove(visit)
    lost = covered_value(problem, hotspot, visits) - covered_value(problem, hotspot, rest)
    for j in np.flatnonzero(problem.duties.hotspot == hotspot):
        window = range(int(problem.duties.open_s[j]), int(problem.duties.close_s[j]))
        if visit[0] in window and not any(arrive in window for arrive, _ in rest):
            lost += float(problem.duties.price[j])
    return lost
