"""Boxes from motion: foreground cut into persons and other things.

A blob is a person, a part of one, several at once, or something else. How tall a person must be
at that place (:mod:`patrol.camera.perspective`) and where the tracks are expected decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.camera.box import Box
from patrol.camera.motion import FLOOD_SHARE, Foreground
from patrol.camera.perspective import Perspective
from patrol.camera.picture import Gray

WIDTH_SHARE = 0.42
"""A walker's width relative to the height."""

CORE_SHARE = 0.3
"""Width of the part of a walker that is nearly all foreground."""

TAKEN_SHARE = 0.36
"""Width of what a placed person explains, relative to the height."""

LEAST_NEW = 0.42
"""Share of a body that must be unexplained foreground before one more person is placed."""

LEAST_TRACKED = 0.2
"""The same where a track expects somebody. Both were varied by half in 2026-11 on 19 lines of one
clip; F1 moved by 0.01."""

MOST_PERSONS = 12
"""More are not cut out of one blob."""


LEAST_HEIGHT_SHARE = 0.054
"""Longer side of the smallest thing that is counted, as a share of the analyzed picture's width:
26 px of 480. Below that a walker is ten pixels wide and cannot be told from a dog or a bag. A rule
may ask for more."""

Integers = NDArray[np.int32]


def _make_offsets() -> NDArray[np.float64]:
    """Offsets around an expected place in body heights, with a malus for the distance, (n, 3)."""
    x, y = (
        v.ravel() for v in np.meshgrid(np.linspace(-0.24, 0.24, 9), np.linspace(-0.15, 0.15, 7))
    )
    return np.column_stack((x, y, -0.5 * np.hypot(x, y)))


_AROUND = _make_offsets()


