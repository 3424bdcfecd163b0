"""The independent checker: simulates a plan against its problem, sharing no code with any engine.

It runs on every plan, in tests and at run time. It deliberately does not use ``value.py`` either:
the value is integrated slot by slot, so that one mistake cannot hide in both.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from patrol.model.plan import Verdict
from patrol.routing.problem import UNREACHABLE_S, Passing, Problem, Solution, Stop, UnitRoute

VALUE_TOLERANCE = 1e-6
"""Relative difference allowed between a value that was claimed and the one integrated here."""


def check_solution(problem: Problem, solution: Solution, claimed: float | None = None) -> Verdict:
    """Say which rules a plan breaks.

    Parameters
    ----------
    problem
        The shift.
    solution
        One route per unit.
    claimed
        Cover plus duties as the engine says, weight x hours; ``None``: nothing was claimed.

    Returns
    -------
    verdict
        Every broken rule in words, with the recomputed value.
    """
    if len(solution.routes) != problem.units:
        return Verdict(
            (f"plan has {len(solution.routes)} routes, the shift {problem.units} units",), 0.0
        )
    broken: list[str] = []
    for unit, route in enumerate(solution.routes):
        broken.extend(f"unit {unit}: {text}" for text in _route_faults(problem, unit, route))
    broken.extend(_gap_faults(problem, solution))
    value = _integrate(problem, solution) + _met(problem, solution)
    if claimed is not None and abs(claimed - value) > VALUE_TOLERANCE * max(1.0, abs(value)):
        broken.append(f"value is {value:.6f}, claimed was {claimed:.6f}")
    return Verdict(tuple(broken), value)


def _route_faults(problem: Problem, unit: int, route: UnitRoute) -> Iterator[str]:
    frozen = problem.frozen_of(unit)
    if route.stops[: len(frozen)] != frozen:
        yield f"frozen stops were changed: {frozen} became {route.stops[: len(frozen)]}"
    yield from _rest_faults(problem, unit, route, len(frozen))
    place = int(problem.fleet.start[unit])
    free_s = int(problem.fleet.start_s[unit])
    if route.rest_s >= 0 and route.rest_after == len(frozen) - 1:
        free_s = max(free_s, route.rest_s) + int(problem.fleet.rest_s[unit])
    for i, stop in enumerate(route.stops[len(frozen) :], start=len(frozen)):
        yield from _stop_faults(problem, unit, stop)
        yield from _leg_faults(problem, unit, (place, int(problem.hotspots.place[stop.hotspot])))
        reached_s = _reached_s(
            problem, unit, (place, int(problem.hotspots.place[stop.hotspot])), free_s
        )
        if stop.arrive_s < reached_s:
            yield (
                f"stop {i} at hotspot {stop.hotspot} begins at {stop.arrive_s} s, "
                f"reached at {reached_s} s"
            )
        place = int(problem.hotspots.place[stop.hotspot])
        free_s = stop.arrive_s + stop.dwell_s
        if route.rest_s >= 0 and route.rest_after == i:
            if route.rest_s < free_s:
                yield f"rest begins at {route.rest_s} s, stop {i} ends at {free_s} s"
            free_s = route.rest_s + int(problem.fleet.rest_s[unit])
    back_s = _reached_s(problem, unit, (place, int(problem.fleet.end[unit])), free_s)
    if back_s > int(problem.fleet.end_s[unit]):
        yield f"is back at {back_s} s, shift ends at {problem.fleet.end_s[unit]} s"


def _rest_faults(problem: Problem, unit: int, route: UnitRoute, frozen: int) -> Iterator[str]:
    length = int(problem.fleet.rest_s[unit])
    if length == 0:
        if route.rest_s >= 0:
            yield "has a rest that the shift does not give"
        return
    if route.rest_s < 0:
        yield f"has no rest of {length} s"
        return
    opens, closes = int(problem.fleet.rest_open_s[unit]), int(problem.fleet.rest_close_s[unit])
    if not (opens <= route.rest_s and route.rest_s + length <= closes):
        yield f"rest [{route.rest_s}, {route.rest_s + length}) s is outside [{opens}, {closes}) s"
    if route.rest_s < int(problem.fleet.start_s[unit]):
        yield f"rest begins at {route.rest_s} s, unit starts at {problem.fleet.start_s[unit]} s"
    if not frozen - 1 <= route.rest_after < len(route.stops):
        yield f"rest follows stop {route.rest_after} of {len(route.stops)}"


def _stop_faults(problem: Problem, unit: int, stop: Stop) -> Iterator[str]:
    spots, fleet, h = problem.hotspots, problem.fleet, stop.hotspot
    if not spots.modes[h] >> fleet.mode[unit] & 1:
        yield f"mode {fleet.mode[unit]} has no access to hotspot {h}"
    if not spots.kind[h] & fleet.serves[unit]:
        yield f"may not serve hotspot {h} of kind {spots.kind[h]}"
    if stop.dwell_s not in spots.dwell_s[h]:
        yield f"stays {stop.dwell_s} s at hotspot {h}, allowed are {sorted(set(spots.dwell_s[h]))}"
    windows = range(int(spots.window_ptr[h]), int(spots.window_ptr[h + 1]))
    if len(windows) and not any(
        spots.window_open_s[w] <= stop.arrive_s < spots.window_close_s[w] for w in windows
    ):
        yield f"arrives at hotspot {h} at {stop.arrive_s} s, outside its windows"


def _leg_faults(problem: Problem, unit: int, leg: tuple[int, int]) -> Iterator[str]:
    mode = int(problem.fleet.mode[unit])
    if problem.travel.time_s[mode, leg[0], leg[1]] >= UNREACHABLE_S:
        yield f"no way for mode {mode} from place {leg[0]} to place {leg[1]}"
        return
    distance = int(problem.travel.distance_m[mode, leg[0], leg[1]])
    if distance > int(problem.fleet.longest_leg_m[unit]):
        yield f"leg of {distance} m, longest is {problem.fleet.longest_leg_m[unit]} m"


def _reached_s(problem: Problem, unit: int, leg: tuple[int, int], leave_s: int) -> int:
    """Soonest arrival of who may leave from ``leave_s`` on: then, or as any later band begins."""
    travel, mode = problem.travel, int(problem.fleet.mode[unit])
    begins = [leave_s if band == 0 else int(at) for band, at in enumerate(travel.begin_s)]
    found: list[int] = []
    for band, begin_s in enumerate(begins):
        is_over = band + 1 < len(begins) and begins[band + 1] <= leave_s
        if not is_over:
            way_s = int(travel.time_s[travel.layer[mode, band], leg[0], leg[1]])
            found.append(max(leave_s, begin_s) + way_s)
    return min(found)


def _gap_faults(problem: Problem, solution: Solution) -> Iterator[str]:
    arrivals = _arrivals(solution)
    happened: dict[int, set[int]] = defaultdict(set)
    for unit in problem.frozen:
        for stop in unit:
            happened[stop.hotspot].add(stop.arrive_s)
    for h, rows in sorted(arrivals.items()):
        times = sorted(arrive for arrive, _ in rows)
        frozen = happened[h]
        if len(times) > max(int(problem.hotspots.most[h]), len(frozen)):
            yield f"hotspot {h} has {len(times)} stops, at most {problem.hotspots.most[h]}"
        gap = int(problem.hotspots.gap_s[h])
        for before, after in pairwise(times):
            # Two frozen stops have happened; a plan cannot mend them.
            if after - before < gap and not {before, after} <= frozen:
                yield f"hotspot {h} is visited at {before} s and {after} s, least gap {gap} s"


def _arrivals(solution: Solution) -> dict[int, list[tuple[int, int]]]:
    arrivals: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for route in solution.routes:
        for stop in route.stops:
            arrivals[stop.hotspot].append((stop.arrive_s, stop.dwell_s))
    return arrivals


def check_passes(
    problem: Problem,
    solution: Solution,
    passings: Sequence[Passing],
    cover_s: int,
    claimed: float,
) -> tuple[str, ...]:
    """Integrate what passes add to the cover of the stops, and say where the claim is wrong."""
    stops = _arrivals(solution)
    value = 0.0
    for h in sorted({one.hotspot for one in passings}):
        covered = _seconds_covered(problem, h, stops.get(h, []))
        alone = _weigh(problem, h, covered)
        for one in passings:
            if one.hotspot == h:
                covered[max(one.at_s, 0) : max(0, min(one.at_s + cover_s, covered.size))] = True
        value += _weigh(problem, h, covered) - alone
    if abs(claimed - value) > VALUE_TOLERANCE * max(1.0, abs(value)):
        return (f"passes are worth {value:.6f}, claimed was {claimed:.6f}",)
    return ()


def _integrate(problem: Problem, solution: Solution) -> float:
    return sum(
        _weigh(problem, h, _seconds_covered(problem, h, rows))
        for h, rows in _arrivals(solution).items()
    )


def _seconds_covered(
    problem: Problem, hotspot: int, rows: list[tuple[int, int]]
) -> NDArray[np.bool_]:
    covered = np.zeros(problem.horizon_s, np.bool_)
    for arrive, dwell in rows:
        quality = np.interp(dwell, problem.curve_s, problem.curve_quality)
        end = arrive + round(float(quality) * int(problem.hotspots.residual_s[hotspot]))
        covered[max(arrive, 0) : min(end, problem.horizon_s)] = True
    return covered


def _weigh(problem: Problem, hotspot: int, covered: NDArray[np.bool_]) -> float:
    """Weight x hours of a hotspot in the seconds that are covered, slot by slot."""
    weights = np.diff(problem.hotspots.cumulative[hotspot])
    edges = np.arange(weights.size) * problem.slot_s
    seconds = np.add.reduceat(covered.astype(np.int64), edges)
    return float(weights @ (seconds / problem.slot_s))


def _met(problem: Problem, solution: Solution) -> float:
    arrivals = _arrivals(solution)
    total = 0.0
    for h, opens, closes, price in zip(
        problem.duties.hotspot,
        problem.duties.open_s,
        problem.duties.close_s,
        problem.duties.price,
        strict=True,
    ):
        if any(opens <= arrive < closes for arrive, _ in arrivals.get(int(h), ())):
            total += float(price)
    return total
