"""The exposure report: hours of presence by town, per resident and per public incident."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from patrol.hotspot.exposure import Spread, TownExposure, measure_spread
from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.fix import Pass
from patrol.model.incident import Source
from patrol.read.towns import TownIndex
from patrol.usecase.services import Services

_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Period:
    """Aware times ``[start, end)`` and the period ``[before_start, start)`` it is compared with."""

    start: datetime
    end: datetime
    before_start: datetime

    def __post_init__(self) -> None:
        check_aware(self.start, "start of the exposure report")
        check_aware(self.end, "end of the exposure report")
        if self.end <= self.start:
            raise InputError(
                f"the exposure report must end after its start, got {self.start} to {self.end}"
            )
        if self.end - self.start > _LONGEST:
            raise InputError(
                f"the exposure report must cover at most {_LONGEST.days} days, "
                f"got {self.start} to {self.end}"
            )

    @property
    def length_ratio(self) -> float:
        """Length of the period over that of the one before."""
        return (self.end - self.start) / (self.start - self.before_start)


def days_period(first: date, end: date, zone: ZoneInfo) -> Period:
    """Local days ``[first, end)``, compared with as many days before them.

    Raises
    ------
    InputError
        If there is no day, or there are more than a year's.
    """
    before = first - max(end - first, timedelta(days=1))
    return Period(_midnight(first, zone), _midnight(end, zone), _midnight(before, zone))


def quarter_period(text: str, zone: ZoneInfo, now: datetime) -> Period:
    """A calendar quarter such as ``2026Q4``, compared with the quarter before it.

    A quarter that is not over ends at ``now``, and is compared with the whole one before, by day.

    Raises
    ------
    InputError
        If the text is no quarter, or the quarter has not begun.
    """
    found = _QUARTER.fullmatch(text.strip())
    if found is None:
        raise InputError(f"a quarter must be given as 2026Q4, got {text!r}")
    year, number = int(found[1]), int(found[2])
    if year < 2:
        raise InputError(f"a quarter must be given as 2026Q4, got {text!r}")
    start, end = (_quarter_start(year, number + step, zone) for step in (0, 1))
    if start >= now:
        raise InputError(f"quarter {text} has not begun yet")
    return Period(start, min(end, now), _quarter_start(year, number - 1, zone))


def quarter_name(at: datetime, zone: ZoneInfo) -> str:
    """The quarter of a time, as ``2026Q4``."""
    local = at.astimezone(zone)
    return f"{local.year}Q{(local.month + 2) // 3}"


def _quarter_start(year: int, number: int, zone: ZoneInfo) -> datetime:
    months = 3 * (number - 1)
    return _midnight(date(year + months // 12, months % 12 + 1, 1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A figure in which one town is too far above the median town."""

    measure: str
    """``per_1000_residents`` or ``per_incident``."""
    town_id: str
    name: str
    ratio: float

    def __str__(self) -> str:
        what = {"per_1000_residents": "1,000 residents", "per_incident": "public incident"}
        return f"hours per {what[self.measure]}: {self.name} has {self.ratio:.1f} times the median"


@dataclass(frozen=True, slots=True)
class ExposureReport:
    """Presence by town in a period, how unequal it is, and where it is too much."""

    period: Period
    towns: tuple[TownExposure, ...]
    per_1000_residents: Spread
    per_incident: Spread
    limit_ratio: float
    alarms: tuple[Alarm, ...]
    hours_elsewhere: float
    """Presence at hotspots outside all towns."""


