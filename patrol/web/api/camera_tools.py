"""Stills to draw rules on, and gateways to take cameras over from: for who keeps the inventory."""

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.model.errors import ConflictError, OutsideError
from patrol.usecase.access import write_audit
from patrol.usecase.ask_still import ask_still
from patrol.usecase.sync_gateway import compare_gateway, list_gateways, take_over
from patrol.web.caller import get_caller, get_services
from patrol.web.camera_payload import PickedPayload
from patrol.web.payload import read_body
from patrol.web.permit import allowed
from patrol.web.present_camera import finding_record
from patrol.web.reply import good

camera_tools = Blueprint("camera_tools", __name__)


@camera_tools.post("/cameras/<camera_id>/still")
@allowed(Permission.CAMERA_STILL)
def still(camera_id: str) -> Response:
    """A coarse still of the empty scene, where the county allows stills; each is audited."""
    services = get_services()
    try:
        found = ask_still(services, camera_id)
    except OutsideError as error:
        # Not a fault of the service, so the reason is told: away, asked just now, not known yet.
        raise ConflictError(str(error)) from error
    write_audit(services, get_caller(), "camera.still", camera_id)
    width_px, height_px = found.size_px
    headers = {
        "X-Picture-Width": str(width_px),
        "X-Picture-Height": str(height_px),
        "Cache-Control": "no-store",
    }
    return Response(found.jpeg, headers=headers, mimetype="image/jpeg")


@camera_tools.get("/gateways")
@allowed(Permission.CAMERA_EDIT)
def gateways() -> Response:
    """Names of the GB/T 28181 gateways."""
    return good(gateways=list(list_gateways(get_services())))


@camera_tools.get("/gateways/<name>/channels")
@allowed(Permission.CAMERA_EDIT)
def channels(name: str) -> Response:
    """What the gateway has, compared with the inventory: new, changed, gone, same."""
    try:
        found = compare_gateway(get_services(), name)
    except OutsideError as error:
        raise ConflictError(str(error)) from error
    return good(channels=[finding_record(one) for one in found])


@camera_tools.post("/gateways/<name>/take")
@allowed(Permission.CAMERA_EDIT)
def take(name: str) -> Response:
    """Take over the channels that were picked; what is gone is switched off."""
    picked = read_body(PickedPayload).keys
    try:
        done = take_over(get_services(), get_caller(), name, picked)
    except OutsideError as error:
        raise ConflictError(str(error)) from error
    return good(
        added=list(done.added),
        changed=list(done.changed),
        disabled=list(done.disabled),
        failed=list(done.failed),
    )
