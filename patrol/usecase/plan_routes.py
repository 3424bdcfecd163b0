"""Turn a solution into routes that people can read: ways, times, reasons, shares."""

from collections import defaultdict
from datetime import datetime, timedelta

import numpy as np

from patrol.model.plan import Break, Leg, Route, Visit
from patrol.model.unit import Mode
from patrol.routing.directions import make_leg
from patrol.routing.problem import MODES, Fleet, Problem, Solution, Stop, UnitRoute
from patrol.routing.value import Value
from patrol.usecase.shift_problem import ShiftProblem


def _leg(shift: ShiftProblem, mode: Mode, way: tuple[int, int], leave_s: int) -> Leg:
    """The way from one place to another in the traffic of that time, found once."""
    layer = shift.problem.travel.leg(MODES.index(mode), *way, leave_s)[1]
    key = (layer, *way)
    if key not in shift.legs:
        graph, places = shift.layers[layer], shift.snapped[mode]
        assert graph is not None  # noqa: S101 - a unit has this mode
        path = graph.path(places.one(way[0]), places.one(way[1]))
        shift.legs[key] = make_leg(graph.network, path)
    return shift.legs[key]


def make_routes(
    shift: ShiftProblem, solution: Solution, value: Value, origin: Fleet | None = None
) -> tuple[Route, ...]:
    """Routes with legs, turn lists and the reason of every stop.

    ``origin`` is the fleet as the shift began, where frozen stops were set out for from there and
    the problem's own fleet goes on from where the units are now.
    """
    times = arrivals_by_hotspot(solution)
    return tuple(
        _route(
            shift,
            unit,
            route,
            [float(v) for v in value.by_stop[unit]],
            times,
            shift.problem.fleet if origin is None else origin,
        )
        for unit, route in enumerate(solution.routes)
    )


def arrivals_by_hotspot(solution: Solution) -> dict[int, list[int]]:
    """Arrivals at every visited hotspot, sorted, seconds."""
    times: dict[int, list[int]] = defaultdict(list)
    for route in solution.routes:
        for stop in route.stops:
            times[stop.hotspot].append(stop.arrive_s)
    return {hotspot: sorted(found) for hotspot, found in times.items()}


def _route(
    shift: ShiftProblem,
    unit: int,
    route: UnitRoute,
    values: list[float],
    times: dict[int, list[int]],
    origin: Fleet,
) -> Route:
    problem = shift.problem
    mode = MODES[problem.fleet.mode[unit]]
    frozen = len(problem.frozen_of(unit))
    place, free_s = int(origin.start[unit]), int(origin.start_s[unit])
    rest_end_s = route.rest_s + int(origin.rest_s[unit]) if route.rest_s >= 0 else 0
    visits: list[Visit] = []
    for i, (stop, worth) in enumerate(zip(route.stops, values, strict=True)):
        if i == frozen:
            place, free_s = int(problem.fleet.start[unit]), int(problem.fleet.start_s[unit])
        if route.rest_after == i - 1:
            free_s = max(free_s, rest_end_s)
        goal = int(problem.hotspots.place[stop.hotspot])
        spot = shift.hotspots[stop.hotspot]
        visits.append(
            Visit(
                hotspot_id=spot.id,
                name=spot.name,
                lon=spot.place.lon,
                lat=spot.place.lat,
                arrive=_at(shift, stop.arrive_s),
                dwell_s=stop.dwell_s,
                value=worth,
                leg=_leg(shift, mode, (place, goal), free_s),
                reason=reason_of(shift, stop, times[stop.hotspot]),
            )
        )
        place, free_s = goal, stop.depart_s
    if len(route.stops) == frozen:
        place, free_s = int(problem.fleet.start[unit]), int(problem.fleet.start_s[unit])
    if route.rest_after == len(route.stops) - 1:
        free_s = max(free_s, rest_end_s)
    rest = None
    if route.rest_s >= 0:
        length = int(problem.fleet.rest_s[unit])
        rest = Break(_at(shift, route.rest_s), length, route.rest_after)
    return Route(
        unit_id=shift.units[unit].id,
        mode=mode,
        start=_at(shift, int(origin.start_s[unit])),
        end=_at(shift, _back_s(problem, unit, route)),
        visits=tuple(visits),
        back=_leg(shift, mode, (place, int(problem.fleet.end[unit])), free_s),
        rest=rest,
    )


