"""Every head that is read: boxes written down as its family does must come back."""

from collections.abc import Callable

import numpy as np
import pytest

from patrol.camera.heads import Floats, find_head, make_grid

SIZE = (96, 64)
CELLS = 12 * 8 + 6 * 4 + 3 * 2
PERSON, CAR = 0, 2
# Corners in pixels of the input.
FOUND = {PERSON: (10.0, 8.0, 22.0, 44.0), CAR: (50.0, 20.0, 90.0, 52.0)}
SURE = 0.81


def middles(box: tuple[float, ...]) -> Floats:
    left, top, right, foot = box
    return np.array(
        ((left + right) / 2, (top + foot) / 2, right - left, foot - top), dtype=np.float32
    )


def with_objects(rows: int, *, raw: bool = False) -> Floats:
    """Answers of YOLOX and YOLOv5: the object's score and the class's."""
    answer = np.zeros((rows, 85), dtype=np.float32)
    grid, stride = make_grid(SIZE)
    if not raw:
        # Rows in which nothing is are boxes all the same, spread over the picture.
        answer[:, :2] = np.resize((grid + 0.5) * stride, (rows, 2))
        answer[:, 2:4] = 5.0
    for row, (number, box) in zip((30, 101), FOUND.items(), strict=True):
        here = middles(box)
        if raw:
            here = np.concatenate(
                (here[:2] / stride[row] - grid[row], np.log(here[2:] / stride[row]))
            )
        answer[row, :4] = here
        answer[row, 4] = answer[row, 5 + number] = np.sqrt(SURE)
    return answer


def yolov8() -> Floats:
    answer = np.zeros((84, CELLS), dtype=np.float32)
    for column, (number, box) in zip((30, 101), FOUND.items(), strict=True):
        answer[:4, column] = middles(box)
        answer[4 + number, column] = SURE
    return answer


def end_to_end() -> Floats:
    answer = np.zeros((300, 6), dtype=np.float32)
    for row, (number, box) in enumerate(FOUND.items()):
        answer[row] = (*box, SURE, number)
    return answer


def detr() -> Floats:
    answer = np.zeros((300, 84), dtype=np.float32)
    for row, (number, box) in enumerate(FOUND.items()):
        answer[row, :4] = middles(box) / np.tile(np.array(SIZE, dtype=np.float32), 2)
        answer[row, 4 + number] = SURE
    return answer


ANSWERS: dict[str, Callable[[], Floats]] = {
    "YOLOX": lambda: with_objects(CELLS, raw=True),
    "YOLOX decoded": lambda: with_objects(CELLS),
    "YOLOv5": lambda: with_objects(3 * CELLS),
    "YOLOv8": yolov8,
    "end to end": end_to_end,
    "DETR": detr,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_head_is_told_by_its_answer_and_gives_the_boxes_back(name: str) -> None:
    answer = ANSWERS[name]()
    head = find_head(answer, SIZE)
    assert head is not None
    assert name.startswith(head.name)
    assert head.red_first == (head.name != "YOLOX")
    found = head.read(answer)
    sure = found.scores.max(axis=1) > 0.5
    assert sure.sum() == len(FOUND)
    for corners, scores in zip(found.corners[sure], found.scores[sure], strict=True):
        number = int(scores.argmax())
        assert scores[number] == pytest.approx(SURE, rel=1e-5)
        np.testing.assert_allclose(corners, FOUND[number], atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1000), (CELLS, 4), (CELLS - 1, 85)])
def test_other_answers_are_no_head(shape: tuple[int, int]) -> None:
    assert find_head(np.full(shape, 7.0, dtype=np.float32), SIZE) is None
