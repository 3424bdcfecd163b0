"""What drafted weights would do to the next shift: plan it twice and tell the difference.

Nothing is kept and nobody sees the plans: they only answer how coverage, distance and presence in
the towns would move. Both are searched by the same engine, seed and time.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from patrol.config.schema import Hotspots
from patrol.model.errors import InputError
from patrol.routing.engine import Search
from patrol.routing.engine.local import LocalEngine, compile_kernels
from patrol.routing.problem import Solution
from patrol.routing.value import plan_value
from patrol.usecase.hotspot_map import build_map
from patrol.usecase.plan_routes import make_routes
from patrol.usecase.plan_shift import PlanProgress, Watch, check_found, load_shift
from patrol.usecase.services import Services
from patrol.usecase.shift_problem import ShiftProblem, shift_times

SECONDS = (1.0, 60.0)
_SEED = 0


@dataclass(frozen=True, slots=True)
class PlanTrial:
    """The shift to plan with either weights, and how long each search may take."""

    saved: Hotspots
    draft: Hotspots
    shift: str
    on: date
    seconds: float

    def __post_init__(self) -> None:
        low, high = SECONDS
        if not low <= self.seconds <= high:
            raise InputError(f"seconds must be in [{low:g}, {high:g}], got {self.seconds:g}")


def try_plan(services: Services, trial: PlanTrial, progress: Watch) -> dict[str, Any]:
    """Plan the shift with the saved and with the drafted weights.

    Raises
    ------
    InputError
        If there is no such shift, or the trial was stopped.
    PlanError
        If no plan exists: no units, no hotspots, none reachable.
    """
    config = services.config
    if trial.shift not in config.shifts:
        known = ", ".join(config.shifts)
        raise InputError(f"shift must be one of {known}, got {trial.shift}")
    start, end = shift_times(config.shifts[trial.shift], trial.on, config.county.zone)
    progress(PlanProgress(0.0, 0.0, "kernels"))
    compile_kernels()
    found: dict[str, dict[str, Any]] = {}
    visited: dict[str, set[int]] = {}
    for part, (name, weights) in enumerate((("saved", trial.saved), ("draft", trial.draft))):
        base = 0.05 + 0.47 * part
        _watched(progress, PlanProgress(base, 0.0, name))
        shift = load_shift(services, trial.shift, start, end, _SEED, weights=weights)
        solution = LocalEngine().solve(
            shift.problem,
            Search(trial.seconds, _SEED),
            _within(progress, base, 0.47, name),
        )
        check_found(solution, "local", trial.seconds)
        found[name] = _figures(shift, solution)
        visited[name] = _segments(shift, solution)
    hours = [
        hour.astimezone(config.county.zone).hour
        for hour in (start + (end - start) * step / 8 for step in range(8))
    ]
    drafted = build_map(services, start, weights=trial.draft).hour_weights[:, hours].mean(axis=1)
    total = float(drafted.sum()) or 1.0
    for name, segments in visited.items():
        # Both plans on one map: would today's routes do for what is now asked for?
        found[name]["draft_map_share"] = round(float(drafted[sorted(segments)].sum()) / total, 4)
    _watched(progress, PlanProgress(1.0, 0.0, "done"))
    same = len(visited["saved"] & visited["draft"]) / max(1, len(visited["draft"]))
    return {
        "shift": trial.shift,
        "on": trial.on.isoformat(),
        "seconds": trial.seconds,
        "same_places_share": round(same, 4),
        **found,
    }


def _watched(progress: Watch, step: PlanProgress) -> None:
    if not progress(step):
        raise InputError("the trial was stopped")


def _within(progress: Watch, base: float, part: float, name: str) -> Any:
    def told(share: float, value: float) -> bool:
        return progress(PlanProgress(base + part * share, value, name))

    return told


def _figures(shift: ShiftProblem, solution: Solution) -> dict[str, Any]:
    value = plan_value(shift.problem, solution)
    routes = make_routes(shift, solution, value)
    towns = {spot.id: spot.town_id for spot in shift.hotspots}
    dwell_s: dict[str, int] = defaultdict(int)
    stops: dict[str, int] = defaultdict(int)
    distance_m = 0.0
    for route in routes:
        distance_m += route.back.distance_m
        for visit in route.visits:
            town = towns.get(visit.hotspot_id) or ""
            dwell_s[town] += visit.dwell_s
            stops[town] += 1
            distance_m += visit.leg.distance_m
    return {
        "coverage_share": round(value.share, 4),
        "distance_m": round(distance_m),
        "visits": int(sum(stops.values())),
        "places": len({visit.hotspot_id for route in routes for visit in route.visits}),
        "dwell_s": int(sum(dwell_s.values())),
        "towns": {town: {"dwell_s": dwell_s[town], "visits": stops[town]} for town in dwell_s},
    }


def _segments(shift: ShiftProblem, solution: Solution) -> set[int]:
    seen = {stop.hotspot for route in solution.routes for stop in route.stops}
    segments = np.array([shift.hotspots[index].segment for index in sorted(seen)])
    return {int(one) for one in segments if one >= 0}
