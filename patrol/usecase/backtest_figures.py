"""What a backtest found: hit rates of our map and its rivals, by kind and by shift."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.backtest import (
    BASELINE_HALF_LIVES_D,
    KDE_BANDWIDTH_M,
    SHARES,
    WHOLE,
    Forecast,
    Progress,
    Split,
    Week,
    best_in_hindsight,
    decayed_forecast,
    kde_forecast,
    run_weeks,
)
from patrol.hotspot.evaluate import WeeklyHits, compare, measure
from patrol.hotspot.events import WEEK_H, Events, Floats
from patrol.hotspot.learn import Learner
from patrol.hotspot.past import Past
from patrol.hotspot.shifts import ShiftMap

OURS = "map"
PUBLISHED = "published"
DECAYED = "decayed "
MOST_KINDS_SHOWN = 12
LEAST_KIND_SHOWN = 50
"""Incidents of a kind in the test below which its hit rate is not told."""


@dataclass(frozen=True, slots=True, eq=False)
class BacktestCase:
    """What is tested: the past, the weeks, and how today's published weights would weigh it."""

    unit: str
    past: Past
    events: Events
    weeks: tuple[Week, ...]
    measure_km2: float
    """Area of all cells, or 0 for segments."""
    measure_km: float
    """Length of all streets, or 0 for cells."""


class PublishedMap:
    """The map under today's settings, (m, h) by hour of week; h is 1 where hours are alike."""

    def __init__(self, by_hour: Forecast) -> None:
        self._by_hour = by_hour
        self._last: tuple[int, Floats] | None = None

    def forecast(self, at_s: int) -> Floats:
        """All hours together, shape (m,)."""
        scores: Floats = self._at(at_s).mean(axis=1)
        return scores

    def of_hours(self, hours: NDArray[np.bool_]) -> Forecast:
        """The hours of a shift, marked in (169,); the last one is unknown."""

        def scores(at_s: int) -> Floats:
            found = self._at(at_s)
            mine = found if found.shape[1] == 1 else found[:, hours[:WEEK_H]]
            shares: Floats = mine.mean(axis=1)
            return shares

        return scores

    def _at(self, at_s: int) -> Floats:
        if self._last is None or self._last[0] != at_s:
            self._last = at_s, self._by_hour(at_s)
        return self._last[1]


def evaluate_case(
    case: BacktestCase,
    published: PublishedMap | None,
    seed: int,
    progress: Progress | None = None,
    shifts: Mapping[str, NDArray[np.bool_]] | None = None,
) -> dict[str, Any]:
    """Our map and its rivals on one case, in the form of ``--json``.

    ``decayed_counts`` is the half-life that turns out best on these very weeks, which nobody could
    have known: a harder rival than any single half-life chosen before.

    Parameters
    ----------
    published
        The map under today's settings, as one more rival; none by default.
    shifts
        Hours of week (169,) of each shift, by name, for the figures by shift.
    """
    learner = Learner(case.past)
    decayed = {
        f"{DECAYED}{half_life_d:g} d": decayed_forecast(case.past, half_life_d)
        for half_life_d in BASELINE_HALF_LIVES_D
    }
    forecasts: dict[str, Forecast] = {
        OURS: learner.forecast,
        "kde": kde_forecast(case.past),
        **decayed,
    }
    if published is not None:
        forecasts[PUBLISHED] = published.forecast
    by_kind = _kind_splits(case)
    by_shift = _shift_splits(case, shifts or {}, learner, published)
    found = run_weeks(case.past, forecasts, case.weeks, progress, [*by_kind, *by_shift])
    results = found[WHOLE]
    answer = {
        "unit": case.unit,
        "area_km2": round(case.measure_km2, 4),
        "street_km": round(case.measure_km, 3),
        "units": case.past.unit_count,
        "weeks": len(case.weeks),
        "incidents": int(results[OURS].total.sum()),
        **_rates(results[OURS], seed),
        "baselines": _baselines(results, list(decayed), seed),
        "by_kind": {part.name[5:]: _part_json(found[part.name], seed) for part in by_kind},
        "by_shift": {part.name[6:]: _part_json(found[part.name], seed) for part in by_shift},
    }
    if learner.learned is not None:
        answer["learned"] = learned_json(learner)
    return answer