def _integral(mask: Gray) -> Integers:
    return np.asarray(cv2.integral(mask), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class _Blob:
    """A connected piece of foreground."""

    left: int
    top: int
    width: int
    height: int
    area: int
    label: int

    @property
    def foot_y(self) -> int:
        return self.top + self.height

    def box(self) -> Box:
        return Box(self.left, self.top, self.width, self.height)


class BlobDetector:
    """Boxes around what moved.

    Parameters
    ----------
    size_px
        (width, height) of the pictures.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._size_px = size_px
        self.perspective = Perspective(size_px[1])
        width = max(3, round(size_px[0] / 160))
        # Taller than wide: it joins head and legs of one, not shoulders of two.
        self._joint = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, 2 * width + 1))
        self._least_px = LEAST_HEIGHT_SHARE * size_px[0]
        self._least_area = 0.0004 * size_px[0] * size_px[1]

    def find(self, foreground: Foreground, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes in pixels of the foreground's picture; ``expected`` is where tracks should be."""
        # Most of a picture is empty: only the part that is not is looked at.
        x, y, wide, high = cv2.boundingRect(foreground.mask)
        if not wide:
            return []
        margin = self._joint.shape[0]
        x_1, y_1 = max(0, x - margin), max(0, y - margin)
        part = foreground.mask[y_1 : y + high + margin, x_1 : x + wide + margin]
        mask = cv2.morphologyEx(part, cv2.MORPH_CLOSE, self._joint)
        # Short labels take a third of the time (OpenCV 5.0); a quarter of the pixels can be blobs.
        short = cv2.CV_16U if mask.size < 4 * 65_000 else cv2.CV_32S
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            mask, connectivity=8, ltype=short
        )
        boxes: list[Box] = []
        for label, row in enumerate(stats[1:count].tolist(), start=1):
            left, top, width, height, area = row
            blob = _Blob(x_1 + left, y_1 + top, width, height, area, label)
            if blob.area >= self._least_area and max(width, height) >= self._least_px:
                window = labels[top : top + height, left : left + width]
                boxes.extend(self._cut(blob, window, expected))
        return boxes

    def _cut(self, blob: _Blob, window: cv2.typing.MatLike, expected: Sequence[Box]) -> list[Box]:
        self._learn(blob)
        if not self.perspective.known:
            # A bus from the side is four times as wide as tall; a wet road that glints is wider.
            return [blob.box()] if blob.height >= 0.25 * blob.width else []
        person = self.perspective.person_px(blob.foot_y)
        if blob.height < 0.45 * person and blob.width < 0.6 * person:
            return []
        here = [track for track in expected if _touches(track, blob)]
        slim = blob.width <= (0.54 if len(here) > 1 else 0.6) * person
        if slim and blob.height <= 1.25 * person:
            return [blob.box()]
        mask = (window == blob.label).astype(np.uint8)
        if _is_solid(mask, person):
            return [blob.box()]
        return self._persons(blob, mask, here)

    def _learn(self, blob: _Blob) -> None:
        """Take a blob that looks like one whole walker as a sample of the perspective."""
        width_px, height_px = self._size_px
        margin = 2
        inside = (
            blob.left > margin
            and blob.top > margin
            and blob.left + blob.width < width_px - margin
            and blob.foot_y < height_px - margin
        )
        upright = 0.24 <= blob.width / blob.height <= 0.55
        if inside and upright:
            self.perspective.learn(blob.foot_y, blob.height)
        elif inside:
            self.perspective.other()

    def _persons(self, blob: _Blob, mask: Gray, expected: Sequence[Box]) -> list[Box]:
        """Place persons where they explain most: the expected ones first, nearest first."""
        left = mask.copy()
        everything = _integral(mask)
        boxes: list[Box] = []
        for track in sorted(expected, key=lambda box: -box.foot_y):
            self._place(blob, left, everything, self._around(track, blob), LEAST_TRACKED, boxes)
        for _ in range(MOST_PERSONS):
            if not self._place(
                blob, left, everything, self._anywhere(left, blob), LEAST_NEW, boxes
            ):
                break
        return boxes or [blob.box()]

    def _place(
        self,
        blob: _Blob,
        left: Gray,
        everything: Integers,
        places: NDArray[np.float64],
        least_share: float,
        boxes: list[Box],
    ) -> bool:
        """Add the best of some places and take out what it explains.

        ``places`` has the columns x, foot and bonus, shape (n, 3).
        """
        if not len(places):
            return False
        x, foot, bonus = places.T
        person = self.perspective.persons_px(blob.top + foot)
        rest = _integral(left)
        half = CORE_SHARE * person / 2
        gain = _gain(rest, everything, x, half, foot - person, foot)
        gain += bonus
        if gain.max() < least_share:
            return False
        # Who stands nearest hides the others and is seen whole: of near equals, the lowest feet.
        good = np.flatnonzero(gain >= gain.max() - 0.06)
        best = good[np.argmax(foot[good])]
        tall, at, feet = float(person[best]), float(x[best]), float(foot[best])
        width = WIDTH_SHARE * tall
        boxes.append(
            Box(blob.left + at - width / 2, blob.top + feet - tall, width, tall, score=0.8)
        )
        taken = TAKEN_SHARE * tall / 2
        top, side = max(0, round(feet - tall)), max(0, round(at - taken))
        left[top : round(feet) + 1, side : round(at + taken) + 1] = 0
        return True

    def _around(self, track: Box, blob: _Blob) -> NDArray[np.float64]:
        """Places near a track's expected feet; the farther, the more must be explained."""
        person = self.perspective.person_px(track.foot_y)
        return _AROUND * (person, person, 1.0) + (
            track.foot_x - blob.left,
            track.foot_y - blob.top,
            0.0,
        )

    def _anywhere(self, left: Gray, blob: _Blob) -> NDArray[np.float64]:
        """Places below the upper edge and on the lower edge of what is left."""
        step = max(1, round(0.06 * self.perspective.person_px(blob.foot_y)))
        columns = np.flatnonzero(left.any(axis=0))[::step]
        tops = left[:, columns].argmax(axis=0)
        bottoms = left.shape[0] - left[::-1, columns].argmax(axis=0)
        below = self.perspective.feet_below(blob.top + tops) - blob.top
        feet = np.concatenate((np.minimum(below, left.shape[0]), bottoms))
        return np.column_stack((np.tile(columns, 2), feet, np.zeros(len(feet))))


LOOK_EDGES = (0.0, 0.2, 0.45, 0.65, 1.0)
"""Head, chest, hips and legs, as shares of a body's height from above."""


