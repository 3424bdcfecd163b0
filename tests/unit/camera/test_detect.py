import numpy as np
import pytest

from patrol.camera.box import Box
from patrol.camera.detect import BlobDetector, believed, with_looks
from patrol.camera.motion import Foreground
from patrol.camera.perspective import Perspective
from tests.unit.camera import scenes

SIZE = (scenes.WIDTH, scenes.HEIGHT)


def foreground(*people: tuple[float, float], tall: float = 60.0) -> Foreground:
    mask = np.zeros((scenes.HEIGHT, scenes.WIDTH), dtype=np.uint8)
    for x, foot_y in people:
        mask = scenes.with_person(mask, x, foot_y, tall, shade=255)
    return Foreground(mask, float((mask > 0).mean()))


def feet(boxes: list[Box]) -> list[float]:
    return sorted(box.foot_x for box in boxes)


@pytest.fixture
def detector() -> BlobDetector:
    made = BlobDetector(SIZE)
    scenes.known_perspective(made.perspective)
    return made


def test_one_walker_is_one_box(detector: BlobDetector) -> None:
    (box,) = detector.find(foreground((100, 180)))
    assert abs(box.foot_x - 100) < 3
    assert abs(box.foot_y - 180) < 3


@pytest.mark.parametrize("apart", [18, 22, 26])
def test_two_side_by_side_are_two_boxes(detector: BlobDetector, apart: int) -> None:
    boxes = detector.find(foreground((100, 180), (100 + apart, 180)))
    assert len(boxes) == 2
    np.testing.assert_allclose(feet(boxes), [100, 100 + apart], atol=7)


def test_four_in_a_row_are_four_boxes(detector: BlobDetector) -> None:
    assert len(detector.find(foreground(*((100.0 + 20 * i, 180.0) for i in range(4))))) == 4


def test_one_behind_the_other_are_two_boxes(detector: BlobDetector) -> None:
    boxes = detector.find(foreground((100, 180), (104, 135)))
    assert len(boxes) == 2
    assert sorted(round(box.foot_y, -1) for box in boxes)[1] == 180


def test_solid_wide_thing_stays_one_box(detector: BlobDetector) -> None:
    mask = np.zeros((scenes.HEIGHT, scenes.WIDTH), dtype=np.uint8)
    mask[120:170, 80:200] = 255
    assert len(detector.find(Foreground(mask, 0.08))) == 1


def test_specks_are_nothing(detector: BlobDetector) -> None:
    mask = np.zeros((scenes.HEIGHT, scenes.WIDTH), dtype=np.uint8)
    mask[50:54, 50:54] = mask[100:108, 200:206] = 255
    assert detector.find(Foreground(mask, 0.01)) == []


def test_tracks_tell_two_who_look_like_one(detector: BlobDetector) -> None:
    together = foreground((100, 180), (114, 180))
    assert len(detector.find(together)) == 1
    expected = [Box(87, 120, 26, 60), Box(101, 120, 26, 60)]
    assert len(detector.find(together, expected)) == 2


def test_perspective_is_learned_from_walkers_in_spite_of_groups(
    rng: np.random.Generator,
) -> None:
    perspective = Perspective(480)
    for i in range(200):
        foot_y = float(rng.uniform(150, 450))
        tall = 20 + 0.2 * foot_y
        # A fifth is merged with somebody behind, or cut off at the knees.
        tall *= float(rng.choice([1.6, 0.7])) if i % 5 == 0 else float(rng.normal(1, 0.05))
        perspective.learn(foot_y, tall)
    assert perspective.known
    assert abs(perspective.person_px(200) - 60) < 5
    assert abs(perspective.person_px(400) - 100) < 6
    heads = np.array([200.0 - 60.0, 400.0 - 100.0])
    np.testing.assert_allclose(perspective.feet_below(heads), [200, 400], atol=9)


def test_things_of_every_height_teach_no_perspective(rng: np.random.Generator) -> None:
    perspective = Perspective(480)
    for _ in range(200):
        perspective.learn(float(rng.uniform(150, 450)), float(rng.uniform(20, 300)))
    assert not perspective.known


def test_road_of_vehicles_is_not_cut_into_people(detector: BlobDetector) -> None:
    group = foreground(*((100.0 + 20 * i, 180.0) for i in range(4)))
    assert len(detector.find(group)) == 4
    for _ in range(100):
        detector.perspective.other()
    assert len(detector.find(group)) <= 1


def test_detection_without_motion_is_believed_only_on_a_track() -> None:
    still = Foreground(np.zeros((scenes.HEIGHT, scenes.WIDTH), dtype=np.uint8), 0.0)
    cone = Box(50, 50, 20, 50, score=0.8)
    assert believed([cone], still, [], 0.45) == []
    (kept,) = believed([cone], still, [Box(52, 51, 20, 50)], 0.45)
    assert kept.score < 0.45
    moving = foreground((60, 100))
    assert believed([cone], moving, [], 0.45) == [cone]


def test_look_tells_a_white_coat_from_a_black_one() -> None:
    mask = foreground((100, 180)).mask
    black = scenes.with_person(np.full_like(mask, 128), 100, 180, 60, shade=20)
    white = scenes.with_person(np.full_like(mask, 128), 100, 180, 60, shade=240)
    box = Box(87, 120, 26, 60)
    assert max(with_looks([box], black, mask)[0].look) < 60
    assert min(with_looks([box], white, mask)[0].look) > 200
    outside = Box(-50, -80, 20, 40)
    assert with_looks([outside], black, mask)[0].look == (-1.0,) * 4
