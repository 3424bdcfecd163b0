"""Who gets how much presence: hours by town, against residents and against what they reported."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from patrol.hotspot.events import Floats

ALARM_RATIO = 3.0
"""Highest town over the median town above which a report warns where nothing else is set."""


@dataclass(frozen=True, slots=True)
class TownExposure:
    """One town's presence in a period and in the one before it."""

    town_id: str
    name: str
    hours: float
    hours_before: float
    residents: int | None
    incidents: int
    """Reported by others than patrols."""
    length_ratio: float = 1.0
    """Length of this period over that of the one before: quarters differ by up to three days."""

    @property
    def per_1000_residents(self) -> float | None:
        """Hours per 1,000 residents, where their number is known."""
        return None if not self.residents else self.hours * 1_000 / self.residents

    @property
    def per_incident(self) -> float | None:
        """Hours per public incident, where there was one."""
        return None if not self.incidents else self.hours / self.incidents

    @property
    def change_share(self) -> float | None:
        """Change of hours a day against the period before, 0.1 = a tenth more.

        ``None`` where there was no presence before.
        """
        if self.hours_before <= 0:
            return None
        return self.hours / (self.hours_before * self.length_ratio) - 1


@dataclass(frozen=True, slots=True)
class Spread:
    """How unequal one figure is over the towns that have it.

    ``gini`` is in [0, 1), 0 where all are equal; ``max_over_median`` is ``None`` where the median
    is 0; ``lorenz`` are cumulated shares of the towns from least to most.
    """

    towns: int
    max_over_median: float | None
    gini: float
    lorenz: tuple[float, ...]

    def is_alarming(self, ratio: float = ALARM_RATIO) -> bool:
        """Whether the highest town has more than ``ratio`` times the median."""
        return self.max_over_median is not None and self.max_over_median > ratio


def measure_spread(values: Sequence[float | None]) -> Spread:
    """How unequal the values are; towns without one are left out."""
    known = np.sort(np.array([value for value in values if value is not None], dtype=np.float64))
    if not len(known) or known.sum() <= 0:
        return Spread(len(known), None, 0.0, tuple(0.0 for _ in known))
    median = float(np.median(known))
    return Spread(
        towns=len(known),
        max_over_median=float(known[-1]) / median if median > 0 else None,
        gini=gini(known),
        lorenz=tuple(float(share) for share in np.cumsum(known) / known.sum()),
    )


def gini(values: Floats) -> float:
    """Gini coefficient of values >= 0: mean absolute difference over twice the mean."""
    ordered = np.sort(values)
    count = len(ordered)
    total = float(ordered.sum())
    if total <= 0:
        return 0.0
    rank = np.arange(1, count + 1)
    return float((2 * rank - count - 1) @ ordered / (count * total))
