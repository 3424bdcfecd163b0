"""What happened, for the page that plays it back."""

from datetime import timedelta

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.usecase.replay import ReplayRequest, make_replay
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import read_time
from patrol.web.permit import allowed
from patrol.web.reply import good

replay = Blueprint("replay", __name__)

USUAL = timedelta(hours=2)


@replay.get("/replay")
@allowed(Permission.INCIDENT_DISPATCH, Permission.REPORT_SEE)
def the_replay() -> Response:
    """All units' positions and the incidents of at most 24 hours; each look is audited."""
    services = get_services()
    end = read_time("to", services.clock())
    request = ReplayRequest(read_time("from", end - USUAL), end)
    return good(**make_replay(services, get_caller(), request))
