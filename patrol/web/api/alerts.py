"""Alerts of cameras: what is live, taking note, and making an incident of one."""

from flask import Blueprint, Response, request

from patrol.model.access import Permission
from patrol.usecase.alerts import (
    acknowledge_alert,
    list_alerts,
    list_live_alerts,
    send_unit_to_alert,
)
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import read_number
from patrol.web.permit import allowed
from patrol.web.reply import good

alerts = Blueprint("alerts", __name__)

DEFAULT_LIMIT = 200
MAX_LIMIT = 5_000

TOLD_WHO = frozenset({Permission.INCIDENT_DISPATCH, Permission.CAMERA_EDIT, Permission.REPORT_SEE})


@alerts.get("/alerts")
@allowed(Permission.MAP_SEE)
def list_all() -> Response:
    """Alerts, newest first, of one `camera` if named; `live=1`: those not done, oldest first.

    The desk, planners and supervisors are told which account took note.
    """
    services = get_services()
    if read_number("live", 0, 0, 1):
        return good(alerts=list_live_alerts(services))
    limit = read_number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    named = bool(get_caller().permissions & TOLD_WHO)
    return good(alerts=list_alerts(services, limit, request.args.get("camera"), named=named))


@alerts.post("/alerts/<alert_id>/acknowledge")
@allowed(Permission.INCIDENT_DISPATCH)
def acknowledge(alert_id: str) -> Response:
    """Take note of an alert; one that is over leaves the map with this."""
    return good(alert=acknowledge_alert(get_services(), get_caller(), alert_id))


@alerts.post("/alerts/<alert_id>/incident")
@allowed(Permission.INCIDENT_DISPATCH)
def make_incident(alert_id: str) -> Response:
    """Make an incident at the camera's place, to send a unit to; twice gives the same one."""
    incident, alert = send_unit_to_alert(get_services(), get_caller(), alert_id)
    return good(incident=incident, alert=alert)
