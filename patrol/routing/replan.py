"""Re-planning: what is done or under way stays, the rest is searched again from where it was."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from patrol.routing.problem import Ints, Problem, Solution, Stop, UnitRoute

NOTICE_S = 300
"""A stop that a unit would set out for within this time has been announced and stays."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A unit sent elsewhere: it is free again at ``free_s``, at index ``place`` of the travel."""

    free_s: int
    place: int


@dataclass(frozen=True, slots=True)
class Change:
    """What happened at ``at_s``: units taken by incidents, and units lost for the shift."""

    at_s: int
    taken: Mapping[int, Taken] = field(default_factory=dict)
    lost: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """How a new plan differs from the old one, in stops that were not under way.

    ``moved`` went to another unit, ``dropped`` are gone, ``added`` are new.
    """

    kept: int
    moved: int
    dropped: int
    added: int

    @property
    def moved_share(self) -> float:
        """Share of the old stops that another unit makes now, in [0, 1]."""
        return self.moved / max(1, self.kept + self.moved + self.dropped)


def freeze(problem: Problem, solution: Solution, change: Change) -> tuple[Problem, Solution]:
    """The problem of the rest of the shift, and what is left of the plan in it.

    Units that were taken keep what they have finished and start again where and when they are
    free; units that were lost start no more. A rest that has begun stays; one that can no longer
    lie in its window is given as soon as the unit is free, where the shift still has room.
    """
    fleet = problem.fleet
    start, end, start_s, end_s = (
        a.copy() for a in (fleet.start, fleet.end, fleet.start_s, fleet.end_s)
    )
    rest_s, opens, closes = (
        a.copy() for a in (fleet.rest_s, fleet.rest_open_s, fleet.rest_close_s)
    )
    frozen: list[tuple[Stop, ...]] = []
    left: list[UnitRoute] = []
    for unit, route in enumerate(solution.routes):
        away = unit in change.taken or unit in change.lost
        count = (
            _done(problem, unit, route, change.at_s)
            if away
            else _kept(problem, unit, route, change.at_s + NOTICE_S)
        )
        stops = _cut_short(route.stops[:count], change.at_s) if away else route.stops[:count]
        frozen.append(stops)
        rested = 0 <= route.rest_s <= change.at_s or (
            route.rest_s >= 0 and not away and route.rest_after < count - 1
        )
        place, free_s = _whereabouts(problem, unit, stops, change.at_s)
        if rested:
            rest_s[unit] = 0
            if route.rest_after >= count - 1 and not away:
                free_s = max(free_s, route.rest_s + int(fleet.rest_s[unit]))
        if unit in change.taken:
            place, free_s = change.taken[unit].place, change.taken[unit].free_s
        start[unit], start_s[unit] = place, free_s
        rest = UnitRoute(
            route.stops[count:], -1 if rested else route.rest_s, route.rest_after - count
        )
        left.append(UnitRoute() if unit in change.lost else rest)
        if unit in change.lost:
            end[unit], end_s[unit], rest_s[unit] = place, free_s, 0
    _make_room(problem, (start, end, start_s, end_s), (rest_s, opens, closes))
    fleet = replace(
        fleet, start=start, end=end, start_s=start_s, end_s=end_s, rest_s=rest_s,
        rest_open_s=opens, rest_close_s=closes,
    )  # fmt: skip
    return replace(problem, fleet=fleet, frozen=tuple(frozen)), Solution(tuple(left))


def _make_room(
    problem: Problem, ways: tuple[Ints, Ints, Ints, Ints], rests: tuple[Ints, Ints, Ints]
) -> None:
    """Move rests that no longer fit, and let a unit be late where it cannot be back in time."""
    start, end, start_s, end_s = ways
    rest_s, opens, closes = rests
    for unit in range(problem.units):
        mode, way = int(problem.fleet.mode[unit]), (int(start[unit]), int(end[unit]))
        if rest_s[unit] > 0:
            rest_end = max(int(opens[unit]), int(start_s[unit])) + int(rest_s[unit])
            back_s = problem.travel.arrive_s(mode, *way, rest_end)
            if rest_end > int(closes[unit]) and back_s <= int(end_s[unit]):
                closes[unit] = rest_end
            elif rest_end > int(closes[unit]) or back_s > int(end_s[unit]):
                rest_s[unit] = 0
        back_s = problem.travel.arrive_s(mode, *way, int(start_s[unit]))
        end_s[unit] = max(int(end_s[unit]), back_s)


def _done(problem: Problem, unit: int, route: UnitRoute, at_s: int) -> int:
    """Number of stops that have begun."""
    return max(len(problem.frozen_of(unit)), sum(1 for stop in route.stops if stop.arrive_s < at_s))


