"""What moved: a cheap gate for quiet scenes and a background model for the others.

Everything works on small gray pictures in place and keeps two pictures of state, because a worker
holds dozens of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.camera.box import Box
from patrol.camera.picture import Gray, shrink
from patrol.camera.steady import (
    light_ratio,
    moved_back,
    sharp_places,
    shift_px,
    streak_share,
    without_streaks,
)

GATE_WIDTH_PX = 160

FLOOD_SHARE = 0.6
"""Where more than this share of the picture is foreground, the light changed, nobody moved."""

FOLLOW_S = 20.0
"""Time in which the scene follows a lasting change of light."""

GLOW_SHARE = 0.02
"""Foreground below this share of the picture is not asked whether it is a mere glow."""

LIGHT_EVERY = 5
"""Daylight is asked for darkness at every fifth look only: night does not fall within a second."""

STREAKS_SHARE = 0.012
"""Above this share of thin foreground it rains, or the sensor is noisy."""


def _ellipse(width: int, height: int) -> NDArray[np.uint8]:
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, height))
    return np.asarray(shape, dtype=np.uint8)


_SPOT = _ellipse(3, 3)
_HALO = _ellipse(5, 5)


def _clear_edges(moved: Gray, shift: tuple[int, int]) -> None:
    """Forget what a shifted picture shows at its edges: nothing is known of it."""
    x, y = (abs(v) + 1 if v else 0 for v in shift)
    height, width = moved.shape
    moved[:y] = moved[height - y :] = 0
    moved[:, :x] = moved[:, width - x :] = 0


class MotionGate:
    """Tell a quiet scene from one worth the whole analysis, for a tenth of its cost.

    Parameters
    ----------
    threshold
        Gray levels by which a pixel of the small picture must differ from its running average.
    least_px
        Pixels that must differ, of the 160 px wide picture.
    hold_s
        The scene counts as busy for this long after the last motion.
    """

    def __init__(self, threshold: int = 12, least_px: int = 3, hold_s: float = 3.0) -> None:
        self._threshold = threshold
        self._least_px = least_px
        self._hold_s = hold_s
        self._average: NDArray[np.float32] | None = None
        self._busy_until_s = -1.0

    def is_busy(self, gray: Gray, t_s: float) -> bool:
        """Take the next picture; whether something moved in it or shortly before."""
        small = shrink(gray, GATE_WIDTH_PX)
        if self._average is None or self._average.shape != small.shape:
            self._average = small.astype(np.float32)
            self._busy_until_s = t_s + self._hold_s
            return True
        difference = cv2.absdiff(small, cv2.convertScaleAbs(self._average))
        changed = cv2.threshold(difference, self._threshold, 1, cv2.THRESH_BINARY)[1]
        if cv2.countNonZero(changed) >= self._least_px:
            self._busy_until_s = t_s + self._hold_s
        cv2.accumulateWeighted(small, self._average, 0.02)
        return t_s <= self._busy_until_s


class ContrastStretch:
    """Lift dark and flat pictures to the whole range, smoothly.

    Switched by the picture's median, with hysteresis, not by the clock: on below ``on_below``, off
    above ``off_above``. In daylight it would only add noise.
    """

    def __init__(self, on_below: float = 60.0, off_above: float = 80.0) -> None:
        self._on_below = on_below
        self._off_above = off_above
        self._low, self._high = 0.0, 255.0
        self._looks = 0
        self.on = False

    def apply(self, gray: Gray) -> Gray:
        """The picture, stretched where it is dark."""
        self._looks += 1
        if not self.on and self._looks % LIGHT_EVERY != 1:
            return gray
        low, median, high = _percentiles(gray)
        was_on = self.on
        self.on = median < (self._off_above if self.on else self._on_below)
        if not self.on:
            return gray
        keep = 0.98 if was_on else 0.0
        self._low = keep * self._low + (1 - keep) * low
        self._high = keep * self._high + (1 - keep) * high
        span = max(self._high - self._low, 8.0)
        table = np.clip((np.arange(256) - self._low) * (255.0 / span), 0, 255).astype(np.uint8)
        blurred = cv2.GaussianBlur(gray, (0, 0), 1.5)
        return np.asarray(cv2.LUT(blurred, table), dtype=np.uint8)


def _percentiles(gray: Gray) -> tuple[float, float, float]:
    """Levels below which 2, 50 and 98 % of a picture lie, by its histogram."""
    histogram = cv2.calcHist([gray[::4]], [0], None, [256], [0, 256])
    running = np.cumsum(histogram)
    low, median, high = np.searchsorted(running, np.array((0.02, 0.5, 0.98)) * running[-1])
    return float(low), float(median), float(high)


@dataclass(frozen=True, slots=True)
class Foreground:
    """Which pixels moved: 255 where something did, else 0; and the share that did."""

    mask: Gray
    share: float


class Background:
    """The empty scene: mean and mean deviation of each pixel, learned all the time.

    A pixel is foreground where it differs from the mean by more than three mean deviations and
    more than ``least_levels``. Foreground is absorbed ten times more slowly than background, so
    that somebody who waits is not forgotten within seconds.

    Parameters
    ----------
    least_levels
        Least difference in gray levels.
    settle_s
        Time in which the background takes over a lasting change of light.
    absorb_s
        Time in which it takes over something that stays.
    recalibrate_s
        How long nearly all of the picture must differ before it is learned anew.
    """

    def __init__(
        self,
        least_levels: int = 20,
        settle_s: float = 5.0,
        absorb_s: float = 60.0,
        recalibrate_s: float = 1.0,
    ) -> None:
        self._recalibrate_s = recalibrate_s
        self._least_levels = least_levels
        self._settle_s = settle_s
        self._absorb_s = absorb_s
        self._mean: NDArray[np.float32] | None = None
        self._spread: NDArray[np.float32] | None = None
        self._at_rest: tuple[NDArray[np.float16], NDArray[np.float16]] | None = None
        self._t_s = 0.0
        self._flooded_s = 0.0
        self.learned_times = 0

    @property
    def learned(self) -> bool:
        """Whether there is a scene to compare with."""
        return self._mean is not None or self._at_rest is not None

    def scene(self) -> Gray | None:
        """The empty scene as it is known now."""
        if self._at_rest is not None:
            return self._at_rest[0].round().astype(np.uint8)
        if self._mean is None:
            return None
        return np.asarray(cv2.convertScaleAbs(self._mean), dtype=np.uint8)

    def learn(self, gray: Gray) -> None:
        """Start anew from a picture of the scene, best an empty one."""
        self._mean = cv2.GaussianBlur(gray, (3, 3), 0).astype(np.float32)
        # Noise varies slowly over a picture: half its size holds it, in a quarter of the memory.
        self._spread = np.full(_half(gray), 4.0, dtype=np.float32)
        self._flooded_s = 0.0
        self._at_rest = None
        self.learned_times += 1

    def rest(self) -> None:
        """Keep the scene in half the memory while it is not looked at; the next look wakes it.

        Rounded to an eighth of a gray level at most, which is a hundredth of the least difference
        that counts.
        """
        if self._mean is not None and self._spread is not None:
            self._at_rest = self._mean.astype(np.float16), self._spread.astype(np.float16)
            self._mean = self._spread = None

    def _wake(self) -> None:
        if self._at_rest is not None:
            mean, spread = self._at_rest
            self._mean, self._spread = mean.astype(np.float32), spread.astype(np.float32)
            self._at_rest = None

    def apply(self, gray: Gray, t_s: float, kept: Sequence[Box] = ()) -> Foreground:
        """Compare a picture with the scene and learn from it.

        Parameters
        ----------
        gray
            The picture.
        t_s
            Its time, seconds; never goes back.
        kept
            Where somebody waits who must not become part of the scene.
        """
        self._wake()
        if self._mean is None or self._mean.shape != gray.shape:
            self.learn(gray)
        mean, spread = self._mean, self._spread
        assert mean is not None  # noqa: S101 - learn() has just set both
        assert spread is not None  # noqa: S101
        step_s = min(max(t_s - self._t_s, 0.0), 1.0)
        self._t_s = t_s
        gray, scene, shift = self._steadied(gray, mean, step_s)
        smooth = np.asarray(cv2.GaussianBlur(gray, (3, 3), 0), dtype=np.uint8)
        difference, moved = self._compare(smooth, scene, spread)
        if streak_share(moved) > STREAKS_SHARE:
            _, moved = self._compare(without_streaks(smooth), without_streaks(scene), spread)
        _clear_edges(moved, shift)
        still = np.asarray(cv2.bitwise_not(cv2.dilate(moved, _HALO)), dtype=np.uint8)
        rate = min(1.0, step_s / self._settle_s)
        cv2.accumulateWeighted(smooth, mean, rate, still)
        _follow(spread, difference, rate, still)
        absorb = min(1.0, step_s / self._absorb_s)
        real = [box for box in kept if _is_there(box, smooth, scene)]
        if real:
            cv2.accumulateWeighted(smooth, mean, absorb, _outside(real, smooth.shape))
        else:
            cv2.accumulateWeighted(smooth, mean, absorb)
        clean = cv2.morphologyEx(moved, cv2.MORPH_OPEN, _SPOT)
        share = cv2.countNonZero(clean) / clean.size
        if GLOW_SHARE < share <= FLOOD_SHARE:
            clean = cv2.bitwise_and(clean, sharp_places(smooth, scene))
        if share > FLOOD_SHARE:
            self._relearn(smooth, step_s)
            clean = np.zeros_like(clean)
        else:
            self._flooded_s = 0.0
        return Foreground(np.asarray(clean, dtype=np.uint8), share)

    def _steadied(
        self, gray: Gray, mean: NDArray[np.float32], step_s: float
    ) -> tuple[Gray, Gray, tuple[int, int]]:
        """The picture in the scene's light and place, the scene, and the shift that was undone."""
        scene = np.asarray(cv2.convertScaleAbs(mean), dtype=np.uint8)
        ratio = light_ratio(gray, scene)
        if ratio != 1.0:
            gray = np.asarray(cv2.convertScaleAbs(gray, alpha=1 / ratio), dtype=np.uint8)
            # Flicker averages out; dusk does not, and takes the scene along.
            mean *= np.float32(ratio ** min(1.0, step_s / FOLLOW_S))
        shift = shift_px(gray, scene)
        return (moved_back(gray, shift) if any(shift) else gray), scene, shift

    def _compare(self, smooth: Gray, scene: Gray, spread: NDArray[np.float32]) -> tuple[Gray, Gray]:
        """(difference, foreground) of a picture and the scene."""
        difference = np.asarray(cv2.absdiff(smooth, scene), dtype=np.uint8)
        least = np.maximum(cv2.convertScaleAbs(spread, alpha=3.0), np.uint8(self._least_levels))
        size = (smooth.shape[1], smooth.shape[0])
        limit = cv2.resize(least, size, interpolation=cv2.INTER_NEAREST)
        return difference, np.asarray(cv2.compare(difference, limit, cv2.CMP_GT), dtype=np.uint8)

    def _relearn(self, smooth: Gray, step_s: float) -> None:
        """A flash passes and the old scene comes back; a switch to infrared stays."""
        self._flooded_s += step_s
        if self._flooded_s >= self._recalibrate_s:
            self.learn(smooth)


