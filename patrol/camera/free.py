"""Which parts of a camera's scene have really been seen free, for a still that shows nobody.

The background starts from a picture in which people may stand; it lets go of them only after they
have left. So each block is shown only when for a minute, taken together, the pictures were as the
background says and nobody was there.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.camera.box import Box
from patrol.camera.picture import Gray, shrink

EVERY_S = 1.0
"""Time between two looks: pictures nearer to each other tell nothing new."""

NEED_S = 60
"""Seconds for which a block must have been free, less those in which it was in doubt."""

MOST_S = 80
"""No block is surer than this, so that a doubt that lasts is seen within seconds."""

DOUBT = 3
"""How much more a second weighs in which the block is not as the background says."""

LONGEST_S = 4
"""A look stands for no longer than this: key frames may be that far from each other."""

LIKE_LEVELS = 8
"""Mean gray levels of a block that noise and flicker explain."""

LEAST_SHARE = 0.5
"""Share of the picture that must be known before any of it is shown."""

_AROUND_SHARE = 0.25
"""What belongs to a person beside and above the box, as a share of its sides: shadow, bag."""


class SeenFree:
    """Gather block by block how long the scene was seen without anybody.

    Parameters
    ----------
    blocks
        Blocks from side to side.
    """

    def __init__(self, blocks: int) -> None:
        self._blocks = blocks
        self._sure: NDArray[np.int16] | None = None
        self._due_s = float("-inf")
        self._last_s: float | None = None

    def is_due(self, t_s: float) -> bool:
        """Whether it is time to look again."""
        return t_s >= self._due_s

    def forget(self) -> None:
        """The scene was learned anew: nothing is known of it."""
        self._sure = None

    def look(
        self, gray: Gray, scene: Gray, t_s: float, walkers: Sequence[Box], doubtful: Sequence[Box]
    ) -> None:
        """Compare a picture with the background.

        Parameters
        ----------
        gray
            The picture, as it is compared with the background.
        scene
            The background.
        t_s
            The picture's time, seconds.
        walkers
            Who is followed and came from elsewhere: behind them nothing is learned.
        doubtful
            Other things that were noticed: what never moved may be somebody who stood there from
            the beginning, or the hole that he left.
        """
        since_s = 1.0 if self._last_s is None else t_s - self._last_s
        step_s = round(min(max(since_s, 1.0), LONGEST_S))
        self._last_s, self._due_s = t_s, t_s + EVERY_S
        now, known = shrink(gray, self._blocks), shrink(scene, self._blocks)
        if self._sure is None or self._sure.shape != now.shape:
            self._sure = np.zeros(now.shape, dtype=np.int16)
        scale = now.shape[1] / gray.shape[1]
        change = np.where(cv2.absdiff(now, known) <= LIKE_LEVELS, 1, -DOUBT).astype(np.int16)
        _paint(change, doubtful, scale, -DOUBT)
        _paint(change, walkers, scale, 0)
        self._sure = np.clip(self._sure + step_s * change, 0, MOST_S)

    def known(self) -> NDArray[np.bool_] | None:
        """Blocks that may be shown, shape (rows, blocks); none while too few are."""
        if self._sure is None:
            return None
        known: NDArray[np.bool_] = self._sure >= NEED_S
        return known if known.mean() >= LEAST_SHARE else None


def _paint(change: NDArray[np.int16], boxes: Sequence[Box], scale: float, value: int) -> None:
    """Set all blocks under some boxes, and a little around them."""
    for box in boxes:
        x, y = _AROUND_SHARE * box.width, _AROUND_SHARE * box.height
        left, top = (max(0, int((v) * scale)) for v in (box.left - x, box.top - y))
        right, foot = (
            max(0, int(v * scale) + 1) for v in (box.left + box.width + x, box.foot_y + y)
        )
        change[top:foot, left:right] = value
