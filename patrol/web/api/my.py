"""An officer's own route, check-in and status."""

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.model.unit import UnitStatus
from patrol.usecase.dispatch import assignment_record, get_record
from patrol.usecase.my_route import check_in, find_my_route, get_my_unit, set_my_status
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import CheckinPayload, StatusPayload, read_body
from patrol.web.permit import allowed
from patrol.web.present import pass_record, route_record, unit_record
from patrol.web.reply import good

my = Blueprint("my", __name__)


@my.get("/my/route")
@allowed(Permission.ROUTE_OWN)
def route() -> Response:
    """The unit's route of the plan that runs, how far it has got, and where it is sent."""
    services = get_services()
    mine = find_my_route(services, get_my_unit(services, get_caller()))
    visits = () if mine.route is None else mine.route.visits
    sent = mine.assignment
    return good(
        unit=unit_record(mine.unit),
        status=mine.status.value,
        plan_id=mine.plan_id,
        route=None if mine.route is None else route_record(mine.route),
        next_index=mine.next_index,
        done=[visits[index].hotspot_id for index in mine.done],
        done_index=list(mine.done),
        assignment=None
        if sent is None
        else {**assignment_record(sent), "incident": get_record(services, sent.incident_id)},
    )


@my.post("/my/checkin")
@allowed(Permission.ROUTE_OWN)
def checkin() -> Response:
    """Say that the unit is at a hotspot of its route; sending it again changes nothing."""
    services, caller = get_services(), get_caller()
    body = read_body(CheckinPayload)
    unit = get_my_unit(services, caller)
    made = check_in(services, caller, unit, body.hotspot_id, body.time)
    return good(made=pass_record(made), key=body.key)


@my.post("/my/status")
@allowed(Permission.ROUTE_OWN)
def status() -> Response:
    """Say what the unit is doing."""
    services, caller = get_services(), get_caller()
    wanted = UnitStatus(read_body(StatusPayload).status)
    return good(status=set_my_status(services, caller, get_my_unit(services, caller), wanted).value)
