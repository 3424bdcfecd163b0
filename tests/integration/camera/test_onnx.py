"""Detectors of other families through the real runtime, as files of a few bytes."""

from pathlib import Path

import numpy as np
import pytest

from patrol.camera.onnx import OnnxDetector
from patrol.model.camera import ObjectClass
from patrol.model.errors import InputError
from tests.integration.camera.onnx_file import save_model

SIZE = (96, 64)
CELLS = 126
PICTURE = np.zeros((128, 192, 3), dtype=np.uint8)


def columns(classes: int, number: int) -> "np.typing.NDArray[np.float32]":
    """A YOLOv8's answer with one thing of a class, and another of class 1."""
    answer = np.zeros((1, 4 + classes, CELLS), dtype=np.float32)
    answer[0, :4, 7] = (30, 30, 10, 20)
    answer[0, 4 + number, 7] = 0.9
    answer[0, :4, 50] = (70, 30, 20, 10)
    answer[0, 5, 50] = 0.8
    return answer


def test_model_is_read_and_its_boxes_are_in_pixels_of_the_picture(tmp_path: Path) -> None:
    save_model(tmp_path / "eight.onnx", columns(80, 0), SIZE)
    person, bicycle = OnnxDetector(tmp_path / "eight.onnx").find(PICTURE)
    assert person.object_class is ObjectClass.PERSON
    assert (person.left, person.top, person.width, person.height) == (50, 40, 20, 40)
    assert person.score == pytest.approx(0.9)
    assert bicycle.object_class is ObjectClass.BICYCLE


def test_classes_that_are_not_counted_are_left_out(tmp_path: Path) -> None:
    save_model(tmp_path / "eight.onnx", columns(80, 0), SIZE)
    only = OnnxDetector(tmp_path / "eight.onnx", [ObjectClass.PERSON]).find(PICTURE)
    assert [box.object_class for box in only] == [ObjectClass.PERSON]


def test_names_in_the_file_come_before_the_order_of_coco(tmp_path: Path) -> None:
    names = {"names": str({0: "face", 1: "Motorbike", 2: "person"})}
    save_model(tmp_path / "own.onnx", columns(3, 2), SIZE, names)
    found = OnnxDetector(tmp_path / "own.onnx").find(PICTURE)
    assert [box.object_class for box in found] == [ObjectClass.PERSON, ObjectClass.MOTORCYCLE]
    # A face is none of the classes that may be counted, whatever the file calls it.
    save_model(tmp_path / "face.onnx", columns(3, 0), SIZE, names)
    assert len(OnnxDetector(tmp_path / "face.onnx").find(PICTURE)) == 1


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    save_model(tmp_path / "few.onnx", columns(3, 0), SIZE)
    with pytest.raises(InputError, match="tells 3 classes apart"):
        OnnxDetector(tmp_path / "few.onnx")
    save_model(tmp_path / "kinds.onnx", np.zeros((1, 1000), dtype=np.float32), SIZE)
    with pytest.raises(InputError, match="answers 1000, which is none of"):
        OnnxDetector(tmp_path / "kinds.onnx")
    save_model(tmp_path / "two.onnx", columns(80, 0), SIZE, inputs=2)
    with pytest.raises(InputError, match="must have one input, has 2"):
        OnnxDetector(tmp_path / "two.onnx")
