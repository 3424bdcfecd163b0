"""Take out of a picture what is no motion: changing light, a trembling camera, rain.

Each step compares the picture with the known scene and does nothing where nothing is amiss, so
that ordinary pictures cost little.
"""

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.camera.picture import Gray

MOST_SHIFT_PX = 8
LEAST_RATIO, MOST_RATIO = 0.6, 1.6
"""Beyond these the light has changed, not flickered; the scene is learned anew."""

EDGE_LEVELS = 48
"""Sobel's answer to an edge of 12 gray levels."""

_MOST_MISS = 4.0
_STREAK_WIDTH_PX = 5
_REACH_SHARE = 0.05


def light_ratio(gray: Gray, scene: Gray) -> float:
    """How much brighter the picture is than the scene, by the median of a sparse sample.

    Moving things cover less than half of any picture that counts, so they do not move the median.
    1 where the difference is too small to matter or too large for flicker.
    """
    every = max(4, gray.shape[1] // 40)
    now, known = gray[every // 2 :: every, ::every], scene[every // 2 :: every, ::every]
    fit = (known > 15) & (now < 250)
    levels, ground = now[fit], known[fit]
    if len(levels) < 50:
        return 1.0
    ratios = levels / ground.astype(np.float32)
    middle = len(ratios) // 2
    ratio = float(np.partition(ratios, middle)[middle])
    if abs(ratio - 1) < 0.015 or not LEAST_RATIO <= ratio <= MOST_RATIO:
        return 1.0
    return ratio


def shift_px(gray: Gray, scene: Gray) -> tuple[int, int]:
    """By how many whole pixels (x, y) the picture is shifted against the scene.

    Sums over columns and over rows are compared at every shift: that finds a trembling mast for a
    fiftieth of the cost of a correlation in two dimensions.
    """
    return _profile_shift(gray, scene, 0), _profile_shift(gray, scene, 1)


def _profile_shift(gray: Gray, scene: Gray, axis: int) -> int:
    now, known = _profile(gray, axis), _profile(scene, axis)
    middle = known[MOST_SHIFT_PX:-MOST_SHIFT_PX]
    # Differences are cut off, so that the columns in which somebody walks weigh little.
    apart = now[_windows(len(middle))]
    apart -= middle
    np.abs(apart, out=apart)
    np.minimum(apart, _MOST_MISS, out=apart)
    misses = apart.sum(axis=1)
    best = int(misses.argmin())
    return best - MOST_SHIFT_PX if misses[best] < 0.7 * misses[MOST_SHIFT_PX] else 0


@cache
def _windows(length: int) -> NDArray[np.intp]:
    """Places of a profile's part of this length at every shift, shape (shifts, length)."""
    return np.arange(2 * MOST_SHIFT_PX + 1)[:, None] + np.arange(length)


def _profile(picture: Gray, axis: int) -> NDArray[np.float32]:
    """Steps between neighboring sums along an axis."""
    sums = np.asarray(cv2.reduce(picture, axis, cv2.REDUCE_AVG, dtype=cv2.CV_32F)).ravel()
    steps: NDArray[np.float32] = sums[1:] - sums[:-1]
    return steps


def moved_back(gray: Gray, shift: tuple[int, int]) -> Gray:
    """The picture with a shift undone; what came in at the edges repeats the last row."""
    move = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]], dtype=np.float32)
    size = (gray.shape[1], gray.shape[0])
    back = cv2.warpAffine(
        gray, move, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(back, dtype=np.uint8)


def streak_share(moved: Gray) -> float:
    """Share of the picture that is foreground only a few pixels wide: rain, snow, or noise."""
    kernel = np.ones((1, _STREAK_WIDTH_PX), dtype=np.uint8)
    wide = cv2.morphologyEx(moved, cv2.MORPH_OPEN, kernel)
    return (cv2.countNonZero(moved) - cv2.countNonZero(wide)) / moved.size


def without_streaks(gray: Gray) -> Gray:
    """The picture without bright things that are a few pixels wide."""
    kernel = np.ones((1, _STREAK_WIDTH_PX), dtype=np.uint8)
    return np.asarray(cv2.morphologyEx(gray, cv2.MORPH_OPEN, kernel), dtype=np.uint8)


def sharp_places(smooth: Gray, scene: Gray) -> Gray:
    """Where the picture differs from the scene with an edge nearby: 255, else 0.

    A person, a car, even a shadow has an edge; the glow of a headlight has none. Looked at in half
    the size, which also keeps the sensor's noise out.
    """
    size = (max(1, smooth.shape[1] // 2), max(1, smooth.shape[0] // 2))
    now, known = (cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (smooth, scene))
    difference = cv2.subtract(now, known, dtype=cv2.CV_16S)
    x = cv2.convertScaleAbs(cv2.Sobel(difference, cv2.CV_16S, 1, 0))
    y = cv2.convertScaleAbs(cv2.Sobel(difference, cv2.CV_16S, 0, 1))
    edges = cv2.threshold(cv2.max(x, y), EDGE_LEVELS, 255, cv2.THRESH_BINARY)[1]
    reach = max(3, round(_REACH_SHARE * size[0])) | 1
    near = cv2.dilate(edges, np.ones((reach, reach), dtype=np.uint8))
    places = cv2.resize(near, (smooth.shape[1], smooth.shape[0]), interpolation=cv2.INTER_NEAREST)
    return np.asarray(places, dtype=np.uint8)


def median_scene(pictures: Sequence[Gray]) -> Gray:
    """The scene without those who pass: the median of pictures, each moved onto the first.

    On a trembling mast the plain median would be a blur that fits no single picture.
    """
    first = pictures[0]
    aligned = [first]
    for picture in pictures[1:]:
        shift = shift_px(picture, first)
        aligned.append(moved_back(picture, shift) if any(shift) else picture)
    scene: Gray = np.median(np.stack(aligned), axis=0).astype(np.uint8)
    return scene
