"""What units see on their way: hotspots on the streets that a leg uses are covered a little."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from patrol.model.quality import PassNote
from patrol.routing.check import check_passes
from patrol.routing.problem import MODES, Passing, Problem, Solution
from patrol.routing.value import passes_value
from patrol.usecase.shift_problem import ShiftProblem


@dataclass(frozen=True, slots=True)
class Way:
    """One leg of a unit: mode and places as indices, and when it is set out for."""

    mode: int
    start: int
    goal: int
    leave_s: int


def note_passes(
    shift: ShiftProblem, solution: Solution, cover_min: int
) -> tuple[PassNote | None, tuple[str, ...]]:
    """The passes of a plan and what they add to its cover, with what the checker says of that.

    Nothing where ``cover_min`` is 0.
    """
    if cover_min == 0:
        return None, ()
    passings = find_passings(shift, solution)
    cover_s = cover_min * 60
    value = passes_value(shift.problem, solution, passings, cover_s)
    broken = check_passes(shift.problem, solution, passings, cover_s, value)
    places = len({one.hotspot for one in passings})
    return PassNote(cover_min, len(passings), places, value), broken


def find_passings(shift: ShiftProblem, solution: Solution) -> list[Passing]:
    """Every hotspot that a leg goes past without stopping, and when.

    A leg passes the hotspots that lie on the street segments it uses; those at its two ends are
    stops. The time is that of the segment's middle, at the leg's mean speed. A street that is
    walked along twice in one leg is passed once.
    """
    here: dict[int, dict[int, list[int]]] = {}
    found: list[Passing] = []
    for way in list_ways(shift.problem, solution):
        if way.mode not in here:
            here[way.mode] = _by_segment(shift, way.mode)
        found += _along(shift, way, here[way.mode])
    return found


def list_ways(problem: Problem, solution: Solution) -> list[Way]:
    """The legs of all units after what is frozen; whoever is early waits at the stop."""
    ways: list[Way] = []
    fleet = problem.fleet
    for unit, route in enumerate(solution.routes):
        frozen = len(problem.frozen_of(unit))
        if len(route.stops) == frozen:
            continue
        mode, place, free_s = (int(a[unit]) for a in (fleet.mode, fleet.start, fleet.start_s))
        rest_end = route.rest_s + int(fleet.rest_s[unit])
        if route.rest_s >= 0 and route.rest_after < frozen:
            free_s = max(free_s, rest_end)
        for i, stop in enumerate(route.stops[frozen:], start=frozen):
            goal = int(problem.hotspots.place[stop.hotspot])
            ways.append(Way(mode, place, goal, free_s))
            place, free_s = goal, stop.depart_s
            if route.rest_s >= 0 and route.rest_after == i:
                free_s = rest_end
        ways.append(Way(mode, place, int(fleet.end[unit]), free_s))
    return ways


def _by_segment(shift: ShiftProblem, mode: int) -> dict[int, list[int]]:
    """Hotspots by the segment they lie on, for a mode."""
    snapped = shift.snapped[MODES[mode]]
    found: defaultdict[int, list[int]] = defaultdict(list)
    for h, spot in enumerate(shift.hotspots):
        place = int(shift.problem.hotspots.place[h])
        segment = spot.segment if spot.segment >= 0 else int(snapped.segment[place])
        found[segment].append(h)
    return dict(found)


def _along(shift: ShiftProblem, way: Way, here: dict[int, list[int]]) -> list[Passing]:
    if way.start == way.goal:
        return []
    places = shift.snapped[MODES[way.mode]]
    layer = shift.problem.travel.leg(way.mode, way.start, way.goal, way.leave_s)[1]
    graph = shift.layers[layer]
    assert graph is not None  # noqa: S101 - a unit has this mode
    path = graph.path(places.one(way.start), places.one(way.goal))
    ends = {way.start, way.goal}
    whole_m = max(float(path.lengths_m.sum()), 1e-9)
    middle_m = np.cumsum(path.lengths_m) - path.lengths_m / 2
    found: dict[int, Passing] = {}
    for segment, at_m in zip(path.segments.tolist(), middle_m.tolist(), strict=True):
        for h in here.get(segment, ()):
            if int(shift.problem.hotspots.place[h]) not in ends and h not in found:
                at_s = way.leave_s + round(path.travel_s * at_m / whole_m)
                found[h] = Passing(h, at_s)
    return list(found.values())
