"""Files of incidents: uploading them, what is wrong with them, and what is left out."""

import tempfile
from pathlib import Path

from flask import Blueprint, Response, request

from patrol.model.access import Permission
from patrol.model.errors import InputError
from patrol.model.fault import Fault, FaultChoice
from patrol.model.incident import Source
from patrol.model.mark import ExcludedPoint
from patrol.model.place import Place
from patrol.read.columns import parse_choice
from patrol.read.times import find_zone
from patrol.store.marks import ExclusionStore
from patrol.store.quality import FaultStore, ImportReport, ImportReportStore
from patrol.usecase.access import write_audit
from patrol.usecase.import_incidents import EXCLUDE_RADIUS_M
from patrol.usecase.import_upload import Upload, check_stored_apart, import_upload, safe_name
from patrol.web.api.hotspots import get_book
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import ExcludePayload, FaultPayload, read_body
from patrol.web.permit import allowed
from patrol.web.present import Record, iso
from patrol.web.reply import good, kept_json

imports = Blueprint("imports", __name__)

MAX_UPLOAD_BYTES = 64_000_000
"""Largest file, packed or not; a year of a large county takes some 10 MB packed."""
_CHUNK_BYTES = 1_000_000


@imports.get("/imports")
@allowed(Permission.DATA_IMPORT)
def reports() -> Response:
    """The newest imports with their counts, and what is left out."""
    services = get_services()
    found = ImportReportStore(services.db).list_reports()
    return kept_json({"ok": True, "imports": [_summary(one) for one in found], **_choices()})


@imports.get("/imports/<report_id>")
@allowed(Permission.DATA_IMPORT)
def report(report_id: str) -> Response:
    """All that an import found wrong, with the suspicious points for the map."""
    found = ImportReportStore(get_services().db).get_report(report_id)
    return kept_json({"ok": True, **_summary(found), **found.body})


@imports.post("/imports/incidents")
@allowed(Permission.DATA_IMPORT)
def upload() -> Response:
    """Read the file in the body: check it (`check=1`, the default) or import it (`check=0`)."""
    services, caller = get_services(), get_caller()
    wanted = _upload()
    request.max_content_length = MAX_UPLOAD_BYTES
    with tempfile.TemporaryDirectory(prefix="patrol-upload-") as folder:
        file = Path(folder) / safe_name(request.args.get("name", ""))
        with file.open("wb") as stream:
            while chunk := request.stream.read(_CHUNK_BYTES):
                stream.write(chunk)
        answer = import_upload(services, file, wanted, caller.name)
        if not wanted.check_only:
            what = f"{answer['added']} of {answer['read']} rows added"
            write_audit(services, caller, "incidents.imported", file.name, what)
            get_book().forget()
    return good(**{key: value for key, value in answer.items() if key not in {"ok", "quality"}})


@imports.post("/imports/stored")
@allowed(Permission.DATA_IMPORT)
def stored() -> Response:
    """Report on the incidents that are stored already."""
    answer = check_stored_apart(get_services(), get_caller().name)
    return good(read=answer["read"], warnings=answer["warnings"])


@imports.post("/exclusions")
@allowed(Permission.DATA_IMPORT)
def exclude() -> Response:
    """Leave incidents at a point out, on the map and at every later import."""
    services, caller = get_services(), get_caller()
    body = read_body(ExcludePayload)
    radius_m = EXCLUDE_RADIUS_M if body.radius_m is None else body.radius_m
    point = ExcludedPoint(
        Place(round(body.lon, 6), round(body.lat, 6)), radius_m, body.label, services.clock()
    )
    ExclusionStore(services.db).save_points([point])
    write_audit(services, caller, "point.excluded", point.id, body.label)
    get_book().forget()
    return good(**_choices())


@imports.delete("/exclusions/<point_id>")
@allowed(Permission.DATA_IMPORT)
def include(point_id: str) -> Response:
    """Let incidents at a point count again."""
    services = get_services()
    ExclusionStore(services.db).drop_point(point_id)
    write_audit(services, get_caller(), "point.included", point_id)
    get_book().forget()
    return good(**_choices())


@imports.put("/faults/<fault>")
@allowed(Permission.DATA_IMPORT)
def choose(fault: str) -> Response:
    """Leave rows with a fault out, or let them count again."""
    services, caller = get_services(), get_caller()
    chosen = _fault(fault)
    store = FaultStore(services.db)
    if read_body(FaultPayload).left_out:
        store.leave_out(FaultChoice(chosen, services.clock(), caller.name))
        write_audit(services, caller, "fault.left_out", chosen.value)
    else:
        store.take_in(chosen)
        write_audit(services, caller, "fault.taken_in", chosen.value)
    get_book().forget()
    return good(**_choices())


def _fault(text: str) -> Fault:
    try:
        return Fault(text)
    except ValueError:
        known = ", ".join(fault.value for fault in Fault)
        raise InputError(f"fault must be one of {known}, got {text}") from None


def _upload() -> Upload:
    """How the file is to be read, checked here so that a mistake costs no upload."""
    args = request.args
    try:
        source = Source(args.get("source", ""))
    except ValueError:
        known = ", ".join(one.value for one in Source)
        raise InputError(f"source must be one of {known}, got {args.get('source', '')!r}") from None
    columns, zone = args.get("columns", ""), args.get("tz", "")
    parse_choice(columns)
    if zone:
        find_zone(zone)
    allow = args.get("allow_bad")
    try:
        share = None if allow is None else float(allow)
    except ValueError:
        share = float("nan")
    if share is not None and not 0 <= share <= 1:
        raise InputError(f"allow_bad must be in [0, 1], got {allow}")
    check = args.get("check", "1")
    if check not in {"0", "1"}:
        raise InputError(f"check must be 0 or 1, got {check}")
    return Upload(source, columns, zone, check_only=check == "1", allow_bad_share=share)


def _summary(found: ImportReport) -> Record:
    body = found.body
    return {
        "id": found.id,
        "at": iso(found.at),
        "actor": found.actor,
        "file": found.file,
        "source": found.source,
        **{
            key: body.get(key)
            for key in ("read", "kept", "refused", "duplicates", "added", "known", "checked_only")
        },
    }


def _choices() -> Record:
    db = get_services().db
    return {
        "points": [
            {
                "id": point.id,
                "lon": point.place.lon,
                "lat": point.place.lat,
                "radius_m": point.radius_m,
                "label": point.label,
                "at": iso(point.at),
            }
            for point in ExclusionStore(db).list_points()
        ],
        "faults": [
            {"fault": choice.fault.value, "at": iso(choice.at), "actor": choice.actor}
            for choice in FaultStore(db).list_choices()
        ],
    }
