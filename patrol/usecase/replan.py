"""Re-plan the running shift after an incident or a lost unit, and say what changes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from patrol.model.errors import InputError, NotFoundError
from patrol.model.place import Place
from patrol.model.plan import Plan
from patrol.routing.check import check_solution
from patrol.routing.engine import Search
from patrol.routing.engine.local import LocalEngine
from patrol.routing.problem import MODES, UNREACHABLE_S, Problem, Solution, Stop, UnitRoute
from patrol.routing.replan import Change, Difference, Taken, difference, freeze, with_place
from patrol.routing.value import plan_value
from patrol.usecase.plan_routes import make_routes, shares_of
from patrol.usecase.plan_shift import load_shift, publish_plan
from patrol.usecase.services import Services
from patrol.usecase.shift_problem import ShiftProblem

log = logging.getLogger(__name__)

ON_SCENE_S = 2_400
"""How long a unit is taken by an incident where nobody knows better."""

SEARCH_S = 0.15
"""Search of a re-plan; with freezing and checking it stays well under 0.3 s."""

_KEPT = 4
_shifts: dict[str, ShiftProblem] = {}


@dataclass(frozen=True, slots=True)
class ReplanRequest:
    """Which units are gone for the rest of the shift, and whether the result runs at once.

    Units that are assigned to an incident are found by themselves.
    """

    lost: tuple[str, ...] = ()
    publish: bool = True
    seconds: float = SEARCH_S


@dataclass(frozen=True, slots=True)
class Replanned:
    """The new plan, the one it came from, and how they differ."""

    plan: Plan
    old_id: str
    difference: Difference


def replan(services: Services, request: ReplanRequest) -> Replanned:
    """Search the rest of the running shift again, keeping what is done, under way or announced.

    Raises
    ------
    NotFoundError
        If no published plan runs now.
    InputError
        If a lost unit is not in the plan.
    """
    now = services.clock()
    old = services.plans.find_current(now)
    if old is None:
        raise NotFoundError(f"no published plan runs at {now.isoformat(timespec='minutes')}")
    shift = _shift_of(services, old)
    at_s = round((now - old.start).total_seconds())
    solution = _solution_of(shift, old)
    problem, taken = _taken(services, shift, at_s)
    lost = _lost(shift, request.lost)
    rest, left = freeze(problem, solution, Change(at_s, taken, lost))
    fresh = LocalEngine().improve(rest, left, Search(request.seconds, old.seed), _never_cancel)
    value = plan_value(rest, fresh)
    whole = _with_old_rests(rest, solution, fresh)
    plan = replace(
        old,
        id=f"{old.shift}-{old.on:%Y%m%d}-{round(now.timestamp() * 1000):x}",
        engine="local",
        made=now,
        value=value.cover,
        coverage_share=value.share,
        routes=make_routes(replace(shift, problem=problem), whole, value),
        verdict=check_solution(rest, fresh, value.total),
        shares=shares_of(shift, whole, value),
    )
    services.plans.save_plan(plan)
    found = difference(rest, left, fresh)
    log.info(
        "re-plan %s of %s: %d stops kept, %d moved, %d dropped, %d added",
        *(plan.id, old.id, found.kept, found.moved, found.dropped, found.added),
    )
    if request.publish and plan.verdict.ok:
        plan = publish_plan(services, plan.id)
    _remember(plan.id, shift)
    return Replanned(plan, old.id, found)


def _never_cancel(_share: float, _value: float) -> bool:
    return True


def _remember(plan_id: str, shift: ShiftProblem) -> None:
    while len(_shifts) >= _KEPT:
        del _shifts[next(iter(_shifts))]
    _shifts[plan_id] = shift


def _shift_of(services: Services, plan: Plan) -> ShiftProblem:
    """The problem the plan was made from; kept, because hotspots and matrices take a while."""
    if plan.id not in _shifts:
        shift = load_shift(services, plan.shift, plan.start, plan.end, plan.seed)
        _remember(plan.id, shift)
    return _shifts[plan.id]


def _solution_of(shift: ShiftProblem, plan: Plan) -> Solution:
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


def _taken(services: Services, shift: ShiftProblem, at_s: int) -> tuple[Problem, dict[int, Taken]]:
    """Units assigned to incidents, with the incidents' places added to the problem."""
    problem = shift.problem
    taken: dict[int, Taken] = {}
    now = shift.start + timedelta(seconds=at_s)
    for index, unit in enumerate(shift.units):
        assignment = services.assignments.find_active_for_unit(unit.id)
        if assignment is None:
            continue
        incident = services.incidents.get_incident(assignment.incident_id)
        since = assignment.arrived or assignment.assigned
        free = max(since + timedelta(seconds=ON_SCENE_S), now + timedelta(seconds=60))
        free_s = round((free - shift.start).total_seconds())
        place = int(problem.fleet.start[index])
        if incident.place is not None:
            problem, place = _add_place(shift, problem, incident.place)
        taken[index] = Taken(free_s, place)
    return problem, taken


def _add_place(shift: ShiftProblem, problem: Problem, place: Place) -> tuple[Problem, int]:
    """Ways between a new place and all others.

    A unit whose mode has no street near the incident is not planned for until the next re-plan.
    """
    count = problem.travel.time_s.shape[1]
    time_s = np.full((len(MODES), 2, count), UNREACHABLE_S, np.int32)
    distance_m = np.zeros_like(time_s)
    for mode, graph in shift.graphs.items():
        m = MODES.index(mode)
        here, places = graph.snap(place.lon, place.lat), shift.snapped[mode]
        known = len(places)
        for direction, ways in enumerate((graph.times(here, places), graph.times(places, here))):
            seconds, meters = ways[0].reshape(-1), ways[1].reshape(-1)
            open_way = np.isfinite(seconds)
            time_s[m, direction, :known] = np.where(
                open_way, np.ceil(np.where(open_way, seconds, 0)), UNREACHABLE_S
            )
            distance_m[m, direction, :known] = np.where(open_way, meters, 0)
    return with_place(problem, time_s, distance_m)


def _lost(shift: ShiftProblem, units: Sequence[str]) -> frozenset[int]:
    known = {unit.id: index for index, unit in enumerate(shift.units)}
    for unit in units:
        if unit not in known:
            raise InputError(f"lost unit {unit} is not in the plan's units")
    return frozenset(known[unit] for unit in units)


def _with_old_rests(problem: Problem, old: Solution, new: Solution) -> Solution:
    """Rests that were over are shown where they were."""
    routes = tuple(
        replace(route, rest_s=was.rest_s, rest_after=was.rest_after)
        if route.rest_s < 0 <= was.rest_s and was.rest_after < len(problem.frozen_of(unit))
        else route
        for unit, (was, route) in enumerate(zip(old.routes, new.routes, strict=True))
    )
    return Solution(routes)
