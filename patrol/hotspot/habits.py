"""What a county's own incidents teach about their kinds: memory, spread along streets, hours.

Each kind's chance of falling on a street segment is taken as a mixture of its own decayed counts
with several half-lives, the same spread along the street network, and an even floor. The shares are
those that would have predicted the last weeks best, each from the weeks before it (as in
:mod:`patrol.hotspot.learn`). A kind with hundreds of incidents hardly spreads; a rare one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from patrol.hotspot.events import HOUR_UNKNOWN, WEEK_H, Events, Floats
from patrol.hotspot.layers import DAY_S, Decay, decayed_scores, hourly_sums
from patrol.hotspot.mixture import fit_shares
from patrol.hotspot.past import WEEK_S

HALF_LIVES_D = (14.0, 60.0, 365.0)
SMOOTH_HALF_LIFE_D = 365.0
UNLEARNED_HALF_LIFE_D = 240.0
"""Memory of a kind whose weeks teach nothing."""
FIT_WEEKS = 20
MOST_FIT_WEEKS = 52
ENOUGH_EVENTS = 400
"""Incidents of a kind from which on no further weeks are looked back on."""
LEAST_EVENTS = 60
"""Incidents a kind needs to be learned by itself; rarer kinds are learned together."""
LEAST_HISTORY_WEEKS = 8
BLEND_WEEKS = 8
SPREAD_STEPS = 2
SPREAD_PART = 0.5
"""Part that moves on at each step; the rest stays where it is."""


@dataclass(frozen=True, slots=True)
class KindHabit:
    """How one kind behaves: its decay, and the share of it that is spread along the streets."""

    decay: Decay
    smooth_share: float
    learned_from: int
    """Incidents in the weeks looked back on, 0 where nothing could be learned."""


@dataclass(frozen=True, slots=True)
class Habits:
    """One habit per kind, in the order of the events' kinds, and the share of the hour band."""

    kinds: tuple[KindHabit, ...]
    shift_blend_share: float | None


def street_spread(
    seg_from: NDArray[np.int32], seg_to: NDArray[np.int32], node_count: int
) -> csr_array:
    """Move weight along the street network, sharing it equally at every junction.

    One step keeps half where it is and sends half on through the ends, shared equally among the
    other segments there (the equal split of Okabe, Satoh and Sugihara 2009); at a dead end nothing
    leaves. Two steps reach about two blocks. Nothing is lost: columns sum to 1.

    Returns
    -------
    spread
        Shape (m, m); ``spread @ x`` spreads x.
    """
    count = len(seg_from)
    each = np.arange(count)
    rows = np.concatenate((seg_from, seg_to))
    at_node = csr_array(
        (np.ones(2 * count), (rows, np.concatenate((each, each)))), shape=(node_count, count)
    )
    degree: Floats = np.asarray(at_node.sum(axis=1)).ravel()
    # Through each end: a share to every segment at the node, and what would come back stays away.
    out = np.where(degree > 1, 1.0 / np.maximum(degree - 1, 1), 0.0)
    weighted = csr_array((out[rows], (rows, np.concatenate((each, each)))), shape=at_node.shape)
    crossing = (weighted.T @ at_node).tolil()
    crossing.setdiag(0.0)
    moved = csr_array(crossing)
    leaving = np.asarray(moved.sum(axis=0)).ravel()
    scale = np.where(leaving > 0, SPREAD_PART / np.maximum(leaving, 1e-12), 0.0)
    # A segment with one dead end sends all that moves through the other end.
    step = moved @ csr_array((scale, (each, each)), shape=(count, count))
    stay = csr_array((1.0 - scale * leaving, (each, each)), shape=(count, count))
    step = step + stay
    spread = step
    for _ in range(SPREAD_STEPS - 1):
        spread = spread @ step
    return csr_array(spread)


def learn_habits(
    events: Events, spread: csr_array, length_m: Floats, at_s: int, band_h: int
) -> Habits:
    """Learn every kind's habit, and the hour blend of all, from the weeks before ``at_s``.

    Parameters
    ----------
    events
        n incidents in order of time.
    spread
        :func:`street_spread` of the m segments.
    length_m
        Segment lengths, shape (m,).
    band_h
        Half width of the hour-of-week band.
    """
    on_map = events.only((events.unit >= 0) & (events.time_s < at_s))
    counts = np.bincount(on_map.kind, minlength=len(events.kinds))
    rare = counts < LEAST_EVENTS
    shared = _learn_kind(on_map.only(rare[on_map.kind]), spread, length_m, at_s)
    kinds = tuple(
        shared
        if rare[index]
        else _learn_kind(on_map.only(on_map.kind == index), spread, length_m, at_s)
        for index in range(len(events.kinds))
    )
    return Habits(kinds, _learn_blend(on_map, len(length_m), at_s, band_h))


