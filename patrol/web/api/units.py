"""One unit's card and its track."""

from datetime import timedelta

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.model.unit import Unit
from patrol.usecase.access import write_audit
from patrol.usecase.dispatch import assignment_record
from patrol.usecase.my_route import find_my_route
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import read_number
from patrol.web.permit import allowed
from patrol.web.present import (
    Record,
    base_record,
    fix_record,
    pass_record,
    unit_record,
    visit_record,
)
from patrol.web.reply import good

units = Blueprint("units", __name__)

NEXT_VISITS = 5
PASSES_H = 12


@units.get("/units")
@allowed(Permission.MAP_SEE)
def list_all() -> Response:
    """All units with their status; where they are comes over the websocket."""
    services = get_services()
    statuses = services.units.list_statuses()
    return good(
        units=[
            unit_record(unit)
            | {"status": statuses[unit.id].value if unit.id in statuses else "off"}
            for unit in services.units.list_units()
        ]
    )


@units.get("/units/<unit_id>")
@allowed(Permission.MAP_SEE)
def card(unit_id: str) -> Response:
    """A unit with its live state, what comes next, and where it really was."""
    services = get_services()
    unit = services.units.get_unit(unit_id)
    mine = find_my_route(services, unit)
    now = services.clock()
    visits = () if mine.route is None else mine.route.visits
    coming = [visits[index] for index in mine.left]
    passes = services.passes.list_passes(now - timedelta(hours=PASSES_H), now, unit_id)
    return good(
        unit=unit_record(unit),
        live=services.board.find_unit(unit_id),
        base=_base(unit),
        status=mine.status.value,
        plan_id=mine.plan_id,
        next_visits=[visit_record(visit) for visit in coming[:NEXT_VISITS]],
        assignment=None if mine.assignment is None else assignment_record(mine.assignment),
        passes=[pass_record(one) for one in passes],
    )


def _base(unit: Unit) -> Record | None:
    bases = get_services().bases.list_bases()
    return next((base_record(base) for base in bases if base.id == unit.base_id), None)


@units.get("/units/<unit_id>/track")
@allowed(Permission.MAP_SEE)
def track(unit_id: str) -> Response:
    """Where the unit was during the last minutes; each look is written to the audit log."""
    services = get_services()
    minutes = read_number("minutes", 60, 1, 1_440)
    services.units.get_unit(unit_id)
    now = services.clock()
    # Written before anything is shown: what cannot be audited is not shown.
    write_audit(services, get_caller(), "track.read", unit_id, f"{minutes} min")
    fixes = services.fixes.list_track(unit_id, now - timedelta(minutes=minutes), now)
    return good(unit_id=unit_id, fixes=[fix_record(fix) for fix in fixes])
