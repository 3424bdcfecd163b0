"""Import incidents: read, judge the data, leave out excluded points, find towns, store."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from patrol.model.errors import InputError
from patrol.model.incident import Incident
from patrol.model.mark import ExcludedPoint
from patrol.model.place import BBox, Place
from patrol.model.town import SiteKind
from patrol.read.columns import BAD_SHARE, Reading, check_bad_share
from patrol.read.incidents import IncidentOptions, read_incidents
from patrol.read.quality import Landmark, Quality, check_quality, incident_places, near_points
from patrol.read.table import read_table
from patrol.read.towns import TownIndex
from patrol.store.marks import ExclusionStore
from patrol.usecase.import_result import ImportResult
from patrol.usecase.services import Services

EXCLUDE_RADIUS_M = 30.0
"""Register points repeat exactly; this much allows for another register's rounding."""


@dataclass(frozen=True, slots=True)
class IncidentImport:
    """A file of incidents, how to read it, and what the planner decided about it.

    ``exclude`` names points by address or as ``LON,LAT``; they are remembered.
    """

    path: Path
    options: IncidentOptions
    allow_bad_share: float = BAD_SHARE
    exclude: tuple[str, ...] = ()


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
    network = services.streets.find_network()
    quality = check_quality(
        reading,
        request.options.zone,
        network.bbox if network is not None and network.segment_count else None,
        _landmarks(services),
    )
    store = ExclusionStore(services.db)
    chosen = [find_point(reading, text, services) for text in request.exclude]
    excluded = (*store.list_points(), *chosen)
    kept, left_out = _leave_out(reading.values, excluded)
    kept = _with_towns(services, kept)
    store.save_points(chosen)
    saved = services.incidents.add_incidents(kept)
    return ImportResult(
        what="incidents",
        file=reading.file,
        read=reading.read,
        kept=len(kept),
        refused=reading.refused,
        duplicates=reading.duplicates,
        excluded=left_out,
        saved=saved,
        warnings=reading.warnings + _still_of_interest(quality, excluded),
        quality=quality_json(quality),
    )


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
    values: Sequence[Incident], excluded: Sequence[ExcludedPoint]
) -> tuple[list[Incident], int]:
    lon, lat = incident_places(values)
    near = near_points(lon, lat, [(point.place, point.radius_m) for point in excluded])
    kept = [value for value, out in zip(values, near.tolist(), strict=True) if not out]
    return kept, len(values) - len(kept)


def _with_towns(services: Services, values: Sequence[Incident]) -> list[Incident]:
    towns = services.towns.list_towns()
    if not towns or not values:
        return list(values)
    found = TownIndex(towns).find_towns(*incident_places(values))
    return [
        replace(value, town_id=town_id) if town_id is not None else value
        for value, town_id in zip(values, found, strict=True)
    ]


def _landmarks(services: Services) -> list[Landmark]:
    found = [Landmark(f"base {base.name}", base.place) for base in services.bases.list_bases()]
    found.extend(
        Landmark(f"{site.kind} {site.name}", site.place)
        for site in services.sites.list_sites()
        if site.kind in {SiteKind.HOSPITAL, SiteKind.GOVERNMENT, SiteKind.STATION}
    )
    for town in services.towns.list_towns():
        lon, lat = np.array(town.polygons[0][0]).T
        box = BBox(float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
        found.append(Landmark(f"the center of {town.name}", box.center))
    return found


def _still_of_interest(quality: Quality, excluded: Sequence[ExcludedPoint]) -> tuple[str, ...]:
    """Warnings, without points that are excluded already."""
    shown = [
        point
        for point in quality.heavy_points
        if not any(point.place.distance_m(known.place) <= known.radius_m for known in excluded)
    ]
    return replace(quality, heavy_points=tuple(shown)).warnings()
