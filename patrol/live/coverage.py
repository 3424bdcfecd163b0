"""Which street length is seen by a camera, by a patrol, by both, by neither.

A camera sees what lies in the sector of its heading, field of view and range; walls are not known,
so this is the most that it can see. A patrol sees the street it goes along and, at a stop, the
street or place where it stops. All in meters of one local projection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Lines = NDArray[np.object_]
"""Shapely lines, shape (m,)."""

BESIDE_M = 12.0
"""Half the width of a broad street: a way belongs to the street beside which it runs."""
ARC_DEG = 5.0
"""Step of the sector's rim; at 50 m the rim is then at most 5 cm off the circle."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is seen of each segment by cameras alone, patrols alone, both, neither; shape (m,).

    Empty geometries where there is nothing of a kind; the four together are the segment.
    """

    camera: Lines
    patrol: Lines
    both: Lines
    neither: Lines


def view_sector(
    x_m: float, y_m: float, heading_deg: float, fov_deg: float, range_m: float
) -> shapely.Polygon:
    """The ground that a camera at (x, y) looks at; heading clockwise from north.

    Parameters
    ----------
    fov_deg
        Width of the view, in (0, 360].
    range_m
        How far it sees, > 0.
    """
    steps = max(2, int(np.ceil(fov_deg / ARC_DEG)))
    rim = [
        (x_m + range_m * sin(radians(bearing)), y_m + range_m * cos(radians(bearing)))
        for bearing in np.linspace(heading_deg - fov_deg / 2, heading_deg + fov_deg / 2, steps + 1)
    ]
    return shapely.Polygon(rim if fov_deg >= 360 else [(x_m, y_m), *rim])


def split_streets(
    lines: Lines,
    sectors: Sequence[BaseGeometry],
    ways: Sequence[BaseGeometry],
    whole: NDArray[np.bool_],
) -> Pieces:
    """Cut every street into what cameras and patrols see of it.

    Parameters
    ----------
    lines
        Segments, meters.
    sectors
        What cameras look at.
    ways
        Lines along which patrols go, and points or areas where they stop.
    whole
        Segments that a patrol sees from end to end, such as those it stops at, shape (m,).
    """
    seen = _zones(lines, sectors, 0.0)
    passed = _zones(lines, ways, BESIDE_M)
    passed[whole] = shapely.buffer(lines[whole], BESIDE_M)
    # Always a line cut by an area: two lines that should run along each other never do exactly.
    in_view = shapely.intersection(lines, seen)
    out_of_view = shapely.difference(lines, seen)
    return Pieces(
        camera=shapely.difference(in_view, passed),
        patrol=shapely.intersection(out_of_view, passed),
        both=shapely.intersection(in_view, passed),
        neither=shapely.difference(out_of_view, passed),
    )


def _zones(lines: Lines, areas: Sequence[BaseGeometry], beside_m: float) -> Lines:
    """Around each line, the ground within ``beside_m`` of any of the areas that are near it."""
    found = np.full(len(lines), shapely.Polygon(), dtype=np.object_)
    if not len(areas) or not len(lines):
        return found
    there = np.array(areas, dtype=np.object_)
    line, area = shapely.STRtree(there).query(lines, predicate="dwithin", distance=beside_m)
    if not len(line):
        return found
    order = np.argsort(line, kind="stable")
    line, area = line[order], area[order]
    names, starts = np.unique(line, return_index=True)
    near = [shapely.union_all(there[part]) for part in np.split(area, starts[1:])]
    zones = np.array(near, dtype=np.object_)
    # Flat ends: a way that ends at a corner has not gone round it.
    found[names] = shapely.buffer(zones, beside_m, cap_style="flat") if beside_m else zones
    return found


def edges_of(lines: Sequence[NDArray[np.float64]]) -> list[BaseGeometry]:
    """The straight pieces of many lines, each once, in whichever direction it was gone.

    Parameters
    ----------
    lines
        Points in meters, shape (n, 2) each.
    """
    pieces = [np.hstack((line[:-1], line[1:])) for line in lines if len(line) > 1]
    if not pieces:
        return []
    # To a decimeter, so that the same street gone along twice is one piece.
    rounded = np.round(np.vstack(pieces), 1)
    turned = rounded[:, [2, 3, 0, 1]]
    back = (rounded[:, 0] > rounded[:, 2]) | (
        (rounded[:, 0] == rounded[:, 2]) & (rounded[:, 1] > rounded[:, 3])
    )
    unique = np.unique(np.where(back[:, None], turned, rounded), axis=0)
    unique = unique[(unique[:, :2] != unique[:, 2:]).any(axis=1)]
    return list(shapely.linestrings(unique.reshape(-1, 2, 2)))
