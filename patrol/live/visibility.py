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


def covered_share(hours_seen: NDArray[np.int64], hours: int, weights: Floats) -> float:
    """V1: weighted share of street segments and hours on which somebody passed.

    Parameters
    ----------
    hours_seen
        In how many of the hours a unit passed each segment, shape (segments,).
    hours
        Hours on duty, >= 0.
    weights
        What each segment counts (its length, pedestrians, shops), >= 0, shape (segments,).

    Returns
    -------
    share
        In [0, 1]; 0 where nothing has weight.
    """
    if hours_seen.shape != weights.shape:
        raise InputError(
            f"hours_seen must have shape {weights.shape} as the weights, got {hours_seen.shape}"
        )
    total = float(weights.sum()) * hours
    return float(hours_seen @ weights) / total if total > 0 else 0.0


def fill_way(
    time_s: Floats, x_m: Floats, y_m: Floats, *, step_m: float = 20.0, longest_s: float = 60.0
) -> tuple[Floats, Floats, Floats]:
    """Put points between a unit's fixes, so that a car is seen on every street it drives.

    Parameters
    ----------
    time_s, x_m, y_m
        The unit's fixes by time, each shape (n,).
    step_m
        Longest step that is left, meters.
    longest_s
        Where the unit was silent for longer, nobody knows which way it went: nothing is put in.

    Returns
    -------
    time_s, x_m, y_m
        The fixes with what lies between them, by time.
    """
    if time_s.size < 2:
        return time_s, x_m, y_m
    away_m = np.hypot(np.diff(x_m), np.diff(y_m))
    parts = np.maximum(1, np.ceil(away_m / step_m)).astype(np.int64)
    parts[np.diff(time_s) > longest_s] = 1
    first = np.repeat(np.arange(parts.size), parts)
    part = np.arange(first.size) - np.repeat(np.cumsum(parts) - parts, parts)
    share = part / parts[first]

    def between(values: Floats) -> Floats:
        filled = values[first] + share * (values[first + 1] - values[first])
        return np.append(filled, values[-1])

    return between(time_s), between(x_m), between(y_m)


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
