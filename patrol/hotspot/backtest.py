"""Rolling weekly forecasts: each week is forecast from what was known before it, then counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.evaluate import WeeklyHits, ordered_hits, rank_units, top_hits
from patrol.hotspot.events import Floats
from patrol.hotspot.past import Past
from patrol.model.errors import InputError

SHARES = (0.01, 0.05, 0.10)
"""Top shares of the area (or street length) at which hits are counted."""
BASELINE_HALF_LIVES_D = (30.0, 60.0, 90.0, 120.0, 180.0, 240.0, 365.0)
KDE_BANDWIDTH_M = 150.0

Forecast = Callable[[int], Floats]
"""From the start of a week, seconds since 1970, to a score for every unit, shape (m,)."""
Progress = Callable[[str, float], None]
"""Told what is being done and which share of it is."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the test, half-open, seconds since 1970."""

    start_s: int
    end_s: int


def kde_forecast(past: Past, bandwidth_m: float = KDE_BANDWIDTH_M) -> Forecast:
    """Plain kernel density of everything before the week, all incidents alike."""
    raster = past.raster(bandwidth_m)
    return lambda at_s: past.density(at_s, bandwidth_m, raster) * past.size


def decayed_forecast(past: Past, half_life_d: float) -> Forecast:
    """Recency-decayed counts."""
    return lambda at_s: past.decayed(at_s, half_life_d)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A part of the incidents that is counted by itself, such as one kind or one shift.

    ``mask`` (n,) marks them among the rows of the past; ``forecasts`` take the place of those of
    the same name, where a map of the part's own exists (the map of a shift).
    """

    name: str
    mask: NDArray[np.bool_]
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)


WHOLE = ""
"""Name of the split that is everything."""


def run_weeks(
    past: Past,
    forecasts: Mapping[str, Forecast],
    weeks: Sequence[Week],
    progress: Progress | None = None,
    splits: Sequence[Split] = (),
) -> dict[str, dict[str, WeeklyHits]]:
    """Forecast every week by every map and count the hits, by split and map; ``""`` is all.

    Raises
    ------
    InputError
        If there is no week.
    """
    if not weeks:
        raise InputError("the test must hold at least one whole week between --from and --to")
    parts = (Split(WHOLE, np.ones(len(past.time_s), dtype=np.bool_)), *splits)
    truth = {
        part.name: [past.counts(week.start_s, week.end_s, part.mask) for week in weeks]
        for part in parts
    }
    hits: dict[str, dict[str, list[Floats]]] = {
        part.name: {name: [] for name in forecasts} for part in parts
    }
    steps, done = len(forecasts) * len(weeks), 0
    for name, forecast in forecasts.items():
        for at, week in enumerate(weeks):
            order = rank_units(forecast(week.start_s), past.size)
            for part in parts:
                own = part.forecasts.get(name)
                mine = order if own is None else rank_units(own(week.start_s), past.size)
                counts = truth[part.name][at]
                hits[part.name][name].append(ordered_hits(mine, past.size, counts, SHARES))
            done += 1
            if progress is not None:
                progress(name, done / steps)
    return {part: _gather(past, truth[part], by_map) for part, by_map in hits.items()}


def _gather(
    past: Past, truth: Sequence[Floats], by_map: Mapping[str, Sequence[Floats]]
) -> dict[str, WeeklyHits]:
    total = np.array([counts.sum() for counts in truth])
    best = np.stack([top_hits(counts, past.size, counts, SHARES) for counts in truth])
    return {
        name: WeeklyHits(SHARES, np.stack(found), best, total) for name, found in by_map.items()
    }


def best_in_hindsight(results: Mapping[str, WeeklyHits], names: Sequence[str]) -> str:
    """The map with most hits at the smallest share: a rival that knew the test beforehand."""
    return max(names, key=lambda name: (tuple(results[name].hits.sum(axis=0)), name))
