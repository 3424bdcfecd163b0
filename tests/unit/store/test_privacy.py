"""No table, event, payload or value of ours could hold a picture or say who somebody is."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text

import patrol.model
import patrol.web
from patrol.model.alert import AlertKind, CameraAlert
from patrol.model.camera import (
    Camera,
    CameraHealth,
    CameraState,
    Count,
    Notice,
    ObjectClass,
    RuleKind,
)
from patrol.model.place import Place
from patrol.store.schema import metadata
from patrol.usecase.alerts import alert_record
from patrol.usecase.export_counts import bin_counts
from patrol.usecase.fold_counts import counted_payload, noticed_payload, state_payload
from patrol.web.payload import Payload
from patrol.web.present_camera import bin_record, camera_records

ROOT = Path(__file__).resolve().parents[3]

PICTURE = {
    *("image", "picture", "frame", "pixel", "crop", "thumb", "thumbnail", "snapshot", "photo"),
    *("jpeg", "jpg", "png", "bitmap", "video", "blob", "base64"),
}
PERSON = {
    *("face", "plate", "licence", "license", "identity", "person", "embedding", "feature"),
    *("gender", "age", "race", "skin", "gait", "clothes", "citizen", "passport", "idcard"),
    *("birth", "birthday", "surname", "forename", "caller", "suspect", "victim", "witness"),
    *("track", "trajectory", "object_id", "track_id"),
}
RAW = (bytes, bytearray, memoryview, np.ndarray)

BINARY_COLUMNS = {("sealed_minutes", "body")}
"""Positions of units, packed; docs/storage.md says byte by byte what is in it."""


def words(name: str) -> set[str]:
    """The words of a name, and the name itself."""
    return {*re.split(r"[_\W]+", name.lower()), name.lower()}


def suspicious(name: str) -> set[str]:
    """The words of a name that no schema of ours may have."""
    return words(name) & (PICTURE | PERSON)


# ---- tables ------------------------------------------------------------------------------


def bad_columns(tables: MetaData) -> list[str]:
    """Columns that could hold what they must not."""
    return [
        f"{table.name}.{column.name}"
        for table in tables.tables.values()
        for column in table.columns
        if suspicious(column.name)
        or (
            isinstance(column.type, LargeBinary) and (table.name, column.name) not in BINARY_COLUMNS
        )
    ]


def test_no_table_could_hold_a_picture_or_a_person() -> None:
    assert bad_columns(metadata) == []


@pytest.mark.parametrize(
    "column", [Column("body", LargeBinary), Column("face_id", Text), Column("still_jpeg", Text)]
)
def test_a_table_that_could_is_found(column: Column[Any]) -> None:
    tables = MetaData()
    Table("cameras", tables, column)
    assert bad_columns(tables) == [f"cameras.{column.name}"]


def test_cameras_tables_have_these_columns_and_no_others() -> None:
    known = {
        "cameras": "id name lon lat url town_id owner rules enabled secret heading_deg fov_deg "
        "range_m schedule tags width_px height_px",
        "camera_health": "camera_id state since_us fps",
        "counts": "camera_id start_us rule object_class direction length_s value peak epoch",
        "camera_alerts": "id camera_id kind rule opened_us newest_us value usual times state "
        "ended_us acknowledged_us done_us incident_id",
    }
    for name, columns in known.items():
        assert [column.name for column in metadata.tables[name].columns] == columns.split()


# ---- values and payloads -----------------------------------------------------------------


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(module.name)


def types_in(hint: object) -> Iterator[type]:
    """Every plain type inside a type hint."""
    if isinstance(hint, type):
        yield hint
    origin = typing.get_origin(hint)
    if isinstance(origin, type):
        yield origin
    for part in typing.get_args(hint):
        yield from types_in(part)


def bad_fields(kind: type) -> list[str]:
    """Fields of a value or payload that could hold what they must not."""
    return [
        f"{kind.__name__}.{name}"
        for name, hint in typing.get_type_hints(kind).items()
        if not name.startswith("_")
        and (suspicious(name) or any(issubclass(one, RAW) for one in types_in(hint)))
    ]


def values() -> list[type]:
    found = {
        kind
        for module in modules(patrol.model)
        for _, kind in inspect.getmembers(module, dataclasses.is_dataclass)
        if isinstance(kind, type)
    }
    return sorted(found, key=lambda kind: kind.__qualname__)


def payloads() -> list[type[BaseModel]]:
    list(modules(patrol.web))
    found: list[type[BaseModel]] = []
    waiting: list[type[BaseModel]] = [Payload]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: kind.__qualname__)


@pytest.mark.parametrize("kind", values(), ids=lambda kind: kind.__name__)
def test_no_value_could_hold_a_picture_or_a_person(kind: type) -> None:
    assert bad_fields(kind) == []


@pytest.mark.parametrize("kind", payloads(), ids=lambda kind: kind.__name__)
def test_no_payload_takes_a_picture_or_a_person(kind: type[BaseModel]) -> None:
    assert bad_fields(kind) == []
    assert kind.model_config.get("extra") == "forbid"


def test_there_are_values_and_payloads_to_look_at() -> None:
    assert len(values()) > 30
    assert len(payloads()) > 10


def test_a_value_that_could_is_found() -> None:
    @dataclasses.dataclass
    class Sighting:
        plate: str
        view: bytes
        shape: "np.ndarray[Any, Any]"
        count: int

    Sighting.__annotations__["shape"] = np.ndarray
    assert bad_fields(Sighting) == ["Sighting.plate", "Sighting.view", "Sighting.shape"]


# ---- what is told and answered -----------------------------------------------------------

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
COUNT = Count("K1", "gate", AT, 60, ObjectClass.PERSON, "left_to_right", 7.0)
CAMERA = Camera("K1", "东口", Place(120.0, 30.0), "rtsp://10.0.0.1/sub", secret="gate")
HEALTH = CameraHealth("K1", CameraState.ONLINE, AT, 25.0)

TOLD: dict[str, Any] = {
    "camera.counted": counted_payload("K1", 3, [COUNT]),
    "camera.noticed": noticed_payload(3, Notice("K1", "gate", RuleKind.CROWDING, AT, 12)),
    "camera.state": state_payload(HEALTH),
    "alert.changed": alert_record(CameraAlert("a", "K1", AlertKind.HIGH, AT, AT), CAMERA),
    "GET /cameras": camera_records([CAMERA], [HEALTH], [COUNT])[0],
    "GET /cameras/ID/counts": bin_record(bin_counts([COUNT], 5, 5)[0]),
}


def leaves(told: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(told, dict):
        for key, value in told.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(told, list | tuple):
        for value in told:
            yield from leaves(value, path)
    else:
        yield path, told


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_of_cameras_is_numbers_names_and_times(name: str) -> None:
    for path, value in leaves(TOLD[name]):
        assert not suspicious(path), path
        assert value is None or isinstance(value, str | int | float | bool), path
        assert "rtsp" not in str(value), path
        assert len(str(value)) <= 120, path


def test_no_event_is_documented_with_a_picture_or_a_person() -> None:
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `[a-z.]+` \|[^|]*\|(.*)\|$", page, re.MULTILINE)
    assert len(rows) > 10
    fields = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert {name for name in fields if suspicious(name)} == set()


# ---- where a still may pass --------------------------------------------------------------


def test_a_still_passes_through_these_files_alone() -> None:
    """The one thing that comes from a picture: asked of a worker, answered, never kept."""
    passing = set()
    for path in sorted((ROOT / "patrol").rglob("*.py")):
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        if names & {"Still", "make_still", "jpeg", "ask_still", "serve_stills", "imencode"}:
            passing.add(str(path.relative_to(ROOT / "patrol")))
    assert passing == {
        "camera/still.py",
        "camera/feed.py",
        "camera/loop.py",
        "usecase/ask_still.py",
        "worker/cameras.py",
        "worker/isolate.py",
        "web/api/camera_tools.py",
    }
