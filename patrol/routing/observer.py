"""An observer who wrote down every visit of the last days, and how often a guess comes true.

For each place that is visited, the observer names as many half hours of the shift as are usually
visited there: those seen most often, the later days deciding between equals. A guess is right if
today's plan has a visit there in that half hour. Chance is what guessing the same number of half
hours blindly would hit: visits of the place today over half hours of the shift. So the lift is
about *when*, at places whose importance anybody knows; that a market is visited more often than an
empty road is no secret that a plan could keep.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.routing.problem import Floats, Problem

SLOT_S = 1_800
"""What an observer tells apart."""

Seen = NDArray[np.bool_]
"""Visits by place and half hour."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Guesses that came true and what chance would have given, both in [0, 1]."""

    hit_rate: float
    chance: float
    guesses: int

    @property
    def lift(self) -> float:
        """How much better than chance; 1 where there was nothing to guess from."""
        return self.hit_rate / self.chance if self.chance > 0 else 1.0


def guess_by_map(problem: Problem, guesses: NDArray[np.int64]) -> Seen:
    """What somebody guesses who knows the map and has seen no plan.

    Per place the half hours from which a stop would cover most, one residual time apart.
    """
    slots = -(-problem.horizon_s // SLOT_S)
    edges = np.arange(problem.hotspots.cumulative.shape[1]) * problem.slot_s
    begins = np.arange(slots) * SLOT_S
    named = np.zeros((problem.hotspots.size, slots), np.bool_)
    for place, row in enumerate(problem.hotspots.cumulative):
        residual_s = int(problem.hotspots.residual_s[place])
        worth = np.interp(begins + residual_s, edges, row) - np.interp(begins, edges, row)
        for _ in range(int(guesses[place])):
            if worth.max() < 0:
                break
            top = int(np.argmax(worth))
            named[place, top] = True
            worth[np.abs(begins - begins[top]) < residual_s] = -1.0
    return named


def half_hours(places: int, horizon_s: int, visits: Sequence[tuple[int, int]]) -> Seen:
    """Which half hours have a visit, shape (places, half hours); visits are (place, arrival)."""
    seen = np.zeros((places, -(-horizon_s // SLOT_S)), np.bool_)
    for place, arrive_s in visits:
        if 0 <= arrive_s < horizon_s:
            seen[place, arrive_s // SLOT_S] = True
    return seen


def habit(days: Sequence[Seen]) -> Floats:
    """How often each half hour was visited, 0 to 1, with the later days a little heavier."""
    weight = 1 + 1e-3 * np.arange(len(days))
    return np.asarray(np.average(np.stack(days).astype(np.float64), axis=0, weights=weight))


def usual_visits(days: Sequence[Seen]) -> NDArray[np.int64]:
    """How many half hours of a place are visited on a usual day, shape (places,)."""
    return np.asarray(np.rint(np.stack(days).sum(axis=2).mean(axis=0)), np.int64)


def expected(days: Sequence[Seen]) -> Seen:
    """The half hours that an observer of these days names for the next one."""
    rank = np.argsort(np.argsort(-habit(days), axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(rank < usual_visits(days)[:, None], np.bool_)


def foreseen(days: Sequence[Seen], today: Seen) -> Foreseen:
    """How an observer of earlier days fares today."""
    if not days:
        return Foreseen(0.0, 0.0, 0)
    named = expected(days)
    named[~today.any(axis=1)] = False
    total = int(named.sum())
    if not total:
        return Foreseen(0.0, 0.0, 0)
    chance = float((named.sum(axis=1) * today.mean(axis=1)).sum())
    return Foreseen(int((named & today).sum()) / total, chance / total, total)
