"""What a plan is worth: weight x time covered, overlapping cover counting once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from patrol.routing.problem import Floats, Passing, Problem, Solution, Stop

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Value:
    """A plan's worth; cover in weight x hours.

    ``by_hotspot`` has shape (hotspots,); ``duties_met`` has shape (duties,).
    """

    problem: Problem
    solution: Solution
    cover: float
    duty: float
    possible: float
    by_hotspot: Floats
    duties_met: NDArray[np.bool_]

    @property
    def total(self) -> float:
        """What engines maximise: cover plus the prices of the duties that are met."""
        return self.cover + self.duty

    @property
    def share(self) -> float:
        """Cover as a share of the most that could be covered, in [0, 1]."""
        return self.cover / self.possible if self.possible > 0 else 0.0

    @cached_property
    def by_stop(self) -> tuple[Floats, ...]:
        """For every unit and stop what would be lost without that stop, cover and duties.

        Worked out when it is asked for: that takes longer than all of the rest.
        """
        visits = _visits(self.problem, self.solution)
        return tuple(
            np.array(
                [_lost_without(self, stop, visits[stop.hotspot]) for stop in route.stops],
                np.float64,
            )
            for route in self.solution.routes
        )


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
    """The worth of a plan, by hotspot and by duty."""
    stops = [stop for route in solution.routes for stop in route.stops]
    hotspot = np.array([stop.hotspot for stop in stops], np.int64)
    arrive = np.array([stop.arrive_s for stop in stops], np.int64)
    dwell = np.array([stop.dwell_s for stop in stops], np.int64)
    quality = np.interp(dwell, problem.curve_s, problem.curve_quality)
    cover = np.rint(quality * problem.hotspots.residual_s[hotspot]).astype(np.int64)
    gained = _gained(problem, hotspot, arrive, arrive + cover)
    by_hotspot = np.asarray(np.bincount(hotspot, gained, problem.hotspots.size), np.float64)
    met = _duties_met(problem, hotspot, arrive)
    return Value(
        problem=problem,
        solution=solution,
        cover=float(by_hotspot.sum()),
        duty=float(problem.duties.price[met].sum()),
        possible=float(problem.hotspots.cumulative[:, -1].sum()),
        by_hotspot=by_hotspot,
        duties_met=met,
    )


def _gained(problem: Problem, hotspot: Integers, begin_s: Integers, end_s: Integers) -> Floats:
    """What each cover adds to those of the same place that begin before it, in the same order."""
    if hotspot.size == 0:
        return np.zeros(0)
    # Each place on a stretch of time of its own, so that one running maximum serves all.
    apart = hotspot * (2 * int(np.abs(end_s).max() + np.abs(begin_s).max()) + 1)
    order = np.lexsort((begin_s, hotspot))
    reached = np.maximum.accumulate((end_s + apart)[order])
    first = begin_s[order]
    first[1:] = np.maximum(first[1:], reached[:-1] - apart[order][1:])
    last = np.maximum(first, end_s[order])
    gained = np.empty(hotspot.size)
    gained[order] = _weight(problem, hotspot[order], last) - _weight(problem, hotspot[order], first)
    return gained


def _weight(problem: Problem, hotspot: Integers, at_s: Integers) -> Floats:
    """As :func:`weight_until`, for many at once."""
    at = np.clip(at_s, 0, problem.horizon_s) / problem.slot_s
    table = problem.hotspots.cumulative
    slot = np.minimum(at.astype(np.int64), table.shape[1] - 2)
    low, high = table[hotspot, slot], table[hotspot, slot + 1]
    return np.asarray(low + (at - slot) * (high - low), np.float64)


def _visits(problem: Problem, solution: Solution) -> list[list[tuple[int, int]]]:
    """Arrival and dwell of all stops, by hotspot."""
    visits: list[list[tuple[int, int]]] = [[] for _ in range(problem.hotspots.size)]
    for route in solution.routes:
        for stop in route.stops:
            visits[stop.hotspot].append((stop.arrive_s, stop.dwell_s))
    return visits


def _duties_met(problem: Problem, hotspot: Integers, arrive_s: Integers) -> NDArray[np.bool_]:
    duties = problem.duties
    met = np.zeros(duties.size, np.bool_)
    for j in range(duties.size):
        arrivals = arrive_s[hotspot == duties.hotspot[j]]
        met[j] = np.any((duties.open_s[j] <= arrivals) & (arrivals < duties.close_s[j]))
    return met


def _lost_without(value: Value, stop: Stop, visits: list[tuple[int, int]]) -> float:
    problem, hotspot = value.problem, stop.hotspot
    rest = list(visits)
    rest.remove((stop.arrive_s, stop.dwell_s))
    lost = float(value.by_hotspot[hotspot])
    if rest:
        lost -= covered_value(problem, hotspot, rest)
    for j in np.flatnonzero(problem.duties.hotspot == hotspot):
        window = range(int(problem.duties.open_s[j]), int(problem.duties.close_s[j]))
        if stop.arrive_s in window and not any(arrive in window for arrive, _ in rest):
            lost += float(problem.duties.price[j])
    return lost
