"""The OsmAnd form protocol of Traccar Client up to version 8: one position a request.

``/ingest/osmand?id=DEVICE&timestamp=...&lat=..&lon=..``; speed is in knots, battery in percent.
The device proves itself by its token, as ``Authorization: Bearer`` or as the password of HTTP
Basic; the identifier alone opens nothing, because anybody can guess it. Tokens never stand in
addresses: those are logged.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response, request

from patrol.model.access import Permission
from patrol.model.errors import AccessError, InputError
from patrol.model.fix import Fix
from patrol.model.place import Place
from patrol.usecase.my_route import get_my_unit
from patrol.web.caller import get_caller, get_services
from patrol.web.ingest.take import Rows, take_for_unit
from patrol.web.permit import allowed

osmand = Blueprint("osmand", __name__)

KNOT_MPS = 1852 / 3600
MS_FROM = 100_000_000_000
"""Whole numbers from here on are milliseconds: as seconds they would be the year 5138."""


@osmand.route("/osmand", methods=["POST"])
@allowed(Permission.FIX_SEND)
def take() -> Response:
    """Keep one position; 200 says that it is on disk, 400 that it will never be kept."""
    services, caller = get_services(), get_caller()
    unit = get_my_unit(services, caller)
    values = request.values.to_dict()
    device_id = values.get("id") or values.get("deviceid")
    if not device_id:
        raise InputError("id must name the device")
    if device_id not in (unit.device_id, unit.id):
        raise AccessError(f"device {device_id} is not unit {unit.id}'s")
    rows = Rows(((0, parse_position(values, unit.id, services.clock())),))
    _, refused = take_for_unit(services, unit, rows)
    if refused:
        raise InputError(refused[0]["error"])
    return Response(status=200)


def parse_position(values: dict[str, str], unit_id: str, now: datetime) -> Fix:
    """One form's position in our measures.

    Raises
    ------
    InputError
        Names the field and its value.
    """
    if "location" in values:
        lat_text, _, lon_text = values["location"].partition(",")
        values = {**values, "lat": lat_text, "lon": lon_text}
    speed_knots = _number(values, "speed")
    battery_percent = _number(values, "batt")
    heading_name = "bearing" if "bearing" in values else "heading"
    return Fix(
        unit_id=unit_id,
        time=parse_time(values["timestamp"]) if "timestamp" in values else now,
        place=Place(_needed(values, "lon"), _needed(values, "lat")),
        # Terminals that stand still often send -1 for "unknown".
        speed_mps=None if speed_knots is None or speed_knots < 0 else speed_knots * KNOT_MPS,
        heading_deg=_heading(_number(values, heading_name)),
        accuracy_m=_number(values, "accuracy"),
        battery_share=None if battery_percent is None else battery_percent / 100,
    )


def parse_time(text: str) -> datetime:
    """Seconds, milliseconds (told apart by size) or ISO 8601.

    Raises
    ------
    InputError
        If it is none of these.
    """
    try:
        if text.lstrip("-").isdigit():
            number = int(text)
            return datetime.fromtimestamp(number / 1000 if number >= MS_FROM else number, UTC)
        value = datetime.fromisoformat(text.replace(" ", "+"))
    except (ValueError, OverflowError, OSError):
        raise InputError(f"timestamp must be seconds, ms or ISO 8601, got {text}") from None
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _heading(value: float | None) -> float | None:
    return None if value is None or value < 0 else value % 360


def _number(values: dict[str, str], name: str) -> float | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name} must be a number, got {text}") from None


def _needed(values: dict[str, str], name: str) -> float:
    value = _number(values, name)
    if value is None:
        raise InputError(f"{name} is missing")
    return value
