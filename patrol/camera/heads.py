"""How detectors of the COCO kind write down what they found, and how to tell one from another.

Nothing in an ONNX file says which family it is of, but the shape of its answer does, and for the
two families of one shape the size of the numbers. Read are:

========== ========================= ==================================== =======================
head       answer                    box                                  picture
========== ========================= ==================================== =======================
YOLOX      cells x (5 + classes)     grid cells (or pixels, if exported   blue first, 0..255
                                     decoded), object and class scores
YOLOv5, 7  3 cells x (5 + classes)   middle and sides in pixels, object   red first, 0..1
                                     and class scores
YOLOv8 on  (4 + classes) x cells     middle and sides in pixels, class    red first, 0..1
                                     scores
end to end few x 6                   corners in pixels, score, class      red first, 0..1
DETR       few x (4 + classes)       middle and sides as shares, class    red first, 0..1
                                     scores
========== ========================= ==================================== =======================
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRIDES = (8, 16, 32)
ANCHORS = 3
"""Boxes that YOLOv5 and YOLOv7 give in each cell."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scored:
    """What was found: corners in pixels of the input, shape (n, 4), and scores by class.

    ``scores`` has the shape (n, classes), 0..1.
    """

    corners: Floats
    scores: Floats

    @classmethod
    def of_middles(cls, middles: Floats, sides: Floats, scores: Floats) -> "Scored":
        """From middles and sides, shape (n, 2) each."""
        return cls(np.hstack((middles - sides / 2, middles + sides / 2)), scores)


@dataclass(frozen=True, slots=True)
class Head:
    """A way to write down boxes.

    ``classes`` is how many the answer tells apart, 0 where it names them by number; ``red_first``
    how the picture is wanted: red first and 0..1, or blue first and 0..255.
    """

    name: str
    classes: int
    red_first: bool
    read: Callable[[Floats], Scored]


def find_head(answer: Floats, size_px: tuple[int, int]) -> Head | None:
    """Tell the head by what the model answers to any picture.

    Parameters
    ----------
    answer
        Without the batch, shape (rows, columns).
    size_px
        (width, height) of the input.
    """
    rows, columns = answer.shape
    cells = sum((size_px[0] // stride) * (size_px[1] // stride) for stride in STRIDES)
    if columns >= 6 and rows == cells:
        # Cells reach across the picture only once they are turned into pixels.
        decoded = float(answer[:, :2].max()) > max(size_px) / 2
        read = _read_objects if decoded else _grid_reader(size_px)
        return Head("YOLOX", columns - 5, red_first=False, read=read)
    if columns >= 6 and rows == ANCHORS * cells:
        return Head("YOLOv5", columns - 5, red_first=True, read=_read_objects)
    if rows >= 5 and columns == cells:
        return Head("YOLOv8", rows - 4, red_first=True, read=_read_columns)
    if columns == 6:
        return Head("end to end", 0, red_first=True, read=_read_corners)
    if columns >= 5 and answer[:, :4].min() >= 0 and answer[:, :4].max() <= 1.5:
        return Head("DETR", columns - 4, red_first=True, read=_share_reader(size_px))
    return None


def _read_objects(answer: Floats) -> Scored:
    return Scored.of_middles(answer[:, :2], answer[:, 2:4], answer[:, 4:5] * answer[:, 5:])


def _read_columns(answer: Floats) -> Scored:
    found = answer.T
    return Scored.of_middles(found[:, :2], found[:, 2:4], found[:, 4:])


def _read_corners(answer: Floats) -> Scored:
    numbers = np.rint(answer[:, 5]).astype(np.intp)
    known = (numbers >= 0) & (answer[:, 4] > 0)
    found, numbers = answer[known], numbers[known]
    scores = np.zeros((len(found), int(numbers.max(initial=0)) + 1), dtype=np.float32)
    scores[np.arange(len(found)), numbers] = found[:, 4]
    return Scored(found[:, :4], scores)


def _share_reader(size_px: tuple[int, int]) -> Callable[[Floats], Scored]:
    scale = np.array(size_px, dtype=np.float32)

    def read(answer: Floats) -> Scored:
        return Scored.of_middles(answer[:, :2] * scale, answer[:, 2:4] * scale, answer[:, 4:])

    return read


def _grid_reader(size_px: tuple[int, int]) -> Callable[[Floats], Scored]:
    grid, stride = make_grid(size_px)

    def read(answer: Floats) -> Scored:
        middles = (answer[:, :2] + grid) * stride
        sides = np.exp(np.minimum(answer[:, 2:4], 10.0)) * stride
        return Scored.of_middles(middles, sides, answer[:, 4:5] * answer[:, 5:])

    return read


def make_grid(size_px: tuple[int, int]) -> tuple[Floats, Floats]:
    """Cell of each row, shape (n, 2), and its stride, shape (n, 1)."""
    cells, strides = [], []
    for stride in STRIDES:
        columns, rows = size_px[0] // stride, size_px[1] // stride
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        cells.append(np.column_stack((x.ravel(), y.ravel())))
        strides.append(np.full((columns * rows, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)
