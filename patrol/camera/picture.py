"""One decoded picture, for as long as it is looked at."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

# Formats whose first plane is the brightness, one byte a pixel.
_LUMA_FIRST = frozenset(
    {
        *("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"),
        *("yuv440p", "yuvj440p", "yuv411p", "yuvj411p", "yuv410p", "nv12", "nv21", "gray"),
    }
)


class Picture(Protocol):
    """What the analysis needs of a picture."""

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the source."""
        ...

    def gray(self, width_px: int) -> Gray:
        """Brightness, shrunk to ``width_px`` where the source is wider; shape (height, width)."""
        ...

    def color(self) -> NDArray[np.uint8]:
        """Blue, green, red of the source; shape (height, width, 3)."""
        ...


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A picture as the decoder gave it; nothing is converted before it is asked for."""

    frame: VideoFrame

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the source."""
        return self.frame.width, self.frame.height

    def gray(self, width_px: int) -> Gray:
        """Brightness, shrunk to ``width_px`` where the source is wider."""
        return shrink(self._luma(), width_px)

    def _luma(self) -> Gray:
        frame = self.frame
        if frame.format.name not in _LUMA_FIRST:
            return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
        # A view, not a copy: rows of the plane are padded to its line size.
        plane = frame.planes[0]
        rows: Gray = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        return rows[: frame.height, : frame.width]

    def color(self) -> NDArray[np.uint8]:
        """Blue, green, red of the source."""
        return np.asarray(self.frame.to_ndarray(format="bgr24"), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class ArrayPicture:
    """A picture made from an array: of a JPEG snapshot, or of a test.

    ``pixels`` has the shape (height, width) or (height, width, 3) with blue first.
    """

    pixels: NDArray[np.uint8]

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height) of the source."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def gray(self, width_px: int) -> Gray:
        """Brightness, shrunk to ``width_px`` where the source is wider."""
        pixels = self.pixels
        if pixels.ndim == 3:
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        return shrink(pixels, width_px)

    def color(self) -> NDArray[np.uint8]:
        """Blue, green, red of the source."""
        if self.pixels.ndim == 3:
            return self.pixels
        return np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def shrink(pixels: Gray, width_px: int) -> Gray:
    """Shrink to a width, sides in proportion; a smaller picture comes back as it is."""
    height, width = pixels.shape
    if width <= width_px:
        return pixels
    size = (width_px, max(1, round(height * width_px / width)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
