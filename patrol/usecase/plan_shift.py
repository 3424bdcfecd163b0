"""Plan the routes of a shift and keep the plan as a draft."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from patrol.config.schema import Config, Hotspots
from patrol.model.errors import InputError, PlanError
from patrol.model.plan import Plan, Unserved
from patrol.model.unit import Unit
from patrol.routing.bound import find_bound
from patrol.routing.check import check_solution
from patrol.routing.engine import Engine, Progress, Search
from patrol.routing.engine.local import compile_kernels
from patrol.routing.engine.ortools import OrToolsEngine
from patrol.routing.engine.split import SplitEngine
from patrol.routing.problem import UNREACHABLE_S, Ints, Problem, Solution
from patrol.routing.randomise import Choice, Wishes, choose, draw_candidates
from patrol.routing.value import Value
from patrol.usecase.hotspot_map import build_map, pick_hotspots
from patrol.usecase.plan_choice import day_seed, make_wishes
from patrol.usecase.plan_passes import note_passes
from patrol.usecase.plan_quality import Asked, Found, make_quality
from patrol.usecase.plan_routes import duty_window, make_routes, shares_of
from patrol.usecase.services import Services
from patrol.usecase.shift_cache import make_warm, remember
from patrol.usecase.shift_problem import (
    ShiftInput,
    ShiftProblem,
    make_shift_problem,
    shift_times,
)
from patrol.usecase.travel_graphs import band_graphs, travel_graphs

log = logging.getLogger(__name__)

SEARCH_SHARE = 0.85
"""Part of a job's progress that is the search; before it come map and travel, after it the legs."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """Which shift to plan and how; ``None`` takes the configured value, seed 0 by default."""

    shift: str
    on: date
    seconds: float | None = None
    seed: int | None = None
    engine: str | None = None

    def __post_init__(self) -> None:
        if self.seconds is not None and not 0 < self.seconds <= 3_600:
            raise InputError(f"seconds must be in (0, 3600], got {self.seconds}")
        if self.seed is not None and not 0 <= self.seed < 2**31:
            raise InputError(f"seed must be in [0, 2147483647], got {self.seed}")
        if self.engine is not None and self.engine not in ENGINES:
            raise InputError(f"engine must be one of {', '.join(ENGINES)}, got {self.engine}")


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """How far a plan has got: share in [0, 1], best value so far, and what is being done.

    The value is what engines maximize: cover and the prices of the duties that are met.
    """

    share: float
    value: float
    text: str


Watch = Callable[[PlanProgress], bool]
"""Told how far a plan has got; ``False`` cancels the search, which keeps the best so far."""

