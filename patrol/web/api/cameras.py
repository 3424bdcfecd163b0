"""Cameras: the inventory, how feeds are, and what their rules counted. Never a picture here."""

from datetime import timedelta

from flask import Blueprint, Response, request

from patrol.model.access import Permission
from patrol.model.camera import Camera, RuleKind
from patrol.usecase.access import write_audit
from patrol.usecase.camera_table import take_camera_table, write_camera_table
from patrol.usecase.cameras import add_camera, change_camera, change_rules, switch_camera
from patrol.usecase.export_counts import MOST_BIN_MIN, CountBin, bin_counts, write_counts
from patrol.usecase.usual_levels import learn_usual
from patrol.web.caller import get_caller, get_services
from patrol.web.camera_payload import (
    ChangedCameraPayload,
    NewCameraPayload,
    RulesPayload,
    SwitchPayload,
)
from patrol.web.payload import read_body, read_number, read_time
from patrol.web.permit import allowed
from patrol.web.present import iso
from patrol.web.present_camera import (
    bin_record,
    camera_detail,
    camera_records,
    table_change_record,
    usual_record,
    withheld,
)
from patrol.web.reply import good

cameras = Blueprint("cameras", __name__)

DEFAULT_BIN_MIN = 5
MOST_MINUTES = 10_080


@cameras.get("/cameras")
@allowed(Permission.MAP_SEE, Permission.CAMERA_EDIT)
def list_all() -> Response:
    """All cameras with their state and newest counts; small counts are withheld."""
    services = get_services()
    records = camera_records(
        services.cameras.list_cameras(),
        services.cameras.list_health(),
        services.counts.latest(),
    )
    return good(cameras=withheld(records, services.config.cameras.suppress_under))


@cameras.post("/cameras")
@allowed(Permission.CAMERA_EDIT)
def add() -> Response:
    """Put a camera into the inventory; its town is found from its place."""
    body = read_body(NewCameraPayload)
    services = get_services()
    camera, warnings = add_camera(services, get_caller(), body.to_camera(body.id, ()))
    return _detail(camera, warnings, 201)


@cameras.get("/cameras/<camera_id>")
@allowed(Permission.MAP_SEE, Permission.CAMERA_EDIT)
def one(camera_id: str) -> Response:
    """A camera whole, with its rules; its address is for those who edit."""
    return _detail(get_services().cameras.get_camera(camera_id))


@cameras.put("/cameras/<camera_id>")
@allowed(Permission.CAMERA_EDIT)
def change(camera_id: str) -> Response:
    """Change all but the rules; 409 where somebody else was faster."""
    services = get_services()
    body = read_body(ChangedCameraPayload)
    wanted = body.to_camera(camera_id, services.cameras.get_camera(camera_id).rules)
    return _detail(*change_camera(services, get_caller(), body.digest, wanted))


@cameras.put("/cameras/<camera_id>/rules")
@allowed(Permission.CAMERA_EDIT)
def draw(camera_id: str) -> Response:
    """Take over the rules as they were drawn; workers follow within a second."""
    body = read_body(RulesPayload)
    rules = body.to_rules(f"camera {camera_id}")
    services = get_services()
    camera = change_rules(services, get_caller(), camera_id, body.digest, rules, body.size_px)
    return _detail(camera)


@cameras.post("/cameras/<camera_id>/switch")
@allowed(Permission.CAMERA_EDIT)
def switch(camera_id: str) -> Response:
    """Switch a camera on or off; doing it twice changes nothing."""
    enabled = read_body(SwitchPayload).enabled
    return _detail(switch_camera(get_services(), get_caller(), camera_id, enabled=enabled))


@cameras.get("/cameras.csv")
@allowed(Permission.CAMERA_EDIT)
def table() -> Response:
    """The inventory as CSV, in the columns that are read back; secrets by name only."""
    services = get_services()
    write_audit(services, get_caller(), "cameras.exported")
    return _csv(write_camera_table(services.cameras.list_cameras()), "cameras.csv")


@cameras.post("/cameras/import")
@allowed(Permission.CAMERA_EDIT)
def take_table() -> Response:
    """Say what a CSV or GeoJSON file of cameras would change; `apply=1` changes it."""
    name = request.args.get("name", "cameras.csv")[-80:]
    apply = bool(read_number("apply", 0, 0, 1))
    data = request.get_data(cache=False)
    change_ = take_camera_table(get_services(), get_caller(), name, data, apply=apply)
    return good(change=table_change_record(change_))


@cameras.get("/cameras/<camera_id>/counts")
@allowed(Permission.MAP_SEE, Permission.CAMERA_EDIT)
def counts(camera_id: str) -> Response:
    """Counts of the last minutes in bins; in bins under 5 minutes small numbers are withheld."""
    minutes = read_number("minutes", 60, 1, MOST_MINUTES)
    return good(bins=[bin_record(found) for found in _bins(camera_id, minutes)])


@cameras.get("/cameras/<camera_id>/usual")
@allowed(Permission.MAP_SEE, Permission.CAMERA_EDIT)
def usual(camera_id: str) -> Response:
    """What is usual at this hour of the week, by rule, and what that was learned from."""
    services = get_services()
    services.cameras.get_camera(camera_id)
    hour = services.clock().replace(minute=0, second=0, microsecond=0)
    learned = learn_usual(services, hour, camera_id)
    rules = {rule: usual_record(one) for (_, rule), one in learned.items()}
    return good(hour=iso(hour), least=services.config.cameras.alerts.least_weeks, rules=rules)


@cameras.get("/cameras/<camera_id>/counts.csv")
@allowed(Permission.REPORT_SEE, Permission.CAMERA_EDIT)
def counts_table(camera_id: str) -> Response:
    """The same as CSV, for a day unless `minutes` says otherwise; written to the audit log."""
    services = get_services()
    bins = _bins(camera_id, read_number("minutes", 1_440, 1, MOST_MINUTES))
    write_audit(services, get_caller(), "counts.exported", camera_id)
    return _csv(write_counts(bins, services.config.cameras.suppress_under), "counts.csv")


def _bins(camera_id: str, minutes: int) -> list[CountBin]:
    services = get_services()
    bin_min = read_number("bin_min", DEFAULT_BIN_MIN, 1, MOST_BIN_MIN)
    until = read_time("until", services.clock())
    camera = services.cameras.get_camera(camera_id)
    found = services.counts.list_counts(camera_id, until - timedelta(minutes=minutes), until)
    zones = {(camera_id, rule.name) for rule in camera.rules if rule.kind is RuleKind.ZONE}
    return bin_counts(found, bin_min, services.config.cameras.suppress_under, zones)


def _detail(camera: Camera, warnings: tuple[str, ...] = (), status: int = 200) -> Response:
    edits = Permission.CAMERA_EDIT in get_caller().permissions
    record = camera_detail(get_services(), camera, edits=edits)
    return good(status, camera=record, warnings=list(warnings))


def _csv(text: str, name: str) -> Response:
    # The mark at the beginning tells a spreadsheet that this is UTF-8.
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + text, headers=headers, mimetype="text/csv")
