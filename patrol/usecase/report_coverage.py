"""Coverage: what was planned at the hotspots, and what was really done there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from patrol.live.visibility import wilson_share
from patrol.model.fix import Pass
from patrol.model.plan import Plan, Visit
from patrol.model.report import COUNTY, Cell, Column, Measure, Report, ReportName
from patrol.usecase.report_towns import TownList, list_towns
from patrol.usecase.services import Services

LENIENCE = timedelta(minutes=30)
"""A visit counts as done where the unit was there at most this long before or after its time:
windows, not minutes, are promised, and calls come first."""

COLUMNS = (
    Column("town_id", Measure.TEXT),
    Column("town", Measure.TEXT),
    Column("visits_planned", Measure.COUNT),
    Column("visits_done", Measure.COUNT),
    Column("done_share", Measure.SHARE),
    Column("done_low", Measure.SHARE),
    Column("done_high", Measure.SHARE),
    Column("hours_planned", Measure.HOURS),
    Column("hours_present", Measure.HOURS),
    Column("hotspots_planned", Measure.COUNT),
    Column("hotspots_seen", Measure.COUNT),
    Column("gap_median_min", Measure.MINUTES),
    Column("cover_share", Measure.SHARE),
    Column("under_least", Measure.COUNT),
)


@dataclass(slots=True)
class _Sum:
    """One town's figures while they are added up."""

    planned: int = 0
    done: int = 0
    planned_s: float = 0.0
    present_s: float = 0.0
    hotspots: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    gaps_min: list[float] = field(default_factory=list)
    cover: float = 0.0
    under_least: int = 0

    def cells(self, cover: float) -> tuple[Cell, ...]:
        """``cover`` is that of all towns."""
        share = wilson_share(self.done, self.planned)
        known = self.planned > 0
        return (
            self.planned,
            self.done,
            share.share if known else None,
            share.low if known else None,
            share.high if known else None,
            self.planned_s / 3_600,
            self.present_s / 3_600,
            len(self.hotspots),
            len(self.seen),
            float(np.median(self.gaps_min)) if self.gaps_min else None,
            self.cover / cover if cover > 0 else None,
            self.under_least,
        )


def report_coverage(services: Services, start: datetime, end: datetime) -> Report:
    """Visits that published plans wanted in ``[start, end)`` and that are due by now."""
    until = min(end, services.clock())
    towns = list_towns(services)
    sums: defaultdict[str, _Sum] = defaultdict(_Sum)
    plans = 0
    for plan in services.plans.list_published(start, end):
        plans += 1
        passes = services.passes.list_passes(plan.start - LENIENCE, plan.end + LENIENCE)
        add_plan(sums, towns, plan, passes, (start, until))
        add_shares(sums, plan)
    cover = sums[COUNTY].cover
    rows = tuple((*towns.head(town_id), *sums[town_id].cells(cover)) for town_id in towns.ids)
    notes = () if plans else ("plan_none",)
    return Report(ReportName.COVERAGE, start, end, COLUMNS, rows, notes)


def add_plan(
    sums: Mapping[str, _Sum],
    towns: TownList,
    plan: Plan,
    passes: Sequence[Pass],
    period: tuple[datetime, datetime],
) -> None:
    """Add one plan's visits that are due within the period, and what was seen at its hotspots."""
    start, until = period
    by_spot: defaultdict[str, list[Pass]] = defaultdict(list)
    for one in passes:
        by_spot[one.hotspot_id].append(one)
    wanted: set[str] = set()
    for route in plan.routes:
        for visit in route.visits:
            if not (start <= visit.arrive and visit.arrive + stay(visit) <= until):
                continue
            wanted.add(visit.hotspot_id)
            done = any(
                one.unit_id == route.unit_id and _in_time(one, visit)
                for one in by_spot[visit.hotspot_id]
            )
            for total in _of(sums, towns, visit.hotspot_id):
                total.planned += 1
                total.done += done
                total.planned_s += visit.dwell_s
                total.hotspots.add(visit.hotspot_id)
    for hotspot_id in wanted:
        here = [
            (max(one.start, start), min(one.end, until))
            for one in by_spot[hotspot_id]
            if one.start < until and one.end >= start
        ]
        for total in _of(sums, towns, hotspot_id):
            total.present_s += sum(max(0.0, (last - first).total_seconds()) for first, last in here)
            total.seen |= {hotspot_id} if here else set()
            total.gaps_min.extend(gaps_min(here))


def add_shares(sums: Mapping[str, _Sum], plan: Plan) -> None:
    """Add what a plan is worth by town, and where a town stays under its least share of it."""
    sums[COUNTY].cover += plan.value
    for key, share in plan.shares.items():
        kind, _, town_id = key.partition(":")
        if kind == "town" and town_id:
            sums[town_id].cover += share * plan.value
    for town_id in plan.quality.town_shortfalls:
        sums[town_id].under_least += 1
    sums[COUNTY].under_least += bool(plan.quality.town_shortfalls)


def stay(visit: Visit) -> timedelta:
    """How long the visit was to last."""
    return timedelta(seconds=visit.dwell_s)


def _in_time(one: Pass, visit: Visit) -> bool:
    return one.start < visit.arrive + stay(visit) + LENIENCE and one.end >= visit.arrive - LENIENCE


def _of(sums: Mapping[str, _Sum], towns: TownList, hotspot_id: str) -> list[_Sum]:
    town_id = towns.of_hotspot.get(hotspot_id)
    return [sums[COUNTY]] if town_id is None else [sums[town_id], sums[COUNTY]]


def gaps_min(stays: Iterable[tuple[datetime, datetime]]) -> list[float]:
    """Minutes from the end of one presence to the next beginning; overlapping ones are one."""
    gaps: list[float] = []
    left: datetime | None = None
    for first, last in sorted(stays):
        if left is not None and first > left:
            gaps.append((first - left).total_seconds() / 60)
        left = last if left is None else max(left, last)
    return gaps
