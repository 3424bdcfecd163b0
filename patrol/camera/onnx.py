"""The operator's ONNX detector: boxes of people and vehicles, and nothing else.

Read is the YOLOX family: input 1 x 3 x H x W (blue, green, red, 0..255, padded with 114), output
1 x N x (5 + classes) on grids of strides 8, 16 and 32 (Ge et al. 2021, "YOLOX", section 2). The
runtime is an extra: without it, counting is by motion alone.
"""

import importlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.camera.box import Box
from patrol.model.camera import ObjectClass
from patrol.model.errors import InputError

STRIDES = (8, 16, 32)
PADDING = 114

COCO: dict[int, ObjectClass] = {
    0: ObjectClass.PERSON,
    1: ObjectClass.BICYCLE,
    2: ObjectClass.CAR,
    3: ObjectClass.MOTORCYCLE,
    5: ObjectClass.BUS,
    7: ObjectClass.TRUCK,
}
"""The only ones of COCO's 80 classes that are ever looked at."""

Floats = NDArray[np.float32]


class OnnxDetector:
    """Find people and vehicles in pictures.

    Parameters
    ----------
    path
        The model.
    classes
        Classes that are kept.
    least_score
        Boxes below this are dropped, 0..1; low ones still continue tracks.
    threads
        Threads of one inference.

    Raises
    ------
    InputError
        If the runtime is missing, or the file is no detector that we read.
    """

    def __init__(
        self,
        path: Path,
        classes: Collection[ObjectClass] = tuple(COCO.values()),
        least_score: float = 0.15,
        threads: int = 1,
    ) -> None:
        self._session = _open_session(path, threads)
        entry = self._session.get_inputs()[0]
        shape, self._input = entry.shape, entry.name
        if len(shape) != 4 or not all(isinstance(side, int) and side > 0 for side in shape[2:]):
            raise InputError(f"model {path.name}: input must be 1 x 3 x H x W, is {shape}")
        self._size = (int(shape[3]), int(shape[2]))
        self._grid, self._stride = _make_grid(self._size)
        self._least_score = least_score
        self._columns = {5 + i: name for i, name in COCO.items() if name in set(classes)}
        if not self._columns:
            raise InputError("cameras.classes must name at least one class of the detector")
        rows = self._infer(np.zeros((8, 8, 3), dtype=np.uint8))[0].shape
        if rows[0] != len(self._grid) or rows[1] <= max(self._columns):
            raise InputError(
                f"model {path.name}: output must be {len(self._grid)} x (5 + classes), is {rows}"
            )

    def find(self, color: NDArray[np.uint8]) -> list[Box]:
        """Boxes in pixels of the picture, shape (height, width, 3), blue first."""
        rows, scale = self._infer(color)
        names = list(self._columns)
        scores = rows[:, 4:5] * rows[:, names]
        best = scores.argmax(axis=1)
        sure = scores[np.arange(len(rows)), best]
        keep = sure >= self._least_score
        center = (rows[keep, :2] + self._grid[keep]) * self._stride[keep]
        size = np.exp(np.minimum(rows[keep, 2:4], 10.0)) * self._stride[keep]
        corner = (center - size / 2) / scale
        size = size / scale
        found = [
            Box(float(x), float(y), float(w), float(h), self._columns[names[name]], float(score))
            for (x, y), (w, h), name, score in zip(
                corner, size, best[keep], sure[keep], strict=True
            )
        ]
        return without_doubles(found)

    def _infer(self, color: NDArray[np.uint8]) -> tuple[Floats, float]:
        """The model's rows, and the scale at which it saw the picture."""
        width, height = self._size
        scale = min(width / color.shape[1], height / color.shape[0])
        size = (round(color.shape[1] * scale), round(color.shape[0] * scale))
        shrinks = scale < 1
        small = cv2.resize(
            color, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        sheet = np.full((height, width, 3), PADDING, dtype=np.uint8)
        sheet[: size[1], : size[0]] = small
        tensor = np.ascontiguousarray(sheet.transpose(2, 0, 1)[None], dtype=np.float32)
        rows: Floats = self._session.run(None, {self._input: tensor})[0][0]
        return rows, scale


def without_doubles(boxes: Sequence[Box], most_overlap: float = 0.5) -> list[Box]:
    """Keep the surest of boxes that cover the same thing."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: -one.score):
        if all(box.overlap_share(other) <= most_overlap for other in kept):
            kept.append(box)
    return kept


def _open_session(path: Path, threads: int) -> Any:
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise InputError(
            "a detector needs onnxruntime: install the extra with `pip install patrol[onnx]`"
        ) from error
    if not path.is_file():
        raise InputError(f"model {path}: no such file")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # The runtime's errors have no base but Exception.
        raise InputError(f"model {path.name} cannot be read: {error}") from error


def _make_grid(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Cell of each row, shape (n, 2), and its stride, shape (n, 1)."""
    cells, strides = [], []
    for stride in STRIDES:
        columns, rows = size[0] // stride, size[1] // stride
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        cells.append(np.column_stack((x.ravel(), y.ravel())))
        strides.append(np.full((columns * rows, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)
