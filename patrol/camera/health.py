"""What a picture tells about its camera: dark, covered, turned away or frozen.

Looked at once a second in a small picture. Each fault must last before it is believed, and be
gone for as long before it is taken back.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.camera.picture import Gray, shrink
from patrol.model.camera import CameraState

WIDTH_PX = 160


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """When a picture counts as faulty; levels are gray levels 0..255."""

    every_s: float = 1.0
    """Time between two looks."""
    last_s: float = 4.0
    """How long a fault must last, and be gone."""
    learn_s: float = 8.0
    """How long the scene is learned before anything is compared with it."""
    dark_level: float = 26.0
    """The picture is dark where 98 % of it do not lie above this."""
    detail_share: float = 0.3
    """Covered where less than this share of the scene's detail is left."""
    match: float = 0.3
    """Turned away where the edges correlate less than this with the scene's."""
    part_match: float = 0.35
    """The same along rows and along columns alone, as a share of what they usually do: a street's
    long lines look alike however far a camera pans."""
    part_usual: float = 0.5
    """Rows or columns whose edges usually correlate less than this tell nothing."""
    usual_s: float = 300.0
    """Time in which what is usual follows."""
    frozen_s: float = 15.0
    """Frozen where nothing at all changed for this long."""
    frozen_level: float = 0.02
    """Mean difference below which nothing changed; a sensor's own noise is above 0.2."""


class PictureHealth:
    """Judge one feed's pictures.

    Parameters
    ----------
    settings
        The limits.
    """

    def __init__(self, settings: HealthSettings | None = None) -> None:
        self._settings = settings or HealthSettings()
        self._edges: NDArray[np.float32] | None = None
        self._usual = (0.0, 0.0)
        self._learned_s = 0.0
        self._looked_s: float | None = None
        self._still: Gray | None = None
        self._still_since_s = 0.0
        self._suspect = CameraState.ONLINE
        self._suspect_since_s = 0.0
        self.state = CameraState.ONLINE

    def is_due(self, t_s: float) -> bool:
        """Whether a look is due."""
        return self._looked_s is None or t_s >= self._looked_s + self._settings.every_s

    def look(self, gray: Gray, t_s: float) -> CameraState:
        """Look at a picture; the state that has lasted."""
        step_s = 0.0 if self._looked_s is None else min(t_s - self._looked_s, 5.0)
        self._looked_s = t_s
        found = self._judge(gray, t_s, step_s)
        if found is not self._suspect:
            self._suspect, self._suspect_since_s = found, t_s
        if found is CameraState.FROZEN or t_s - self._suspect_since_s >= self._settings.last_s:
            self.state = found
        return self.state

    def interrupted(self) -> None:
        """The feed was away: what it shows next is not compared with its last picture."""
        self._still = None
        self._looked_s = None
        # A camera that was turned is still turned when it comes back from a restart.
        if self.state is CameraState.FROZEN:
            self._suspect = self.state = CameraState.ONLINE

    def accept_view(self) -> None:
        """Learn the scene anew: somebody looked at the moved picture and drew its rules again."""
        self._edges, self._learned_s = None, 0.0

    def _judge(self, gray: Gray, t_s: float, step_s: float) -> CameraState:
        if self._is_frozen(gray, t_s):
            return CameraState.FROZEN
        small = cv2.GaussianBlur(shrink(gray, WIDTH_PX), (3, 3), 0)
        lit = cv2.threshold(small, self._settings.dark_level, 255, cv2.THRESH_BINARY)[1]
        if cv2.countNonZero(lit) < 0.02 * small.size:
            return CameraState.DARK
        edges = _edges(np.asarray(small, dtype=np.uint8))
        if self._edges is None or self._edges.shape != edges.shape:
            self._edges, self._learned_s, self._usual = edges, 0.0, (0.0, 0.0)
            return CameraState.ONLINE
        detail, match = _compared(edges, self._edges)
        learning = self._learned_s < self._settings.learn_s
        if not learning and detail < self._settings.detail_share:
            return CameraState.OBSCURED
        parts = _part_matches(edges, self._edges)
        if not learning and (match < self._settings.match or self._turned(parts)):
            return CameraState.MOVED
        # Quick at first, then over half an hour: dusk is followed, a turned camera is not.
        rate = 1 / (1 + self._learned_s) if learning else step_s / 1_800
        self._learned_s += step_s
        if self._learned_s > 0:
            # The first looks tell how alike two pictures of this scene are, noise and all.
            keep = 1 - min(1.0, max(rate, step_s / self._settings.usual_s))
            self._usual = (
                keep * self._usual[0] + (1 - keep) * parts[0],
                keep * self._usual[1] + (1 - keep) * parts[1],
            )
        cv2.accumulateWeighted(edges, self._edges, min(rate, 1.0))
        return CameraState.ONLINE

    def _turned(self, parts: tuple[float, float]) -> bool:
        return any(
            usual >= self._settings.part_usual and part < self._settings.part_match * usual
            for part, usual in zip(parts, self._usual, strict=True)
        )

    def _is_frozen(self, gray: Gray, t_s: float) -> bool:
        # Every 16th pixel as it is: shrinking would average the sensor's noise away.
        sample = np.ascontiguousarray(gray[::4, ::4])
        last = self._still
        if last is None or last.shape != sample.shape:
            self._still, self._still_since_s = sample, t_s
            return False
        if cv2.norm(sample, last, cv2.NORM_L1) > self._settings.frozen_level * sample.size:
            self._still, self._still_since_s = sample, t_s
            return False
        return t_s - self._still_since_s >= self._settings.frozen_s


def _edges(small: Gray) -> NDArray[np.float32]:
    """Strength of edges, with the contrast of the whole left in."""
    x = cv2.Sobel(small, cv2.CV_32F, 1, 0)
    y = cv2.Sobel(small, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(x, y), dtype=np.float32)


def _compared(now: NDArray[np.float32], known: NDArray[np.float32]) -> tuple[float, float]:
    """(share of the known picture's detail that is left, Pearson's correlation of the two)."""
    (mean_1,), (spread_1,) = cv2.meanStdDev(now)
    (mean_2,), (spread_2,) = cv2.meanStdDev(known)
    mixed = float(np.vdot(now, known)) / now.size - float(mean_1[0] * mean_2[0])
    size = float(spread_1[0] * spread_2[0])
    detail = float(spread_1[0]) / max(float(spread_2[0]), 1e-6)
    return detail, mixed / size if size > 0 else 0.0


def _part_matches(now: NDArray[np.float32], known: NDArray[np.float32]) -> tuple[float, float]:
    """Correlation without what all of a row has in common, and without what a column has."""
    found = []
    for axis in (1, 0):
        left, right = (
            edges - cv2.reduce(edges, axis, cv2.REDUCE_AVG).reshape((-1, 1) if axis else (1, -1))
            for edges in (now, known)
        )
        size = float(np.vdot(left, left)) * float(np.vdot(right, right))
        found.append(float(np.vdot(left, right)) / size**0.5 if size > 0 else 0.0)
    return found[0], found[1]
