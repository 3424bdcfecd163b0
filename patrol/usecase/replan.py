"""Re-plan the running shift after an incident or a lost unit, and say what changes.

The result is a plan of its own. As configured it runs at once and can be undone, or waits as a
proposal until a dispatcher takes or refuses it.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from patrol.model.errors import InputError, NotFoundError
from patrol.model.place import Place
from patrol.model.plan import Plan, PlanStatus
from patrol.model.quality import ReplanNote, StopChange
from patrol.routing.check import check_solution
from patrol.routing.engine import Search
from patrol.routing.engine.local import LocalEngine
from patrol.routing.moves import Worth, price_moves
from patrol.routing.problem import (
    UNREACHABLE_S,
    Fleet,
    Problem,
    Solution,
    UnitRoute,
)
from patrol.routing.replan import Change, Taken, difference, freeze, list_changes, with_place
from patrol.routing.travel import Snapped
from patrol.routing.value import plan_value
from patrol.usecase.plan_choice import town_least
from patrol.usecase.plan_quality import Asked, make_quality
from patrol.usecase.plan_routes import make_routes, shares_of
from patrol.usecase.plan_shift import load_shift
from patrol.usecase.plan_solution import solution_of
from patrol.usecase.replan_desk import find_replan, run_replan, supersede, tell_replan
from patrol.usecase.services import Services
from patrol.usecase.shift_cache import Warm, make_warm, recall, remember
from patrol.usecase.shift_problem import ShiftProblem
from patrol.usecase.travel_graphs import band_graphs, same_bands, travel_graphs

log = logging.getLogger(__name__)

REPAIR_S = 1e-6
"""A search this short only brings the old stops up to date."""


@dataclass(frozen=True, slots=True)
class ReplanRequest:
    """What happened, and which units are gone for the rest of the shift.

    Units that are assigned to an incident are found by themselves, and so are closed streets.
    ``publish``: run at once; ``None``: as ``routing.replan.mode`` says. ``fresh``: the map is made
    anew, for weights that were changed.
    """

    lost: tuple[str, ...] = ()
    cause: str = "asked"
    publish: bool | None = None
    fresh: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Replanned:
    """The new plan with its note on how it differs."""

    plan: Plan
    note: ReplanNote


def replan(services: Services, request: ReplanRequest) -> Replanned:
    """Search the rest of the running shift again, keeping what is done, under way or announced.

    Raises
    ------
    NotFoundError
        If no published plan runs now.
    InputError
        If a lost unit is not in the plan.
    """
    begun = time.perf_counter()
    now = services.clock()
    old = services.plans.find_current(now)
    if old is None:
        raise NotFoundError(f"no published plan runs at {now.isoformat(timespec='minutes')}")
    warm = _warm_of(services, old, fresh=request.fresh)
    at_s = round((now - old.start).total_seconds())
    solution = solution_of(warm.shift, old)
    shift, taken = _taken(services, warm.shift, at_s)
    gone = _gone(services, warm.shift, old, request.lost)
    change = Change(at_s, taken, _lost(warm.shift, gone))
    rest, left = freeze(shift.problem, solution, change)
    seconds = request.seconds or services.config.routing.replan.seconds
    kept, fresh = _search(services, warm, rest, left, Search(seconds, old.seed))
    shift = replace(shift, problem=rest)
    plan = _make_plan(services, old, shift, fresh, solution, warm.shift.problem.fleet)
    if plan.verdict.broken:
        # The old stops that still fit are a poorer plan, but one that can run.
        log.error("re-plan breaks rules, old stops are kept: %s", plan.verdict.broken[:3])
        fresh = kept
        plan = _make_plan(services, old, shift, fresh, solution, warm.shift.problem.fleet)
    _keep_legs(warm.shift, shift)
    before = _with_lost(rest, solution, left, change.lost)
    note = _note(shift, (before, kept, fresh), request.cause, now)
    took_ms = round(1000 * (time.perf_counter() - begun))
    plan = replace(plan, replan=replace(note, old_id=old.id, took_ms=took_ms, lost=gone))
    services.plans.save_plan(plan)
    supersede(services, plan)
    remember(plan.id, warm)
    return _settle(services, plan, publish=_publishes(services, request))


def _search(
    services: Services, warm: Warm, rest: Problem, left: Solution, search: Search
) -> tuple[Solution, Solution]:
    """The old plan brought up to date, and the new one with the moves that are worth it."""
    engine = LocalEngine()
    repair = Search(REPAIR_S, search.seed)
    kept = engine.improve(rest, left, repair, _never_cancel, warm.near)
    fresh = engine.improve(rest, left, search, _never_cancel, warm.near)
    # Of the cover alone: the prices of duties are set so high that they would forbid every move.
    minute = Worth(rest).plan(fresh, duties=False) / max(1.0, _work_min(rest))
    price = services.config.routing.replan.move_price_min * minute
    return kept, price_moves(rest, left, kept, fresh, price)


def _work_min(problem: Problem) -> float:
    """Minutes of all units left in the shift."""
    left_s = np.maximum(problem.fleet.end_s - problem.fleet.start_s, 0)
    return float(left_s.sum()) / 60


def _make_plan(
    services: Services,
    old: Plan,
    shift: ShiftProblem,
    fresh: Solution,
    before: Solution,
    origin: Fleet,
) -> Plan:
    now = services.clock()
    value = plan_value(shift.problem, fresh)
    whole = _with_old_rests(shift.problem, before, fresh)
    routing = services.config.routing
    asked = Asked(
        routing.response_min, routing.response_shares, town_least(services, shift, old.on)
    )
    return replace(
        old,
        id=f"{old.shift}-{old.on:%Y%m%d}-{round(now.timestamp() * 1000):x}r",
        status=PlanStatus.DRAFT,
        engine="local",
        made=now,
        value=value.cover,
        coverage_share=value.share,
        routes=make_routes(shift, whole, value, origin),
        verdict=check_solution(shift.problem, fresh, value.total),
        shares=shares_of(shift, whole, value),
        quality=make_quality(shift, fresh, value, asked),
    )


def _note(
    shift: ShiftProblem,
    plans: tuple[Solution, Solution, Solution],
    cause: str,
    now: datetime,
) -> ReplanNote:
    left, kept, fresh = plans
    problem = shift.problem
    found = difference(problem, left, fresh)
    changes = tuple(
        StopChange(
            what=one.what,
            hotspot_id=shift.hotspots[one.stop.hotspot].id,
            name=shift.hotspots[one.stop.hotspot].name,
            unit_id=shift.units[one.unit].id,
            arrive=shift.start + timedelta(seconds=one.stop.arrive_s),
            from_unit=None if one.was is None else shift.units[one.was].id,
        )
        for one in list_changes(problem, left, fresh)
    )
    return ReplanNote(
        old_id="",
        cause=cause,
        at=now,
        state="proposed",
        kept=found.kept,
        moved=found.moved,
        dropped=found.dropped,
        added=found.added,
        value_before=Worth(problem).plan(kept, duties=False),
        value_after=Worth(problem).plan(fresh, duties=False),
        took_ms=0,
        changes=changes,
    )


def _publishes(services: Services, request: ReplanRequest) -> bool:
    if request.publish is not None:
        return request.publish
    return services.config.routing.replan.mode == "publish"


def _settle(services: Services, plan: Plan, *, publish: bool) -> Replanned:
    """Run it or propose it, and tell."""
    note = plan.replan
    assert note is not None  # noqa: S101 - set by the caller above
    log.info(
        "re-plan %s of %s after %s in %d ms: %d stops kept, %d moved, %d dropped, %d added",
        *(plan.id, note.old_id, note.cause, note.took_ms),
        *(note.kept, note.moved, note.dropped, note.added),
    )
    if publish and plan.verdict.ok:
        plan = run_replan(services, plan)
        assert plan.replan is not None  # noqa: S101 - it was saved with one
        return Replanned(plan, plan.replan)
    tell_replan(services, plan)
    return Replanned(plan, note)


# ---- from a plan to its problem and back --------------------------------------------------------


def _never_cancel(_share: float, _value: float) -> bool:
    return True


def _warm_of(services: Services, plan: Plan, *, fresh: bool) -> Warm:
    """The problem the plan was made from; kept, because hotspots and matrices take a while."""
    warm = None if fresh else recall(plan.id)
    if warm is not None:
        # A street that was closed since gives other graphs.
        modes = sorted(warm.shift.graphs)
        graphs = travel_graphs(services, modes)
        bands = band_graphs(services, modes, plan.start, plan.end)
        if any(graphs[mode] is not graph for mode, graph in warm.shift.graphs.items()) or not (
            same_bands(bands, warm.shift.bands)
        ):
            warm = None
    if warm is None:
        warm = make_warm(load_shift(services, plan.shift, plan.start, plan.end, plan.seed))
        remember(plan.id, warm)
    return warm


def warm_current(services: Services) -> None:
    """Make the running plan's shift ready, so that its first re-plan does not wait for it."""
    plan = services.plans.find_current(services.clock())
    if plan is not None and recall(plan.id) is None:
        _warm_of(services, plan, fresh=False)


