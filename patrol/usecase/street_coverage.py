"""Which streets of the county are seen by a camera, by a patrol, by both, by neither; by town."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from patrol.live.coverage import Pieces, edges_of, split_streets, view_sector
from patrol.model.camera import Camera
from patrol.model.errors import InputError, NoStreetsError
from patrol.model.place import Projection
from patrol.model.plan import Plan, Route
from patrol.routing.streets import StreetNetwork
from patrol.usecase.report_towns import TownList, list_towns
from patrol.usecase.services import Services

MOST_DAYS = 92
STOP_M = 40.0
"""What a unit sees around a key site where it stops."""
CLASSES = ("both", "camera", "patrol", "neither")


class PatrolBasis(StrEnum):
    """What counts as a patrol."""

    PLAN = "plan"
    """Ways and stops of the published plans."""
    PASSES = "passes"
    """Stops that units really made; the ways between are not kept for this."""


@dataclass(frozen=True, slots=True)
class CoverageRequest:
    """Patrols of the last days up to now, and what counts as one."""

    days: int = 7
    basis: PatrolBasis = PatrolBasis.PLAN

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            raise InputError(f"days must be in [1, {MOST_DAYS}], got {self.days}")


@dataclass(frozen=True, slots=True)
class TownCoverage:
    """Meters of street of one town, or of the county (``town_id`` is ``None``)."""

    town_id: str | None
    name: str
    street_m: float
    both_m: float
    camera_m: float
    """By a camera and no patrol."""
    patrol_m: float
    """By a patrol and no camera."""
    neither_m: float

    @property
    def seen_share(self) -> float:
        """Share of the length that anything sees, in [0, 1]."""
        return 0.0 if self.street_m <= 0 else 1.0 - self.neither_m / self.street_m


@dataclass(frozen=True, slots=True, eq=False)
class StreetCoverage:
    """The figures, and the pieces of street they are made of."""

    request: CoverageRequest
    towns: tuple[TownCoverage, ...]
    """Each town, and the county last."""
    cameras: int
    cameras_without_heading: int
    """Cameras that nobody knows the heading of see nothing here."""
    plans: int
    passes: int
    pieces: Pieces
    projection: Projection


def measure_coverage(services: Services, request: CoverageRequest) -> StreetCoverage:
    """Cut the county's streets into what is seen of them.

    Raises
    ------
    NoStreetsError
        If none were imported.
    """
    network = services.streets.find_network()
    if network is None or not network.segment_count:
        raise NoStreetsError
    cameras = [camera for camera in services.cameras.list_cameras() if camera.enabled]
    sectors = [_sector(services, network.projection, camera) for camera in cameras]
    plans, stops = _patrols(services, request)
    ways = edges_of(list(_ways(network.projection, plans))) + _site_discs(services, network, stops)
    whole = np.array([name in stops for name in network.seg_id], dtype=np.bool_)
    known = [sector for sector in sectors if sector is not None]
    pieces = split_streets(network.lines_m(), known, ways, whole)
    return StreetCoverage(
        request=request,
        towns=_by_town(list_towns(services), network, pieces),
        cameras=len(cameras),
        cameras_without_heading=len(cameras) - len(known),
        plans=len(plans),
        passes=0 if request.basis is PatrolBasis.PLAN else len(stops),
        pieces=pieces,
        projection=network.projection,
    )


def _sector(services: Services, projection: Projection, camera: Camera) -> BaseGeometry | None:
    settings = services.config.cameras
    fov_deg = settings.fov_deg if camera.fov_deg is None else camera.fov_deg
    if camera.heading_deg is None and fov_deg < 360:
        return None
    x_m, y_m = projection.to_xy_m(camera.place.lon, camera.place.lat)
    range_m = settings.range_m if camera.range_m is None else camera.range_m
    return view_sector(x_m, y_m, camera.heading_deg or 0.0, fov_deg, range_m)


def _patrols(services: Services, request: CoverageRequest) -> tuple[list[Plan], set[str]]:
    """Plans whose ways count, and hotspots at which a unit stops."""
    now = services.clock()
    start = now - timedelta(days=request.days)
    if request.basis is PatrolBasis.PASSES:
        return [], {one.hotspot_id for one in services.passes.list_passes(start, now)}
    # What is published for later counts as well: it is what the county has decided.
    plans = list(services.plans.list_published(start, now + timedelta(days=1)))
    stops = {visit.hotspot_id for plan in plans for route in plan.routes for visit in route.visits}
    return plans, stops


def _ways(projection: Projection, plans: Iterable[Plan]) -> Iterable[NDArray[np.float64]]:
    for plan in plans:
        for route in plan.routes:
            for line in _lines(route):
                points = np.array(line, dtype=np.float64).reshape(-1, 2)
                if len(points) > 1:
                    x_m, y_m = projection.to_xy_m(points[:, 0], points[:, 1])
                    yield np.column_stack((x_m, y_m))


def _lines(route: Route) -> Iterable[Any]:
    yield from (visit.leg.line for visit in route.visits)
    yield route.back.line


def _site_discs(services: Services, network: StreetNetwork, stops: set[str]) -> list[BaseGeometry]:
    places = [site.place for site in services.sites.list_sites() if f"site:{site.id}" in stops]
    points = [network.projection.to_xy_m(place.lon, place.lat) for place in places]
    return [shapely.Point(point).buffer(STOP_M) for point in points]


def _by_town(towns: TownList, network: StreetNetwork, pieces: Pieces) -> tuple[TownCoverage, ...]:
    lengths = {name: shapely.length(getattr(pieces, name)) for name in CLASSES}
    street_m = shapely.length(network.lines_m())
    found = []
    for town_id in towns.ids:
        mine = towns.find_segments(town_id)
        name = towns.names.get(town_id)
        found.append(
            TownCoverage(
                town_id=None if name is None else town_id,
                name=name or "",
                street_m=float(street_m[mine].sum()),
                **{f"{part}_m": float(lengths[part][mine].sum()) for part in CLASSES},
            )
        )
    return tuple(found)


def coverage_json(found: StreetCoverage) -> dict[str, Any]:
    """The figures as the API and ``--json`` give them."""
    return {
        "days": found.request.days,
        "by": found.request.basis.value,
        "cameras": found.cameras,
        "cameras_without_heading": found.cameras_without_heading,
        "plans": found.plans,
        "stops": found.passes,
        "towns": [town_json(town) for town in found.towns],
    }


def town_json(town: TownCoverage) -> dict[str, Any]:
    """One town's figures; shares of its street length in [0, 1]."""
    whole = town.street_m or 1.0
    record: dict[str, Any] = {
        "town_id": town.town_id,
        "name": town.name,
        "street_m": round(town.street_m, 1),
        "seen_share": round(town.seen_share, 4),
    }
    for part in CLASSES:
        length_m = getattr(town, f"{part}_m")
        record[f"{part}_m"] = round(length_m, 1)
        record[f"{part}_share"] = round(length_m / whole, 4)
    return record


def coverage_geojson(found: StreetCoverage) -> dict[str, Any]:
    """The pieces of street by what sees them, one feature for each class."""
    features = []
    for part in CLASSES:
        lines = getattr(found.pieces, part)
        parts = shapely.get_parts(lines[~shapely.is_empty(lines)])
        parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
        features.append(
            {
                "type": "Feature",
                "properties": {"seen_by": part},
                "geometry": {
                    "type": "MultiLineString",
                    "coordinates": [_degrees(found.projection, line) for line in parts],
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _degrees(projection: Projection, line: BaseGeometry) -> list[list[float]]:
    points = shapely.get_coordinates(line)
    lon, lat = projection.to_lonlat(points[:, 0], points[:, 1])
    # A millionth of a degree is a decimeter.
    rounded: list[list[float]] = np.round(np.column_stack((lon, lat)), 6).tolist()
    return rounded