def _half(gray: Gray) -> tuple[int, int]:
    """(height, width) of the picture that holds a picture's noise."""
    return max(1, gray.shape[0] // 2), max(1, gray.shape[1] // 2)


def _follow(spread: NDArray[np.float32], difference: Gray, rate: float, still: Gray) -> None:
    """Let the noise follow what differs where nothing moves."""
    size = (spread.shape[1], spread.shape[0])
    small = cv2.resize(difference, size, interpolation=cv2.INTER_AREA)
    quiet = cv2.resize(still, size, interpolation=cv2.INTER_NEAREST)
    cv2.accumulateWeighted(small, spread, rate, quiet)


def _is_there(box: Box, smooth: Gray, scene: Gray) -> bool:
    """Whether something stands in the picture, rather than having left a hole in the scene.

    Where somebody went who had been taken for background, the scene has the edges, not the
    picture; such a ghost must fade.
    """
    x, y = 0.15 * box.width, 0.1 * box.height
    left, top = max(0, round(box.left - x)), max(0, round(box.top - y))
    part = np.s_[
        top : max(0, round(box.foot_y + y)), left : max(0, round(box.left + box.width + x))
    ]
    if not smooth[part].size:
        return False
    return _edginess(smooth[part]) > _edginess(scene[part])


def _edginess(part: Gray) -> float:
    """How much edge there is, summed."""
    x = cv2.norm(cv2.Sobel(part, cv2.CV_16S, 1, 0), cv2.NORM_L1)
    return x + cv2.norm(cv2.Sobel(part, cv2.CV_16S, 0, 1), cv2.NORM_L1)


def _outside(boxes: Sequence[Box], shape: tuple[int, ...]) -> Gray:
    """255 outside some boxes, 0 inside and a little around them."""
    mask = np.full(shape, 255, dtype=np.uint8)
    for box in boxes:
        x, y = 0.15 * box.width, 0.1 * box.height
        corner = (round(box.left - x), round(box.top - y))
        opposite = (round(box.left + box.width + x), round(box.foot_y + y))
        cv2.rectangle(mask, corner, opposite, 0, -1)
    return mask
