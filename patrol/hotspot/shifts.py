"""The map of one shift: the map of all day, and what happened in that shift before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats
from patrol.hotspot.learn import FIT_WEEKS, Learner
from patrol.hotspot.mixture import fit_shares
from patrol.hotspot.past import WEEK_S, Past

SHIFT_HALF_LIVES_D = (120.0, 365.0)
LEAST_SHIFT_EVENTS = 200
"""Incidents in the weeks looked back on below which the map of all day stands for the shift."""


@dataclass(frozen=True, slots=True, eq=False)
class ShiftMap:
    """Forecasts the incidents of ``mask`` (n,), those of one shift among all of the past.

    Half shift-specific, half all-day gained 3-4 % of hits at 1 % where the halves were fixed; here
    the shares are those that would have predicted the shift's last weeks best.
    """

    learner: Learner
    past: Past
    mask: NDArray[np.bool_]

    def forecast(self, at_s: int) -> Floats:
        """Expected share of the shift's incidents of the week from ``at_s``, shape (m,)."""
        learned = self.learner.learn(at_s)
        whole = self.learner.look(at_s, learned)
        shares = self.learn(at_s)
        return whole if shares is None else self.look(at_s, shares, whole)

    def learn(self, at_s: int) -> Floats | None:
        """The shares that the weeks before ``at_s`` teach; ``None`` for want of incidents."""
        learned = self.learner.learn(at_s)
        chances: list[Floats] = []
        came: list[Floats] = []
        for start_s in self.learner.weeks_before(at_s, FIT_WEEKS[0]):
            counts = self.past.counts(start_s, start_s + WEEK_S, self.mask)
            hit = counts > 0
            chances.append(self._rows(start_s, self.learner.look(start_s, learned))[:, hit])
            came.append(counts[hit])
        if sum(float(counts.sum()) for counts in came) < LEAST_SHIFT_EVENTS:
            return None
        return fit_shares(np.concatenate(chances, axis=1), np.concatenate(came))

    def look(self, at_s: int, shares: Floats, whole: Floats) -> Floats:
        """The forecast with shares that were learned, and the map of all day at the same time."""
        mixed: Floats = shares @ self._rows(at_s, whole)
        return mixed

    def _rows(self, at_s: int, whole: Floats) -> Floats:
        own = [
            self.past.decayed_mask(at_s, half_life_d, self.mask)
            for half_life_d in SHIFT_HALF_LIVES_D
        ]
        even = self.past.size / self.past.size.sum()
        return np.stack([whole, *(row / max(float(row.sum()), 1e-300) for row in own), even])
