"""Positions in JSON, from an officer's page or from a device with a token."""

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.usecase.my_route import get_my_unit
from patrol.web.caller import get_caller, get_services
from patrol.web.ingest.json_fixes import read_fixes
from patrol.web.ingest.take import take_for_unit
from patrol.web.permit import allowed
from patrol.web.reply import good

fixes = Blueprint("fixes", __name__)


@fixes.post("/fixes")
@allowed(Permission.FIX_SEND)
def take() -> Response:
    """Keep positions; the answer comes after they are on disk. One bad row refuses only itself."""
    services = get_services()
    unit = get_my_unit(services, get_caller())
    kept, refused = take_for_unit(services, unit, read_fixes(unit.id))
    return good(kept=kept, refused=refused)