def _taken(
    services: Services, shift: ShiftProblem, at_s: int
) -> tuple[ShiftProblem, dict[int, Taken]]:
    """Units assigned to incidents, with the incidents' places added to the shift."""
    grown = replace(shift, legs=dict(shift.legs))
    taken: dict[int, Taken] = {}
    now = shift.start + timedelta(seconds=at_s)
    for index, unit in enumerate(shift.units):
        assignment = services.assignments.find_active_for_unit(unit.id)
        if assignment is None:
            continue
        incident = services.incidents.get_incident(assignment.incident_id)
        since = assignment.arrived or assignment.assigned
        on_scene = timedelta(minutes=services.config.routing.replan.on_scene_min)
        free = max(since + on_scene, now + timedelta(seconds=60))
        place = int(shift.problem.fleet.start[index])
        if incident.place is not None:
            grown, place = _add_place(grown, incident.place)
        taken[index] = Taken(round((free - shift.start).total_seconds()), place)
    return grown, taken


def _add_place(shift: ShiftProblem, place: Place) -> tuple[ShiftProblem, int]:
    """Ways between a new place and all others.

    A unit whose mode has no street near the incident is not planned for until the next re-plan.
    """
    count = shift.problem.travel.time_s.shape[1]
    time_s = np.full((len(shift.layers), 2, count), UNREACHABLE_S, np.int32)
    distance_m = np.zeros_like(time_s)
    snapped = dict(shift.snapped)
    for layer, graph in enumerate(shift.layers):
        if graph is None:
            continue
        mode = graph.mode
        here, places = graph.snap(place.lon, place.lat), shift.snapped[mode]
        for direction, ways in enumerate((graph.times(here, places), graph.times(places, here))):
            seconds, meters = ways[0].reshape(-1), ways[1].reshape(-1)
            open_way = np.isfinite(seconds)
            time_s[layer, direction] = np.where(
                open_way, np.ceil(np.where(open_way, seconds, 0)), UNREACHABLE_S
            )
            distance_m[layer, direction] = np.where(open_way, meters, 0)
        snapped[mode] = Snapped(
            np.append(places.segment, here.segment),
            np.append(places.share, here.share),
            np.append(places.off_m, here.off_m),
        )
    problem, index = with_place(shift.problem, time_s, distance_m)
    return replace(shift, problem=problem, snapped=snapped), index


