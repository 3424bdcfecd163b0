"""How evenly a plan loads units of one mode, and how much of its cover each town gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from patrol.routing.problem import Floats, Problem, Solution, UnitRoute


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """What each unit does in a shift, arrays of shape (units,).

    ``active_s`` is travel and stops together, ``night_s`` the part of it at night. Frozen stops
    count; the ways between them are not known any more and do not.
    """

    active_s: Floats
    distance_m: Floats
    night_s: Floats


@dataclass(frozen=True, slots=True)
class Spread:
    """How far units of one mode lie apart: least, mean and most, and the distance of the two ends.

    ``apart_share`` is (most - least) / mean, 0 where all do the same.
    """

    mode: int
    units: int
    what: str
    least: float
    mean: float
    most: float

    @property
    def apart_share(self) -> float:
        """Distance between the busiest and the idlest unit as a share of the mean."""
        return (self.most - self.least) / self.mean if self.mean > 0 else 0.0


def unit_loads(
    problem: Problem, solution: Solution, nights: Sequence[tuple[int, int]] = ()
) -> Loads:
    """Active time, distance and night work of every unit.

    Parameters
    ----------
    nights
        Intervals ``[begin, end)`` in seconds from the start of the shift that count as night.
    """
    rows = [_load(problem, unit, route, nights) for unit, route in enumerate(solution.routes)]
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Loads(table[:, 0], table[:, 1], table[:, 2])


def busy_spans(problem: Problem, unit: int, route: UnitRoute) -> list[tuple[int, int, int]]:
    """Stretches of time in which a unit is on its way or at a stop: (begin, end, meters)."""
    fleet = problem.fleet
    mode, frozen = int(fleet.mode[unit]), len(problem.frozen_of(unit))
    spans = [(stop.arrive_s, stop.depart_s, 0) for stop in route.stops[:frozen]]
    place, free_s = int(fleet.start[unit]), int(fleet.start_s[unit])
    if route.rest_s >= 0 and route.rest_after < frozen:
        free_s = max(free_s, route.rest_s + int(fleet.rest_s[unit]))
    for i, stop in enumerate(route.stops[frozen:], start=frozen):
        goal = int(problem.hotspots.place[stop.hotspot])
        # Whoever is early waits at the stop, so the way lies right behind the stop before.
        spans.append(_way(problem, mode, (place, goal), free_s))
        spans.append((stop.arrive_s, stop.depart_s, 0))
        place, free_s = goal, stop.depart_s
        if route.rest_s >= 0 and route.rest_after == i:
            free_s = route.rest_s + int(fleet.rest_s[unit])
    if route.stops:
        spans.append(_way(problem, mode, (place, int(fleet.end[unit])), free_s))
    return spans


def _way(problem: Problem, mode: int, leg: tuple[int, int], leave_s: int) -> tuple[int, int, int]:
    arrive_s, layer = problem.travel.leg(mode, *leg, leave_s)
    return leave_s, arrive_s, int(problem.travel.distance_m[layer, leg[0], leg[1]])


def _load(
    problem: Problem, unit: int, route: UnitRoute, nights: Sequence[tuple[int, int]]
) -> tuple[float, float, float]:
    spans = busy_spans(problem, unit, route)
    night = sum(
        max(0, min(end, until) - max(begin, since))
        for begin, end, _ in spans
        for since, until in nights
    )
    return (
        float(sum(end - begin for begin, end, _ in spans)),
        float(sum(meters for _, _, meters in spans)),
        float(night),
    )


def spreads(problem: Problem, loads: Loads) -> tuple[Spread, ...]:
    """Spread of active time, distance and night work within every mode of two units or more."""
    found: list[Spread] = []
    for mode in sorted(set(problem.fleet.mode.tolist())):
        units = np.flatnonzero(problem.fleet.mode == mode)
        # Of units with shorter shifts nobody expects as much: loads are per hour of the shift.
        hours = (problem.fleet.end_s - problem.fleet.start_s)[units] / 3600
        if units.size < 2 or np.any(hours <= 0):
            continue
        for what, values in (
            ("active_s", loads.active_s),
            ("distance_m", loads.distance_m),
            ("night_s", loads.night_s),
        ):
            own = values[units] / hours * hours.mean()
            found.append(
                Spread(
                    int(mode),
                    units.size,
                    what,
                    float(own.min()),
                    float(own.mean()),
                    float(own.max()),
                )
            )
    return tuple(found)


def imbalance(problem: Problem, loads: Loads) -> float:
    """Mean distance of a unit's active time from its mode's mean, as a share of that mean."""
    apart, units = 0.0, 0
    for mode in set(problem.fleet.mode.tolist()):
        own = loads.active_s[problem.fleet.mode == mode]
        mean = float(own.mean())
        if mean > 0:
            apart += float(np.abs(own - mean).sum()) / mean
        units += own.size
    return apart / max(1, units)


def shares_by(groups: Sequence[str], values: Floats) -> dict[str, float]:
    """Share of a total by group; empty where the total is 0."""
    total = float(values.sum())
    found: dict[str, float] = {}
    if total > 0:
        for group, value in zip(groups, values.tolist(), strict=True):
            found[group] = found.get(group, 0.0) + value / total
    return found


def shortfalls(shares: Mapping[str, float], least: Mapping[str, float]) -> dict[str, float]:
    """By how much each group stays under its least share; those that reach it are left out."""
    return {
        group: want - shares.get(group, 0.0)
        for group, want in least.items()
        if shares.get(group, 0.0) < want - 1e-9
    }
