"""Camera counts as a layer: how far a place is above what is usual there at this hour and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats

FULL_EXCESS = 3.0
"""Standard deviations above the usual level at which a camera counts fully."""
FADE = (1.0, 2 / 3, 1 / 3)
"""How much of an excess is believed to last in this and the next two hours."""
LEAST_OBSERVED_S = 600
"""Seconds a camera must have counted in an hour for the hour to say anything."""
LEAST_SAMPLES = 3
"""Earlier hours of the same kind needed before anything is called usual."""
_WINDOW_S = 3_600


@dataclass(frozen=True, slots=True)
class Observed:
    """What a camera counted in a window: total of its values, and seconds it really counted."""

    value: float
    seconds: int

    @property
    def per_h(self) -> float | None:
        """Rate per hour; ``None`` where the camera was hardly there (a gap is not a zero)."""
        if self.seconds < LEAST_OBSERVED_S:
            return None
        return self.value * _WINDOW_S / self.seconds


def excess(now: Observed, before: Sequence[Observed]) -> float:
    """How far a camera is above its usual level, in [0, 1]; 1 is three standard deviations.

    The spread is the larger of what earlier hours showed and of pure chance (Poisson).

    Parameters
    ----------
    now
        The last hour.
    before
        The same hour of week (or of day) earlier; gaps are left out.
    """
    rate = now.per_h
    usual = [found for found in (window.per_h for window in before) if found is not None]
    if rate is None or len(usual) < LEAST_SAMPLES:
        return 0.0
    mean = float(np.mean(usual))
    spread = max(float(np.std(usual, ddof=1)), sqrt(mean + 1.0))
    return min(1.0, max(0.0, (rate - mean) / (spread * FULL_EXCESS)))


def crowd_layer(
    camera_unit: NDArray[np.int32], excesses: Floats, hour: int, unit_count: int
) -> Floats:
    """The layer of this day: excesses now, fading over the next hours.

    It sums to 1 in an hour in which every camera is fully above its usual level, and to 0 when all
    is as usual; it is not blown up to 1 on a quiet day as the other layers are.

    Parameters
    ----------
    camera_unit
        Unit each of c cameras looks at, -1 for none, shape (c,).
    excesses
        In [0, 1], shape (c,).
    hour
        Local hour of day now, in [0, 24).

    Returns
    -------
    layer
        Shape (m, 24).
    """
    layer = np.zeros((unit_count, 24))
    seen = camera_unit >= 0
    if not seen.any():
        return layer
    share = excesses[seen] / len(camera_unit)
    for ahead, part in enumerate(FADE):
        if hour + ahead < 24:
            np.add.at(layer[:, hour + ahead], camera_unit[seen], share * part)
    return layer
