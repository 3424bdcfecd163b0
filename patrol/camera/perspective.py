"""How tall a person appears, by where the feet are: learned from single walkers of the scene."""

import numpy as np
from numpy.typing import NDArray

LEAST_SAMPLES = 25
MOST_SAMPLES = 400
_REFIT_EVERY = 20

_FORGET = 0.997

LEAST_SHARE = 0.05
"""Nobody is taken to be shorter than this share of the picture's height."""

STEEPEST = 0.6
"""Growth of a person by pixel of the feet's way down, at most; steeper looks are no streets."""

LEAST_UPRIGHT_SHARE = 0.35
"""Below this share of upright blobs the scene is one of vehicles: none is cut into people."""


class Perspective:
    """A line from the feet's height in the picture to a person's height, both in pixels.

    Parameters
    ----------
    height_px
        Height of the picture.
    """

    def __init__(self, height_px: int) -> None:
        self._height_px = height_px
        self._samples: NDArray[np.float64] = np.zeros((MOST_SAMPLES, 2))
        self._count = 0
        self._slope = 0.0
        self._base = 0.0
        self._upright = 0.0
        self._others = 0.0
        self._fits = False

    def person_px(self, foot_y: float) -> float:
        """Expected height of a person with feet at ``foot_y``; only where ``known``."""
        return max(self._base + self._slope * foot_y, LEAST_SHARE * self._height_px)

    def persons_px(self, foot_y: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many, shape (n,)."""
        return np.maximum(self._base + self._slope * foot_y, LEAST_SHARE * self._height_px)

    def feet_below(self, head_y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the feet of persons are whose heads are at ``head_y``, shape (n,)."""
        # head = foot - (base + slope * foot); a camera from above has slopes well below 1.
        return (head_y + self._base) / max(1 - self._slope, 0.2)

    @property
    def known(self) -> bool:
        """Whether this is a scene with people, and their height is known."""
        upright = self._upright >= LEAST_UPRIGHT_SHARE * (self._upright + self._others)
        return self._fits and upright

    def other(self) -> None:
        """Take note of something that is not upright: a vehicle, or a group."""
        self._upright *= _FORGET
        self._others = _FORGET * self._others + 1

    def learn(self, foot_y: float, height: float) -> None:
        """Take one that looks like a single walker: feet and height."""
        self._upright = _FORGET * self._upright + 1
        self._others *= _FORGET
        self._samples[self._count % MOST_SAMPLES] = (foot_y, height)
        self._count += 1
        # At first often; later a fit of many samples costs more than it changes.
        every = _REFIT_EVERY if self._count < MOST_SAMPLES else MOST_SAMPLES // 2
        if self._count >= LEAST_SAMPLES and self._count % every == 0:
            self._fit(self._samples[: min(self._count, MOST_SAMPLES)])

    def _fit(self, samples: NDArray[np.float64]) -> None:
        """Theil and Sen's line, which a third of merged or cut samples does not bend."""
        foot, height = samples[:, 0], samples[:, 1]
        rows, columns = np.triu_indices(len(samples), k=1)
        step = foot[columns] - foot[rows]
        apart = np.abs(step) > 0.08 * self._height_px
        if np.count_nonzero(apart) >= 50:
            rise = height[columns[apart]] - height[rows[apart]]
            # Nobody shrinks on the way to the camera, and few cameras look steeper than this.
            slope = float(np.clip(np.median(rise / step[apart]), 0.0, STEEPEST))
        else:
            slope = 0.0
        base = float(np.median(height - slope * foot))
        expected = np.maximum(base + slope * foot, 1.0)
        fits = np.abs(height / expected - 1) < 0.2
        # Where not even half agree, these are no walkers: vehicles, animals, shadows.
        self._fits = float(fits.mean()) >= 0.5
        if self._fits:
            self._slope, self._base = slope, base