def _learn_kind(events: Events, spread: csr_array, length_m: Floats, at_s: int) -> KindHabit:
    count = len(length_m)
    even = length_m / length_m.sum()
    chances: list[Floats] = []
    hits: list[Floats] = []
    seen = 0
    for start_s in _weeks(events, at_s):
        enough = len(chances) >= FIT_WEEKS and seen >= ENOUGH_EVENTS
        if enough:
            break
        hit = _counts(events, start_s, start_s + WEEK_S, count)
        used = hit > 0
        if not used.any():
            continue
        memory = [_decayed(events, start_s, half_life_d, count) for half_life_d in HALF_LIVES_D]
        around = spread @ _decayed(events, start_s, SMOOTH_HALF_LIFE_D, count)
        rows = np.stack([_to_one(row)[used] for row in (*memory, around)] + [even[used]])
        chances.append(rows)
        hits.append(hit[used])
        seen += int(hit.sum())
    if not chances:
        return KindHabit(Decay.single(UNLEARNED_HALF_LIFE_D), 0.0, 0)
    shares = fit_shares(np.concatenate(chances, axis=1), np.concatenate(hits))
    return _habit(shares, seen)


def _habit(shares: Floats, seen: int) -> KindHabit:
    memory, around = shares[: len(HALF_LIVES_D)], float(shares[len(HALF_LIVES_D)])
    own = float(memory.sum())
    if own + around <= 0:
        return KindHabit(Decay.single(UNLEARNED_HALF_LIFE_D), 0.0, seen)
    # Spread incidents decay with the long half-life; the few short ones are not worth a table.
    parts = memory if own > 0 else np.eye(len(HALF_LIVES_D))[-1]
    decay = Decay(np.array(HALF_LIVES_D), parts / parts.sum())
    return KindHabit(decay, around / (own + around), seen)


def _learn_blend(events: Events, count: int, at_s: int, band_h: int) -> float | None:
    """The share of the hour-of-week band that predicts unit and hour together best."""
    away = np.abs(np.arange(WEEK_H)[:, None] - np.arange(WEEK_H)[None, :])
    kernel = np.maximum(0.0, 1.0 - np.minimum(away, WEEK_H - away) / (band_h + 1))
    chances: list[Floats] = []
    for start_s in _weeks(events, at_s)[:BLEND_WEEKS]:
        before = events.only(events.time_s < start_s)
        weight = decayed_scores((start_s - before.time_s) / DAY_S, SMOOTH_HALF_LIFE_D)
        hourly = hourly_sums(before, weight, count)
        inside = (events.time_s >= start_s) & (events.time_s < start_s + WEEK_S)
        inside &= events.hour != HOUR_UNKNOWN
        unit, hour = events.unit[inside], events.hour[inside]
        all_day = hourly.sum(axis=1)
        band_total = hourly[:, :WEEK_H].sum(axis=0) @ kernel
        band = np.einsum("ij,ij->i", hourly[unit, :WEEK_H], kernel[:, hour].T)
        in_band = np.divide(band, band_total[hour], out=np.zeros(len(unit)), where=band > 0)
        floor = np.full(len(unit), 1.0 / count)
        chances.append(np.stack((in_band, all_day[unit] / max(all_day.sum(), 1e-12), floor)))
    joined = np.concatenate(chances, axis=1) if chances else np.zeros((3, 0))
    if joined.shape[1] < LEAST_EVENTS:
        return None
    band_share, day_share, _ = fit_shares(joined, np.ones(joined.shape[1]))
    total = float(band_share + day_share)
    return float(band_share) / total if total > 0 else None


def _weeks(events: Events, at_s: int) -> list[int]:
    """Starts of whole weeks before ``at_s``, newest first, with some history before each."""
    if not events.count:
        return []
    first_s = int(events.time_s[0]) + LEAST_HISTORY_WEEKS * WEEK_S
    starts: Sequence[int] = range(at_s - WEEK_S, first_s - 1, -WEEK_S)
    return list(starts[:MOST_FIT_WEEKS])


def _counts(events: Events, start_s: int, end_s: int, count: int) -> Floats:
    first, last = np.searchsorted(events.time_s, [start_s, end_s])
    counts: Floats = np.zeros(count)
    counts += np.bincount(events.unit[first:last], minlength=count)
    return counts


def _decayed(events: Events, at_s: int, half_life_d: float, count: int) -> Floats:
    last = int(np.searchsorted(events.time_s, at_s))
    weight = decayed_scores((at_s - events.time_s[:last]) / DAY_S, half_life_d)
    scores: Floats = np.zeros(count)
    scores += np.bincount(events.unit[:last], weights=weight, minlength=count)
    return scores


def _to_one(row: Floats) -> Floats:
    total = float(row.sum())
    shares: Floats = row / total if total > 0 else np.full(len(row), 1 / len(row))
    return shares
