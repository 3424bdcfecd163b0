"""Mixtures whose shares would have predicted what happened best (expectation maximization)."""

import numpy as np

from patrol.hotspot.events import Floats

EM_STEPS = 150
FOCUS_STEPS = 200
_START_EVEN = 0.3
"""Part of the start that is even: a share of exactly 0 could never grow."""


def fit_shares(chances: Floats, hits: Floats, steps: int = EM_STEPS) -> Floats:
    """The mixture's shares that make the hits most likely.

    Parameters
    ----------
    chances
        What each component gave the units that were hit, shape (j, u), >= 0; for every unit at
        least one component must be positive.
    hits
        Incidents on them, shape (u,), > 0.
    steps
        Steps of expectation maximization; the likelihood never falls from one to the next.

    Returns
    -------
    shares
        Shape (j,), >= 0, summing to 1.
    """
    shares = np.full(len(chances), 1 / len(chances))
    total = hits.sum()
    for _ in range(steps):
        mixed = shares @ chances
        shares = shares * (chances @ (hits / mixed)) / total
    fitted: Floats = shares / shares.sum()
    return fitted


def fit_focused(
    expected: Floats, hits: Floats, prior: Floats | None = None, prior_events: float = 0.0
) -> Floats:
    """The shares of a mixture that explain the hits on some of the units best.

    Unlike :func:`fit_shares` the units are not all there are, so that what a component wastes on
    the others must be known: with e_j = sum of what component j expected here, the likelihood of
    Poisson counts is ``sum hits log(shares @ expected) - shares @ e``, and each step of expectation
    maximization (the multiplicative update of Lee and Seung 2001) is

        share_j <- (share_j * sum(hits * expected_j / mixed) + n0 prior_j) / (e_j + n0)

    Parameters
    ----------
    expected
        Incidents that each component alone expected on each unit, shape (j, u), >= 0.
    hits
        Incidents that came, shape (u,), >= 0; 0 says something too.
    prior, prior_events
        Shares believed in beforehand, (j,), and how many incidents that belief is worth, n0.

    Returns
    -------
    shares
        Shape (j,), >= 0; they sum to about 1.
    """
    count = len(expected)
    wasted = expected.sum(axis=1)
    hit = hits > 0
    seen, came = expected[:, hit], hits[hit]
    even = np.full(count, 1 / count)
    shares = even if prior is None else (1 - _START_EVEN) * prior + _START_EVEN * even
    pull = np.zeros(count) if prior is None else prior_events * prior
    weight = prior_events if prior is not None else 0.0
    divisor = np.maximum(wasted + weight, 1e-12)
    for _ in range(FOCUS_STEPS):
        mixed = np.maximum(shares @ seen, 1e-300)
        shares = (shares * (seen @ (came / mixed)) + pull) / divisor
    fitted: Floats = shares
    return fitted
