"""Import incidents: read, judge the data, leave out what planners chose, find towns, store."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from patrol.model.errors import InputError
from patrol.model.fault import Fault, FaultChoice
from patrol.model.incident import Incident
from patrol.model.mark import ExcludedPoint
from patrol.model.place import BBox, Place
from patrol.model.town import Ring, SiteKind
from patrol.read.columns import BAD_SHARE, Reading, check_bad_share
from patrol.read.faults import Landmark, find_faults
from patrol.read.incidents import IncidentOptions, read_incidents
from patrol.read.quality import (
    Quality,
    check_quality,
    incident_places,
    incident_rows,
    near_points,
)
from patrol.read.table import read_table
from patrol.read.towns import TownIndex
from patrol.store.database import Saved
from patrol.store.marks import ExclusionStore
from patrol.store.quality import FaultStore, ImportReport, ImportReportStore
from patrol.usecase.import_result import ImportResult
from patrol.usecase.services import Services

EXCLUDE_RADIUS_M = 30.0
"""Register points repeat exactly; this much allows for another register's rounding."""
STORED = "stored"
"""Source of a report about what is in the database already."""
_LANDMARK_KINDS = frozenset({SiteKind.HOSPITAL, SiteKind.GOVERNMENT, SiteKind.STATION})
_COURT_WORDS = ("法院", "法庭", "court")
_KEPT_REFUSALS = 50


@dataclass(frozen=True, slots=True)
class IncidentImport:
    """A file of incidents, how to read it, and what the planner decided about it.

    ``exclude`` names points by address or as ``LON,LAT``, ``leave_out`` faults whose rows are left
    out, ``take_in`` faults whose rows count again; all are remembered. ``check_only`` reports and
    stores nothing but the report. ``actor`` is named in the report.
    """

    path: Path
    options: IncidentOptions
    allow_bad_share: float = BAD_SHARE
    exclude: tuple[str, ...] = ()
    leave_out: frozenset[Fault] = frozenset()
    take_in: frozenset[Fault] = frozenset()
    check_only: bool = False
    actor: str = ""

    def __post_init__(self) -> None:
        both = self.leave_out & self.take_in
        if both:
            raise InputError(f"{min(both)} cannot be left out and taken in at once")


def import_incidents(services: Services, request: IncidentImport) -> ImportResult:
    """Import a file of incidents; a second import of the same file adds nothing.

    Raises
    ------
    InputError
        If the file cannot be read, holds persons, has too many bad rows, or an excluded point is
        not in it. Nothing is imported then.
    """
    reading = read_incidents(read_table(request.path), request.options)
    check_bad_share(reading, request.allow_bad_share)
    zone, area = request.options.zone, _area(services)
    quality = check_quality(reading, zone, area, find_landmarks(services))
    points = ExclusionStore(services.db)
    chosen = [find_point(reading, text, services) for text in request.exclude]
    excluded = (*points.list_points(), *chosen)
    remembered = {choice.fault for choice in FaultStore(services.db).list_choices()}
    faults = (remembered | request.leave_out) - request.take_in
    kept, left_out = _leave_out(reading, excluded, faults, request, area)
    saved = Saved()
    if not request.check_only:
        points.save_points(chosen)
        remember_faults(services, request)
        saved = services.incidents.add_incidents(_with_towns(services, kept))
    result = ImportResult(
        what="incidents",
        file=reading.file,
        read=reading.read,
        kept=len(kept),
        refused=reading.refused,
        duplicates=reading.duplicates,
        excluded=sum(left_out.values()),
        saved=saved,
        warnings=reading.warnings + _still_of_interest(quality, excluded),
        quality=quality_json(quality),
        left_out=left_out,
    )
    keep_report(services, result, str(request.options.source), request)
    return result


def remember_faults(services: Services, request: IncidentImport) -> None:
    """Keep what the planner chose about faults for every later import, and for the map."""
    store = FaultStore(services.db)
    for fault in request.leave_out:
        store.leave_out(FaultChoice(fault, services.clock(), request.actor))
    for fault in request.take_in:
        store.take_in(fault)


def check_stored(services: Services, actor: str = "") -> ImportResult:
    """Report on the incidents that are in the database already; changes nothing but the reports."""
    values = tuple(reversed(services.incidents.list_incidents()))
    if not values:
        raise InputError("no incidents are stored; import them with `patrol import incidents`")
    reading = Reading(STORED, len(values), values)
    zone = services.config.county.zone
    quality = check_quality(reading, zone, _area(services), find_landmarks(services))
    excluded = ExclusionStore(services.db).list_points()
    result = ImportResult(
        what="incidents",
        file=STORED,
        read=len(values),
        kept=len(values),
        refused=(),
        duplicates=0,
        excluded=0,
        saved=Saved(unchanged=len(values)),
        warnings=_still_of_interest(quality, excluded),
        quality=quality_json(quality),
    )
    keep_report(services, result, STORED, actor=actor)
    return result