def _keep_legs(shift: ShiftProblem, grown: ShiftProblem) -> None:
    """Ways found now serve the next re-plan; those of added places are another incident's then."""
    count = shift.problem.travel.time_s.shape[1]
    shift.legs.update(
        {key: leg for key, leg in grown.legs.items() if key[1] < count and key[2] < count}
    )


def _gone(
    services: Services, shift: ShiftProblem, old: Plan, lost: Sequence[str]
) -> tuple[str, ...]:
    """Who is gone now: a unit that left the shift an hour ago has not come back since.

    Units of a proposal that still waits are gone as well; this one takes its place.
    """
    before: set[str] = set()
    for plan in (old, find_replan(services)):
        note = None if plan is None else plan.replan
        if note is not None and note.state in ("running", "proposed"):
            before |= set(note.lost)
    known = {unit.id for unit in shift.units}
    return tuple(sorted({*lost, *(known & before)}))


def _with_lost(rest: Problem, old: Solution, left: Solution, lost: frozenset[int]) -> Solution:
    """What was left of the old plan, with the stops of units that are gone: they are missed too."""
    routes = tuple(
        UnitRoute(old.routes[unit].stops[len(rest.frozen_of(unit)) :]) if unit in lost else route
        for unit, route in enumerate(left.routes)
    )
    return Solution(routes)


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