def report_exposure(services: Services, period: Period) -> ExposureReport:
    """Hours that units really spent at hotspots, by town, compared with the period before.

    Raises
    ------
    InputError
        If no towns are known.
    """
    towns = services.towns.list_towns()
    if not towns:
        raise InputError("no towns are known; import them with `patrol import towns FILE`")
    town_of = _hotspot_towns(services)
    now = _hours(services, town_of, period.start, period.end)
    before = _hours(services, town_of, period.before_start, period.start)
    incidents = Counter(
        incident.town_id
        for incident in services.incidents.list_incidents(period.start, period.end)
        if incident.source is not Source.PATROL
    )
    rows = tuple(
        TownExposure(
            town_id=town.id,
            name=town.name,
            hours=now[town.id],
            hours_before=before[town.id],
            residents=town.residents,
            incidents=incidents[town.id],
            length_ratio=period.length_ratio,
        )
        for town in towns
    )
    limit_ratio = services.config.county.exposure_ratio
    residents = measure_spread([row.per_1000_residents for row in rows])
    per_incident = measure_spread([row.per_incident for row in rows])
    return ExposureReport(
        period=period,
        towns=rows,
        per_1000_residents=residents,
        per_incident=per_incident,
        limit_ratio=limit_ratio,
        alarms=_alarms(rows, residents, per_incident, limit_ratio),
        hours_elsewhere=now[_ELSEWHERE],
    )


_ELSEWHERE = ""


def _hotspot_towns(services: Services) -> dict[str, str]:
    """The town of every street segment and key site, by hotspot id."""
    found = {
        f"site:{site.id}": site.town_id
        for site in services.sites.list_sites()
        if site.town_id is not None
    }
    network = services.streets.find_network()
    if network is not None:
        middle = network.midpoints()
        towns = TownIndex(services.towns.list_towns()).find_towns(middle[:, 0], middle[:, 1])
        found |= {
            name: town for name, town in zip(network.seg_id, towns, strict=True) if town is not None
        }
    return found


def _hours(
    services: Services, town_of: dict[str, str], start: datetime, end: datetime
) -> defaultdict[str, float]:
    passes: Sequence[Pass] = services.passes.list_passes(start, end)
    hours: defaultdict[str, float] = defaultdict(float)
    for one in passes:
        inside_s = (min(one.end, end) - max(one.start, start)).total_seconds()
        hours[town_of.get(one.hotspot_id, _ELSEWHERE)] += max(0.0, inside_s) / 3_600
    return hours


def _alarms(
    rows: Sequence[TownExposure], residents: Spread, per_incident: Spread, limit_ratio: float
) -> tuple[Alarm, ...]:
    found: list[Alarm] = []
    for measure, spread in (("per_1000_residents", residents), ("per_incident", per_incident)):
        if spread.max_over_median is not None and spread.is_alarming(limit_ratio):
            highest = max(rows, key=lambda row: getattr(row, measure) or 0.0)
            found.append(Alarm(measure, highest.town_id, highest.name, spread.max_over_median))
    return tuple(found)


def exposure_json(report: ExposureReport) -> dict[str, Any]:
    """The report as ``--json`` prints it."""
    return {
        "from": report.period.start,
        "to": report.period.end,
        "before_from": report.period.before_start,
        "limit_ratio": report.limit_ratio,
        "hours_elsewhere": round(report.hours_elsewhere, 2),
        "towns": [
            {
                "town_id": row.town_id,
                "name": row.name,
                "hours": round(row.hours, 2),
                "hours_before": round(row.hours_before, 2),
                "residents": row.residents,
                "incidents": row.incidents,
                "per_1000_residents": _rounded(row.per_1000_residents),
                "per_incident": _rounded(row.per_incident),
                "change_share": _rounded(row.change_share),
            }
            for row in report.towns
        ],
        "spread": {
            "per_1000_residents": _spread_json(report.per_1000_residents),
            "per_incident": _spread_json(report.per_incident),
        },
        "alarms": [
            {
                "measure": alarm.measure,
                "town_id": alarm.town_id,
                "name": alarm.name,
                "ratio": round(alarm.ratio, 2),
            }
            for alarm in report.alarms
        ],
        "warnings": [str(alarm) for alarm in report.alarms],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _spread_json(spread: Spread) -> dict[str, Any]:
    return {
        "towns": spread.towns,
        "max_over_median": _rounded(spread.max_over_median),
        "gini": round(spread.gini, 4),
        "lorenz": [round(share, 4) for share in spread.lorenz],
    }
