"""How good a map is: hit rate, PAI, PEI, and whether one map is better than another.

Hit rate HR(a) is the share of the next period's incidents inside the top share a of the area (or
street length); PAI = HR / a; PEI = PAI / the best PAI anybody could have had, knowing the future
(Chainey et al. 2008; Hunt 2016). Intervals are bootstrapped over weeks, since incidents of one week
are not independent; two maps are compared on the same drawn weeks (paired).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats
from patrol.model.errors import InputError

DRAWS = 2_000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class WeeklyHits:
    """Hits of one map by week and share (w, a), the best possible hits, all incidents (w,)."""

    shares: tuple[float, ...]
    hits: Floats
    best: Floats
    total: Floats


@dataclass(frozen=True, slots=True)
class Figures:
    """Hit rate, PAI and PEI by share, each hit rate with its 95 % interval."""

    hit_rate: Mapping[float, float]
    pai: Mapping[float, float]
    pei: Mapping[float, float]
    ci95: Mapping[float, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Difference:
    """How much one map's hit rate exceeds another's, with the 95 % interval of the difference.

    ``verdict`` says better or worse only where the interval excludes 0.
    """

    points: float
    ci95: tuple[float, float]
    verdict: str


def top_hits(scores: Floats, size: Floats, hits: Floats, shares: Sequence[float]) -> Floats:
    """Hits inside the top shares of the area, taking units by falling score per size.

    The unit at the edge counts by the part of it that still fits, so that a share means exactly
    that share, however large the units are. Ties are broken by index, the same for every map.

    Parameters
    ----------
    scores, size, hits
        Score, area or length, and incidents of each unit, shape (m,).
    shares
        In (0, 1].

    Returns
    -------
    hits
        Shape (a,).
    """
    return ordered_hits(rank_units(scores, size), size, hits, shares)


def rank_units(scores: Floats, size: Floats) -> NDArray[np.int64]:
    """Units by falling score per size, shape (m,); ties by index."""
    return np.argsort(-scores / size, kind="stable")


def ordered_hits(
    order: NDArray[np.int64], size: Floats, hits: Floats, shares: Sequence[float]
) -> Floats:
    """The same as :func:`top_hits` for units that are ranked already."""
    covered = np.concatenate(([0.0], np.cumsum(size[order])))
    gathered = np.concatenate(([0.0], np.cumsum(hits[order])))
    found: Floats = np.interp(np.asarray(shares) * covered[-1], covered, gathered)
    return found


def measure(weekly: WeeklyHits, seed: int) -> Figures:
    """Pooled figures over all weeks.

    Raises
    ------
    InputError
        If there is no incident in any week.
    """
    total = float(weekly.total.sum())
    if total <= 0:
        raise InputError("no incident falls into the weeks of the test")
    pooled = weekly.hits.sum(axis=0) / total
    draws = _draw_weeks(len(weekly.total), seed)
    spread = _pooled(weekly, draws)
    filled = weekly.total > 0
    efficiency = np.divide(
        weekly.hits[filled],
        weekly.best[filled],
        out=np.zeros_like(weekly.hits[filled]),
        where=weekly.best[filled] > 0,
    ).mean(axis=0)
    low, high = np.quantile(spread, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0)
    return Figures(
        hit_rate=_by_share(weekly.shares, pooled),
        pai=_by_share(weekly.shares, pooled / np.array(weekly.shares)),
        pei=_by_share(weekly.shares, efficiency),
        ci95={share: (float(low[at]), float(high[at])) for at, share in enumerate(weekly.shares)},
    )


def compare(ours: WeeklyHits, theirs: WeeklyHits, seed: int) -> dict[float, Difference]:
    """The difference of pooled hit rates, by share, with a paired bootstrap over weeks."""
    draws = _draw_weeks(len(ours.total), seed)
    spread = _pooled(ours, draws) - _pooled(theirs, draws)
    total = float(ours.total.sum())
    points = (ours.hits.sum(axis=0) - theirs.hits.sum(axis=0)) / total
    low, high = np.quantile(spread, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0)
    found: dict[float, Difference] = {}
    for at, share in enumerate(ours.shares):
        interval = (float(low[at]), float(high[at]))
        found[share] = Difference(float(points[at]), interval, verdict(interval))
    return found


def verdict(interval: tuple[float, float]) -> str:
    """``better`` or ``worse`` where an interval excludes 0, else ``not shown``."""
    low, high = interval
    if low > 0:
        return "better"
    return "worse" if high < 0 else "not shown"


def _draw_weeks(weeks: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, weeks, size=(DRAWS, weeks))


def _pooled(weekly: WeeklyHits, draws: np.ndarray) -> Floats:
    hits = weekly.hits[draws].sum(axis=1)
    total = weekly.total[draws].sum(axis=1)
    rates: Floats = np.divide(
        hits, total[:, None], out=np.zeros_like(hits), where=total[:, None] > 0
    )
    return rates


def _by_share(shares: Sequence[float], values: Floats) -> dict[float, float]:
    return {share: float(value) for share, value in zip(shares, values, strict=True)}
