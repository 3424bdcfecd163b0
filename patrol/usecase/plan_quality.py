"""What a plan is like beside its value, in words and ids that pages and reports show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan

import numpy as np

from patrol.model.quality import (
    NIGHT,
    BoundNote,
    ChoiceNote,
    LoadSpread,
    Quality,
    ResponseGap,
    ResponseNote,
    UnitLoad,
)
from patrol.routing.bound import Bound
from patrol.routing.fairness import Loads, shares_by, shortfalls, spreads, unit_loads
from patrol.routing.problem import MODES, UNREACHABLE_S, Solution
from patrol.routing.randomise import Choice
from patrol.routing.response import Response, check_response, classes
from patrol.routing.value import Value
from patrol.usecase.shift_problem import ShiftProblem

MOST_GAPS = 60
"""Response gaps kept with a plan: the longest; how many there are is kept as well."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the county asks of a plan: response rings and classes, least shares of towns."""

    rings_min: tuple[int, int, int]
    class_shares: tuple[float, float]
    town_least: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the search found beside the plan; ``days`` an observer had seen."""

    bound: Bound
    choice: Choice
    days: int


def night_spans(shift: ShiftProblem) -> list[tuple[int, int]]:
    """Parts of the shift that are night, in seconds from its start."""
    local = shift.start.astimezone(shift.zone)
    length_s = round((shift.end - shift.start).total_seconds())
    found: list[tuple[int, int]] = []
    for day in (-1, 0, 1):
        on = local.date() + timedelta(days=day)
        opens = datetime.combine(on, NIGHT[0], tzinfo=shift.zone)
        closes = datetime.combine(on + timedelta(days=1), NIGHT[1], tzinfo=shift.zone)
        a = max(0, round((opens - shift.start).total_seconds()))
        b = min(length_s, round((closes - shift.start).total_seconds()))
        if b > a:
            found.append((a, b))
    return found


def towns_of(shift: ShiftProblem) -> list[str]:
    """Town of each hotspot, "" where it is in none."""
    return [spot.town_id or "" for spot in shift.hotspots]


def response_classes(
    shift: ShiftProblem, shares: tuple[float, float]
) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Response class of each hotspot: the heaviest of the shift first."""
    return classes(shift.problem.hotspots.cumulative[:, -1], shares).reshape(-1)


def rings_s(rings_min: tuple[int, int, int]) -> tuple[int, int, int]:
    """Rings in seconds."""
    return (rings_min[0] * 60, rings_min[1] * 60, rings_min[2] * 60)


def make_quality(
    shift: ShiftProblem,
    solution: Solution,
    value: Value,
    asked: Asked,
    found: Found | None = None,
) -> Quality:
    """All notes on a plan; without ``found`` where there was no bound and no choice (re-plans)."""
    loads = unit_loads(shift.problem, solution, night_spans(shift))
    response = check_response(
        shift.problem,
        solution,
        response_classes(shift, asked.class_shares),
        rings_s(asked.rings_min),
    )
    towns = shares_by(towns_of(shift), value.by_hotspot)
    return Quality(
        bound=BoundNote() if found is None else _bound(found.bound),
        loads=_loads(shift, loads),
        spreads=tuple(
            LoadSpread(MODES[one.mode], one.what, one.least, one.mean, one.most, one.apart_share)
            for one in spreads(shift.problem, loads)
        ),
        response=_response(shift, response, asked.rings_min),
        choice=None if found is None else _choice(found.choice, found.days),
        values=_values(shift, solution, value),
        town_shortfalls=shortfalls(towns, asked.town_least),
        explored=sum(
            shift.hotspots[stop.hotspot].explored
            for route in solution.routes
            for stop in route.stops
        ),
    )


def _bound(bound: Bound) -> BoundNote:
    return BoundNote(bound.method, bound.rounds, round(bound.cpu_s, 2))


def _loads(shift: ShiftProblem, loads: Loads) -> tuple[UnitLoad, ...]:
    return tuple(
        UnitLoad(unit.id, unit.mode, round(active), round(meters), round(night))
        for unit, active, meters, night in zip(
            shift.units,
            loads.active_s.tolist(),
            loads.distance_m.tolist(),
            loads.night_s.tolist(),
            strict=True,
        )
    )


def _response(
    shift: ShiftProblem, response: Response, rings_min: tuple[int, int, int]
) -> ResponseNote:
    gaps = sorted(response.gaps(), key=lambda gap: (gap.begin_s - gap.end_s, gap.hotspot))
    return ResponseNote(
        kept_share=response.kept_share,
        missed=response.missed,
        by_class=tuple(None if isnan(share) else share for share in response.by_class),
        rings_min=rings_min,
        gaps=tuple(
            ResponseGap(
                hotspot_id=shift.hotspots[gap.hotspot].id,
                name=shift.hotspots[gap.hotspot].name,
                begin=shift.start + timedelta(seconds=gap.begin_s),
                end=min(shift.end, shift.start + timedelta(seconds=gap.end_s)),
                limit_s=gap.limit_s,
                best_s=gap.best_s if gap.best_s < UNREACHABLE_S else None,
            )
            for gap in gaps[:MOST_GAPS]
        ),
        gaps_total=len(gaps),
    )


def _choice(choice: Choice, days: int) -> ChoiceNote:
    return ChoiceNote(
        tried=choice.tried,
        near=choice.near,
        cost_share=choice.cost_share,
        days=days,
        hit_rate=choice.taken.seen.hit_rate,
        chance=choice.taken.seen.chance,
    )


def _values(shift: ShiftProblem, solution: Solution, value: Value) -> dict[str, float]:
    """Value by town and by mode; a place's cover is split over its stops by what each is missed."""
    found: dict[str, float] = {}
    for town, worth in zip(towns_of(shift), value.by_hotspot.tolist(), strict=True):
        if worth > 0:
            found[f"town:{town}"] = found.get(f"town:{town}", 0.0) + worth
    missed: dict[str, float] = {}
    for unit, route in enumerate(solution.routes):
        key = f"mode:{MODES[shift.problem.fleet.mode[unit]]}"
        own = float(value.by_stop[unit][: len(route.stops)].sum())
        missed[key] = missed.get(key, 0.0) + own
    whole = sum(missed.values())
    if whole > 0:
        found |= {key: part / whole * value.cover for key, part in missed.items()}
    return found