ENGINES: dict[str, Callable[[], Engine]] = {"local": SplitEngine, "ortools": OrToolsEngine}


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A request with everything filled in."""

    shift: str
    on: date
    start: datetime
    end: datetime
    seconds: float
    seed: int
    engine: str


def plan_shift(services: Services, request: PlanRequest, progress: Watch) -> Plan:
    """Make routes for all units of a shift and keep them as a draft.

    Raises
    ------
    InputError
        If the shift is unknown.
    PlanError
        If no feasible plan exists: no units, none that can leave its base, no hotspots, none
        reachable.
    """
    asked = _resolve(services.config, request)
    progress(PlanProgress(0.0, 0.0, "map"))
    shift = load_shift(services, asked.shift, asked.start, asked.end, asked.seed)
    if asked.engine == "local":
        # Compiling takes half a minute once per installation; say so instead of standing still.
        progress(PlanProgress(0.05, 0.0, "kernels"))
        compile_kernels()
    progress(PlanProgress(0.05, 0.0, "search"))
    wishes = make_wishes(services, shift, asked.shift, asked.on)
    chosen = _search(services, asked, shift, wishes, progress)
    progress(PlanProgress(0.05 + SEARCH_SHARE, chosen.taken.value.total, "legs"))
    plan = _make_plan(services, asked, shift, chosen, wishes)
    services.plans.save_plan(plan)
    remember(plan.id, make_warm(shift))
    log.info(
        "plan %s: %d visits, value %.1f of at most %.1f, seed %d",
        plan.id,
        sum(len(route.visits) for route in plan.routes),
        plan.value,
        plan.bound,
        plan.seed,
    )
    # What the search has told all along; the plan's own value is without the prices of duties.
    progress(PlanProgress(1.0, chosen.taken.value.total, "done"))
    return plan


def _search(
    services: Services, asked: _Resolved, shift: ShiftProblem, wishes: Wishes, progress: Watch
) -> Choice:
    """The best plan, then candidates near it, then the one that is taken.

    Candidates come from our own search alone; a second opinion stays what its engine said.
    """
    config = services.config.routing.choice
    count = config.candidates if asked.engine == "local" else 0
    later = config.time_share if count else 0.0
    going, best = True, 0.0

    def watch(since: float, part: float) -> Progress:
        def told(share: float, value: float) -> bool:
            nonlocal going, best
            best = max(best, value)
            done = 0.05 + SEARCH_SHARE * (since + part * share)
            going = progress(PlanProgress(done, best, "search" if since == 0 else "choice"))
            return going

        return told

    seed = day_seed(asked.seed, asked.on)
    solution = ENGINES[asked.engine]().solve(
        shift.problem, Search(asked.seconds * (1 - later), seed), watch(0.0, 1 - later)
    )
    check_found(solution, asked.engine, asked.seconds)
    others: list[Solution] = []
    if count and going:
        rest = Search(asked.seconds * later, seed)
        others = draw_candidates(
            shift.problem, solution, count, rest, wishes, watch(1 - later, later)
        )
    return choose(shift.problem, [solution, *others], wishes, config.within_share)


def check_found(solution: Solution, engine: str, seconds: float) -> None:
    """Refuse a plan without a stop: it keeps every rule and helps nobody.

    Raises
    ------
    PlanError
        If no unit has a stop, as when the engine's time ran out before its first plan.
    """
    if solution.stops == 0:
        raise PlanError(
            f"{engine} found no stop for any unit in {seconds:g} s: give it more "
            "seconds (up to 3600), fewer hotspots (hotspots.count) or the other engine"
        )


def load_shift(
    services: Services,
    name: str,
    start: datetime,
    end: datetime,
    seed: int,
    *,
    weights: Hotspots | None = None,
    units: Sequence[Unit] | None = None,
) -> ShiftProblem:
    """The problem of a shift as things stand: units, bases, hotspots, streets.

    ``weights`` and ``units`` are tried instead of those there are.
    """
    config = services.config
    units = services.units.list_units() if units is None else units
    if not units:
        raise PlanError("no units to plan for: import units first (patrol import units FILE)")
    hours = _hours(start, end, config)
    modes = sorted({unit.mode for unit in units})
    made = build_map(services, start, weights=weights)
    hotspots = pick_hotspots(made, made.hotspots.count, seed, hours=hours)
    return make_shift_problem(
        ShiftInput(
            shift=config.shifts[name],
            start=start,
            end=end,
            units=units,
            bases=services.bases.list_bases(),
            hotspots=hotspots,
            sites={site.id: site for site in services.sites.list_sites()},
            graphs=travel_graphs(services, modes),
            bands=band_graphs(services, modes, start, end),
            routing=config.routing,
            zone=config.county.zone,
        )
    )


def _hours(start: datetime, end: datetime, config: Config) -> list[int]:
    zone = config.county.zone
    # By the minute: a shift of 07:30 to 11:30 touches five hours, and a site may open in the last.
    minutes = round((end - start).total_seconds()) // 60
    found = ((start + timedelta(minutes=i)).astimezone(zone).hour for i in range(minutes))
    return list(dict.fromkeys(found))


def _resolve(config: Config, request: PlanRequest) -> _Resolved:
    if request.shift not in config.shifts:
        raise InputError(f"shift must be one of {', '.join(config.shifts)}, got {request.shift}")
    start, end = shift_times(config.shifts[request.shift], request.on, config.county.zone)
    return _Resolved(
        shift=request.shift,
        on=request.on,
        start=start,
        end=end,
        seconds=request.seconds if request.seconds is not None else config.routing.seconds,
        seed=request.seed if request.seed is not None else 0,
        engine=request.engine or config.routing.engine,
    )


def _make_plan(
    services: Services, asked: _Resolved, shift: ShiftProblem, choice: Choice, wishes: Wishes
) -> Plan:
    solution, value = choice.taken.solution, choice.taken.value
    routing = services.config.routing
    verdict = check_solution(shift.problem, solution, value.total)
    if not verdict.ok:
        # An engine that breaks a rule is our fault; the plan is kept so that it can be looked at,
        # and nobody can publish it by mistake because the page shows the verdict.
        log.error("plan breaks %d rules: %s", len(verdict.broken), verdict.broken[:5])
    bound = find_bound(shift.problem, value.cover, routing.bound_seconds)
    passes, wrong = note_passes(shift, solution, routing.pass_cover_min)
    if wrong:
        log.error("plan tells its passes wrong: %s", wrong)
        verdict = replace(verdict, broken=(*verdict.broken, *wrong))
    quality = make_quality(
        shift,
        solution,
        value,
        Asked(routing.response_min, routing.response_shares, wishes.town_least),
        Found(bound, choice, len(wishes.days)),
    )
    made = services.clock()
    return Plan(
        id=_plan_id(asked, made),
        shift=asked.shift,
        on=asked.on,
        start=asked.start,
        end=asked.end,
        engine=asked.engine,
        seed=asked.seed,
        made=made,
        value=value.cover,
        coverage_share=value.share,
        bound=bound.cover,
        routes=make_routes(shift, solution, value),
        unserved=(*shift.unserved, *_unserved(shift, solution, value)),
        verdict=verdict,
        left_out=shift.left_out,
        shares=shares_of(shift, solution, value),
        quality=replace(quality, passes=passes),
    )


def _plan_id(asked: _Resolved, made: datetime) -> str:
    """Readable and new for every run: shift, day, and the moment it was made in milliseconds."""
    return f"{asked.shift}-{asked.on:%Y%m%d}-{round(made.timestamp() * 1000):x}"


def _unserved(shift: ShiftProblem, solution: Solution, value: Value) -> list[Unserved]:
    problem = shift.problem
    visited = {stop.hotspot for route in solution.routes for stop in route.stops}
    able = [bool(units.any()) for units in problem.allowed().T]
    # A place without weight or duty in this shift lacks nothing when nobody comes.
    wanted = (problem.hotspots.cumulative[:, -1] > 0).tolist()
    due = set(problem.duties.hotspot.tolist())
    found = [
        Unserved(spot.id, spot.name, "no_capacity" if able[h] else "no_unit")
        for h, spot in enumerate(shift.hotspots)
        if h not in visited and (wanted[h] or h in due)
    ]
    soonest = _soonest(problem)
    for j, h in enumerate(problem.duties.hotspot.tolist()):
        spot = shift.hotspots[h]
        if value.duties_met[j]:
            continue
        if soonest[h] >= problem.duties.close_s[j]:
            found.append(Unserved(spot.id, spot.name, "window_tight", duty_window(shift, j)))
        elif h in visited:
            found.append(Unserved(spot.id, spot.name, "window_missed", duty_window(shift, j)))
    return found


def _soonest(problem: Problem) -> Ints:
    """When the first able unit can be at each hotspot, seconds from the start of the shift."""
    fleet, allowed = problem.fleet, problem.allowed()
    ways = [
        problem.travel.arrivals_s(mode, start, problem.hotspots.place, np.array(start_s))
        for mode, start, start_s in zip(
            fleet.mode.tolist(), fleet.start.tolist(), fleet.start_s.tolist(), strict=True
        )
    ]
    there = np.where(allowed, np.reshape(ways, allowed.shape), UNREACHABLE_S)
    return np.asarray(there.min(axis=0, initial=UNREACHABLE_S), np.int32)
