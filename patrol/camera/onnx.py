"""The operator's ONNX detector: boxes of people and vehicles, and nothing else.

Read are models with one picture as input, 1 x 3 x H x W, padded with 114 to the right and below,
and one of the answers of :mod:`patrol.camera.heads`. Classes are COCO's 80 by number, unless the
file names its own. The runtime is an extra: without it, counting is by motion alone.
"""

import ast
import importlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.camera.box import Box
from patrol.camera.heads import Floats, Head, find_head
from patrol.model.camera import ObjectClass
from patrol.model.errors import InputError

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

SPELLED = {"motorbike": "motorcycle"}
"""Other names that models give to these classes."""


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
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise InputError(f"model {path.name}: must have one input, has {len(inputs)}")
        entry, shape, self._input = inputs[0], inputs[0].shape, inputs[0].name
        if len(shape) != 4 or not all(isinstance(side, int) and side > 0 for side in shape[2:]):
            raise InputError(
                f"model {path.name}: input must be 1 x 3 x H x W with fixed sides, is {shape}"
            )
        self._size = (int(shape[3]), int(shape[2]))
        self._kind: type[np.floating[Any]] = (
            np.float16 if entry.type == "tensor(float16)" else np.float32
        )
        self._head = self._find_head(path.name)
        self._least_score = least_score
        numbers = _class_numbers(self._session.get_modelmeta().custom_metadata_map)
        self._columns = {i: name for i, name in numbers.items() if name in set(classes)}
        if not self._columns:
            raise InputError("cameras.classes must name at least one class of the detector")
        if self._head.classes and self._head.classes <= max(self._columns):
            raise InputError(
                f"model {path.name}: tells {self._head.classes} classes apart and does not name "
                f"them; of COCO's order class {max(self._columns)} is needed"
            )

    def _find_head(self, name: str) -> Head:
        """The head, by what the model answers to a gray picture."""
        width, height = self._size
        blank = np.full((height, width, 3), PADDING, dtype=np.uint8)
        # Which color comes first does not matter yet: shapes tell heads apart, and where boxes lie.
        answer = self._answer(blank, red_first=False)
        if answer.ndim == 2:
            head = find_head(answer, self._size)
            if head is not None:
                return head
        raise InputError(
            f"model {name}: answers {' x '.join(map(str, answer.shape))}, which is none of YOLOX, "
            "YOLOv5, YOLOv8, end to end or DETR (docs/cameras.md)"
        )

    def find(self, color: NDArray[np.uint8]) -> list[Box]:
        """Boxes in pixels of the picture, shape (height, width, 3), blue first."""
        sheet, scale = self._sheet(color)
        found = self._head.read(self._answer(sheet, red_first=self._head.red_first))
        numbers = [i for i in self._columns if i < found.scores.shape[1]]
        if not numbers:
            return []
        scores = found.scores[:, numbers]
        best = scores.argmax(axis=1)
        sure = scores[np.arange(len(scores)), best]
        keep = sure >= self._least_score
        boxes = [
            Box(float(x), float(y), float(r - x), float(b - y), self._columns[numbers[k]], float(p))
            for (x, y, r, b), k, p in zip(
                found.corners[keep] / scale, best[keep], sure[keep], strict=True
            )
        ]
        return without_doubles(boxes)

    def _sheet(self, color: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
        """The picture as large as the model's input, and the scale at which it is on it."""
        width, height = self._size
        scale = min(width / color.shape[1], height / color.shape[0])
        size = (round(color.shape[1] * scale), round(color.shape[0] * scale))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        sheet = np.full((height, width, 3), PADDING, dtype=np.uint8)
        sheet[: size[1], : size[0]] = cv2.resize(color, size, interpolation=way)
        return sheet, scale

    def _answer(self, sheet: NDArray[np.uint8], *, red_first: bool) -> Floats:
        """What the model says to a picture, without the batch."""
        pixels = sheet[:, :, ::-1] if red_first else sheet
        tensor = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], dtype=self._kind)
        if red_first:
            tensor /= 255
        said = self._session.run(None, {self._input: tensor})[0]
        return np.asarray(said[0], dtype=np.float32)


def _class_numbers(told: Mapping[str, str]) -> dict[int, ObjectClass]:
    """Our classes by the model's numbers: by the names in the file, else as COCO has them."""
    try:
        names = ast.literal_eval(told.get("names", ""))
        pairs = [(int(number), str(name)) for number, name in dict(names).items()]
    except (ValueError, TypeError, SyntaxError):
        return COCO
    known = {one.value: one for one in COCO.values()}
    spelled = ((number, SPELLED.get(name.lower(), name.lower())) for number, name in pairs)
    return {number: known[name] for number, name in spelled if name in known}


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
