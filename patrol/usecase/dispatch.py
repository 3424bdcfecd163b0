"""Incidents and the units sent to them: committed first, told to the map after."""

import hashlib
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import shapely

from patrol.model.access import Permission, Role
from patrol.model.errors import AccessError, ConflictError, InputError
from patrol.model.event import EventKind
from patrol.model.incident import Assignment, Incident, IncidentStatus, Source
from patrol.model.place import Place
from patrol.model.town import Town
from patrol.model.unit import Mode, Unit, UnitStatus
from patrol.usecase.access import Caller, write_audit
from patrol.usecase.services import Services
from patrol.usecase.unit_status import BUSY, change_status

Candidate = tuple[str, Mode, Place]
Ranker = Callable[[Place, Sequence[Candidate]], Sequence[tuple[str, float, float]]]
"""Ranks units by road time: unit id, seconds, meters; nearest first, ``inf`` where unreachable."""


@dataclass(frozen=True, slots=True)
class Report:
    """A new incident as it was told; ``key`` makes sending it twice harmless."""

    place: Place
    kind: str
    source: Source
    address: str = ""
    note: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class NearUnit:
    """How soon a unit can be at a place by road; ``free`` means it may be sent now."""

    unit: Unit
    status: UnitStatus
    travel_s: float
    distance_m: float
    free: bool


class Step(StrEnum):
    """What happens to an assignment after it was made."""

    ACCEPT = "accept"
    ARRIVE = "arrive"
    FINISH = "finish"


STATUS_AFTER = {
    Step.ACCEPT: UnitStatus.ENROUTE,
    Step.ARRIVE: UnitStatus.ONSCENE,
    Step.FINISH: UnitStatus.PATROL,
}


# ---- what the map and the API show -----------------------------------------------------------


def incident_status(incident: Incident, sent: Sequence[Assignment]) -> IncidentStatus:
    """How far the incident has got, judged by the units sent to it."""
    if incident.status is IncidentStatus.CLOSED:
        return IncidentStatus.CLOSED
    active = [one for one in sent if one.ended is None]
    if any(one.arrived for one in active):
        return IncidentStatus.ONSCENE
    return IncidentStatus.ASSIGNED if active else IncidentStatus.OPEN


def incident_record(incident: Incident, sent: Sequence[Assignment]) -> dict[str, Any]:
    """An incident as events and the API carry it."""
    return {
        "id": incident.id,
        "time": _iso(incident.time),
        "lon": None if incident.place is None else incident.place.lon,
        "lat": None if incident.place is None else incident.place.lat,
        "kind": incident.kind,
        "source": incident.source.value,
        "status": incident_status(incident, sent).value,
        "address": incident.address,
        "note": incident.note,
        "town_id": incident.town_id,
        "assignments": [assignment_record(one) for one in sent],
    }


def assignment_record(one: Assignment) -> dict[str, Any]:
    """An assignment as events and the API carry it."""
    return {
        "id": one.id,
        "incident_id": one.incident_id,
        "unit_id": one.unit_id,
        "assigned": _iso(one.assigned),
        "accepted": _iso(one.accepted),
        "arrived": _iso(one.arrived),
        "ended": _iso(one.ended),
    }


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def list_records(
    services: Services, *, active: bool, limit: int | None = None
) -> list[dict[str, Any]]:
    """Incidents with their assignments, newest first; ``active``: those that are not closed."""
    wanted = [status for status in IncidentStatus if status is not IncidentStatus.CLOSED]
    found = services.incidents.list_incidents(statuses=wanted if active else None, limit=limit)
    sent = services.assignments.list_for_incidents([incident.id for incident in found])
    return [incident_record(incident, sent.get(incident.id, ())) for incident in found]


