"""The exposure report: hours of presence by town, per resident and per public incident."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from patrol.hotspot.exposure import Spread, TownExposure, measure_spread
from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.fix import Pass
from patrol.model.incident import Source
from patrol.read.towns import TownIndex
from patrol.usecase.services import Services


@dataclass(frozen=True, slots=True)
class ExposureReport:
    """Presence by town in ``[start, end)``, and how unequal it is."""

    start: datetime
    end: datetime
    towns: tuple[TownExposure, ...]
    per_1000_residents: Spread
    per_incident: Spread
    warnings: tuple[str, ...]


def report_exposure(services: Services, start: datetime, end: datetime) -> ExposureReport:
    """Hours that units really spent at hotspots, by town, compared with the period before.

    Parameters
    ----------
    start, end
        Aware times; the period before is as long and ends at ``start``.

    Raises
    ------
    InputError
        If the period is empty or no towns are known.
    """
    check_aware(start, "start of the exposure report")
    check_aware(end, "end of the exposure report")
    if end <= start:
        raise InputError(f"the exposure report must end after its start, got {start} to {end}")
    towns = services.towns.list_towns()
    if not towns:
        raise InputError("no towns are known; import them with `patrol import towns FILE`")
    town_of = _hotspot_towns(services)
    now = _hours(services.passes.list_passes(start, end), town_of, start, end)
    before_start = start - (end - start)
    before = _hours(services.passes.list_passes(before_start, start), town_of, before_start, start)
    incidents = Counter(
        incident.town_id
        for incident in services.incidents.list_incidents(start, end)
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
        )
        for town in towns
    )
    residents = measure_spread([row.per_1000_residents for row in rows])
    per_incident = measure_spread([row.per_incident for row in rows])
    return ExposureReport(
        start, end, rows, residents, per_incident, _warnings(residents, per_incident)
    )


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
    passes: Sequence[Pass], town_of: dict[str, str], start: datetime, end: datetime
) -> defaultdict[str, float]:
    hours: defaultdict[str, float] = defaultdict(float)
    for one in passes:
        town = town_of.get(one.hotspot_id)
        if town is not None:
            inside_s = (min(one.end, end) - max(one.start, start)).total_seconds()
            hours[town] += max(0.0, inside_s) / 3_600
    return hours


def _warnings(residents: Spread, per_incident: Spread) -> tuple[str, ...]:
    named = (("1,000 residents", residents), ("public incident", per_incident))
    return tuple(
        f"hours per {what}: the highest town has {spread.max_over_median:.1f} times the median"
        for what, spread in named
        if spread.alarming
    )


def exposure_json(report: ExposureReport) -> dict[str, Any]:
    """The report as ``--json`` prints it."""
    return {
        "from": report.start,
        "to": report.end,
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
        "warnings": list(report.warnings),
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
