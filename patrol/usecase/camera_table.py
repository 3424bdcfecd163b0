"""The inventory as a table: written for a spreadsheet, and read back with a look before."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from patrol.model.camera import LASTING_S, Camera, Rule, RuleKind
from patrol.read.cameras import FIELDS
from patrol.read.columns import BAD_SHARE, ColumnChoice, check_bad_share
from patrol.read.table import Refusal, read_table_bytes
from patrol.read.windows import show_windows
from patrol.store.database import Saved
from patrol.usecase.access import Caller, write_audit
from patrol.usecase.cameras import tell_camera
from patrol.usecase.import_tables import read_camera_table, with_towns
from patrol.usecase.services import Services

COLUMNS = tuple(field.name for field in FIELDS)
# A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TableChange:
    """What a table does, or would do, to the inventory."""

    read: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    missing: tuple[str, ...]
    """Cameras of the inventory that the table does not name; they stay as they are."""
    refused: tuple[Refusal, ...]
    saved: Saved | None = None


def write_camera_table(cameras: Sequence[Camera]) -> str:
    """The inventory as CSV, in the columns that are read back; credentials are names of secrets.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for camera in cameras:
        writer.writerow({name: _safe(text) for name, text in _cells(camera).items()})
    return out.getvalue()


def take_camera_table(
    services: Services, caller: Caller, name: str, data: bytes, *, apply: bool
) -> TableChange:
    """Read a table of cameras and say what it changes; ``apply`` makes it so.

    Raises
    ------
    InputError
        If the file is refused. Nothing is changed then.
    """
    reading = read_camera_table(services, read_table_bytes(name, data), ColumnChoice())
    check_bad_share(reading, BAD_SHARE)
    known = {camera.id: camera for camera in services.cameras.list_cameras()}
    values = with_towns(services, reading.values)
    added = [one for one in values if one.id not in known]
    changed = [one for one in values if one.id in known and known[one.id] != one]
    saved = None
    if apply:
        saved = services.cameras.save_cameras([*added, *changed])
        write_audit(
            services,
            caller,
            "cameras.imported",
            name,
            f"{saved.added} added, {saved.changed} changed",
        )
        for one in (*added, *changed):
            tell_camera(services, one.id)
    return TableChange(
        read=reading.read,
        added=tuple(one.id for one in added),
        changed=tuple(one.id for one in changed),
        unchanged=len(values) - len(added) - len(changed),
        missing=tuple(sorted(set(known) - {one.id for one in values})),
        refused=reading.refused,
        saved=saved,
    )


def rule_entry(rule: Rule) -> dict[str, object]:
    """A rule as rule files and the API write it; only the keys that its kind has."""
    entry: dict[str, object] = {"name": rule.name, "kind": rule.kind.value}
    if rule.kind is RuleKind.CROWDING:
        entry["over"] = rule.over
    if rule.kind in LASTING_S:
        entry["lasting_s"] = rule.lasting_s
    if rule.direction:
        entry["direction"] = rule.direction
    if rule.least_height_px:
        entry["least_height_px"] = rule.least_height_px
    return entry | {"points": [list(point) for point in rule.points]}


def _cells(camera: Camera) -> dict[str, str]:
    width_px, height_px = camera.size_px or ("", "")
    rules = [rule_entry(rule) for rule in camera.rules]
    return {
        "id": camera.id,
        "name": camera.name,
        "lon": str(camera.place.lon),
        "lat": str(camera.place.lat),
        "url": camera.url,
        "owner": camera.owner,
        "rules": json.dumps(rules, ensure_ascii=False) if rules else "",
        "enabled": "yes" if camera.enabled else "no",
        "secret": camera.secret or "",
        "heading_deg": _number(camera.heading_deg),
        "fov_deg": _number(camera.fov_deg),
        "range_m": _number(camera.range_m),
        "schedule": show_windows(camera.schedule),
        "tags": " ".join(camera.tags),
        "width_px": str(width_px),
        "height_px": str(height_px),
        "town_id": camera.town_id or "",
    }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers may begin with a minus."""
    if text.startswith(_FORMULA) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
