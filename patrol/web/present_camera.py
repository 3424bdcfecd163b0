"""Cameras as the API and the live map show them: numbers, states and the inventory."""

from collections.abc import Iterable, Mapping

from patrol.model.camera import Camera, CameraHealth, CameraState, Count
from patrol.read.windows import show_windows
from patrol.usecase.camera_table import TableChange, rule_entry
from patrol.usecase.cameras import digest_of
from patrol.usecase.export_counts import CountBin
from patrol.usecase.services import Services
from patrol.usecase.sync_gateway import ChannelFinding, Finding
from patrol.usecase.usual_levels import Learned
from patrol.web.present import Record, iso

MOST_LISTED = 200
"""Ids that the look before an import names; more are only counted."""


def camera_records(
    cameras: Iterable[Camera], health: Iterable[CameraHealth], latest: Iterable[Count]
) -> list[Record]:
    """Cameras with their state and what each rule counted last; never a picture or an address."""
    states = {one.camera_id: one for one in health}
    last = _last_counts(latest)
    return [
        {
            "id": camera.id,
            "name": camera.name,
            "lon": camera.place.lon,
            "lat": camera.place.lat,
            "town_id": camera.town_id,
            "owner": camera.owner,
            "tags": camera.tags,
            "enabled": camera.enabled,
            "heading_deg": camera.heading_deg,
            "fov_deg": camera.fov_deg,
            "range_m": camera.range_m,
            **_state(camera, states.get(camera.id)),
            "rules": [{"name": rule.name, "kind": rule.kind.value} for rule in camera.rules],
            "last": last.get(camera.id, {}),
        }
        for camera in cameras
    ]


def camera_detail(services: Services, camera: Camera, *, edits: bool) -> Record:
    """One camera whole; its address and the name of its secret only for those who edit."""
    health = {one.camera_id: one for one in services.cameras.list_health()}
    record = {
        **camera_records([camera], health.values(), ())[0],
        "rules": [rule_entry(rule) for rule in camera.rules],
        "schedule": show_windows(camera.schedule),
        "width_px": None if camera.size_px is None else camera.size_px[0],
        "height_px": None if camera.size_px is None else camera.size_px[1],
        "digest": digest_of(camera),
    }
    del record["last"]
    if edits:
        found = None if camera.secret is None else services.secrets.find(camera.secret)
        record |= {"url": camera.url, "secret": camera.secret, "secret_known": found is not None}
    return record


def _state(camera: Camera, health: CameraHealth | None) -> Record:
    if not camera.enabled:
        known = health is not None and health.state is CameraState.DISABLED
        since = health.since if known and health is not None else None
        return {"state": CameraState.DISABLED.value, "since": iso(since)}
    if health is None:
        return {"state": CameraState.CONNECTING.value, "since": None}
    return {"state": health.state.value, "since": iso(health.since)}


def _last_counts(latest: Iterable[Count]) -> Mapping[str, Record]:
    """By camera and rule: the sum over classes and directions of the newest interval."""
    found: dict[str, Record] = {}
    for count in latest:
        rules = found.setdefault(count.camera_id, {})
        entry = rules.setdefault(count.rule, {"value": 0.0, "peak": 0.0, "start": ""})
        entry["value"] += count.value
        entry["peak"] = max(entry["peak"], count.peak)
        entry["start"] = iso(count.start)
        entry["length_s"] = count.length_s
    return found


def withheld(records: list[Record], k: int) -> list[Record]:
    """Camera records for whoever asks over HTTP: newest counts under ``k`` are withheld.

    The live map's own frames carry them as they are, since the dispatcher must see a crowd form.
    """
    for record in records:
        for entry in record["last"].values():
            if entry["value"] < k:
                entry["value"] = entry["peak"] = None
            elif entry["peak"] < k:
                entry["peak"] = None
    return records


def bin_record(one: CountBin) -> Record:
    """One bin of one rule, class and direction."""
    return {
        "start": iso(one.start),
        "bin_min": one.bin_min,
        "watched_s": one.watched_s,
        "rule": one.rule,
        "class": one.object_class.value,
        "direction": one.direction,
        "value": one.value,
        "peak": one.peak,
        "suppressed": one.suppressed,
    }


def usual_record(one: Learned) -> Record:
    """A usual level: events an hour or, for zones, people; of hours a week or a day apart."""
    return {
        "level": round(one.usual.level, 1),
        "spread": round(one.usual.spread, 1),
        "hours": one.hours,
        "daily": one.daily,
    }


def table_change_record(change: TableChange) -> Record:
    """What a table does to the inventory."""
    return {
        "read": change.read,
        "added": change.added[:MOST_LISTED],
        "added_n": len(change.added),
        "changed": change.changed[:MOST_LISTED],
        "changed_n": len(change.changed),
        "unchanged_n": change.unchanged,
        "missing": change.missing[:MOST_LISTED],
        "missing_n": len(change.missing),
        "refused": [
            {"row": one.row, "column": one.column, "reason": one.reason}
            for one in change.refused[:MOST_LISTED]
        ],
        "applied": change.saved is not None,
    }


def finding_record(one: ChannelFinding) -> Record:
    """One channel of a gateway beside the inventory."""
    shown = one.wanted or one.camera
    return {
        "key": one.key,
        "finding": one.finding.value,
        "name": one.name,
        "online": one.online,
        "camera_id": None if shown is None else shown.id,
        "was": None if one.camera is None else one.camera.name,
        "lon": None if shown is None else shown.place.lon,
        "lat": None if shown is None else shown.place.lat,
        "town_id": None if shown is None else shown.town_id,
        "fields": one.fields,
        "takeable": one.finding is not Finding.SAME and shown is not None,
    }
