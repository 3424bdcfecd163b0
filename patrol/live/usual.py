"""The usual level of a count, and whether what is seen now is far off it.

Robust on purpose: the median and the median absolute deviation of the same hour of earlier weeks,
so that one fair or one broken week does not move what is called usual.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

MAD_SCALE = 1.4826
"""Makes the median absolute deviation an estimate of the standard deviation of a normal law."""
LEAST_WATCHED_SHARE = 0.5
"""Part of a window that must have been watched for it to say anything."""
STAY_SHARE = 0.5
"""An alert goes on until the deviation is under this share of what raised it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule counted in a window.

    ``value`` is the number of events, or for zones people times seconds; ``watched_s`` is how long
    the feed was watched. A gap is not a zero.
    """

    value: float
    watched_s: float

    def level(self, window_s: float, *, mean: bool) -> float | None:
        """Events an hour, or people for zones (``mean``); ``None`` where too little was watched."""
        if self.watched_s <= 0 or self.watched_s < LEAST_WATCHED_SHARE * window_s:
            return None
        return self.value / self.watched_s * (1.0 if mean else 3_600.0)


@dataclass(frozen=True, slots=True)
class Usual:
    """The level that is usual at an hour of the week, and how much it varies from week to week."""

    level: float
    spread: float


def usual_level(earlier: Sequence[float], least: int) -> Usual | None:
    """The usual level from the same hour of earlier weeks; ``None`` with fewer than ``least``."""
    if len(earlier) < max(1, least):
        return None
    middle = median(earlier)
    return Usual(middle, MAD_SCALE * median(abs(level - middle) for level in earlier))


def deviation(now: float, usual: Usual, window_s: float, *, mean: bool) -> float:
    """How many robust deviations the level is above (positive) or below what is usual.

    The spread is at least that of pure chance in a window of this length (Poisson).

    Parameters
    ----------
    now, usual
        Events an hour, or people for zones.
    window_s
        Length of the window in which ``now`` was seen, seconds.
    mean
        Whether levels are people in a zone.
    """
    window_h = window_s / 3_600.0
    chance = sqrt(usual.level + 1.0) if mean else sqrt(usual.level * window_h + 1.0) / window_h
    return (now - usual.level) / max(usual.spread, chance)


def is_far_off(
    now: float, usual: Usual, window_s: float, *, mean: bool, limit: float, least: float
) -> bool:
    """Whether a level is news: by ``limit`` deviations, and by ``least`` in its own measure."""
    far = abs(deviation(now, usual, window_s, mean=mean)) >= limit
    return far and abs(now - usual.level) >= least
