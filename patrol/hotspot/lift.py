"""Brings the map to the forecasts that the backtest tests, segment by segment.

Kinds learn their own memory and spread one by one (:mod:`patrol.hotspot.habits`), because harm
weights are given kind by kind. What no kind can know by itself, :mod:`patrol.hotspot.learn` does:
that the busiest places want a sharper memory than the others, that one kind tells of another, and
how far the weeks at hand can be trusted; and :mod:`patrol.hotspot.shifts` knows how far a shift has
places of its own. So the part of the map that comes from incidents is multiplied, on every segment,
by the ratio of the two where all kinds and sources weigh alike. Then such a map *is* the tested
forecast; with harm weights it is that forecast's judgment of the place times the planners' judgment
of the kinds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from patrol.hotspot.blend import INCIDENTS, Shaping, Smoothing, blend
from patrol.hotspot.events import WEEK_H, Events, Floats
from patrol.hotspot.habits import Habits
from patrol.hotspot.layers import hour_totals, incident_weights, mix_hours

MOST_LIFT = 4.0
"""Most that a segment is lifted, and as much that it is lowered: beyond lie only segments with next
to nothing, where a ratio says little."""


@dataclass(frozen=True, slots=True, eq=False)
class Lift:
    """What segments are multiplied by: all day, and in the hours of shifts that were learned.

    ``factor`` (m, 1 + s) has all day first; ``column`` (168,) tells which of them each hour of week
    takes.
    """

    factor: Floats
    column: NDArray[np.int64]

    def at_hours(self, hours: NDArray[np.int64], *, by_shift: bool) -> Floats:
        """The factors of some hours of week, shape (m, h)."""
        column = self.column[hours] if by_shift else np.zeros(len(hours), dtype=np.int64)
        return self.factor[:, column]


def forecast_lift(forecast: Floats, by_habits: Floats) -> Floats:
    """What brings one map to another, shape (m,), in [1 / ``MOST_LIFT``, ``MOST_LIFT``].

    Parameters
    ----------
    forecast, by_habits
        The tested forecast and the kinds' own map, both (m,), >= 0; each is taken as shares.
    """
    wanted, found = (row / max(float(row.sum()), 1e-300) for row in (forecast, by_habits))
    ratio = np.divide(wanted, found, out=np.ones_like(wanted), where=found > 0)
    lift: Floats = np.clip(ratio, 1 / MOST_LIFT, MOST_LIFT)
    return lift


def habit_scores(
    events: Events, habits: Habits, spread: csr_array, at_s: int, band_h: int, blend_share: float
) -> Floats:
    """Scores by the kinds' own habits where every kind weighs alike, shape (m, 168)."""
    decays = [kind.decay for kind in habits.kinds]
    alike = np.array([1.0 / decay.mean_half_life_d for decay in decays])
    weights = incident_weights(events, at_s, alike, decays, np.ones(len(events.sources)))
    mix = mix_hours(hour_totals(events, weights), range(WEEK_H), band_h, blend_share)
    shares = np.array([kind.smooth_share for kind in habits.kinds])
    shaping = Shaping(Smoothing(spread, shares))
    return blend(events, weights, mix, {}, {INCIDENTS: 1.0}, spread.shape[0], shaping).scores
