"""Values as the API shows them: plain JSON, times in UTC, names of measures in the keys."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from patrol.model.fix import Fix, Pass
from patrol.model.plan import Plan, Route, Visit
from patrol.model.quality import Quality
from patrol.model.unit import Base, Unit, UnitStatus
from patrol.store.plans import PlanSummary
from patrol.usecase.access import Caller
from patrol.usecase.dispatch import NearUnit
from patrol.usecase.services import Services

Record = dict[str, Any]


def iso(value: datetime | None) -> str | None:
    """A time as ``2026-11-23T08:00:00Z``."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def me_record(caller: Caller) -> Record:
    """Who is signed in."""
    return {
        "name": caller.name,
        "role": None if caller.role is None else caller.role.value,
        "unit_id": caller.unit_id,
        "permissions": sorted(permission.value for permission in caller.permissions),
    }


def county_record(services: Services) -> Record:
    """What every page needs to know about the county."""
    config = services.config
    network = services.streets.find_network()
    box = None if network is None or not network.segment_count else network.bbox
    return {
        "name": config.county.name,
        "name_en": config.county.name_en,
        "timezone": config.county.timezone,
        "bbox": None if box is None else [box.west, box.south, box.east, box.north],
        "shifts": [
            {"name": name, "start": f"{shift.start:%H:%M}", "end": f"{shift.end:%H:%M}"}
            for name, shift in config.shifts.items()
        ],
        "stale_s": config.live.stale_s,
        "lost_s": config.live.lost_s,
        "tick_ms": config.live.tick_ms,
        "response_min": list(config.routing.response_min),
        "kinds": sorted(config.hotspots.kinds),
        "camera": {
            "fov_deg": config.cameras.fov_deg,
            "range_m": config.cameras.range_m,
            "suppress_under": config.cameras.suppress_under,
        },
    }


def unit_record(unit: Unit) -> Record:
    """A unit; never a person."""
    return {
        "id": unit.id,
        "name": unit.name,
        "mode": unit.mode.value,
        "base_id": unit.base_id,
        "crew": unit.crew,
        "guard_of": unit.guard_of,
    }


def base_record(base: Base) -> Record:
    """A station or post."""
    return {"id": base.id, "name": base.name, "lon": base.place.lon, "lat": base.place.lat}


def near_record(near: NearUnit) -> Record:
    """A unit with how soon it can be there."""
    return {
        "unit_id": near.unit.id,
        "name": near.unit.name,
        "mode": near.unit.mode.value,
        "status": near.status.value,
        "travel_s": round(near.travel_s),
        "distance_m": round(near.distance_m),
        "free": near.free,
    }


def pass_record(one: Pass) -> Record:
    """What really happened at a hotspot."""
    return {
        "hotspot_id": one.hotspot_id,
        "start": iso(one.start),
        "end": iso(one.end),
        "planned": one.planned,
    }


def fix_record(fix: Fix) -> Record:
    """One reported position."""
    return {
        "time": iso(fix.time),
        "lon": fix.place.lon,
        "lat": fix.place.lat,
        "speed_mps": fix.speed_mps,
        "heading_deg": fix.heading_deg,
        "accuracy_m": fix.accuracy_m,
    }


def visit_record(visit: Visit) -> Record:
    """A planned stop without the way to it."""
    return {
        "hotspot_id": visit.hotspot_id,
        "name": visit.name,
        "lon": visit.lon,
        "lat": visit.lat,
        "arrive": iso(visit.arrive),
        "dwell_s": visit.dwell_s,
        "value": visit.value,
        "reason": visit.reason,
        "distance_m": visit.leg.distance_m,
        "travel_s": visit.leg.travel_s,
    }


def route_record(route: Route) -> Record:
    """One unit's route with geometry and turns."""
    return {
        "unit_id": route.unit_id,
        "mode": route.mode.value,
        "start": iso(route.start),
        "end": iso(route.end),
        "distance_m": route.distance_m,
        "visits": [
            {**visit_record(visit), "leg": _leg_record(visit.leg)} for visit in route.visits
        ],
        "back": _leg_record(route.back),
        "rest": None
        if route.rest is None
        else {
            "start": iso(route.rest.start),
            "length_s": route.rest.length_s,
            "after": route.rest.after,
        },
    }


def _leg_record(leg: Any) -> Record:
    return {
        "line": leg.line,
        "distance_m": leg.distance_m,
        "travel_s": leg.travel_s,
        "steps": [
            {
                "turn": step.turn,
                "street": step.street,
                "street_en": step.street_en,
                "distance_m": step.distance_m,
                "lon": step.lon,
                "lat": step.lat,
            }
            for step in leg.steps
        ],
    }


def summary_record(summary: PlanSummary) -> Record:
    """One line of the list of plans."""
    return {
        "id": summary.id,
        "shift": summary.shift,
        "on": summary.on.isoformat(),
        "start": iso(summary.start),
        "end": iso(summary.end),
        "status": summary.status.value,
        "engine": summary.engine,
        "value": summary.value,
        "coverage_share": summary.coverage_share,
        "units": summary.units,
        "visits": summary.visits,
        "replan": summary.replan,
        "made": iso(summary.made),
    }


def plan_record(plan: Plan) -> Record:
    """A whole plan."""
    return {
        "id": plan.id,
        "shift": plan.shift,
        "on": plan.on.isoformat(),
        "start": iso(plan.start),
        "end": iso(plan.end),
        "status": plan.status.value,
        "engine": plan.engine,
        "seed": plan.seed,
        "made": iso(plan.made),
        "value": plan.value,
        "coverage_share": plan.coverage_share,
        "bound": plan.bound,
        "routes": [route_record(route) for route in plan.routes],
        "unserved": [
            {
                "hotspot_id": one.hotspot_id,
                "name": one.name,
                "reason": one.reason,
                "window": one.window,
            }
            for one in plan.unserved
        ],
        "left_out": [
            {"unit_id": one.unit_id, "name": one.name, "reason": one.reason}
            for one in plan.left_out
        ],
        "verdict": {"ok": plan.verdict.ok, "broken": list(plan.verdict.broken)},
        "shares": plan.shares,
        "quality": quality_record(plan.quality),
    }


def quality_record(quality: Quality) -> Record:
    """What a plan is like beside its value, as plain JSON."""
    told: Record = orjson.loads(orjson.dumps(quality, default=str))
    if quality.choice is not None:
        told["choice"]["lift"] = quality.choice.lift
    return told


def plan_mark(plan_id: str, shift: str, on: object) -> Record:
    """What the live map says about the plan that runs."""
    return {"id": plan_id, "shift": shift, "on": str(on)}


def status_of(statuses: Mapping[str, UnitStatus], unit_id: str) -> UnitStatus:
    """The unit's status; ``OFF`` where it never said."""
    return statuses.get(unit_id, UnitStatus.OFF)
