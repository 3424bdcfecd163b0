"""Fairness: how evenly published plans loaded the units of a mode over a period."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from patrol.model.plan import Leg, Route
from patrol.model.quality import NIGHT
from patrol.model.report import Cell, Column, Measure, Report, ReportName
from patrol.model.unit import Mode
from patrol.usecase.services import Services

COLUMNS = (
    Column("mode", Measure.WORD),
    Column("units", Measure.COUNT),
    Column("shifts", Measure.COUNT),
    Column("active_least_h", Measure.HOURS),
    Column("active_mean_h", Measure.HOURS),
    Column("active_most_h", Measure.HOURS),
    Column("active_apart", Measure.SHARE),
    Column("way_least_km", Measure.KM),
    Column("way_mean_km", Measure.KM),
    Column("way_most_km", Measure.KM),
    Column("way_apart", Measure.SHARE),
    Column("night_least", Measure.SHARE),
    Column("night_mean", Measure.SHARE),
    Column("night_most", Measure.SHARE),
)


@dataclass(slots=True)
class Load:
    """What plans asked of one unit: shifts, active time (ways and stops), the night's part, way."""

    shifts: int = 0
    active_s: float = 0.0
    night_s: float = 0.0
    distance_m: float = 0.0

    def add(self, route: Route, zone: ZoneInfo) -> None:
        """Add a route; a unit without a stop was on duty and had nothing to do."""
        self.shifts += 1
        if not route.visits:
            return
        self.distance_m += route.distance_m
        for begin, end in active_spans(route):
            self.active_s += (end - begin).total_seconds()
            self.night_s += night_s(begin, end, zone)

    @property
    def night_share(self) -> float:
        """Part of the active time that lies at night, in [0, 1]."""
        return self.night_s / self.active_s if self.active_s > 0 else 0.0


def report_fairness(services: Services, start: datetime, end: datetime) -> Report:
    """Load by unit over the published plans of ``[start, end)``: least, mean and most by mode."""
    zone = services.config.county.zone
    loads: defaultdict[Mode, defaultdict[str, Load]] = defaultdict(lambda: defaultdict(Load))
    for plan in services.plans.list_published(start, end):
        for route in plan.routes:
            loads[route.mode][route.unit_id].add(route, zone)
    rows = tuple(
        (mode.value, *spread_cells(list(loads[mode].values()))) for mode in Mode if loads[mode]
    )
    notes = () if rows else ("plan_none",)
    return Report(ReportName.FAIRNESS, start, end, COLUMNS, rows, notes)


def active_spans(route: Route) -> list[tuple[datetime, datetime]]:
    """When the unit is on its way or at a stop; waiting and the break are not active."""
    spans: list[tuple[datetime, datetime]] = []
    for visit in route.visits:
        stay_end = visit.arrive + timedelta(seconds=visit.dwell_s)
        spans.append((visit.arrive - _travel(visit.leg), stay_end))
    spans.append((route.end - _travel(route.back), route.end))
    return spans


def _travel(leg: Leg) -> timedelta:
    return timedelta(seconds=leg.travel_s)


def night_s(begin: datetime, end: datetime, zone: ZoneInfo) -> float:
    """Seconds of ``[begin, end)`` between 22:00 and 06:00 local."""
    day = begin.astimezone(zone).date() - timedelta(days=1)
    total = 0.0
    while (opens := datetime.combine(day, NIGHT[0], zone)) < end:
        closes = datetime.combine(day + timedelta(days=1), NIGHT[1], zone)
        total += max(0.0, (min(end, closes) - max(begin, opens)).total_seconds())
        day += timedelta(days=1)
    return total


def spread_cells(loads: Sequence[Load]) -> tuple[Cell, ...]:
    """The cells of one mode; ``apart`` is (most - least) / mean, unknown where nothing was done."""
    active = _ends(loads, lambda load: load.active_s / 3_600)
    way = _ends(loads, lambda load: load.distance_m / 1_000)
    night = _ends(loads, lambda load: load.night_share)
    shifts = sum(load.shifts for load in loads)
    return (len(loads), shifts, *active, _apart(active), *way, _apart(way), *night)


def _ends(loads: Sequence[Load], what: Callable[[Load], float]) -> tuple[float, float, float]:
    values = [what(load) for load in loads]
    return min(values), sum(values) / len(values), max(values)


def _apart(ends: tuple[float, float, float]) -> float | None:
    least, mean, most = ends
    return (most - least) / mean if mean > 0 else None