def with_looks(boxes: Sequence[Box], gray: Gray, mask: Gray) -> list[Box]:
    """The boxes with the mean gray level of four parts of each, from above; foreground only."""
    if not boxes:
        return []
    # Sums are made only of the part of the picture in which there are boxes, and looked up one by
    # one: for the few boxes of a picture that is twice as fast as doing it for all at once.
    left = max(0, int(min(box.left for box in boxes)))
    top = max(0, int(min(box.top for box in boxes)))
    right = max(1, int(max(box.left + box.width for box in boxes)) + 1)
    bottom = max(1, int(max(box.foot_y for box in boxes)) + 1)
    gray, mask = gray[top:bottom, left:right], mask[top:bottom, left:right]
    if not mask.size:
        return list(boxes)
    pixels = _integral(mask)
    levels = _integral(np.asarray(cv2.bitwise_and(gray, mask), dtype=np.uint8))
    return [
        Box(
            box.left,
            box.top,
            box.width,
            box.height,
            box.object_class,
            box.score,
            _look(box, (left, top), pixels, levels),
        )
        for box in boxes
    ]


def _look(
    box: Box, corner: tuple[int, int], pixels: Integers, levels: Integers
) -> tuple[float, ...]:
    height, width = pixels.shape[0] - 1, pixels.shape[1] - 1
    x_1 = min(max(round(box.left) - corner[0], 0), width)
    x_2 = min(max(round(box.left + box.width) - corner[0], 0), width)
    look, last = [], (0, 0)
    for i, share in enumerate(LOOK_EDGES):
        y = min(max(round(box.top + share * box.height) - corner[1], 0), height)
        here = (
            pixels.item(y, x_2) - pixels.item(y, x_1),
            levels.item(y, x_2) - levels.item(y, x_1),
        )
        count = (here[0] - last[0]) // 255
        if i:
            look.append((here[1] - last[1]) / count if count >= 3 else -1.0)
        last = here
    return tuple(look)


def believed(
    boxes: Sequence[Box], foreground: Foreground, expected: Sequence[Box], sure_score: float
) -> list[Box]:
    """Keep detected boxes in which something moved, and those that continue a track.

    A detector sees people in cones, posts and posters as well; they never move. Somebody who has
    stood still for long has become background, and is kept by his track alone.
    """
    integral = _integral(foreground.mask)
    kept = []
    for box in boxes:
        sides = (np.array([v]) for v in (box.left, box.top, box.left + box.width, box.foot_y))
        moved = float(_window_sums(integral, *sides)[0]) / 255
        if foreground.share > FLOOD_SHARE or moved >= 0.05 * box.area:
            kept.append(box)
        elif any(box.overlap_share(track) > 0.3 for track in expected):
            kept.append(replace(box, score=min(box.score, sure_score - 0.01)))
    return kept


def _gain(
    rest: Integers,
    everything: Integers,
    x: NDArray[np.float64],
    half: NDArray[np.float64],
    top: NDArray[np.float64],
    bottom: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What a body would newly explain, less half of what it covers without need, 0..1."""
    area = 2 * half * (bottom - top)
    new = _window_sums(rest, x - half, top, x + half, bottom)
    covered = _window_sums(everything, x - half, top, x + half, bottom)
    return np.asarray((new - 0.5 * np.maximum(area - covered, 0)) / area, dtype=np.float64)


def _window_sums(
    integral: Integers,
    left: NDArray[np.float64],
    top: NDArray[np.float64],
    right: NDArray[np.float64],
    bottom: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Foreground in each window; parts outside the picture hold none."""
    height, width = integral.shape[0] - 1, integral.shape[1] - 1
    sides = np.rint((left, right, top, bottom)).astype(np.intp)
    x = np.minimum(np.maximum(sides[:2], 0), width)
    y = np.minimum(np.maximum(sides[2:], 0), height)
    corners = integral[y[[1, 0, 1, 0]], x[[1, 1, 0, 0]]]
    sums: NDArray[np.float64] = corners[0] - corners[1] - corners[2] + corners[3]
    return sums.astype(np.float64)


def _touches(track: Box, blob: _Blob) -> bool:
    """Whether a track's expected body reaches into a blob."""
    return (
        track.left + 0.3 * track.width < blob.left + blob.width
        and track.left + 0.7 * track.width > blob.left
        and track.top + 0.2 * track.height < blob.foot_y
        and track.foot_y > blob.top
    )


def _is_solid(mask: Gray, person: float) -> bool:
    """Whether a wide blob is one solid thing, such as a car, not several people.

    Between heads the upper edge falls to the shoulders; a roof or a bonnet is wider than a head.
    """
    if mask.shape[1] <= 1.1 * person:
        return False
    tall = (mask.shape[0] - mask.argmax(axis=0)) * mask.any(axis=0) >= 0.86 * mask.shape[0]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], tall.astype(np.int8), [0]))))
    return bool((edges[1::2] - edges[::2]).max(initial=0) >= 0.55 * person)
