"""Dark streets as a layer: by a list of lamps where there is one, else by what the map says."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from patrol.hotspot.events import Floats
from patrol.hotspot.layers import normalized

LAMP_REACH_M = 25.0
"""How far a street lamp lights: poles stand 25-40 m apart (CJJ 45-2015), so half of that and some
for the lamp list's own error."""
LISTED_M = 250.0
"""A street with no lamp of the list this near, working or not, is not in the list's area."""
LAMP_STEP_M = 10.0
"""Distance between the points of a street that are looked at."""


def tagged_dark(unit_lit: NDArray[np.int8]) -> Floats:
    """1 where the street is tagged as unlit, else 0; unknown is not unlit. Shape (m,)."""
    return np.where(unit_lit == 0, 1.0, 0.0)


def dark_shares(
    tagged: Floats,
    point_unit: NDArray[np.int64],
    point_m: Floats,
    lamp_m: Floats,
    works: NDArray[np.bool_],
) -> Floats:
    """Which share of each street no working lamp lights.

    Parameters
    ----------
    tagged
        What the street map says, in [0, 1], shape (m,); kept outside the list's area.
    point_unit, point_m
        Points along the streets: the unit each lies on, (p,), and local meters, (p, 2).
    lamp_m, works
        Lamps of the list, local meters (q, 2), and whether each works, (q,).

    Returns
    -------
    shares
        In [0, 1], shape (m,).
    """
    if not len(lamp_m):
        return tagged
    # An infinite distance says that there is none within reach.
    listed = np.isfinite(cKDTree(lamp_m).query(point_m, distance_upper_bound=LISTED_M)[0])
    lit = np.zeros(len(point_m), dtype=np.bool_)
    if works.any():
        away_m = cKDTree(lamp_m[works]).query(point_m, distance_upper_bound=LAMP_REACH_M)[0]
        lit = np.isfinite(away_m)
    count = len(tagged)
    known = np.bincount(point_unit[listed], minlength=count)
    every = np.bincount(point_unit, minlength=count)
    dark = np.bincount(point_unit[listed & ~lit], minlength=count)
    in_list = (known * 2 > every) & (every > 0)
    return np.where(in_list, dark / np.maximum(known, 1), tagged)


def dark_layer(dark_share: Floats, unit_length_m: Floats, dark_hour: Floats) -> Floats:
    """Unlit street length while it is dark.

    Parameters
    ----------
    dark_share
        Share of each unit that is unlit, in [0, 1], shape (m,).
    unit_length_m
        Shape (m,).
    dark_hour
        Share of each local hour of day that is dark, in [0, 1], shape (24,).

    Returns
    -------
    layer
        Shape (m, 24), normalized over the day.
    """
    return normalized((dark_share * unit_length_m)[:, None] * dark_hour[None, :])
