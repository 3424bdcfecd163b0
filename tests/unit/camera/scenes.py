"""Small drawn scenes for the tests of motion and detection."""

import numpy as np
from numpy.typing import NDArray

from patrol.camera.perspective import Perspective

Gray = NDArray[np.uint8]

WIDTH, HEIGHT = 320, 240


def ground(rng: np.random.Generator) -> Gray:
    """An empty scene with texture."""
    coarse = rng.integers(80, 160, (HEIGHT // 8, WIDTH // 8))
    return np.kron(coarse, np.ones((8, 8))).astype(np.uint8)


def noisy(picture: Gray, rng: np.random.Generator, levels: float = 2.0) -> Gray:
    """The picture as a sensor would see it."""
    return np.clip(picture + rng.normal(0, levels, picture.shape), 0, 255).astype(np.uint8)


def with_person(picture: Gray, x: float, foot_y: float, tall: float, shade: int = 20) -> Gray:
    """The picture with a body: a head and a trunk, about as full as a walker."""
    out = picture.copy()
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    trunk = ((columns - x) / (0.17 * tall)) ** 2 + (
        (rows - foot_y + 0.42 * tall) / (0.42 * tall)
    ) ** 2
    head = ((columns - x) / (0.09 * tall)) ** 2 + ((rows - foot_y + 0.9 * tall) / (0.1 * tall)) ** 2
    out[(trunk <= 1) | (head <= 1)] = shade
    return out


def known_perspective(perspective: Perspective, tall: float = 60.0) -> None:
    """Teach a perspective in which everybody is equally tall."""
    for i in range(40):
        perspective.learn(100.0 + 3 * i, tall)
