"""Times for a unit's stops in a given order, with the rest put where most can be kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from patrol.routing.problem import UNREACHABLE_S, Problem, Stop, UnitRoute


@dataclass(frozen=True, slots=True)
class Pick:
    """A stop wanted at a hotspot, to begin in ``[open_s, close_s)``."""

    hotspot: int
    dwell_s: int
    open_s: int
    close_s: int
    prize: float


def timed_route(problem: Problem, unit: int, picks: Sequence[Pick]) -> UnitRoute:
    """Time the picks in order, as early as possible, leaving out what no longer fits.

    The rest is tried before every pick; the place that keeps the greatest sum of prizes wins.
    """
    frozen = problem.frozen_of(unit)
    if int(problem.fleet.rest_s[unit]) == 0:
        found = _walk(problem, unit, picks, -1)
        return UnitRoute(frozen + found[1]) if found else UnitRoute(frozen)
    best: tuple[float, UnitRoute] | None = None
    for rest_at in range(len(picks) + 1):
        found = _walk(problem, unit, picks, rest_at)
        if found and (best is None or found[0] > best[0]):
            after = len(frozen) + found[3] - 1
            best = (found[0], UnitRoute(frozen + found[1], found[2], after))
    return best[1] if best else UnitRoute(frozen)


def _walk(
    problem: Problem, unit: int, picks: Sequence[Pick], rest_at: int
) -> tuple[float, tuple[Stop, ...], int, int] | None:
    """Prize, stops, start of the rest and number of stops before it; ``None``: no rest fits."""
    fleet, spots = problem.fleet, problem.hotspots
    mode, travel, base = int(fleet.mode[unit]), problem.travel, int(fleet.end[unit])
    place, free_s = int(fleet.start[unit]), int(fleet.start_s[unit])
    stops: list[Stop] = []
    prize, rest_s, rest_after = 0.0, -1, 0
    for i in range(len(picks) + 1):
        if i == rest_at:
            rest_s = max(free_s, int(fleet.rest_open_s[unit]))
            free_s = rest_s + int(fleet.rest_s[unit])
            rest_after = len(stops)
            back_s = travel.arrive_s(mode, place, base, free_s)
            if free_s > int(fleet.rest_close_s[unit]) or back_s > int(fleet.end_s[unit]):
                return None
        if i == len(picks):
            break
        pick = picks[i]
        goal = int(spots.place[pick.hotspot])
        arrive = max(travel.arrive_s(mode, place, goal, free_s), pick.open_s)
        depart = arrive + pick.dwell_s
        back_s = travel.arrive_s(mode, goal, base, depart)
        if rest_at > i:
            # A stop that leaves no room for the rest behind it is left out as well.
            rest_end = max(depart, int(fleet.rest_open_s[unit])) + int(fleet.rest_s[unit])
            back_s = travel.arrive_s(mode, goal, base, rest_end)
            if rest_end > int(fleet.rest_close_s[unit]):
                continue
        if arrive >= pick.close_s or back_s > int(fleet.end_s[unit]):
            continue
        far = travel.distance_m[mode, place, goal] > fleet.longest_leg_m[unit]
        if travel.time_s[mode, place, goal] >= UNREACHABLE_S or far:
            continue
        stops.append(Stop(pick.hotspot, arrive, pick.dwell_s))
        prize += pick.prize
        place, free_s = goal, depart
    return prize, tuple(stops), rest_s, rest_after
