"""Police visibility, in three open definitions that are shown side by side and never mixed.

V1 is the share of (street segment x hour on duty) with at least one pass; V2 the share of
30-minute outings that would meet a unit; V3 what residents answered. No force publishes its
formula, so these are ours, written down here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.model.errors import InputError

Floats = NDArray[np.float64]

V1_PASS_M = 30.0
"""A unit this near to a street's middle line was seen on it, meters."""

V2_MEET_M = 50.0
"""A person outdoors sees a unit that is this near, meters."""

V2_OUTING_S = 1_800
"""Length of an outing, seconds."""

Z_95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval and the number of cases behind it."""

    share: float
    low: float
    high: float
    cases: int


def covered_share(passed: NDArray[np.bool_], weights: Floats) -> float:
    """V1: weighted share of street segments and hours on which somebody passed.

    Parameters
    ----------
    passed
        Whether a unit passed, shape (segments, hours).
    weights
        What each segment counts (pedestrians, shops), >= 0, shape (segments,).

    Returns
    -------
    share
        In [0, 1]; 0 where nothing has weight.
    """
    if passed.ndim != 2 or passed.shape[0] != weights.shape[0]:
        raise InputError(
            f"passed must have shape (segments, hours) for {weights.shape[0]} weights, "
            f"got {passed.shape}"
        )
    total = float(weights.sum()) * passed.shape[1]
    return float((passed * weights[:, None]).sum()) / total if total > 0 else 0.0


def passes_by_hour(
    segment_x_m: Floats,
    segment_y_m: Floats,
    track_hour: NDArray[np.int64],
    track_x_m: Floats,
    track_y_m: Floats,
    *,
    hours: int,
    within_m: float = V1_PASS_M,
) -> NDArray[np.bool_]:
    """Which segments a track passed in which hour.

    Parameters
    ----------
    segment_x_m, segment_y_m
        Points of the segments in meters, shape (segments,).
    track_hour
        Hour on duty of each fix, counted from 0, shape (fixes,).
    track_x_m, track_y_m
        The fixes in meters, shape (fixes,).
    hours
        Number of hours, >= 1.
    within_m
        Distance that counts as passing, meters.

    Returns
    -------
    passed
        Shape (segments, hours).
    """
    passed = np.zeros((segment_x_m.size, hours), dtype=np.bool_)
    for hour in range(hours):
        here = track_hour == hour
        if not here.any():
            continue
        away_m = np.hypot(
            segment_x_m[:, None] - track_x_m[here], segment_y_m[:, None] - track_y_m[here]
        )
        passed[:, hour] = (away_m <= within_m).any(axis=1)
    return passed


def meeting_share(
    starts: tuple[Floats, Floats, Floats],
    tracks: tuple[Floats, Floats, Floats],
    *,
    within_m: float = V2_MEET_M,
    outing_s: float = V2_OUTING_S,
) -> Share:
    """V2: share of outings that meet a unit.

    Parameters
    ----------
    starts
        Time in seconds and place in meters (x, y) of each sampled outing, each shape (outings,).
    tracks
        The same of all units' fixes, sorted by time, each shape (fixes,).
    within_m
        Distance that counts as meeting, meters.
    outing_s
        Length of an outing, seconds.
    """
    start_s, start_x_m, start_y_m = starts
    track_s, track_x_m, track_y_m = tracks
    first = np.searchsorted(track_s, start_s, side="left")
    last = np.searchsorted(track_s, start_s + outing_s, side="left")
    met = 0
    for index in range(start_s.size):
        part = slice(first[index], last[index])
        away_m = np.hypot(track_x_m[part] - start_x_m[index], track_y_m[part] - start_y_m[index])
        met += bool((away_m <= within_m).any())
    return wilson_share(met, int(start_s.size))


def wilson_share(hits: int, cases: int) -> Share:
    """V3, and every other share of cases: the share with Wilson's 95 % interval.

    Raises
    ------
    InputError
        If ``hits`` is not in [0, ``cases``].
    """
    if not 0 <= hits <= cases:
        raise InputError(f"hits must be in [0, {cases}], got {hits}")
    if cases == 0:
        return Share(0.0, 0.0, 1.0, 0)
    share = hits / cases
    spread = Z_95**2 / cases
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 * (share * (1 - share) / cases + spread / cases / 4) ** 0.5 / (1 + spread)
    return Share(share, max(0.0, middle - half), min(1.0, middle + half), cases)
