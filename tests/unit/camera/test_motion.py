import numpy as np

from patrol.camera.motion import FLOOD_SHARE, LIGHT_EVERY, Background, ContrastStretch, MotionGate
from tests.unit.camera import scenes


def test_gate_is_quiet_in_noise_and_busy_when_somebody_walks(rng: np.random.Generator) -> None:
    gate = MotionGate()
    empty = scenes.ground(rng)
    busy = [gate.is_busy(scenes.noisy(empty, rng), i / 5) for i in range(60)]
    assert busy[:10] == [True] * 10  # It starts busy, so that nothing is missed at first.
    assert not any(busy[20:])
    walker = scenes.with_person(empty, 100, 150, 40)
    assert gate.is_busy(scenes.noisy(walker, rng), 12.0)
    assert gate.is_busy(scenes.noisy(empty, rng), 14.0)
    assert not gate.is_busy(scenes.noisy(empty, rng), 20.0)


def test_background_sees_the_walker_and_nothing_else(rng: np.random.Generator) -> None:
    background = Background()
    empty = scenes.ground(rng)
    for i in range(20):
        background.apply(scenes.noisy(empty, rng), i / 5)
    found = background.apply(scenes.noisy(scenes.with_person(empty, 100, 150, 60), rng), 4.2)
    rows, columns = np.nonzero(found.mask)
    assert 80 < columns.min() < columns.max() < 120
    assert 85 < rows.min() < rows.max() < 155
    assert found.share < 0.03


def test_who_waits_is_not_forgotten_within_ten_seconds(rng: np.random.Generator) -> None:
    background = Background()
    empty = scenes.ground(rng)
    background.learn(empty)
    waiting = scenes.with_person(empty, 100, 150, 60)
    shares = [background.apply(scenes.noisy(waiting, rng), i / 5).share for i in range(50)]
    assert shares[-1] > 0.7 * shares[0]


def test_flash_is_no_motion_and_the_scene_is_known_again_after_it(
    rng: np.random.Generator,
) -> None:
    background = Background()
    empty = scenes.ground(rng)
    background.learn(empty)
    flash = np.minimum(empty.astype(np.int16) + 90, 255).astype(np.uint8)
    found = background.apply(flash, 0.2)
    assert found.share > FLOOD_SHARE
    assert not found.mask.any()
    assert background.apply(scenes.noisy(empty, rng), 0.4).share < 0.02


def test_switch_to_infrared_is_learned_within_two_seconds(rng: np.random.Generator) -> None:
    background = Background()
    empty = scenes.ground(rng)
    background.learn(empty)
    infrared = (255 - empty).astype(np.uint8)
    for i in range(10):
        background.apply(scenes.noisy(infrared, rng), i / 5)
    assert background.apply(scenes.noisy(infrared, rng), 2.2).share < 0.02


def test_dark_picture_is_stretched_and_day_is_left_alone(rng: np.random.Generator) -> None:
    stretch = ContrastStretch()
    day = scenes.ground(rng)
    assert stretch.apply(day) is day
    night = (0.2 * day).astype(np.uint8)
    for _ in range(LIGHT_EVERY):
        lifted = stretch.apply(night)
    assert stretch.on
    assert float(lifted.std()) > 3 * float(night.std())
    # Between the two limits it stays as it was.
    assert stretch.apply((0.6 * day).astype(np.uint8)) is not None
    assert stretch.on
    stretch.apply(day)
    assert not stretch.on


def test_scene_at_rest_is_the_same_scene_in_half_the_memory(rng: np.random.Generator) -> None:
    awake, rested = Background(), Background()
    empty = scenes.ground(rng)
    for i in range(20):
        picture = scenes.noisy(empty, rng)
        awake.apply(picture, i / 5)
        rested.apply(picture, i / 5)
    rested.rest()
    assert rested.learned
    known, same = awake.scene(), rested.scene()
    assert known is not None
    assert same is not None
    assert int(np.abs(known.astype(int) - same.astype(int)).max()) <= 1
    walker = scenes.noisy(scenes.with_person(empty, 100, 150, 60), rng)
    left, right = awake.apply(walker, 4.2), rested.apply(walker, 4.2)
    assert np.count_nonzero(left.mask != right.mask) <= 0.002 * left.mask.size
    rested.rest()
    rested.learn(walker)
    assert not rested.apply(walker, 4.4).mask.any()
