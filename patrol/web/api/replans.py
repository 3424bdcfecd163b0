"""Re-plans of the running shift: ask for one, see what it changes, take, refuse or undo it."""

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.model.errors import NotFoundError
from patrol.model.plan import Plan
from patrol.usecase.access import write_audit
from patrol.usecase.replan_desk import (
    QUEUE,
    TASK,
    find_replan,
    refuse_replan,
    take_replan,
    undo_replan,
)
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import ReplanPayload, read_body
from patrol.web.permit import allowed
from patrol.web.present import Record, iso, route_record
from patrol.web.reply import good

replans = Blueprint("replans", __name__)


@replans.post("/replans")
@allowed(Permission.INCIDENT_DISPATCH)
def ask() -> Response:
    """Queue a re-plan of the running shift; ``lost`` names units that are gone for the rest."""
    services, caller = get_services(), get_caller()
    body = read_body(ReplanPayload)
    for unit_id in body.lost:
        services.units.get_unit(unit_id)
    if services.plans.find_current_id(services.clock()) is None:
        raise NotFoundError("no published plan runs now: there is nothing to re-plan")
    payload = {"lost": body.lost, "cause": body.cause, "fresh": body.cause == "weights"}
    job_id = services.jobs.submit(QUEUE, TASK, payload)
    write_audit(services, caller, "replan.asked", job_id, ", ".join(body.lost) or body.cause)
    return good(202, job_id=job_id)


@replans.get("/replans/current")
@allowed(Permission.MAP_SEE)
def current() -> Response:
    """The re-plan that waits for a decision, or the one that runs; ``replan`` is null for none."""
    plan = find_replan(get_services())
    return good(replan=None if plan is None else replan_record(plan))


@replans.post("/replans/<plan_id>/take")
@allowed(Permission.INCIDENT_DISPATCH)
def take(plan_id: str) -> Response:
    """Let a proposal run: phones get their new routes."""
    plan = take_replan(get_services(), plan_id)
    write_audit(get_services(), get_caller(), "replan.taken", plan.id)
    return good(replan=replan_record(plan))


@replans.post("/replans/<plan_id>/refuse")
@allowed(Permission.INCIDENT_DISPATCH)
def refuse(plan_id: str) -> Response:
    """Put a proposal aside; the plan that runs goes on."""
    plan = refuse_replan(get_services(), plan_id)
    write_audit(get_services(), get_caller(), "replan.refused", plan.id)
    return good(replan=replan_record(plan))


@replans.post("/replans/<plan_id>/undo")
@allowed(Permission.INCIDENT_DISPATCH)
def undo(plan_id: str) -> Response:
    """Go back to the plan that ran before the re-plan."""
    back = undo_replan(get_services(), plan_id)
    write_audit(get_services(), get_caller(), "replan.undone", plan_id, f"back to {back.id}")
    return good(plan_id=back.id)


def replan_record(plan: Plan) -> Record:
    """What a re-plan changes, and the routes of the units it touches."""
    note = plan.replan
    if note is None:
        raise NotFoundError(f"plan {plan.id} did not come out of a re-plan")
    touched = {one.unit_id for one in note.changes} | {one.from_unit for one in note.changes}
    return {
        "id": plan.id,
        "old_id": note.old_id,
        "cause": note.cause,
        "lost": list(note.lost),
        "at": iso(note.at),
        "state": note.state,
        "kept": note.kept,
        "moved": note.moved,
        "dropped": note.dropped,
        "added": note.added,
        "value_before": note.value_before,
        "value_after": note.value_after,
        "took_ms": note.took_ms,
        "broken": list(plan.verdict.broken),
        "changes": [
            {
                "what": one.what,
                "hotspot_id": one.hotspot_id,
                "name": one.name,
                "unit_id": one.unit_id,
                "from_unit": one.from_unit,
                "arrive": iso(one.arrive),
            }
            for one in note.changes
        ],
        "routes": [route_record(route) for route in plan.routes if route.unit_id in touched],
    }
