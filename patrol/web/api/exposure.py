"""Who gets how much presence: the exposure report of a quarter or of some days."""

from datetime import date

from flask import Blueprint, Response, request

from patrol.model.access import Permission
from patrol.model.errors import InputError
from patrol.usecase.exposure import (
    Period,
    days_period,
    exposure_json,
    quarter_name,
    quarter_period,
    report_exposure,
)
from patrol.usecase.services import Services
from patrol.web.caller import get_services
from patrol.web.permit import allowed
from patrol.web.reply import good

exposure = Blueprint("exposure", __name__)


@exposure.get("/reports/exposure")
@allowed(Permission.REPORT_SEE, Permission.WEIGHTS_TUNE)
def the_report() -> Response:
    """Presence by town in a quarter (`quarter=2026Q4`) or in days (`from`, `to`), and alarms."""
    services = get_services()
    return good(**exposure_json(report_exposure(services, _asked_period(services))))


def _asked_period(services: Services) -> Period:
    zone = services.config.county.zone
    first, end = request.args.get("from"), request.args.get("to")
    if first is None and end is None:
        now = services.clock()
        return quarter_period(request.args.get("quarter", quarter_name(now, zone)), zone, now)
    if first is None or end is None or "quarter" in request.args:
        raise InputError("give either quarter, or both from and to")
    return days_period(_day("from", first), _day("to", end), zone)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{name} must be a day such as 2026-10-01, got {text}") from None
