"""What the local engine works on: the problem and one plan, as arrays for compiled code.

Each route is a row: index 0 is the start, 1..n the stops and the rest, n + 1 the end.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from patrol.routing.problem import UNREACHABLE_S, Floats, Ints, Problem, Solution, Stop, UnitRoute

REST = -1
"""Stands for the rest in a route, where stops have a hotspot index."""
EDGE = -2
"""Stands for the start and the end of a route."""
FROZEN = -1
"""Unit of a visit that is done or under way and cannot be moved."""

FOREVER_S = 2**31 - 1
"""When the last traffic band ends: later than any arrival, even where there is no way."""

NEAR = 64
"""Neighbors kept per hotspot."""


# Columns of Data.unit, by unit.
PROFILE, START, END, BEGIN_S, FINISH_S, REST_S, REST_OPEN_S, REST_LAST_S = range(8)
# Columns of Data.band, by entry.
UNTIL_S, LAYER = range(2)
# Columns of Data.spot, by hotspot.
WHERE, GAP_S, MOST, WINDOW_FIRST, WINDOW_END, DUTY_FIRST, DUTY_END = range(7)
# Columns of Plan.route, by unit and index.
SPOT, OPTION, PLACE, ARRIVE, DEPART, LATE, HOLD = range(7)
COLUMNS = 7
# Columns of Plan.visit, by hotspot and order in time.
AT, COVER, BY = range(3)


class Data(NamedTuple):
    """The problem, never written by the search.

    Few wide arrays instead of many narrow ones: numba's compile time grows with the number of
    arrays that functions pass on (94 s with 27 of them against 20 s, November 2026).

    Parameters
    ----------
    travel
        Seconds, shape (layers, places, places): one layer per mode, longest leg and different
        traffic band, with ways that are closed or too long at ``UNREACHABLE_S``.
    toward
        The same by goal: (layers, to, from), so that ways to one place lie side by side.
    band
        Entries, whole numbers, columns above: until when a layer holds, and which. Entries of one
        profile (mode and longest leg) follow each other; the last one holds for ever.
    unit, spot
        Whole numbers by unit and by hotspot; columns above. A unit's profile is its first entry.
    allowed
        Which unit may serve which hotspot, shape (units, hotspots).
    worth
        Whole weight of a hotspot, and the same with the prices of its duties.
    cumulative
        As in the problem.
    stay
        Dwell and cover in seconds, shape (hotspots, options, 2).
    window, duty, price
        Half-open intervals, and what a duty is worth.
    near
        Closest hotspots by there-and-back time, itself first.
    banded
        Whether some profile has more than one entry.
    """

    travel: Ints
    toward: Ints
    band: Ints
    unit: Ints
    spot: Ints
    allowed: NDArray[np.bool_]
    worth: Floats
    cumulative: Floats
    stay: Ints
    window: Ints
    duty: Ints
    price: Floats
    near: Ints
    slot_s: int
    horizon_s: int
    banded: bool


class Plan(NamedTuple):
    """One plan under change.

    ``route`` holds a row per unit (units, length, columns): hotspot (or REST, EDGE), dwell option,
    place, arrival, departure, latest arrival that keeps what follows in time, and "not before".
    ``slope`` is the change of value per second of delay from there on. ``visit`` holds a row per
    hotspot (hotspots, most, columns), sorted by time: arrival, covered seconds, unit.
    """

    length: Ints
    route: Ints
    slope: Floats
    visits: Ints
    visit: Ints
    value: Floats


def make_data(problem: Problem, near: Ints | None = None) -> Data:
    """Arrays of a problem for the compiled search.

    ``near`` are the neighbors of an earlier problem with the same hotspots and travel, which are
    the slow part of it.
    """
    fleet, spots, duties = problem.fleet, problem.hotspots, problem.duties
    keys = list(zip(fleet.mode.tolist(), fleet.longest_leg_m.tolist(), strict=True))
    profiles = sorted(set(keys))
    layers, band, first = _list_layers(problem, profiles)
    travel = np.empty((len(layers), *problem.travel.time_s.shape[1:]), np.int32)
    for index, (mode, longest_m, layer) in enumerate(layers):
        travel[index] = problem.travel.time_s[layer]
        far = problem.travel.distance_m[mode][:, spots.place] > longest_m
        travel[index][:, spots.place] = np.where(far, UNREACHABLE_S, travel[index][:, spots.place])
    duty_ptr = np.searchsorted(duties.hotspot, np.arange(spots.size + 1))
    cover_s = np.rint(
        np.interp(spots.dwell_s, problem.curve_s, problem.curve_quality) * spots.residual_s[:, None]
    )
    units = (
        [first[key] for key in keys],
        fleet.start,
        fleet.end,
        fleet.start_s,
        fleet.end_s,
        fleet.rest_s,
        np.maximum(fleet.rest_open_s, fleet.start_s),
        fleet.rest_close_s - fleet.rest_s,
    )
    by_spot = (
        spots.place,
        spots.gap_s,
        spots.most,
        spots.window_ptr[:-1],
        spots.window_ptr[1:],
        duty_ptr[:-1],
        duty_ptr[1:],
    )
    weight = spots.cumulative[:, -1]
    prices = np.bincount(duties.hotspot, duties.price, spots.size)
    return Data(
        travel=travel,
        toward=np.ascontiguousarray(travel.transpose(0, 2, 1)),
        band=band,
        unit=_columns(units, np.int32),
        spot=_columns(by_spot, np.int32),
        allowed=problem.allowed(),
        worth=_columns((weight, weight + prices), np.float64),
        cumulative=np.array(spots.cumulative, np.float64, order="C"),
        stay=np.array(np.stack([spots.dwell_s, cover_s], axis=2), np.int32, order="C"),
        window=_columns((spots.window_open_s, spots.window_close_s), np.int32),
        duty=_columns((duties.open_s, duties.close_s), np.int32),
        price=np.array(duties.price, np.float64, order="C"),
        near=_neighbors(problem) if near is None else near,
        slot_s=int(problem.slot_s),
        horizon_s=int(problem.horizon_s),
        banded=len(band) > len(profiles),
    )


_Profile = tuple[int, int]
"""Mode and longest leg in meters."""


def _list_layers(
    problem: Problem, profiles: Sequence[_Profile]
) -> tuple[list[tuple[int, int, int]], Ints, dict[_Profile, int]]:
    """Layers that are needed (mode, longest leg, layer of the problem), entries, first entries."""
    ways = problem.travel
    layers: list[tuple[int, int, int]] = []
    entries: list[tuple[int, int]] = []
    first: dict[_Profile, int] = {}
    for mode, longest_m in profiles:
        first[mode, longest_m] = len(entries)
        row = ways.layer[mode].tolist()
        ends = [*ways.begin_s[1:].tolist(), FOREVER_S]
        for b, (layer, until_s) in enumerate(zip(row, ends, strict=True)):
            if b + 1 < len(row) and row[b + 1] == layer:
                continue
            key = (mode, longest_m, layer)
            if key not in layers:
                layers.append(key)
            entries.append((until_s, layers.index(key)))
    return layers, np.array(entries, np.int32).reshape(-1, 2), first


def _columns(columns: Sequence[ArrayLike], dtype: type) -> Any:
    """Columns side by side in C order: one layout, so that nothing is compiled twice."""
    return np.ascontiguousarray(np.stack([np.asarray(c) for c in columns], axis=1), dtype)


def _neighbors(problem: Problem) -> Ints:
    """Closest hotspots by usual time there and back in the fastest mode that may serve both."""
    spots = problem.hotspots
    modes = sorted(set(problem.fleet.mode.tolist()))
    best = np.full((spots.size, spots.size), 2 * UNREACHABLE_S, np.int64)
    for mode in modes:
        time_s = problem.travel.time_s[mode][np.ix_(spots.place, spots.place)].astype(np.int64)
        both = time_s + time_s.T
        open_to = (spots.modes >> mode) & 1 > 0
        both[~(open_to[:, None] & open_to[None, :])] = 2 * UNREACHABLE_S
        np.minimum(best, both, out=best)
    np.fill_diagonal(best, -1)
    count = min(NEAR, spots.size)
    part = np.argpartition(best, count - 1, axis=1)[:, :count]
    order = np.argsort(np.take_along_axis(best, part, axis=1), axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1).astype(np.int32)


def empty_plan(problem: Problem, data: Data) -> Plan:
    """A plan with frozen visits only."""
    units, hotspots = problem.units, problem.hotspots.size
    quickest = max(60, int(data.stay[:, :, 0].min(initial=3600)))
    longest = int((problem.fleet.end_s - problem.fleet.start_s).max(initial=0))
    length = max(0, longest) // quickest + 5
    frozen = np.zeros(hotspots, np.int64)
    for stops in problem.frozen:
        np.add.at(frozen, [stop.hotspot for stop in stops], 1)
    most = int((np.minimum(problem.hotspots.most, 64) + frozen).max(initial=1)) + 1
    plan = Plan(
        length=np.zeros(units, np.int32),
        route=np.zeros((units, length, COLUMNS), np.int32),
        slope=np.zeros((units, length), np.float64),
        visits=np.zeros(hotspots, np.int32),
        visit=np.zeros((hotspots, most, 3), np.int32),
        value=np.zeros(hotspots, np.float64),
    )
    _add_frozen(problem, plan)
    plan.route[:, :, SPOT] = EDGE
    plan.route[:, 0, PLACE] = problem.fleet.start
    plan.route[:, 0, ARRIVE] = plan.route[:, 0, DEPART] = problem.fleet.start_s
    return plan


def _add_frozen(problem: Problem, plan: Plan) -> None:
    rows = sorted(
        (stop.hotspot, stop.arrive_s, problem.cover_s(stop.hotspot, stop.dwell_s))
        for stops in problem.frozen
        for stop in stops
    )
    for hotspot, arrive_s, cover_s in rows:
        k = plan.visits[hotspot]
        plan.visit[hotspot, k] = (arrive_s, cover_s, FROZEN)
        plan.visits[hotspot] += 1


def to_solution(problem: Problem, data: Data, plan: Plan) -> Solution:
    """The plan as values, frozen stops first."""
    routes: list[UnitRoute] = []
    for unit in range(problem.units):
        stops = list(problem.frozen_of(unit))
        rest_s, rest_after = -1, -1
        for i in range(1, int(plan.length[unit]) + 1):
            spot, arrive_s = int(plan.route[unit, i, SPOT]), int(plan.route[unit, i, ARRIVE])
            if spot == REST:
                rest_s, rest_after = arrive_s, len(stops) - 1
                continue
            stops.append(Stop(spot, arrive_s, int(data.stay[spot, plan.route[unit, i, OPTION], 0])))
        routes.append(UnitRoute(tuple(stops), rest_s, rest_after))
    return Solution(tuple(routes))
