"""How certain a score is: what the number of incidents behind it says about its chance part.

A weighted sum of n independent reports says as much as ``n_eff = (sum w)^2 / sum w^2`` equal ones
(Kish 1965). With a Poisson number of them the rate behind lies, by Jeffreys' prior, where a gamma
distribution of shape n_eff + 1/2 has its mass. What does not come from incidents (key sites, marks,
the survey) is as a planner set it and has no chance part.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

from patrol.hotspot.events import Events, Floats

_TAIL = 0.025
_SURE, _FAIR = 30.0, 8.0


class Certainty(StrEnum):
    """How much to make of a score."""

    HIGH = "high"
    """At least 30 equal incidents: within about a third, up or down."""
    MEDIUM = "medium"
    """At least 8."""
    LOW = "low"
    """Fewer: it could as well be half, or twice as much."""
    SET = "set"
    """Nothing of it comes from incidents."""


def effective_counts(events: Events, weights: Floats, unit_count: int) -> Floats:
    """Equal incidents that each unit's weighted ones are worth, shape (m,)."""
    known = events.unit >= 0
    unit, weight = events.unit[known], weights[known]
    total = np.bincount(unit, weights=weight, minlength=unit_count)
    square = np.bincount(unit, weights=weight**2, minlength=unit_count)
    found: Floats = np.divide(total**2, square, out=np.zeros(unit_count), where=square > 0)
    return found


def score_intervals(
    scores: Floats, incident_share: Floats, effective: Floats
) -> tuple[Floats, Floats, NDArray[np.str_]]:
    """Low and high ends of scores, and how certain each is.

    Parameters
    ----------
    scores
        Shape (k,), >= 0.
    incident_share
        Part of each score that comes from incidents, in [0, 1], shape (k,).
    effective
        :func:`effective_counts` of the units, shape (k,). Where it is below 1 (a place that only
        its neighborhood makes hot) one incident is taken to stand behind the score.
    """
    count = np.maximum(effective, 1.0)
    chance = scores * incident_share
    sure = scores - chance
    low = sure + chance * gamma.ppf(_TAIL, count + 0.5) / count
    high = sure + chance * gamma.ppf(1 - _TAIL, count + 0.5) / count
    certainty = np.select(
        [incident_share <= 0, effective >= _SURE, effective >= _FAIR],
        [Certainty.SET, Certainty.HIGH, Certainty.MEDIUM],
        Certainty.LOW,
    )
    return low, high, certainty.astype(np.str_)
