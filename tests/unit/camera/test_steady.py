import cv2
import numpy as np
import pytest

from patrol.camera.motion import Background
from patrol.camera.steady import (
    light_ratio,
    median_scene,
    moved_back,
    sharp_places,
    shift_px,
    streak_share,
    without_streaks,
)
from tests.unit.camera import scenes


@pytest.mark.parametrize("ratio", [0.85, 1.15, 1.4])
def test_flicker_is_measured_in_spite_of_a_walker(ratio: float, rng: np.random.Generator) -> None:
    empty = scenes.ground(rng)
    picture = scenes.noisy(scenes.with_person(empty, 100, 200, 120), rng) * ratio
    found = light_ratio(np.clip(picture, 0, 255).astype(np.uint8), empty)
    assert abs(found - ratio) < 0.02


def test_lights_out_is_no_flicker(rng: np.random.Generator) -> None:
    empty = scenes.ground(rng)
    assert light_ratio((0.3 * empty).astype(np.uint8), empty) == 1.0
    assert light_ratio(scenes.noisy(empty, rng), empty) == 1.0


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-1, 0), (6, 5)])
def test_shift_is_found_and_undone(shift: tuple[int, int], rng: np.random.Generator) -> None:
    empty = scenes.noisy(scenes.ground(rng), rng, 6)
    shaken = np.roll(empty, (shift[1], shift[0]), axis=(0, 1))
    shaken = scenes.noisy(scenes.with_person(shaken, 100, 200, 80), rng)
    assert shift_px(shaken, empty) == shift
    back = moved_back(shaken, shift)
    same = np.abs(back[10:-10, 150:-10].astype(int) - empty[10:-10, 150:-10])
    assert float(same.mean()) < 3


def test_rain_is_streaks_and_walkers_are_not(rng: np.random.Generator) -> None:
    empty = scenes.ground(rng)
    rain = empty.copy()
    for x, y in rng.integers((0, 0), (310, 220), (120, 2)):
        cv2.line(rain, (int(x), int(y)), (int(x) + 2, int(y) + 12), 230, 1)
    drops = (cv2.absdiff(rain, empty) > 20).astype(np.uint8) * 255
    walker = (cv2.absdiff(scenes.with_person(empty, 100, 200, 80), empty) > 20).astype(np.uint8)
    assert streak_share(drops) > 0.01
    assert streak_share(walker * 255) < 0.004
    left = cv2.absdiff(without_streaks(rain), without_streaks(empty)) > 20
    assert left.mean() < 0.1 * (drops > 0).mean()


def test_glow_has_no_edge_and_a_walker_in_it_has(rng: np.random.Generator) -> None:
    empty = scenes.ground(rng)
    rows, columns = np.mgrid[0 : scenes.HEIGHT, 0 : scenes.WIDTH]
    glow = 80 * np.exp(-(((columns - 160) / 60) ** 2 + ((rows - 150) / 50) ** 2))
    lit = np.clip(empty + glow, 0, 255).astype(np.uint8)
    assert not sharp_places(scenes.noisy(lit, rng), empty).any()
    found = sharp_places(scenes.noisy(scenes.with_person(lit, 160, 180, 60), rng), empty)
    assert found[150, 160] == 255


@pytest.mark.parametrize("kind", ["flicker", "shake", "rain"])
def test_background_stays_clean_in_bad_weather(kind: str, rng: np.random.Generator) -> None:
    empty = scenes.noisy(scenes.ground(rng), rng, 6)
    background = Background()
    background.learn(empty)
    shares = []
    for i in range(1, 15):
        picture = empty
        if kind == "flicker":
            picture = np.clip(empty * float(rng.uniform(0.85, 1.15)), 0, 255).astype(np.uint8)
        elif kind == "shake":
            picture = np.roll(empty, tuple(rng.integers(-3, 4, 2)), axis=(0, 1))
        else:
            picture = empty.copy()
            for x, y in rng.integers((0, 0), (310, 220), (120, 2)):
                cv2.line(picture, (int(x), int(y)), (int(x) + 2, int(y) + 12), 230, 1)
        shares.append(background.apply(scenes.noisy(picture, rng), i / 5).share)
    assert float(np.median(shares)) < 0.004


def test_dusk_takes_the_scene_along(rng: np.random.Generator) -> None:
    empty = scenes.ground(rng)
    background = Background()
    background.learn(empty)
    for i in range(400):
        picture = scenes.noisy((empty * (1 - 0.6 * i / 400)).astype(np.uint8), rng)
        assert background.apply(picture, i / 5).share < 0.02


def test_median_scene_of_a_trembling_mast_is_sharp(rng: np.random.Generator) -> None:
    empty = scenes.noisy(scenes.ground(rng), rng, 6)
    pictures = [empty] + [
        np.roll(empty, tuple(rng.integers(-3, 4, 2)), axis=(0, 1)) for _ in range(15)
    ]
    scene = median_scene(pictures)
    assert float(np.abs(scene[8:-8, 8:-8].astype(int) - empty[8:-8, 8:-8]).mean()) < 1.0