def keep_report(
    services: Services,
    result: ImportResult,
    source: str,
    request: IncidentImport | None = None,
    *,
    actor: str = "",
) -> None:
    """Keep what an import found, for the page of data quality."""
    at = services.clock()
    body: dict[str, Any] = {
        "read": result.read,
        "kept": result.kept,
        "refused": len(result.refused),
        "refusals": [str(refusal) for refusal in result.refused[:_KEPT_REFUSALS]],
        "duplicates": result.duplicates,
        "left_out": result.left_out,
        "added": result.saved.added,
        "known": result.saved.unchanged,
        "checked_only": request is not None and request.check_only,
        "warnings": list(result.warnings),
        "quality": result.quality,
    }
    who = actor if request is None else request.actor
    ImportReportStore(services.db).save_report(
        ImportReport(f"{at:%Y%m%dT%H%M%S%f}", at, who, result.file, source, body)
    )


def _area(services: Services) -> BBox | None:
    network = services.streets.find_network()
    return network.bbox if network is not None and network.segment_count else None


def quality_json(quality: Quality) -> dict[str, object]:
    """The report as JSON shows it."""
    return asdict(quality)


def find_point(reading: Reading[Incident], text: str, services: Services) -> ExcludedPoint:
    """The point that ``LON,LAT`` or an address stands for.

    Raises
    ------
    InputError
        If no row has that address, or it has no place.
    """
    lon_text, _, lat_text = text.partition(",")
    try:
        place = Place(float(lon_text), float(lat_text))
    except ValueError:
        pass
    else:
        return ExcludedPoint(place, EXCLUDE_RADIUS_M, text, services.clock())
    wanted = text.strip().casefold()
    places = [
        value.place
        for value in reading.values
        if value.place is not None and value.address.casefold() == wanted
    ]
    if not places:
        raise InputError(
            f"--exclude-point must be LON,LAT or an address in {reading.file}, got {text!r}"
        )
    (commonest, _), *_ = Counter(places).most_common(1)
    return ExcludedPoint(commonest, EXCLUDE_RADIUS_M, text, services.clock())


def _leave_out(
    reading: Reading[Incident],
    excluded: Sequence[ExcludedPoint],
    faults: Collection[Fault],
    request: IncidentImport,
    area: BBox | None,
) -> tuple[list[Incident], dict[str, int]]:
    """What is kept, and how many rows are left out why; each row counts for one reason."""
    values = reading.values
    rows = incident_rows(values)
    out = near_points(rows.lon, rows.lat, [(point.place, point.radius_m) for point in excluded])
    counts = {"point": int(out.sum())}
    found = find_faults(rows, request.options.zone, area) if faults else {}
    for fault in sorted(faults):
        more = found[fault] & ~out
        counts[fault.value] = int(more.sum())
        out |= more
    kept = [value for value, gone in zip(values, out.tolist(), strict=True) if not gone]
    return kept, {reason: count for reason, count in counts.items() if count}


def _with_towns(services: Services, values: Sequence[Incident]) -> list[Incident]:
    towns = services.towns.list_towns()
    if not towns or not values:
        return list(values)
    found = TownIndex(towns).find_towns(*incident_places(values))
    return [
        replace(value, town_id=town_id) if town_id is not None else value
        for value, town_id in zip(values, found, strict=True)
    ]


def find_landmarks(services: Services) -> list[Landmark]:
    """Places that registers write where the real one is unknown."""
    found = [Landmark(base.name, base.place, "base") for base in services.bases.list_bases()]
    found.extend(
        Landmark(site.name, site.place, _landmark_kind(site.kind, site.name))
        for site in services.sites.list_sites()
        if site.kind in _LANDMARK_KINDS
    )
    for town in services.towns.list_towns():
        largest = max((polygon[0] for polygon in town.polygons), key=_ring_area)
        found.append(Landmark(town.name, _ring_center(largest), "center"))
    return found


def _landmark_kind(kind: SiteKind, name: str) -> str:
    """The site's kind; a court is a government site by its name."""
    return "court" if any(word in name.casefold() for word in _COURT_WORDS) else kind.value


def _ring_area(ring: Ring) -> float:
    lon, lat = np.array(ring).T
    return abs(float(lon[:-1] @ lat[1:] - lon[1:] @ lat[:-1])) / 2


def _ring_center(ring: Ring) -> Place:
    """The centroid of an outline, which is what a register writes for a whole town."""
    lon, lat = np.array(ring).T
    west, south = float(lon[0]), float(lat[0])
    x, y = lon - west, lat - south
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    area = float(cross.sum())
    if area == 0:
        return Place(float(lon.mean()), float(lat.mean()))
    return Place(
        west + float((x[:-1] + x[1:]) @ cross) / (3 * area),
        south + float((y[:-1] + y[1:]) @ cross) / (3 * area),
    )


def _still_of_interest(quality: Quality, excluded: Sequence[ExcludedPoint]) -> tuple[str, ...]:
    """Warnings, without points that are excluded already."""
    shown = [
        point
        for point in quality.heavy_points
        if not any(point.place.distance_m(known.place) <= known.radius_m for known in excluded)
    ]
    return replace(quality, heavy_points=tuple(shown)).warnings()