def get_record(services: Services, incident_id: str) -> dict[str, Any]:
    """One incident with its assignments.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    incident = services.incidents.get_incident(incident_id)
    return incident_record(incident, services.assignments.list_for_incident(incident_id))


def _tell(services: Services, incident_id: str) -> dict[str, Any]:
    record = get_record(services, incident_id)
    services.stream.publish(
        EventKind.INCIDENT_CHANGED,
        {"incident": record, "closed": record["status"] == IncidentStatus.CLOSED.value},
    )
    return record


# ---- reporting ---------------------------------------------------------------------------------


def report_incident(services: Services, caller: Caller, report: Report) -> dict[str, Any]:
    """Take a report in; the same key from the same caller gives the same incident.

    An officer's report always counts as patrol-discovered: as another source it would feed the
    hotspot map with where patrols were.

    Raises
    ------
    ConflictError
        If the key was used for another place or kind.
    """
    if not report.kind:
        raise InputError("an incident's kind must not be empty")
    source = Source.PATROL if caller.role is Role.OFFICER else report.source
    incident = Incident(
        id=_incident_id(caller, report.key),
        time=services.clock(),
        place=report.place,
        kind=report.kind,
        source=source,
        status=IncidentStatus.OPEN,
        address=report.address,
        note=report.note,
        town_id=find_town(services.towns.list_towns(), report.place),
    )
    if services.incidents.add_incidents([incident]).added:
        write_audit(services, caller, "incident.reported", incident.id, incident.kind)
        return _tell(services, incident.id)
    known = services.incidents.get_incident(incident.id)
    if (known.kind, known.place) != (incident.kind, incident.place):
        raise ConflictError(f"key {report.key} was used before for incident {known.id}")
    return get_record(services, incident.id)


def _incident_id(caller: Caller, key: str | None) -> str:
    if key is None:
        return f"i-{secrets.token_hex(8)}"
    digest = hashlib.sha256(f"{caller.name}\n{key}".encode()).hexdigest()
    return f"i-{digest[:16]}"


def find_town(towns: Sequence[Town], place: Place) -> str | None:
    """The town that a place lies in, ``None`` where it lies in none."""
    point = shapely.Point(place.lon, place.lat)
    for town in towns:
        for outer, *holes in town.polygons:
            if shapely.Polygon(outer, holes).covers(point):
                return town.id
    return None


# ---- sending units -----------------------------------------------------------------------------


def list_nearest(services: Services, rank: Ranker, place: Place) -> tuple[NearUnit, ...]:
    """Units on shift whose position is known, by road time in their own mode, nearest first."""
    units = {unit.id: unit for unit in services.units.list_units()}
    statuses = services.units.list_statuses()
    sent = {one.unit_id for one in services.assignments.list_active()}
    lost_before_s = services.clock().timestamp() - services.config.live.lost_s
    candidates = [
        (unit_id, units[unit_id].mode, Place(state["lon"], state["lat"]))
        for unit_id, state in _known_places(services)
        if unit_id in units
        and statuses.get(unit_id, UnitStatus.OFF) is not UnitStatus.OFF
        and state["seen"] >= lost_before_s
    ]
    return tuple(
        NearUnit(
            unit=units[unit_id],
            status=statuses[unit_id],
            travel_s=travel_s,
            distance_m=distance_m,
            free=statuses[unit_id] is UnitStatus.PATROL and unit_id not in sent,
        )
        for unit_id, travel_s, distance_m in rank(place, candidates)
        if math.isfinite(travel_s)
    )


def _known_places(services: Services) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (str(state["id"]), state)
        for state in services.board.list_units()
        if state.get("lon") is not None and state.get("seen") is not None
    ]


def assign_unit(
    services: Services, caller: Caller, incident_id: str, unit_id: str
) -> dict[str, Any]:
    """Send a unit to an incident, at most once however many ask at the same time.

    The database decides: it holds at most one assignment of a unit that has not ended. Several
    units may be sent to one incident.

    Raises
    ------
    NotFoundError
        If there is no such incident or unit.
    ConflictError
        If the incident is closed, the unit is off shift, or it is sent somewhere already.
    """
    incident = services.incidents.get_incident(incident_id)
    unit = services.units.get_unit(unit_id)
    _check_open(incident)
    status = services.units.get_status(unit.id)
    if status in (UnitStatus.OFF, UnitStatus.SOS):
        raise ConflictError(f"unit {unit_id} cannot be sent: its status is {status.value}")
    now = services.clock()
    assignment = Assignment(f"a-{secrets.token_hex(8)}", incident_id, unit_id, assigned=now)
    services.assignments.add(assignment)
    try:
        # It may have been closed between the look and the assignment; closing ends what it finds.
        _check_open(services.incidents.get_incident(incident_id))
    except ConflictError:
        services.assignments.set_step(assignment.id, "ended", now)
        raise
    change_status(services, unit_id, UnitStatus.ASSIGNED)
    write_audit(services, caller, "incident.assigned", incident_id, unit_id)
    return _settle(services, incident_id)


def _check_open(incident: Incident) -> None:
    if incident.status is IncidentStatus.CLOSED:
        raise ConflictError(f"incident {incident.id} is closed")


def take_step(services: Services, caller: Caller, assignment_id: str, step: Step) -> dict[str, Any]:
    """Accept, arrive or finish; each once, and saying it again changes nothing.

    Raises
    ------
    AccessError
        If an officer speaks for another unit.
    ConflictError
        If the assignment has ended.
    """
    one = services.assignments.get(assignment_id)
    check_own_unit(caller, one.unit_id)
    if step is Step.FINISH and one.ended is not None:
        return get_record(services, one.incident_id)
    now = services.clock()
    kept = True
    if step is Step.ARRIVE:
        # Who has arrived has accepted.
        kept = services.assignments.set_step(one.id, "accepted", now)
    column = {Step.ACCEPT: "accepted", Step.ARRIVE: "arrived", Step.FINISH: "ended"}[step]
    kept = kept and services.assignments.set_step(one.id, column, now)
    if not kept and step is not Step.FINISH:
        raise ConflictError(f"assignment {assignment_id} has ended")
    change_status(services, one.unit_id, _status_after(services, one.id, step))
    write_audit(services, caller, f"assignment.{step.value}", assignment_id, one.unit_id)
    return _settle(services, one.incident_id)


def _status_after(services: Services, assignment_id: str, step: Step) -> UnitStatus:
    one = services.assignments.get(assignment_id)
    if step is Step.ACCEPT and one.arrived is not None:
        return UnitStatus.ONSCENE
    return STATUS_AFTER[step]


def check_own_unit(caller: Caller, unit_id: str) -> None:
    """Let dispatchers speak for every unit, officers for their own.

    Raises
    ------
    AccessError
        If the caller may not speak for this unit.
    """
    if Permission.INCIDENT_DISPATCH in caller.permissions:
        return
    if Permission.ROUTE_OWN not in caller.permissions or caller.unit_id != unit_id:
        raise AccessError(f"{caller.name} may not speak for unit {unit_id}")


def close_incident(services: Services, caller: Caller, incident_id: str) -> dict[str, Any]:
    """Close an incident and set free every unit that was sent; closing twice changes nothing.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    services.incidents.get_incident(incident_id)
    if not services.incidents.set_status(incident_id, IncidentStatus.CLOSED):
        return get_record(services, incident_id)
    now = services.clock()
    for one in services.assignments.list_for_incident(incident_id):
        if services.assignments.set_step(one.id, "ended", now):
            if services.units.get_status(one.unit_id) in BUSY:
                change_status(services, one.unit_id, UnitStatus.PATROL)
            write_audit(services, caller, "assignment.finish", one.id, "incident closed")
    write_audit(services, caller, "incident.closed", incident_id)
    return _tell(services, incident_id)


def _settle(services: Services, incident_id: str) -> dict[str, Any]:
    """Keep the status that the assignments amount to, and tell the map."""
    incident = services.incidents.get_incident(incident_id)
    sent = services.assignments.list_for_incident(incident_id)
    status = incident_status(incident, sent)
    if status is not incident.status:
        services.incidents.set_status(incident_id, status)
    return _tell(services, incident_id)
