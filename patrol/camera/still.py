"""A coarse still of a camera's empty scene, for drawing rules on it.

The one place that may turn a picture into bytes that leave the worker. It takes the background,
the long mean in which those who pass do not appear, never a picture of the moment, and cuts it
into blocks so large that nobody who stood there all the time could be known. Blocks that were not
seen free for long enough (:mod:`patrol.camera.free`) are plain gray. See
``docs/decisions/0010-stills-of-the-empty-scene.md``.
"""

import struct
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.camera.picture import Gray, shrink
from patrol.model.errors import OutsideError

BLOCKS = 120
"""Blocks from side to side; a face ten meters away is less than two of them."""

UNKNOWN = 128
"""Gray of blocks that are not known to be empty."""

WIDTH_PX = 480
_HEAD = struct.Struct(">HH")
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Still:
    """A JPEG of blocks, and the (width, height) of the source, in whose pixels rules are drawn."""

    size_px: tuple[int, int]
    jpeg: bytes

    def pack(self) -> bytes:
        """As it travels between processes."""
        return _HEAD.pack(*self.size_px) + self.jpeg

    @classmethod
    def unpack(cls, data: bytes) -> "Still":
        """Read what :meth:`pack` wrote.

        Raises
        ------
        OutsideError
            If it is none.
        """
        if len(data) <= _HEAD.size:
            raise OutsideError(f"a still has more than {_HEAD.size} bytes, got {len(data)}")
        width_px, height_px = _HEAD.unpack_from(data)
        return cls((width_px, height_px), data[_HEAD.size :])


def make_still(scene: Gray, size_px: tuple[int, int], known: NDArray[np.bool_]) -> Still:
    """Cut the empty scene into blocks.

    Parameters
    ----------
    scene
        Brightness of the background, shape (height, width).
    size_px
        (width, height) of the source.
    known
        Blocks that were seen free; the others are not shown. Shape as of the scene in blocks.
    """
    blocks = np.where(known, shrink(scene, BLOCKS), np.uint8(UNKNOWN))
    height_px = max(1, round(WIDTH_PX * size_px[1] / size_px[0]))
    coarse = cv2.resize(blocks, (WIDTH_PX, height_px), interpolation=cv2.INTER_NEAREST)
    _, data = cv2.imencode(".jpg", coarse, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return Still(size_px, np.asarray(data, dtype=np.uint8).tobytes())
