"""Large shifts by areas: bases near each other make an area, areas are searched one by one.

Travel within an area is a small part of the whole, and an iteration there changes what matters
there. At the end the joined plan is searched as a whole, cool, so that borders do not show.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from patrol.routing.engine import Progress, Search
from patrol.routing.engine.local import LocalEngine
from patrol.routing.problem import Duties, Fleet, Hotspots, Problem, Solution, UnitRoute

Index = NDArray[np.int64]
_Table = TypeVar("_Table", Fleet, Hotspots)

MOST_HOTSPOTS = 2_500
"""Hotspots from which on a shift is split."""
AREA_HOTSPOTS = 1_200
"""Hotspots that an area should have at most."""
BORDER_SHARE = 0.3
"""Share of the time that the joined plan is searched as a whole."""
ROOM = 1.3
"""Hotspots that an area may take, compared with its share of the units."""


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Units and hotspots of a shift that are planned together, by index."""

    units: Index
    hotspots: Index


@dataclass(frozen=True, slots=True, eq=False)
class SplitEngine:
    """The local engine; shifts too large for it area by area.

    ``threads`` areas are searched at the same time; the plan does not depend on it.
    """

    name: str = "local"
    threads: int = 1
    most_hotspots: int = MOST_HOTSPOTS
    by_clock: bool = False

    def solve(self, problem: Problem, search: Search, progress: Progress) -> Solution:
        """Search within ``search.seconds``; see :class:`patrol.routing.engine.Engine`."""
        engine = LocalEngine(by_clock=self.by_clock)
        areas = self._areas(problem)
        if len(areas) < 2:
            return engine.solve(problem, search, progress)
        inside_s = search.seconds * (1 - BORDER_SHARE)
        total, done = problem.units, [0.0, 0.0]

        def solve_area(number: int) -> Solution:
            area = areas[number]
            part = len(area.units) / total
            seen = [0.0, 0.0]

            def tell(share: float, value: float) -> bool:
                done[0] += (share - seen[0]) * part * (1 - BORDER_SHARE)
                done[1] += value - seen[1]
                seen[:] = [share, value]
                return progress(min(1.0, done[0]), done[1])

            own = Search(inside_s * part, search.seed + number)
            return engine.solve(part_of(problem, area), own, tell)

        with ThreadPoolExecutor(max_workers=max(1, self.threads)) as pool:
            found = list(pool.map(solve_area, range(len(areas))))
        joined = join(problem, areas, found)
        rest = replace(search, seconds=search.seconds * BORDER_SHARE)
        return engine.improve(
            problem,
            joined,
            rest,
            lambda share, value: progress(1 - BORDER_SHARE * (1 - share), value),
        )

    def _areas(self, problem: Problem) -> list[Area]:
        # What is frozen in one area covers places of another; re-plans are warm and need no split.
        if problem.hotspots.size <= self.most_hotspots or any(problem.frozen):
            return []
        most = max(2, -(-problem.hotspots.size // AREA_HOTSPOTS))
        return split_areas(problem, most)


def split_areas(problem: Problem, most: int) -> list[Area]:
    """Cut a shift into at most ``most`` areas around bases far from each other.

    The first base is the one with most units; each next one is the farthest from those chosen.
    Units go to the nearest by their base; hotspots in the order of their distance, to the nearest
    that still has room for its share of the units.
    """
    bases, counts = np.unique(problem.fleet.start, return_counts=True)
    between = _fastest(problem, bases, bases)
    chosen = [int(np.argmax(counts))]
    while len(chosen) < min(most, len(bases)):
        away = between[chosen].min(axis=0)
        if away.max() <= 0:
            break
        chosen.append(int(np.argmax(away)))
    base_area = np.argmin(between[chosen], axis=0)
    unit_area = base_area[np.searchsorted(bases, problem.fleet.start)]
    away = np.stack(
        [
            _fastest(problem, bases[base_area == area], problem.hotspots.place).min(axis=0)
            for area in range(len(chosen))
        ]
    )
    spot_area = _assign(away, np.bincount(unit_area, minlength=len(chosen)))
    areas = (
        Area(np.flatnonzero(unit_area == area), np.flatnonzero(spot_area == area))
        for area in range(len(chosen))
    )
    return [area for area in areas if area.hotspots.size]


def _assign(away: NDArray[np.int64], units: NDArray[np.int64]) -> Index:
    """The area of every hotspot, closest pairs first, none beyond its room."""
    count = away.shape[1]
    room = np.ceil(ROOM * count * units / units.sum()).astype(np.int64)
    of = np.full(count, -1, np.int64)
    for flat in np.argsort(away, axis=None, kind="stable"):
        area, spot = divmod(int(flat), count)
        if of[spot] < 0 and room[area] > 0:
            of[spot] = area
            room[area] -= 1
    return of


def _fastest(problem: Problem, start: NDArray[np.int32], end: NDArray[np.int32]) -> Index:
    """There-and-back usual seconds in the fastest mode of the fleet, shape (starts, ends)."""
    best = np.full((len(start), len(end)), np.iinfo(np.int64).max, np.int64)
    for mode in np.unique(problem.fleet.mode):
        time_s = problem.travel.time_s[mode]
        both = time_s[np.ix_(start, end)].astype(np.int64) + time_s[np.ix_(end, start)].T
        np.minimum(best, both, out=best)
    return best


def part_of(problem: Problem, area: Area) -> Problem:
    """The problem of an area alone, with the travel between its own places only."""
    fleet, spots, duties = problem.fleet, problem.hotspots, problem.duties
    units, chosen = area.units, area.hotspots
    places, of_place = np.unique(
        np.concatenate([fleet.start[units], fleet.end[units], spots.place[chosen]]),
        return_inverse=True,
    )
    start, end, place = np.split(of_place.astype(np.int32), [len(units), 2 * len(units)])
    within = np.ix_(np.arange(len(problem.travel.time_s)), places, places)
    windows = [np.arange(spots.window_ptr[h], spots.window_ptr[h + 1]) for h in chosen]
    window = np.concatenate(windows) if windows else np.empty(0, np.int64)
    mine = np.isin(duties.hotspot, chosen)
    return replace(
        problem,
        travel=replace(
            problem.travel,
            time_s=problem.travel.time_s[within],
            distance_m=problem.travel.distance_m[within],
        ),
        fleet=replace(_rows(fleet, units), start=start, end=end),
        hotspots=replace(
            _rows(spots, chosen, but=("window_ptr", "window_open_s", "window_close_s")),
            place=place,
            window_ptr=np.cumsum([0, *map(len, windows)]).astype(np.int32),
            window_open_s=spots.window_open_s[window],
            window_close_s=spots.window_close_s[window],
        ),
        duties=Duties(
            np.searchsorted(chosen, duties.hotspot[mine]).astype(np.int32),
            duties.open_s[mine],
            duties.close_s[mine],
            duties.price[mine],
        ),
        frozen=(),
    )


def _rows(table: _Table, index: Index, but: tuple[str, ...] = ()) -> _Table:
    """A table of arrays with some of its rows."""
    names = [field.name for field in fields(table) if field.name not in but]
    changes: dict[str, Any] = {name: getattr(table, name)[index] for name in names}
    return replace(table, **changes)


def join(problem: Problem, areas: Sequence[Area], plans: Sequence[Solution]) -> Solution:
    """One plan of the plans of all areas."""
    routes = [UnitRoute() for _ in range(problem.units)]
    for area, plan in zip(areas, plans, strict=True):
        for unit, route in zip(area.units, plan.routes, strict=True):
            stops = (
                replace(stop, hotspot=int(area.hotspots[stop.hotspot])) for stop in route.stops
            )
            routes[int(unit)] = replace(route, stops=tuple(stops))
    return Solution(tuple(routes))
