import numpy as np

from patrol.camera.health import PictureHealth
from patrol.model.camera import CameraState
from tests.unit.camera import scenes

Gray = scenes.Gray


def watched(pictures: list[Gray], health: PictureHealth | None = None) -> list[CameraState]:
    health = health or PictureHealth()
    return [health.look(picture, float(second)) for second, picture in enumerate(pictures)]


def scene(rng: np.random.Generator, seconds: int) -> tuple[Gray, list[Gray]]:
    empty = scenes.ground(rng)
    return empty, [scenes.noisy(empty, rng) for _ in range(seconds)]


def test_ordinary_street_is_online(rng: np.random.Generator) -> None:
    empty, pictures = scene(rng, 20)
    walkers = [
        scenes.noisy(scenes.with_person(empty, 20 + 10 * i, 200, 90), rng) for i in range(25)
    ]
    assert set(watched(pictures + walkers)) == {CameraState.ONLINE}


def test_dark_covered_and_turned_cameras_are_told_apart(rng: np.random.Generator) -> None:
    empty, pictures = scene(rng, 20)
    other = scenes.ground(np.random.default_rng(99))
    faults = {
        CameraState.DARK: (0.05 * empty).astype(np.uint8),
        CameraState.OBSCURED: np.full_like(empty, 120),
        CameraState.MOVED: other,
    }
    for state, fault in faults.items():
        found = watched(pictures + [scenes.noisy(fault, rng, 1.0) for _ in range(8)])
        assert found[-1] is state
        assert found[20] is CameraState.ONLINE  # One look is not enough.


def test_shifted_view_is_a_turned_camera(rng: np.random.Generator) -> None:
    empty, pictures = scene(rng, 20)
    shifted = np.roll(empty, 27, axis=1)
    assert (
        watched(pictures + [scenes.noisy(shifted, rng) for _ in range(8)])[-1] is CameraState.MOVED
    )


def test_dusk_is_no_fault(rng: np.random.Generator) -> None:
    empty, _ = scene(rng, 1)
    fading = [
        scenes.noisy((empty * share).astype(np.uint8), rng) for share in np.linspace(1, 0.35, 120)
    ]
    assert set(watched(fading)) == {CameraState.ONLINE}


def test_picture_that_never_changes_is_frozen_until_it_does(rng: np.random.Generator) -> None:
    _, pictures = scene(rng, 10)
    found = watched(pictures + [pictures[-1]] * 20 + [scenes.noisy(pictures[0], rng)] * 6)
    assert found[20] is CameraState.ONLINE
    assert found[29] is CameraState.FROZEN
    assert found[-1] is CameraState.ONLINE


def test_turned_camera_is_still_turned_after_a_gap(rng: np.random.Generator) -> None:
    empty, pictures = scene(rng, 20)
    health = PictureHealth()
    shifted = [scenes.noisy(np.roll(empty, 27, axis=1), rng) for _ in range(8)]
    watched(pictures + shifted, health)
    health.interrupted()
    assert health.state is CameraState.MOVED
    health.accept_view()
    later = [health.look(shifted[i % 8], 100.0 + i) for i in range(8)]
    assert later[-1] is CameraState.ONLINE
