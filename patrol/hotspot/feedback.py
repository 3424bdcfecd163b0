"""The loop between map and patrols, and what keeps it from running away.

Who goes where the map points finds something there, which makes the map point there again (Ensign,
Friedler, Neville, Scheidegger and Venkatasubramanian 2018). Incidents that patrols discovered
themselves therefore weigh nothing by default, or are corrected by the chance of a patrol there.
The simulations here show what each choice does when the truth is known; they run as tests.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats
from patrol.model.errors import InputError


class Discovered(StrEnum):
    """What is done with incidents that patrols discovered themselves."""

    IGNORED = "ignored"
    COUNTED = "counted"
    CORRECTED = "corrected"


CORRECTED_WEIGHT = 0.4
"""What a corrected discovery counts at most. At 1 the correction still keeps two areas equal, but a
city's patrols lose 8 % of the truly busiest cells to places that exploration happened upon; at 0.4
they keep 95 % (``bench.feedback``, 10 made cities, 2026-11)."""


def discovery_weights(patrol_chance: Floats) -> Floats:
    """What a discovered incident counts where a patrol was present with some chance.

    Ensign et al. (2018), section 4: counting a discovery with probability 1 - chance makes the
    expected growth of two equal areas equal, however unequally they are patrolled.

    Parameters
    ----------
    patrol_chance
        Chance that a patrol was there, in [0, 1], any shape.

    Raises
    ------
    InputError
        If a chance is out of range.
    """
    if patrol_chance.size and not (patrol_chance.min() >= 0 and patrol_chance.max() <= 1):
        raise InputError(
            f"chance of a patrol must be in [0, 1], got {patrol_chance.min()} to "
            f"{patrol_chance.max()}"
        )
    weights: Floats = 1.0 - patrol_chance
    return weights


def simulate_urn(
    rates: tuple[float, float],
    *,
    days: int,
    runs: int,
    discovered: Discovered,
    seed: int,
    start: float = 10.0,
) -> Floats:
    """Two areas, one patrol a day sent by past discoveries (a Polya urn).

    Parameters
    ----------
    rates
        Chance that a patrol discovers something in each area, in [0, 1].
    days, runs
        Days in a run, and independent runs.
    start
        Discoveries that each area begins with.

    Returns
    -------
    share
        Share of the last day's patrol chance that falls on the first area, shape (runs,).
    """
    rng = np.random.default_rng(seed)
    counts = np.full((runs, 2), start)
    for _ in range(days):
        first = counts[:, 0] / counts.sum(axis=1)
        area = (rng.random(runs) >= first).astype(np.int64)
        found = rng.random(runs) < np.array(rates)[area]
        if discovered is Discovered.IGNORED:
            continue
        chance = np.where(area == 0, first, 1 - first)
        weight = discovery_weights(chance) if discovered is Discovered.CORRECTED else np.ones(runs)
        # The correction keeps a discovery with that probability, as in the paper.
        kept = found & (rng.random(runs) < weight)
        counts[np.arange(runs), area] += kept
    share: Floats = counts[:, 0] / counts.sum(axis=1)
    return share


@dataclass(frozen=True, slots=True)
class City:
    """A made city: true weekly rates, how much of the truth is reported, how much is discovered."""

    reported_per_week: Floats
    discovered_per_visit: Floats
    patrolled_share: float = 0.05
    half_life_weeks: float = 12.0


def simulate_city(
    city: City,
    *,
    weeks: int,
    discovered: Discovered,
    discovered_weight: float = 1.0,
    exploration_share: float = 0.1,
    seed: int,
) -> tuple[float, Floats]:
    """Patrol the top cells of the map for some weeks, and map what is reported and discovered.

    Returns
    -------
    overlap
        Share of the truly busiest cells among the most patrolled ones, in [0, 1].
    patrolled
        Weeks in which each cell was patrolled, shape (m,).
    """
    rng = np.random.default_rng(seed)
    truth = city.reported_per_week
    count = len(truth)
    places = max(1, round(count * city.patrolled_share))
    explore = round(places * exploration_share)
    keep = 0.5 ** (1 / city.half_life_weeks)
    memory = rng.poisson(truth).astype(np.float64)
    visits = np.zeros(count)
    chance = np.zeros(count)
    for _ in range(weeks):
        chosen = _choose(memory, places, explore, rng)
        visits[chosen] += 1
        memory = memory * keep + rng.poisson(truth)
        present = np.zeros(count)
        present[chosen] = 1.0
        chance = chance * keep + present * (1 - keep)
        if discovered is not Discovered.IGNORED:
            found = rng.poisson(city.discovered_per_visit * present) * discovered_weight
            corrected = discovered is Discovered.CORRECTED
            memory += found * (discovery_weights(chance) if corrected else 1.0)
    busiest = set(np.argsort(-truth, kind="stable")[:places].tolist())
    most = set(np.argsort(-visits, kind="stable")[:places].tolist())
    return len(busiest & most) / places, visits


def _choose(
    memory: Floats, places: int, explore: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    order = np.argsort(-memory, kind="stable")
    favored = order[: places - explore]
    others = rng.choice(order[places - explore :], size=explore, replace=False)
    return np.concatenate((favored, others))
