"""Incidents: list, report, nearest units, send one, close."""

from dataclasses import asdict

from flask import Blueprint, Response, current_app

from patrol.model.access import Permission, Role
from patrol.model.errors import InputError
from patrol.model.incident import Source
from patrol.usecase.dispatch import (
    assign_unit,
    close_incident,
    get_record,
    list_nearest,
    list_records,
    report_incident,
)
from patrol.usecase.replan_desk import ask_replan
from patrol.web.caller import get_caller, get_services
from patrol.web.nearest_book import NearestBook
from patrol.web.payload import AssignPayload, ReportPayload, read_body, read_number
from patrol.web.permit import allowed
from patrol.web.present import near_record
from patrol.web.reply import good

incidents = Blueprint("incidents", __name__)

DEFAULT_LIMIT = 200
MAX_LIMIT = 5_000


@incidents.get("/incidents")
@allowed(Permission.MAP_SEE)
def list_all() -> Response:
    """Incidents, newest first; ``active=1``: those that are not closed."""
    active = bool(read_number("active", 0, 0, 1))
    limit = read_number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    return good(incidents=list_records(get_services(), active=active, limit=limit))


@incidents.post("/incidents")
@allowed(Permission.INCIDENT_REPORT)
def report() -> Response:
    """Take a report in."""
    caller = get_caller()
    source = Source.PATROL if caller.role is Role.OFFICER else Source.PUBLIC
    told = read_body(ReportPayload).to_report(source)
    return good(201, incident=report_incident(get_services(), caller, told))


@incidents.get("/incidents/suggestion")
@allowed(Permission.INCIDENT_DISPATCH)
def suggestion() -> Response:
    """One free unit for every open incident, least road time in all."""
    # OR-Tools is loaded where somebody asks; most web processes never need it.
    from patrol.usecase.suggest import suggest_units  # noqa: PLC0415

    services = get_services()
    book: NearestBook = current_app.extensions[NearestBook.EXTENSION]
    found = suggest_units(services, book.ranker(services))
    return good(suggestions=[asdict(one) for one in found])


@incidents.get("/incidents/<incident_id>")
@allowed(Permission.MAP_SEE)
def one(incident_id: str) -> Response:
    """One incident with the units sent to it."""
    return good(incident=get_record(get_services(), incident_id))


@incidents.get("/incidents/<incident_id>/nearest")
@allowed(Permission.INCIDENT_DISPATCH)
def nearest(incident_id: str) -> Response:
    """Units by road time to the incident, nearest first."""
    services = get_services()
    place = services.incidents.get_incident(incident_id).place
    if place is None:
        raise InputError(f"incident {incident_id} has no place: nothing is near it")
    book: NearestBook = current_app.extensions[NearestBook.EXTENSION]
    found = list_nearest(services, book.ranker(services), place)
    return good(units=[near_record(near) for near in found])


@incidents.post("/incidents/<incident_id>/assign")
@allowed(Permission.INCIDENT_DISPATCH)
def assign(incident_id: str) -> Response:
    """Send a unit; of several who try at once exactly one succeeds."""
    unit_id = read_body(AssignPayload).unit_id
    record = assign_unit(get_services(), get_caller(), incident_id, unit_id)
    ask_replan(get_services(), f"assigned:{unit_id}")
    return good(incident=record)


@incidents.post("/incidents/<incident_id>/close")
@allowed(Permission.INCIDENT_DISPATCH)
def close(incident_id: str) -> Response:
    """Close the incident and set its units free."""
    services = get_services()
    taken = any(one.ended is None for one in services.assignments.list_for_incident(incident_id))
    record = close_incident(services, get_caller(), incident_id)
    if taken:
        ask_replan(services, f"free:{incident_id}")
    return good(incident=record)
