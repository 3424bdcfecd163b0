"""Learn from the past how to weigh the past: which memory, which kinds, how much neighborhood.

The chance that the next incident falls on a unit is a mixture of ways to see the past: decayed
counts with half-lives from two weeks to a year, the counts of each kind (some stay true to a place,
some do not), counts spread over the neighborhood, other kinds' counts, and an even floor. Its
shares are those that would have predicted the last weeks best, each from the weeks before it.
Nothing of the week that is forecast, or after it, is looked at.

Three things make that hold where it is needed (measured on 24 selections of two registers, 2026-11,
see ``docs/hotspots.md``):

- **What is best at the top is not best below.** Busy places have enough incidents for a short,
  sharp memory; the others gain from smoothing. So two mixtures are learned, one from the busiest
  4 % alone (that is what a share of 1 % is cut from) and one from the busiest 30 %, and a unit
  passes from one to the other by its rank.
- **How far to look back is not known either**: shares are learned from 12 and from 20 weeks, and
  averaged.
- **Few incidents teach little.** The learned shares count by n / (n + 3,000), n being the incidents
  they were learned from; for the rest stands a mixture that any register suggests (long memory, a
  little smoothing, a quarter on all kinds alike), itself corrected by what was seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats
from patrol.hotspot.mixture import fit_focused
from patrol.hotspot.past import WEEK_S, Past

FIT_WEEKS = (12, 20)
"""Weeks looked back on; with fewer incidents than ``LEAST_EVENTS`` in them, more are taken."""
LEAST_EVENTS = 400
MOST_FIT_WEEKS = 52
LEAST_FIT_WEEKS = 3
LEAST_HISTORY_WEEKS = 4
"""History before the first week that is learned from."""
HALF_LIVES_D = (14.0, 30.0, 60.0, 120.0, 240.0, 365.0)
RANK_HALF_LIFE_D = 120.0
"""Decayed counts by which the busiest units are told."""
SMOOTH_HALF_LIFE_D = 365.0
BANDWIDTHS_M = (50.0, 100.0, 200.0)
TOP_SHARE, WIDE_SHARE = 0.04, 0.3
"""Busiest parts of the area (or length) from which the two mixtures are learned."""
SHARP_SHARE = 0.015
"""Up to here the mixture of the top stands alone; it fades until ``TOP_SHARE``."""
LEAST_UNITS = 30
TRUST_EVENTS = 3_000.0
PRIOR_EVENTS = 30.0
PRIOR = {"120 d": 0.2, "240 d": 0.27, "365 d": 0.4, "within 50 m": 0.065, "within 100 m": 0.065}
"""The mixture where nothing is known: nobody loses much by a long memory."""
PRIOR_KINDS_SHARE = 0.25
"""Part of it that goes to the kinds alike, where kinds are told apart."""
KIND = "kind "


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One way to see the past: scores (m,) at a time, not yet normalized."""

    name: str
    scores: Callable[[int], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What was learned: the shares of the components for the busiest units and for the others.

    ``trust`` in [0, 1) is how far the learned shares count against the prior mixture; ``weeks`` and
    ``events`` are what it was learned from, 0 where there was nothing.
    """

    top: Floats
    wide: Floats
    trust: float
    weeks: int
    events: int


class Learner:
    """Forecasts week by week, learning anew before each."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self.components = _components(past)
        self.prior = _prior([part.name for part in self.components])
        self._seen: dict[int, Floats] = {}
        self._learned_at: tuple[int, Learned] | None = None

    @property
    def learned(self) -> Learned | None:
        """What was learned last."""
        return None if self._learned_at is None else self._learned_at[1]

    def forecast(self, at_s: int) -> Floats:
        """Expected share of the week's incidents from ``at_s`` on each unit, shape (m,)."""
        return self.look(at_s, self.learn(at_s))

    def look(self, at_s: int, learned: Learned, *, keep: bool = True) -> Floats:
        """The same with what was learned at another time.

        Parameters
        ----------
        keep
            Whether the week from ``at_s`` will be learned from later on; megabytes are kept for it.
        """
        chances = self._chances(at_s, keep=keep)
        chance = tier(learned.top @ chances, learned.wide @ chances, self._past.size)
        return chance / max(float(chance.sum()), 1e-300)

    def learn(self, at_s: int) -> Learned:
        """What the weeks before ``at_s`` teach; kept until another time is asked for."""
        if self._learned_at is None or self._learned_at[0] != at_s:
            self._learned_at = at_s, self._learn(at_s)
        return self._learned_at[1]

    def _learn(self, at_s: int) -> Learned:
        self._forget(at_s)
        weeks = [self.weeks_before(at_s, count) for count in FIT_WEEKS]
        longest = weeks[-1]
        if len(longest) < LEAST_FIT_WEEKS:
            return Learned(self.prior, self.prior, 0.0, 0, 0)
        events = sum(
            float(self._past.counts(start_s, start_s + WEEK_S).sum()) for start_s in longest
        )
        trust = events / (events + TRUST_EVENTS)
        found = []
        for share in (TOP_SHARE, WIDE_SHARE):
            seen = [self._focus(some, share) for some in weeks]
            free = sum(fit_focused(*one) for one in seen) / len(seen)
            pulled = fit_focused(*seen[-1], self.prior, PRIOR_EVENTS)
            found.append(trust * free + (1 - trust) * pulled)
        return Learned(found[0], found[1], trust, len(longest), int(events))

    def _focus(self, weeks: Sequence[int], share: float) -> tuple[Floats, Floats]:
        """What each component expected on the busiest units of each week, and what came."""
        expected: list[Floats] = []
        came: list[Floats] = []
        for start_s in weeks:
            counts = self._past.counts(start_s, start_s + WEEK_S)
            busiest = busiest_units(
                self._past.decayed(start_s, RANK_HALF_LIFE_D), self._past.size, share
            )
            expected.append(self._chances(start_s)[:, busiest] * counts.sum())
            came.append(counts[busiest])
        return np.concatenate(expected, axis=1), np.concatenate(came)

    def weeks_before(self, at_s: int, enough_weeks: int) -> list[int]:
        """Starts of the weeks to learn from, newest first; more of them where events are few."""
        first_s = int(self._past.time_s[0]) if len(self._past.time_s) else at_s
        found: list[int] = []
        events = 0.0
        for back in range(1, MOST_FIT_WEEKS + 1):
            start_s = at_s - back * WEEK_S
            enough = back > enough_weeks and events >= LEAST_EVENTS
            if enough or start_s - first_s < LEAST_HISTORY_WEEKS * WEEK_S:
                break
            count = float(self._past.counts(start_s, start_s + WEEK_S).sum())
            if count:
                found.append(start_s)
                events += count
        return found

    def _chances(self, at_s: int, *, keep: bool = True) -> Floats:
        """What each component says at a time, shape (j, m), rows summing to 1."""
        if at_s in self._seen:
            return self._seen[at_s]
        rows = [_to_one(part.scores(at_s), self._past.size) for part in self.components]
        chances = np.stack(rows)
        if keep:
            self._seen[at_s] = chances
        return chances

    def _forget(self, at_s: int) -> None:
        """Drop weeks that later forecasts will not look at: a large city's take gigabytes."""
        oldest_s = at_s - MOST_FIT_WEEKS * WEEK_S
        self._seen = {start_s: seen for start_s, seen in self._seen.items() if start_s >= oldest_s}


def _components(past: Past) -> tuple[Component, ...]:
    found = [
        Component(f"{half_life_d:g} d", _decayed(past, half_life_d, target=True))
        for half_life_d in HALF_LIVES_D
    ]
    found += [
        Component(f"within {bandwidth_m:g} m", _smoothed(past, bandwidth_m))
        for bandwidth_m in BANDWIDTHS_M
    ]
    if not past.target.all():
        found.append(Component("other kinds", _decayed(past, SMOOTH_HALF_LIFE_D, target=False)))
    if len(past.groups) > 1:
        found += [
            Component(f"{KIND}{name or 'unknown'}", _decayed_group(past, group))
            for group, name in enumerate(past.groups)
        ]
    found.append(Component("even", lambda _at_s: past.size))
    return tuple(found)


def _prior(names: Sequence[str]) -> Floats:
    prior = np.array([PRIOR.get(name, 0.0) for name in names])
    prior /= prior.sum()
    kinds = np.array([name.startswith(KIND) for name in names])
    if kinds.any():
        prior = (1 - PRIOR_KINDS_SHARE) * prior + PRIOR_KINDS_SHARE * kinds / kinds.sum()
    return prior


def _decayed(past: Past, half_life_d: float, *, target: bool) -> Callable[[int], Floats]:
    return lambda at_s: past.decayed(at_s, half_life_d, target=target)


def _decayed_group(past: Past, group: int) -> Callable[[int], Floats]:
    return lambda at_s: past.decayed_group(at_s, SMOOTH_HALF_LIFE_D, group)


def _smoothed(past: Past, bandwidth_m: float) -> Callable[[int], Floats]:
    raster = past.raster(bandwidth_m)
    return lambda at_s: past.density(at_s, bandwidth_m, raster, SMOOTH_HALF_LIFE_D) * past.size


def busiest_units(scores: Floats, size: Floats, share: float) -> NDArray[np.int64]:
    """Indices of the units with the highest score per size that cover a share of all size.

    At least ``LEAST_UNITS`` of them, or all.
    """
    order = np.argsort(-scores / size, kind="stable")
    covered = np.cumsum(size[order])
    count = int(np.searchsorted(covered, share * covered[-1], side="right"))
    return order[: max(count, min(LEAST_UNITS, len(order)))]


def tier(top: Floats, wide: Floats, size: Floats) -> Floats:
    """Take the first scores for the highest units and the second for the others.

    Between ``SHARP_SHARE`` and ``TOP_SHARE`` of all size, in order of both scores together, one
    passes into the other, so that no edge shows.
    """
    order = np.argsort(-(top + wide) / size, kind="stable")
    rank = np.empty(len(order))
    covered = np.cumsum(size[order])
    rank[order] = (covered - size[order]) / covered[-1]
    sharp = np.clip((TOP_SHARE - rank) / (TOP_SHARE - SHARP_SHARE), 0.0, 1.0)
    tiered: Floats = sharp * top + (1 - sharp) * wide
    return tiered


def _to_one(row: Floats, size: Floats) -> Floats:
    """Shares of the whole; nothing anywhere is as likely everywhere."""
    total = float(row.sum())
    shares: Floats = row / total if total > 0 else size / size.sum()
    return shares
