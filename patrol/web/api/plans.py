"""Plans: list, make one, read it, publish it, take it along."""

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.model.errors import InputError, NotFoundError
from patrol.model.plan import Plan, PlanStatus
from patrol.routing.export import plan_geojson, route_gpx
from patrol.usecase.access import write_audit
from patrol.usecase.my_route import find_route
from patrol.usecase.publish_plan import publish_plan
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import PlanPayload, WhatIfPayload, read_body, read_number
from patrol.web.permit import allowed
from patrol.web.present import plan_record, summary_record
from patrol.web.reply import good, kept, kept_json

plans = Blueprint("plans", __name__)

QUEUE = "plans"
TASK = "patrol.worker.tasks:make_plan"
WHATIF_TASK = "patrol.worker.tasks:answer_what_if"
BASES_TASK = "patrol.worker.tasks:answer_bases"
MAX_LISTED = 500


@plans.get("/plans")
@allowed(Permission.PLAN_MAKE)
def list_all() -> Response:
    """The newest plans, newest first."""
    limit = read_number("limit", 50, 1, MAX_LISTED)
    found = get_services().plans.list_plans(limit)
    return good(plans=[summary_record(summary) for summary in found])


@plans.post("/plans")
@allowed(Permission.PLAN_MAKE)
def make() -> Response:
    """Queue a plan to be made; the answer names the job that makes it."""
    services, caller = get_services(), get_caller()
    body = read_body(PlanPayload)
    if body.shift not in services.config.shifts:
        known = ", ".join(services.config.shifts)
        raise InputError(f"shift must be one of {known}, got {body.shift}")
    payload = {
        "shift": body.shift,
        "on": body.date.isoformat(),
        "seconds": body.seconds,
        "seed": body.seed,
        "engine": body.engine,
    }
    job_id = services.jobs.submit(QUEUE, TASK, payload)
    write_audit(services, caller, "plan.asked", job_id, f"{body.shift} {body.date}")
    return good(202, job_id=job_id)


@plans.get("/plans/<plan_id>")
@allowed(Permission.MAP_SEE)
def one(plan_id: str) -> Response:
    """A whole plan; drafts are for planners only."""
    towns = {town.id: town.name for town in get_services().towns.list_towns()}
    return kept_json({"ok": True, **plan_record(_get(plan_id)), "towns": towns})


@plans.get("/plans/<plan_id>.geojson")
@allowed(Permission.MAP_SEE)
def geojson(plan_id: str) -> Response:
    """Routes and visits as GeoJSON."""
    return kept_json(plan_geojson(_get(plan_id)), "application/geo+json")


@plans.get("/plans/<plan_id>/routes/<unit_id>.gpx")
@allowed(Permission.MAP_SEE, Permission.ROUTE_OWN)
def gpx(plan_id: str, unit_id: str) -> Response:
    """One unit's route for other devices; an officer gets the own unit's of a published plan."""
    caller = get_caller()
    if Permission.MAP_SEE not in caller.permissions and caller.unit_id != unit_id:
        raise NotFoundError(f"plan {plan_id} has no route for unit {unit_id} that you may see")
    plan = _get(plan_id)
    route = find_route(plan, unit_id)
    if route is None:
        raise NotFoundError(f"plan {plan_id} has no route for unit {unit_id}")
    return kept(route_gpx(plan, route).encode(), "application/gpx+xml")


@plans.post("/plans/<plan_id>/publish")
@allowed(Permission.PLAN_PUBLISH)
def publish(plan_id: str) -> Response:
    """Make the plan what runs: map and phones show it from now on."""
    services = get_services()
    plan = publish_plan(services, plan_id)
    write_audit(services, get_caller(), "plan.published", plan.id, f"{plan.shift} {plan.on}")
    return good(id=plan.id, status=plan.status.value)


@plans.post("/plans/<plan_id>/whatif")
@allowed(Permission.PLAN_MAKE)
def whatif(plan_id: str) -> Response:
    """Queue the question what a change of the units would bring; the job's result answers it."""
    body = read_body(WhatIfPayload)
    if [body.unit is not None, body.add is not None, body.remove is not None].count(True) != 1:
        raise InputError("ask for one change: unit and mode, add, or remove")
    if (body.unit is None) != (body.mode is None):
        raise InputError("unit and mode go together")
    services = get_services()
    payload = {"plan_id": _get(plan_id).id, **body.model_dump(mode="json")}
    return good(202, job_id=services.jobs.submit(QUEUE, WHATIF_TASK, payload))


@plans.post("/plans/<plan_id>/bases")
@allowed(Permission.PLAN_MAKE)
def bases(plan_id: str) -> Response:
    """Queue the question which unit should start from which base in the plan's shift."""
    services, plan = get_services(), _get(plan_id)
    payload = {"shift": plan.shift, "on": plan.on.isoformat()}
    return good(202, job_id=services.jobs.submit(QUEUE, BASES_TASK, payload))


def _get(plan_id: str) -> Plan:
    plan = get_services().plans.get_plan(plan_id)
    sees_drafts = Permission.PLAN_MAKE in get_caller().permissions
    if plan.status is PlanStatus.DRAFT and not sees_drafts:
        raise NotFoundError(f"plan {plan_id} does not exist")
    return plan
