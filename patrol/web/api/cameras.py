"""Cameras: where, how they are, and what their rules counted. Never a picture."""

from datetime import timedelta

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.web.caller import get_services
from patrol.web.payload import read_number
from patrol.web.permit import allowed
from patrol.web.present import camera_records, count_record
from patrol.web.reply import good

cameras = Blueprint("cameras", __name__)


@cameras.get("/cameras")
@allowed(Permission.MAP_SEE)
def list_all() -> Response:
    """All cameras with their state and newest counts."""
    services = get_services()
    records = camera_records(
        services.cameras.list_cameras(),
        services.cameras.list_health(),
        services.counts.latest(),
    )
    return good(cameras=records)


@cameras.get("/cameras/<camera_id>/counts")
@allowed(Permission.MAP_SEE)
def counts(camera_id: str) -> Response:
    """What the camera's rules counted in the last minutes."""
    services = get_services()
    minutes = read_number("minutes", 60, 1, 10_080)
    services.cameras.get_camera(camera_id)
    now = services.clock()
    found = services.counts.list_counts(camera_id, now - timedelta(minutes=minutes), now)
    return good(bins=[count_record(count) for count in found])
