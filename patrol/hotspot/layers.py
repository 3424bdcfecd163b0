"""The layers of the map before they are weighed: incidents, sites, survey.

Every layer is an array of scores over m units (street segments or cells) and the hours asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import HOUR_BINS, HOUR_UNKNOWN, WEEK_H, Events, Floats
from patrol.model.errors import InputError

DAY_S = 86_400
_LEVEL_PRIOR = 0.1
"""Share of an average hour added to every hour's level, so that an hour without incidents in a
short history does not switch the map off."""
_LEAST_BAND = 1e-9
"""Part of an average band below which a band is empty, and the hour is shaped by all day alone."""
_LEAST_TOTAL = 1e-200
"""Incidents so old that all their weights together underflow are no incidents."""


@dataclass(frozen=True, slots=True, eq=False)
class Decay:
    """How an incident's weight falls with its age: a mixture of half-lives.

    ``shares`` (j,) sum to 1; one half-life with share 1 is plain exponential decay.
    """

    half_life_d: Floats
    shares: Floats

    @property
    def mean_half_life_d(self) -> float:
        """The single half-life under which a steady stream would weigh as much in all."""
        return float(self.half_life_d @ self.shares)

    @classmethod
    def single(cls, half_life_d: float) -> "Decay":
        """Plain exponential decay.

        Raises
        ------
        InputError
            If ``half_life_d`` is not positive.
        """
        if not half_life_d > 0:
            raise InputError(f"half_life_d must be > 0, got {half_life_d}")
        return cls(np.array([half_life_d]), np.ones(1))


def decayed_scores(ages_d: Floats, half_life_d: float) -> Floats:
    """Score each incident by its age: 1 today, 0.5 after one half-life.

    Parameters
    ----------
    ages_d
        Ages in days, shape (n,), each >= 0.
    half_life_d
        Age in days at which an incident counts half, > 0.

    Returns
    -------
    scores
        In [0, 1], shape (n,); 0 only by underflow of a very high age.

    Raises
    ------
    InputError
        If ``half_life_d`` is not positive.
    """
    if not half_life_d > 0:
        raise InputError(f"half_life_d must be > 0, got {half_life_d}")
    scores: Floats = np.exp2(-ages_d / half_life_d)
    return scores


def incident_weights(
    events: Events,
    at_s: int,
    kind_weight: Floats,
    kind_decay: Sequence[Decay],
    source_weight: Floats,
) -> Floats:
    """What each incident weighs at a time: harm of its kind x trust in its source x decay.

    Parameters
    ----------
    events
        n incidents.
    at_s
        The time of the map, seconds since 1970; later incidents weigh 0.
    kind_weight, source_weight
        By kind (k,) and by source (s,), >= 0.
    kind_decay
        By kind, length k.

    Returns
    -------
    weights
        Shape (n,), >= 0.
    """
    age_d = (at_s - events.time_s) / DAY_S
    weights: Floats = kind_weight[events.kind] * source_weight[events.source]
    weights[(age_d < 0) | (events.unit < 0)] = 0.0
    if len(kind_decay):
        weights *= _decays(np.maximum(age_d, 0.0), events.kind, kind_decay)
    return weights


def _decays(age_d: Floats, kind: NDArray[np.int32], kind_decay: Sequence[Decay]) -> Floats:
    """Decay of each incident by its kind, (n,): one pass for each half-life of the mixtures."""
    terms = max(len(decay.shares) for decay in kind_decay)
    rate, scale = np.zeros((2, terms, len(kind_decay)))
    for index, decay in enumerate(kind_decay):
        mine = len(decay.shares)
        rate[:mine, index] = 1.0 / decay.half_life_d
        # Each term is divided by its own life, so that a share is the part of a steady stream of
        # incidents that the term carries, whatever its half-life.
        scale[:mine, index] = decay.shares * decay.mean_half_life_d / decay.half_life_d
    total = np.zeros(len(age_d))
    for term in range(terms):
        total += scale[term][kind] * np.exp2(-age_d * rate[term][kind])
    return total


def hourly_sums(events: Events, weights: Floats, unit_count: int) -> Floats:
    """Sum incident weights by unit and hour of week, shape (m, 169); the last column is unknown."""
    known = events.unit >= 0
    flat = events.unit[known].astype(np.int64) * HOUR_BINS + events.hour[known]
    sums: Floats = np.zeros(unit_count * HOUR_BINS)
    sums += np.bincount(flat, weights=weights[known], minlength=len(sums))
    return sums.reshape(unit_count, HOUR_BINS)


def hour_totals(events: Events, weights: Floats) -> Floats:
    """Sum incident weights on the map by hour of week, shape (169,)."""
    totals: Floats = np.zeros(HOUR_BINS)
    known = events.unit >= 0
    totals += np.bincount(events.hour[known], weights=weights[known], minlength=HOUR_BINS)
    return totals


@dataclass(frozen=True, slots=True, eq=False)
class HourMix:
    """How an incident of one hour of week counts at each hour asked for.

    ``factor`` (169, h): an incident with weight w at hour-of-week u adds ``w * factor[u, i]`` to
    its unit's score at the i-th hour. Scores of all units at one hour sum to ``level`` (h,),
    whose mean over the whole week is 1.
    """

    factor: Floats
    level: Floats


def mix_hours(
    total_by_hour: Floats, hours: Sequence[int], band_h: int, shift_blend_share: float
) -> HourMix:
    """Blend the hour-of-week band with all day, each normalized, times the hour's level.

    score(unit, h) = level(h) * (b * band(unit, h) / sum band(., h) + (1 - b) * all / sum all)

    Because that is linear in the incidents, it is one factor per (hour of incident, hour of map):
    a whole map is one matrix product, and a score splits exactly into the incidents behind it.

    Parameters
    ----------
    total_by_hour
        Sum of incident weights by hour of week, shape (169,), the last one of unknown hour.
    hours
        Hours of week asked for, each in [0, 168).
    band_h
        Half width of the band: hours ``h - band_h`` to ``h + band_h`` count, falling linearly.
    shift_blend_share
        The band's share b in [0, 1].

    Returns
    -------
    mix
        All factors are 0 where there are no incidents at all.
    """
    total = float(total_by_hour.sum())
    if total < _LEAST_TOTAL:
        return HourMix(np.zeros((HOUR_BINS, len(hours))), np.zeros(len(hours)))
    away = np.abs(np.arange(WEEK_H)[:, None] - np.arange(WEEK_H)[None, :])
    away = np.minimum(away, WEEK_H - away)
    kernel = np.maximum(0.0, 1.0 - away / (band_h + 1))
    band_total = total_by_hour[:WEEK_H] @ kernel
    mean_band = band_total.mean()
    level = np.ones(WEEK_H)
    if mean_band > 0:
        level = (band_total / mean_band + _LEVEL_PRIOR) / (1 + _LEVEL_PRIOR)
    asked = np.asarray(hours, dtype=np.int64)
    factor = np.full((HOUR_BINS, len(asked)), 1.0 / total)
    filled = band_total[asked] > _LEAST_BAND * mean_band
    share = np.where(filled, shift_blend_share, 0.0)
    factor *= 1.0 - share
    divisor = np.where(filled, band_total[asked], 1.0)
    factor[:HOUR_UNKNOWN] += share * kernel[:, asked] / divisor
    return HourMix(factor * level[asked], level[asked])


_FEW_HOURS = 4
"""Up to so many hours are summed one by one; the table of all hours costs as much as eight."""


def mixed_scores(events: Events, weights: Floats, mix: HourMix, unit_count: int) -> Floats:
    """Scores of all units at the hours of a mix, shape (m, h)."""
    hours = mix.factor.shape[1]
    if hours > _FEW_HOURS:
        return hourly_sums(events, weights, unit_count) @ mix.factor
    known = events.unit >= 0
    unit, hour, weight = events.unit[known], events.hour[known], weights[known]
    scores: Floats = np.zeros((unit_count, hours))
    for at in range(hours):
        scores[:, at] = np.bincount(
            unit, weights=weight * mix.factor[hour, at], minlength=unit_count
        )
    return scores


def normalized(raw: Floats, total: float | None = None) -> Floats:
    """Scale a layer so that its units sum to 1 in an average hour; all zero stays zero.

    Parameters
    ----------
    raw
        Shape (m, h), >= 0.
    total
        Sum over units in an average hour, where ``raw`` holds only some of the hours.
    """
    size = float(raw.sum(axis=0).mean()) if total is None else total
    return raw / size if size > 0 else np.zeros_like(raw)


def site_layer(
    site_unit: NDArray[np.int32],
    site_weight: Floats,
    active_share: Floats,
    unit_count: int,
    around: Floats | None = None,
) -> Floats:
    """Key sites during their windows.

    Parameters
    ----------
    site_unit
        The unit each of s sites lies on, -1 for none, shape (s,).
    site_weight
        Shape (s,), > 0.
    active_share
        Part of each local hour of day in which a site wants presence, in [0, 1], shape (s, 24).
    around
        Weight that campaigns put on the surroundings of sites, shape (m, 24); none by default.

    Returns
    -------
    layer
        Shape (m, 24), normalized over the day.
    """
    raw = np.zeros((unit_count, 24)) if around is None else around.copy()
    on_map = site_unit >= 0
    np.add.at(raw, site_unit[on_map], site_weight[on_map, None] * active_share[on_map])
    return normalized(raw)


def survey_layer(
    unit_town: NDArray[np.int32], unit_length_m: Floats, town_shortfall: Floats
) -> Floats:
    """Streets of towns whose residents feel less safe than the target.

    Parameters
    ----------
    unit_town
        Town of each unit, -1 for none, shape (m,).
    unit_length_m
        Shape (m,); a town's shortfall is spread evenly over its streets.
    town_shortfall
        Target minus share of residents who feel safe, 0 where met, shape (t,).

    Returns
    -------
    layer
        Shape (m,), sums to 1, or 0 where every town meets the target.
    """
    shortfall = np.append(town_shortfall, 0.0)  # index -1: no town, no shortfall
    return normalized((shortfall[unit_town] * unit_length_m)[:, None])[:, 0]
