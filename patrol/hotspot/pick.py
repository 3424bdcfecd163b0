"""Which units become hotspots: the highest scores, and a share drawn from elsewhere.

A map that is only ever followed learns only from where it sent people. A share of the places is
therefore drawn at random from those it does not favor (exploration, 5-15 % of the time).
"""

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats
from patrol.model.errors import InputError


def pick_units(
    scores: Floats,
    allowed: NDArray[np.bool_],
    explore_weight: Floats,
    *,
    count: int,
    exploration_share: float,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pick units by score, and others at random.

    Parameters
    ----------
    scores
        Shape (m,), >= 0.
    allowed
        Units that may be picked at all, shape (m,).
    explore_weight
        Chance of being drawn, relative, such as street length, shape (m,), >= 0.
    count
        How many in all, >= 0.
    exploration_share
        Part of ``count`` drawn at random, in [0, 1]; rounded.
    seed
        Same seed, same draw.

    Returns
    -------
    favored
        Indices by falling score; ties by index. Units without a score are never favored.
    explored
        Indices drawn without replacement from the others.

    Raises
    ------
    InputError
        If ``count`` or ``exploration_share`` is out of range.
    """
    if count < 0:
        raise InputError(f"count of hotspots must be >= 0, got {count}")
    if not 0 <= exploration_share <= 1:
        raise InputError(f"exploration_share must be in [0, 1], got {exploration_share}")
    explore = round(count * exploration_share)
    order = np.lexsort((np.arange(len(scores)), -scores))
    favored = order[(allowed & (scores > 0))[order]][: count - explore]
    others = allowed & (explore_weight > 0)
    others[favored] = False
    pool = np.flatnonzero(others)
    draws = min(explore, len(pool))
    if not draws:
        return favored, np.empty(0, dtype=np.int64)
    chance = explore_weight[pool] / explore_weight[pool].sum()
    drawn = np.random.default_rng(seed).choice(pool, size=draws, replace=False, p=chance)
    return favored, np.sort(drawn)