def _kept(problem: Problem, unit: int, route: UnitRoute, until_s: int) -> int:
    """Number of stops that the unit has set out for, or been told to, by ``until_s``."""
    count = len(problem.frozen_of(unit))
    leaves_s = int(problem.fleet.start_s[unit])
    if count:
        leaves_s = max(leaves_s, route.stops[count - 1].depart_s)
    while count < len(route.stops):
        if route.rest_s >= 0 and route.rest_after == count - 1:
            leaves_s = max(leaves_s, route.rest_s + int(problem.fleet.rest_s[unit]))
        if leaves_s > until_s:
            break
        leaves_s = route.stops[count].depart_s
        count += 1
    return count


def _cut_short(stops: tuple[Stop, ...], at_s: int) -> tuple[Stop, ...]:
    """A stay that was broken off lasted until then."""
    if stops and stops[-1].depart_s > at_s:
        last = stops[-1]
        return (*stops[:-1], Stop(last.hotspot, last.arrive_s, at_s - last.arrive_s))
    return stops


def _whereabouts(
    problem: Problem, unit: int, stops: tuple[Stop, ...], at_s: int
) -> tuple[int, int]:
    """Place and time from which the unit goes on."""
    if len(stops) > len(problem.frozen_of(unit)):
        return int(problem.hotspots.place[stops[-1].hotspot]), max(at_s, stops[-1].depart_s)
    return int(problem.fleet.start[unit]), max(at_s, int(problem.fleet.start_s[unit]))


def difference(problem: Problem, old: Solution, new: Solution) -> Difference:
    """Compare what was left of the old plan with the new one, frozen stops left aside."""
    before = _who(old, [0] * problem.units)
    after = _who(new, [len(problem.frozen_of(unit)) for unit in range(problem.units)])
    kept = moved = dropped = 0
    for hotspot, units in before.items():
        others = Counter(after.get(hotspot, []))
        same = (Counter(units) & others).total()
        elsewhere = min(len(units) - same, others.total() - same)
        kept += same
        moved += elsewhere
        dropped += len(units) - same - elsewhere
    total = sum(len(units) for units in after.values())
    return Difference(kept, moved, dropped, max(0, total - kept - moved))


@dataclass(frozen=True, slots=True)
class Changed:
    """One stop that differs: dropped from a unit, added to it, or moved to it from ``was``."""

    what: str
    unit: int
    stop: Stop
    was: int | None = None


def list_changes(problem: Problem, old: Solution, new: Solution) -> tuple[Changed, ...]:
    """The stops behind :func:`difference`, in the order of time."""
    before = _stops(old, [0] * problem.units)
    after = _stops(new, [len(problem.frozen_of(unit)) for unit in range(problem.units)])
    found: list[Changed] = []
    for hotspot in before.keys() | after.keys():
        was, now = list(before.get(hotspot, [])), list(after.get(hotspot, []))
        for unit, stop in list(was):
            same = next((one for one in now if one[0] == unit), None)
            if same is not None:
                was.remove((unit, stop))
                now.remove(same)
        for (giver, _), (taker, stop) in zip(was, now, strict=False):
            found.append(Changed("moved", taker, stop, giver))
        found += [Changed("dropped", unit, stop) for unit, stop in was[len(now) :]]
        found += [Changed("added", unit, stop) for unit, stop in now[len(was) :]]
    return tuple(sorted(found, key=lambda one: (one.stop.arrive_s, one.unit)))


def _stops(solution: Solution, skip: list[int]) -> dict[int, list[tuple[int, Stop]]]:
    found: dict[int, list[tuple[int, Stop]]] = {}
    for unit, route in enumerate(solution.routes):
        for stop in route.stops[skip[unit] :]:
            found.setdefault(stop.hotspot, []).append((unit, stop))
    return found


def _who(solution: Solution, skip: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for unit, route in enumerate(solution.routes):
        for stop in route.stops[skip[unit] :]:
            found.setdefault(stop.hotspot, []).append(unit)
    return found


def with_place(problem: Problem, time_s: Ints, distance_m: Ints) -> tuple[Problem, int]:
    """The problem with one more place, and its index.

    ``time_s`` and ``distance_m`` hold, per layer, the ways from the new place to all old ones, then
    back: shape (layers, 2, places).
    """
    travel = problem.travel
    count = travel.time_s.shape[1]
    grown = []
    for old, ways in ((travel.time_s, time_s), (travel.distance_m, distance_m)):
        table = np.zeros((old.shape[0], count + 1, count + 1), np.int32)
        table[:, :count, :count] = old
        table[:, count, :count] = ways[:, 0]
        table[:, :count, count] = ways[:, 1]
        grown.append(table)
    return replace(problem, travel=replace(travel, time_s=grown[0], distance_m=grown[1])), count