def _baselines(
    results: Mapping[str, WeeklyHits], decayed: Sequence[str], seed: int
) -> dict[str, dict[str, Any]]:
    champion = best_in_hindsight(results, decayed)
    told: dict[str, tuple[str, dict[str, Any]]] = {
        "kde": ("kde", {"bandwidth_m": KDE_BANDWIDTH_M}),
        "decayed_counts": (
            champion,
            {
                "half_life_d": _half_life_d(champion),
                "chosen": "best on these weeks",
                "all": {
                    f"{_half_life_d(name):g}": _rates(results[name], seed)["hit_rate"]
                    for name in decayed
                },
            },
        ),
    }
    if PUBLISHED in results:
        told[PUBLISHED] = (PUBLISHED, {})
    return {
        name: {
            **more,
            **_rates(results[source], seed),
            "difference": _difference(results[OURS], results[source], seed),
        }
        for name, (source, more) in told.items()
    }


def _half_life_d(name: str) -> float:
    return float(name.removeprefix(DECAYED).split()[0])


def _kind_splits(case: BacktestCase) -> list[Split]:
    """One part for each common kind; rarer ones say nothing by themselves."""
    events = case.events
    start_s, end_s = case.weeks[0].start_s, case.weeks[-1].end_s
    tested = (events.time_s >= start_s) & (events.time_s < end_s) & case.past.target
    counts = np.bincount(events.kind[tested], minlength=len(events.kinds))
    order = np.argsort(-counts, kind="stable")[:MOST_KINDS_SHOWN]
    return [
        Split(f"kind:{events.kinds[at] or 'unknown'}", events.kind == at)
        for at in order.tolist()
        if counts[at] >= LEAST_KIND_SHOWN
    ]


def _shift_splits(
    case: BacktestCase,
    shifts: Mapping[str, NDArray[np.bool_]],
    learner: Learner,
    published: PublishedMap | None,
) -> list[Split]:
    """One part for each shift, with a map of its own; incidents of unknown hour are in none."""
    found = []
    for name, hours in shifts.items():
        mask = hours[case.events.hour]
        own: dict[str, Forecast] = {OURS: ShiftMap(learner, case.past, mask).forecast}
        if published is not None:
            own[PUBLISHED] = published.of_hours(hours)
        found.append(Split(f"shift:{name}", mask, own))
    return found


def _part_json(results: Mapping[str, WeeklyHits], seed: int) -> dict[str, Any]:
    """The figures of a kind or shift against kernel density and the best half-life for it."""
    ours = results[OURS]
    if ours.total.sum() <= 0:
        return {"incidents": 0}
    champion = best_in_hindsight(results, [name for name in results if name.startswith(DECAYED)])
    return {
        "incidents": int(ours.total.sum()),
        **_rates(ours, seed),
        "baselines": {
            name: {
                "hit_rate": _rates(results[source], seed)["hit_rate"],
                "difference": _difference(ours, results[source], seed),
            }
            for name, source in (
                ("kde", "kde"),
                ("decayed_counts", champion),
                (PUBLISHED, PUBLISHED),
            )
            if source in results
        },
    }


def learned_json(learner: Learner) -> dict[str, Any]:
    """What the map learned before the last week: shares for the busiest units and for others."""
    learned = learner.learned
    if learned is None:
        return {}
    names = [part.name for part in learner.components]
    return {
        tier: {name: round(float(share), 4) for name, share in zip(names, shares, strict=True)}
        for tier, shares in (("top", learned.top), ("wide", learned.wide))
    } | {
        "trust": round(learned.trust, 3),
        "weeks": learned.weeks,
        "incidents": learned.events,
    }


def _rates(weekly: WeeklyHits, seed: int) -> dict[str, Any]:
    figures = measure(weekly, seed)
    return {
        "hit_rate": {share_key(share): round(figures.hit_rate[share], 5) for share in SHARES},
        "pai": {share_key(share): round(figures.pai[share], 3) for share in SHARES},
        "pei": {share_key(share): round(figures.pei[share], 4) for share in SHARES},
        "ci95": {
            share_key(share): [round(edge, 5) for edge in figures.ci95[share]] for share in SHARES
        },
    }


def _difference(ours: WeeklyHits, theirs: WeeklyHits, seed: int) -> dict[str, Any]:
    return {
        share_key(share): {
            "hit_rate": round(found.points, 5),
            "ci95": [round(edge, 5) for edge in found.ci95],
            "verdict": found.verdict,
        }
        for share, found in compare(ours, theirs, seed).items()
    }


def share_key(share: float) -> str:
    """``0.01``, ``0.05``, ``0.1``: the keys people script against."""
    return f"{share:g}"
