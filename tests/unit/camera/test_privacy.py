"""Only numbers leave the cameras' ring: no field of it could hold a picture or a person."""

import ast
import dataclasses
import importlib
import pkgutil
import typing
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import pytest

import patrol.camera
from patrol.camera.feed import Sink
from patrol.camera.onnx import COCO
from patrol.model.camera import CameraHealth, Count, Notice, ObjectClass

ALLOWED: tuple[type, ...] = (str, int, float, datetime)

SUSPICIOUS = (
    *("image", "picture", "frame", "pixel", "crop", "thumb", "snapshot", "still", "jpeg", "png"),
    *("face", "plate", "identity", "person_id", "track", "embedding", "feature", "vector"),
    *("gender", "age_y", "look", "name_of"),
)

# What writes pictures to a disk or shows them.
WRITERS = {
    "imwrite",
    "imencode",
    "VideoWriter",
    "imshow",
    "tofile",
    "save",
    "savez",
    "dump",
    "dumps",
}


def leaving() -> tuple[type, ...]:
    return Count, CameraHealth, Notice


@pytest.mark.parametrize("kind", leaving())
def test_what_leaves_holds_numbers_names_and_times_only(kind: type) -> None:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        assert hint in ALLOWED or (isinstance(hint, type) and issubclass(hint, StrEnum)), field.name
        assert not any(word in field.name for word in SUSPICIOUS), field.name


def test_nothing_but_counts_and_health_leaves_a_feed() -> None:
    hints = typing.get_type_hints(Sink)
    assert set(hints) == {"counted", "changed", "noticed"}
    assert typing.get_args(hints["counted"])[0] == [list[Count]]
    assert typing.get_args(hints["changed"])[0] == [CameraHealth]
    assert typing.get_args(hints["noticed"])[0] == [Notice]


def test_no_class_beyond_people_as_such_and_vehicles_can_be_counted() -> None:
    assert {str(name) for name in ObjectClass} == {
        *("object", "person", "bicycle", "car", "motorcycle", "bus", "truck"),
    }
    assert set(COCO.values()) <= set(ObjectClass)


def modules() -> Iterator[Path]:
    for module in pkgutil.walk_packages(patrol.camera.__path__, "patrol.camera."):
        file = importlib.import_module(module.name).__file__
        assert file is not None
        yield Path(file)


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: path.name)
def test_no_camera_module_can_write_a_picture(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            may = {"imencode"} if path.name == "still.py" else set()
            assert node.attr not in WRITERS - may, f"{path.name}:{node.lineno} uses {node.attr}"
            assert node.attr not in {"write_bytes", "write_text", "NamedTemporaryFile"}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "open", f"{path.name}:{node.lineno} opens a file"


def test_package_brings_no_face_or_plate_library() -> None:
    wanted = (Path(patrol.camera.__file__).resolve().parents[2] / "setup.cfg").read_text()
    for name in ("face", "dlib", "insightface", "deepface", "alpr", "easyocr", "tesseract"):
        assert name not in wanted.lower()
