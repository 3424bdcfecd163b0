"""Rolling weekly forecasts: each week is forecast from what was known before it, then counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from patrol.hotspot.evaluate import WeeklyHits, top_hits
from patrol.hotspot.events import Floats
from patrol.hotspot.learn import Past
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


def run_weeks(
    past: Past,
    forecasts: Mapping[str, Forecast],
    weeks: Sequence[Week],
    progress: Progress | None = None,
) -> dict[str, WeeklyHits]:
    """Forecast every week by every map and count the hits.

    Raises
    ------
    InputError
        If there is no week.
    """
    if not weeks:
        raise InputError("the test must hold at least one whole week between --from and --to")
    truth = [past.counts(week.start_s, week.end_s) for week in weeks]
    total = np.array([counts.sum() for counts in truth])
    best = np.stack([top_hits(counts, past.size, counts, SHARES) for counts in truth])
    found: dict[str, WeeklyHits] = {}
    steps = len(forecasts) * len(weeks)
    done = 0
    for name, forecast in forecasts.items():
        hits = []
        for week, counts in zip(weeks, truth, strict=True):
            hits.append(top_hits(forecast(week.start_s), past.size, counts, SHARES))
            done += 1
            if progress is not None:
                progress(name, done / steps)
        found[name] = WeeklyHits(SHARES, np.stack(hits), best, total)
    return found


def best_in_hindsight(results: Mapping[str, WeeklyHits], names: Sequence[str]) -> str:
    """The map with most hits at the smallest share: a rival that knew the test beforehand."""
    return max(names, key=lambda name: (tuple(results[name].hits.sum(axis=0)), name))