def _at(shift: ShiftProblem, seconds: int) -> datetime:
    return shift.start + timedelta(seconds=seconds)


def _back_s(problem: Problem, unit: int, route: UnitRoute) -> int:
    """When the unit is back at its base."""
    place, free_s = int(problem.fleet.start[unit]), int(problem.fleet.start_s[unit])
    if len(route.stops) > len(problem.frozen_of(unit)):
        place = int(problem.hotspots.place[route.stops[-1].hotspot])
        free_s = route.stops[-1].depart_s
    if route.rest_s >= 0:
        free_s = max(free_s, route.rest_s + int(problem.fleet.rest_s[unit]))
    mode, base = int(problem.fleet.mode[unit]), int(problem.fleet.end[unit])
    return problem.travel.arrive_s(mode, place, base, free_s)


def reason_of(shift: ShiftProblem, stop: Stop, arrivals: list[int]) -> str:
    """Why this stop, as codes joined by semicolons; the pages put them into words.

    ``window:HH:MM-HH:MM`` a key site's window (local) · ``first`` nobody is there before in this
    shift · ``again:MIN`` minutes since the visit before · ``layer:KIND:PERCENT`` the largest part
    of the hotspot's score.
    """
    problem, spot = shift.problem, shift.hotspots[stop.hotspot]
    codes: list[str] = []
    for j in np.flatnonzero(np.equal(problem.duties.hotspot, stop.hotspot)):
        opens, closes = int(problem.duties.open_s[j]), int(problem.duties.close_s[j])
        if opens <= stop.arrive_s < closes:
            codes.append(f"window:{duty_window(shift, int(j))}")
    before = [arrive for arrive in arrivals if arrive < stop.arrive_s]
    codes.append(f"again:{(stop.arrive_s - before[-1]) // 60}" if before else "first")
    if spot.contributions:
        top = max(spot.contributions, key=lambda part: part.share)
        codes.append(f"{top.layer}:{top.kind}:{round(100 * top.share)}")
    return ";".join(codes)


def duty_window(shift: ShiftProblem, duty: int) -> str:
    """When a duty must be met, in local time: ``HH:MM-HH:MM``."""
    duties = shift.problem.duties
    opens, closes = (
        _at(shift, int(at_s[duty])).astimezone(shift.zone)
        for at_s in (duties.open_s, duties.close_s)
    )
    return f"{opens:%H:%M}-{closes:%H:%M}"


def shares_of(shift: ShiftProblem, solution: Solution, value: Value) -> dict[str, float]:
    """Share of the cover by ``town:ID`` and ``mode:NAME``; each of the two groups sums to 1.

    By mode the cover of a place is split over its stops by what each would be missed.
    """
    if value.cover <= 0:
        return {}
    shares: dict[str, float] = defaultdict(float)
    for h, spot in enumerate(shift.hotspots):
        if value.by_hotspot[h] > 0:
            shares[f"town:{spot.town_id or ''}"] += float(value.by_hotspot[h]) / value.cover
    missed: dict[str, float] = defaultdict(float)
    for unit, route in enumerate(solution.routes):
        mode = MODES[shift.problem.fleet.mode[unit]]
        missed[f"mode:{mode}"] += float(value.by_stop[unit][: len(route.stops)].sum())
    total = sum(missed.values())
    shares.update({name: part / total for name, part in missed.items() if total > 0})
    return dict(shares)
