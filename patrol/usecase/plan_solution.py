"""A kept plan back in the indices of its problem."""

from datetime import datetime

from patrol.model.plan import Plan
from patrol.routing.problem import Solution, Stop, UnitRoute
from patrol.usecase.shift_problem import ShiftProblem


def solution_of(shift: ShiftProblem, plan: Plan) -> Solution:
    """The plan in the problem's indices; places that are on no map any more are left out."""
    spots = {spot.id: h for h, spot in enumerate(shift.hotspots)}
    routes = {route.unit_id: route for route in plan.routes}
    found: list[UnitRoute] = []
    for unit in shift.units:
        route = routes.get(unit.id)
        if route is None:
            found.append(UnitRoute())
            continue
        known = [visit.hotspot_id in spots for visit in route.visits]
        stops = tuple(
            Stop(spots[visit.hotspot_id], _seconds(plan, visit.arrive), visit.dwell_s)
            for visit in route.visits
            if visit.hotspot_id in spots
        )
        if route.rest is None:
            found.append(UnitRoute(stops))
        else:
            after = sum(known[: route.rest.after + 1]) - 1
            found.append(UnitRoute(stops, _seconds(plan, route.rest.start), after))
    return Solution(tuple(found))


def _seconds(plan: Plan, at: datetime) -> int:
    return round((at - plan.start).total_seconds())
