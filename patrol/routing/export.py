"""Plans for other programs: GeoJSON of a whole plan, GPX of one route."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from itertools import chain
from typing import Any

import gpxpy.gpx as gpx

from patrol.model.plan import Leg, Plan, Route

Position = tuple[float, float]


def plan_geojson(plan: Plan) -> dict[str, Any]:
    """A FeatureCollection: each route as a LineString, each visit as a Point.

    Coordinates are (lon, lat), WGS 84; times are UTC in ISO 8601. Routes that never leave their
    base have no line and are left out; their visits are not.
    """
    features: list[dict[str, Any]] = []
    for route in plan.routes:
        line = route_line(route)
        if len(line) > 1:
            features.append(_feature("LineString", line, _route_properties(plan, route)))
        features.extend(_visits(route))
    return {
        "type": "FeatureCollection",
        "properties": {
            "plan_id": plan.id,
            "shift": plan.shift,
            "on": plan.on.isoformat(),
            "engine": plan.engine,
            "value": plan.value,
            "coverage_share": plan.coverage_share,
            "status": str(plan.status),
        },
        "features": features,
    }


def route_line(route: Route) -> list[Position]:
    """All legs of a route as one line, the way back included, without repeated points."""
    points = chain.from_iterable(leg.line for leg in _legs(route))
    line: list[Position] = []
    for point in points:
        if not line or point != line[-1]:
            line.append(point)
    return line


def route_gpx(plan: Plan, route: Route) -> str:
    """A route as GPX 1.1: waypoints for visits, and a track with times along the way."""
    document = gpx.GPX()
    document.name = f"{plan.shift} {plan.on.isoformat()} {route.unit_id}"
    document.creator = "patrol"
    document.time = plan.made.astimezone(UTC)
    for number, visit in enumerate(route.visits, 1):
        document.waypoints.append(
            gpx.GPXWaypoint(
                visit.lat,
                visit.lon,
                time=visit.arrive.astimezone(UTC),
                name=f"{number} {visit.name}".strip(),
                description=f"{visit.dwell_s // 60} min. {visit.reason}".strip(),
            )
        )
    track = gpx.GPXTrack(name=route.unit_id, description=str(route.mode))
    track.segments.append(gpx.GPXTrackSegment(list(_track_points(route))))
    document.tracks.append(track)
    return document.to_xml(version="1.1")


def _legs(route: Route) -> Iterator[Leg]:
    yield from (visit.leg for visit in route.visits)
    yield route.back


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _route_properties(plan: Plan, route: Route) -> dict[str, Any]:
    return {
        "kind": "route",
        "plan_id": plan.id,
        "unit_id": route.unit_id,
        "mode": str(route.mode),
        "start": _iso(route.start),
        "end": _iso(route.end),
        "visits": len(route.visits),
        "distance_m": round(route.distance_m, 1),
    }


def _visits(route: Route) -> Iterator[dict[str, Any]]:
    for number, visit in enumerate(route.visits, 1):
        yield _feature(
            "Point",
            (visit.lon, visit.lat),
            {
                "kind": "visit",
                "unit_id": route.unit_id,
                "mode": str(route.mode),
                "number": number,
                "hotspot_id": visit.hotspot_id,
                "name": visit.name,
                "arrive": _iso(visit.arrive),
                "depart": _iso(visit.arrive + timedelta(seconds=visit.dwell_s)),
                "dwell_s": visit.dwell_s,
                "value": visit.value,
                "leg_m": round(visit.leg.distance_m, 1),
                "leg_s": visit.leg.travel_s,
                "reason": visit.reason,
            },
        )


def _iso(time: Any) -> str:
    return str(time.astimezone(UTC).isoformat()).replace("+00:00", "Z")


def _track_points(route: Route) -> Iterator[gpx.GPXTrackPoint]:
    """Points of all legs; the first and last of each leg carry the time when one is there."""
    for visit in route.visits:
        begin = visit.arrive - timedelta(seconds=visit.leg.travel_s)
        times = {0: begin, len(visit.leg.line) - 1: visit.arrive}
        for index, (lon, lat) in enumerate(visit.leg.line):
            time = times.get(index)
            yield gpx.GPXTrackPoint(lat, lon, time=time.astimezone(UTC) if time else None)
    for lon, lat in route.back.line:
        yield gpx.GPXTrackPoint(lat, lon)
