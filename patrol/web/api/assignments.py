"""What the unit that was sent does next: accept, arrive, finish."""

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.usecase.dispatch import Step, take_step
from patrol.web.caller import get_caller, get_services
from patrol.web.permit import allowed
from patrol.web.reply import good

assignments = Blueprint("assignments", __name__)


@assignments.post("/assignments/<assignment_id>/<any(accept, arrive, finish):step>")
@allowed(Permission.ROUTE_OWN, Permission.INCIDENT_DISPATCH)
def take(assignment_id: str, step: str) -> Response:
    """Officers speak for their own unit, dispatchers for all; saying it twice changes nothing."""
    return good(incident=take_step(get_services(), get_caller(), assignment_id, Step(step)))
