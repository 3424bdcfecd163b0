"""Prices of covered time on their way down to a low limit.

Rounds follow Adam (Kingma and Ba 2015): means of slopes, divided by how much a slope changes from
round to round, so that quiet slots move as far as restless ones. Before November 2026 steps were
Polyak's along the same means (Held, Wolfe and Crowder 1974; Barahona and Anbil 2000): at 500 places
they left 20.5 % after 120 rounds, where these leave 16 %.
"""

from dataclasses import dataclass, field

import numpy as np

from patrol.routing.prices import Limit, Relaxation
from patrol.routing.problem import Floats

FLAT_QUANTILES = (0.1, 0.3, 0.5, 0.7)
"""Flat prices tried first, as quantiles of the slots' weights."""
MEAN_SHARE, SPREAD_SHARE = 0.8, 0.95
"""Share of the old mean of slopes, and of their old mean square, that a round keeps."""
RATE, LAST_RATE = 0.03, 0.01
"""Share of its weight that a price moves by in the first rounds, and the share of that in the last
ones. At 0.1 prices leave the flat ones in a leap and 21 rounds are not enough to come back."""
CALM = 0.1
"""Spread of slopes, in slots covered, below which a slot counts as quiet."""
HEAT_SHARE, LAST_HEAT_SHARE, DRAWS = 0.03, 0.002, 10
"""Walks are drawn, so many a unit, with a heat of this share of what a stop earns on average."""


@dataclass(slots=True)
class Descent:
    """Prices on their way down: the lowest limit so far and the prices that gave it."""

    weight: Floats
    price: Floats
    lowest: float
    best: Floats
    planned: int
    rounds: int = 0
    mean: Floats = field(init=False)
    spread: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mean = np.zeros_like(self.weight)
        self.spread = np.zeros_like(self.weight)

    @property
    def heat_share(self) -> float:
        """How freely walks are drawn in the next round."""
        left = max(0.0, 1 - self.rounds / self.planned)
        return HEAT_SHARE * left + LAST_HEAT_SHARE

    def take(self, found: Limit) -> None:
        """Learn from a round at ``price`` and move on."""
        if found.value < self.lowest:
            self.lowest, self.best = found.value, self.price
        share = min(1.0, self.rounds / self.planned)
        slope = found.slope.copy()
        slope[(self.price <= 0) & (slope > 0)] = 0
        slope[(self.price >= self.weight) & (slope < 0)] = 0
        self.rounds += 1
        self.mean = MEAN_SHARE * self.mean + (1 - MEAN_SHARE) * slope
        self.spread = SPREAD_SHARE * self.spread + (1 - SPREAD_SHARE) * slope * slope
        mean = self.mean / (1 - MEAN_SHARE**self.rounds)
        spread = np.sqrt(self.spread / (1 - SPREAD_SHARE**self.rounds))
        rate = RATE * ((1 + np.cos(np.pi * share)) / 2 + LAST_RATE)
        # Prices live between 0 and the weight, so heavy slots move further than light ones.
        move = rate * self.weight * mean / (spread + CALM)
        self.price = np.clip(self.price - move, 0, self.weight)


def start_descent(relaxation: Relaxation, planned: int) -> Descent:
    """Begin where one flat price, the same everywhere, gives the lowest limit.

    ``planned`` is the number of rounds to come, >= 1; moves grow shorter towards the last.
    """
    weight = relaxation.board.weight
    positive = weight[weight > 0]
    flat = [0.0, *np.quantile(positive, FLAT_QUANTILES).tolist()] if positive.size else [0.0]
    tried = [(relaxation.limit(np.minimum(weight, at)).value, at) for at in flat]
    lowest, at = min(tried)
    price = np.minimum(weight, at)
    return Descent(weight, price, lowest, price, planned)
