"""Lines of (lon, lat) rows: parts of them, and the line of a way over many segments."""

import numpy as np
from numpy.typing import NDArray

from patrol.routing.streets import Floats, StreetNetwork

SAME_DEG = 1e-9
"""Points nearer than this (a tenth of a millimeter) are one point."""


def part_of_line(line: Floats, low: float, high: float) -> Floats:
    """The stretch of a line between two shares of its length, ``0 <= low <= high <= 1``.

    Lengths are taken in degrees scaled by latitude, which is exact enough within one segment.
    """
    if low <= 0 and high >= 1:
        return line
    scale = np.array([np.cos(np.radians(line[0, 1])), 1.0])
    at = np.concatenate(([0.0], np.cumsum(np.hypot(*(np.diff(line, axis=0) * scale).T))))
    if at[-1] > 0:
        at /= at[-1]
    ends = np.array([low, high])
    cut = np.column_stack((np.interp(ends, at, line[:, 0]), np.interp(ends, at, line[:, 1])))
    inside = line[(at > low) & (at < high)]
    return np.vstack((cut[:1], inside, cut[1:]))


def way_line(
    network: StreetNetwork,
    segments: NDArray[np.int64],
    along: NDArray[np.bool_],
    low: float,
    high: float,
) -> Floats:
    """The line over segments one after the other, repeated points left out.

    Parameters
    ----------
    network
        Whose segments they are.
    segments, along
        Which, and whether each is used along its line, shape (k,), k >= 1.
    low, high
        Share of the first one at which the way begins, of the last one at which it ends.

    Returns
    -------
    line
        (lon, lat) rows, at least two.
    """
    start, stop = network.line_ptr[segments], network.line_ptr[segments + 1]
    counts = stop - start
    ends = np.cumsum(counts)
    within = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
    point = np.repeat(np.where(along, start, stop - 1), counts)
    point += np.repeat(np.where(along, 1, -1), counts) * within
    whole = np.column_stack((network.line_lon[point], network.line_lat[point]))
    if len(segments) == 1:
        whole = part_of_line(whole, low, high)
    else:
        first, last = int(ends[0]), int(ends[-2])
        whole = np.vstack(
            (
                part_of_line(whole[:first], low, 1.0),
                whole[first:last],
                part_of_line(whole[last:], 0.0, high),
            )
        )
    keep = np.ones(len(whole), dtype=bool)
    keep[1:] = (np.abs(np.diff(whole, axis=0)) > SAME_DEG).any(axis=1)
    line = whole[keep]
    return line if len(line) > 1 else np.vstack((line, line))
