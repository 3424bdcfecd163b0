"""Learn from the past how to weigh the past: memory, neighborhood, and how far to trust counts.

The chance that the next incident falls on unit u is estimated by empirical Bayes:

    p(u) = w(u) * own(u) + (1 - w(u)) * around(u),    w(u) = n * around(u) / (n * around(u) + a)

own(u) is the unit's share of the decayed counts, a mixture of half-lives and of kinds (some stay
true to a place, some do not); around(u) is what its
neighborhood, other kinds of incidents and its mere size suggest, a mixture as well; n is how many
incidents the memory effectively holds, and a says how much units differ from their surroundings
(the shape of a gamma distribution: Clayton and Kaldor 1987). Where many incidents are expected the
unit's own count decides, where few are it is shrunk: a sparse kind gets smoothing and long memory,
a dense one stays sharp.

Both mixtures' shares and a are those that would have predicted the last weeks best, each from the
weeks before it (maximum likelihood; the shares by expectation maximization, Dempster, Laird and
Rubin 1977). Nothing of the week that is forecast, or after it, is looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats
from patrol.hotspot.kernel import Raster, make_raster
from patrol.hotspot.layers import DAY_S, decayed_scores

WEEK_S = 7 * DAY_S
FIT_WEEKS = 20
"""Weeks looked back on; with fewer incidents than ``LEAST_EVENTS`` in them, more are taken."""
LEAST_EVENTS = 400
MOST_FIT_WEEKS = 52
LEAST_HISTORY_WEEKS = 4
"""History before the first week that is learned from."""
HALF_LIVES_D = (14.0, 60.0, 365.0)
BANDWIDTHS_M = (50.0, 100.0, 200.0, 400.0)
STRENGTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
MEMORY_HALF_LIFE_D = 240.0
"""Half-life by which the incidents in memory are counted."""
SMOOTH_HALF_LIFE_D = 365.0
MOST_KINDS = 9
LEAST_KIND_EVENTS = 300
LEAST_KIND_SHARE = 0.01
LEAST_KIND_WEEKS = 8
EM_STEPS = 150


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """n incidents in order of time on m units: what a forecast may look at.

    ``target`` (n,) marks those of the kinds that are forecast; the others may help. ``group`` (n,)
    tells the kinds apart, as indices into ``groups`` (:func:`group_kinds`). ``size`` (m,) is area
    or length, ``center_m`` (m, 2) local meters.
    """

    time_s: NDArray[np.int64]
    unit: NDArray[np.int32]
    x_m: Floats
    y_m: Floats
    target: NDArray[np.bool_]
    group: NDArray[np.int32]
    groups: tuple[str, ...]
    size: Floats
    center_m: Floats

    @property
    def unit_count(self) -> int:
        """Number of units."""
        return len(self.size)

    def counts(self, start_s: int, end_s: int) -> Floats:
        """Target incidents by unit in ``[start_s, end_s)``, shape (m,)."""
        part = self._part(start_s, end_s)
        counts: Floats = np.zeros(self.unit_count)
        counts += np.bincount(self.unit[part][self.target[part]], minlength=self.unit_count)
        return counts

    def decayed(self, at_s: int, half_life_d: float, *, target: bool = True) -> Floats:
        """Decayed counts by unit of everything before ``at_s``, shape (m,).

        ``target``: of the target's kind, or of the others.
        """
        part = self._part(None, at_s)
        keep = self.target[part] == target
        weight = decayed_scores((at_s - self.time_s[part][keep]) / DAY_S, half_life_d)
        scores: Floats = np.zeros(self.unit_count)
        scores += np.bincount(self.unit[part][keep], weights=weight, minlength=self.unit_count)
        return scores

    def decayed_group(self, at_s: int, half_life_d: float, group: int) -> Floats:
        """Decayed counts by unit of one group of target incidents before ``at_s``, (m,)."""
        part = self._part(None, at_s)
        keep = self.target[part] & (self.group[part] == group)
        weight = decayed_scores((at_s - self.time_s[part][keep]) / DAY_S, half_life_d)
        scores: Floats = np.zeros(self.unit_count)
        scores += np.bincount(self.unit[part][keep], weights=weight, minlength=self.unit_count)
        return scores

    def density(
        self, at_s: int, bandwidth_m: float, raster: Raster, half_life_d: float | None = None
    ) -> Floats:
        """Kernel density of target incidents before ``at_s`` at the units' centers, (m,)."""
        part = self._part(None, at_s)
        keep = self.target[part]
        age_d = (at_s - self.time_s[part][keep]) / DAY_S
        weight = np.ones(len(age_d)) if half_life_d is None else decayed_scores(age_d, half_life_d)
        return raster.density(
            self.x_m[part][keep], self.y_m[part][keep], weight, self.center_m, bandwidth_m
        )

    def raster(self, bandwidth_m: float) -> Raster:
        """A raster over all units for kernels of this bandwidth."""
        x_m = np.concatenate((self.x_m, self.center_m[:, 0]))
        y_m = np.concatenate((self.y_m, self.center_m[:, 1]))
        return make_raster(x_m, y_m, bandwidth_m)

    def _part(self, start_s: int | None, end_s: int) -> slice:
        start = 0 if start_s is None else int(np.searchsorted(self.time_s, start_s))
        return slice(start, int(np.searchsorted(self.time_s, end_s)))


def group_kinds(
    kind: NDArray[np.int32], kinds: Sequence[str], target: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Tell apart the commonest kinds of the target; the rest are one group.

    Kinds differ in how true they stay to a place: a theft says more about the same street's next
    months than an arrest does. Only kinds frequent enough to show that are told apart.
    """
    counts = np.bincount(kind[target], minlength=len(kinds))
    least = max(LEAST_KIND_EVENTS, LEAST_KIND_SHARE * counts.sum())
    common = [int(at) for at in np.argsort(-counts, kind="stable") if counts[at] >= least]
    common = common[:MOST_KINDS]
    group_of = np.full(max(1, len(kinds)), len(common), dtype=np.int32)
    group_of[common] = np.arange(len(common))
    rest = int(counts.sum() - counts[common].sum())
    names = tuple(kinds[at] for at in common) + (("the rest",) if rest else ())
    return group_of[kind], names


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One way to see the past: scores (m,) at a time, not yet normalized."""

    name: str
    scores: Callable[[int], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What was learned: shares of the memory's and of the surroundings' components, and a.

    ``strength`` is a; ``weeks`` and ``events`` are what it was learned from, 0 where there was
    nothing and the shares are only a start.
    """

    memory: Floats
    around: Floats
    strength: float
    weeks: int
    events: int


class Learner:
    """Forecasts week by week, learning anew before each."""

    def __init__(self, past: Past) -> None:
        self._past = past
        memory = [
            Component(f"{half_life_d:g} d", _decayed(past, half_life_d, target=True))
            for half_life_d in HALF_LIVES_D
        ]
        if len(past.groups) > 1:
            memory += [
                Component(f"kind {name or 'unknown'}", _decayed_group(past, group))
                for group, name in enumerate(past.groups)
            ]
        self.memory = tuple(memory)
        around = [
            Component(f"within {bandwidth_m:g} m", _smoothed(past, bandwidth_m))
            for bandwidth_m in BANDWIDTHS_M
        ]
        if not past.target.all():
            around.append(
                Component("other kinds", _decayed(past, SMOOTH_HALF_LIFE_D, target=False))
            )
        around.append(Component("even", lambda _at_s: past.size))
        self.around = tuple(around)
        self._seen: dict[int, tuple[Floats, Floats, float]] = {}
        self.learned: Learned | None = None

    def forecast(self, at_s: int) -> Floats:
        """Expected share of the week's incidents from ``at_s`` on each unit, shape (m,)."""
        self.learned = self.learn(at_s)
        memory, around, events = self._features(at_s)
        return shrink(
            self.learned.memory @ memory,
            self.learned.around @ around,
            events,
            self.learned.strength,
        )

    def learn(self, at_s: int) -> Learned:
        """What the weeks before ``at_s`` teach."""
        weeks = self._weeks_before(at_s)
        if not weeks:
            # All kinds alike, as plain decayed counts are, and a little of the surroundings.
            memory = np.zeros(len(self.memory))
            memory[: len(HALF_LIVES_D)] = 1 / len(HALF_LIVES_D)
            return Learned(
                memory=memory,
                around=np.full(len(self.around), 1 / len(self.around)),
                strength=1.0,
                weeks=0,
                events=0,
            )
        hits = [self._past.counts(start_s, start_s + WEEK_S) for start_s in weeks]
        seen = [self._features(start_s) for start_s in weeks]
        # A few weeks tell half-lives apart but not kinds: those wait until there are enough.
        parts = len(self.memory) if len(weeks) >= LEAST_KIND_WEEKS else len(HALF_LIVES_D)
        memory = np.zeros(len(self.memory))
        memory[:parts] = _fit_weeks([_with_floor(found[0][:parts]) for found in seen], hits)[:-1]
        memory = (
            memory / memory.sum() if memory.sum() > 0 else np.full(len(memory), 1 / len(memory))
        )
        around = _fit_weeks([found[1] for found in seen], hits)

        def likelihood(strength: float) -> float:
            total = 0.0
            for found, counts in zip(seen, hits, strict=True):
                chance = shrink(memory @ found[0], around @ found[1], found[2], strength)
                used = counts > 0
                total += float(counts[used] @ np.log(chance[used] / chance.sum()))
            return total

        return Learned(
            memory=memory,
            around=around,
            strength=max(STRENGTHS, key=likelihood),
            weeks=len(weeks),
            events=int(sum(counts.sum() for counts in hits)),
        )

    def _weeks_before(self, at_s: int) -> list[int]:
        """Starts of the weeks to learn from, newest first; more of them where events are few."""
        first_s = int(self._past.time_s[0]) if len(self._past.time_s) else at_s
        found: list[int] = []
        events = 0.0
        for back in range(1, MOST_FIT_WEEKS + 1):
            start_s = at_s - back * WEEK_S
            enough = back > FIT_WEEKS and events >= LEAST_EVENTS
            if enough or start_s - first_s < LEAST_HISTORY_WEEKS * WEEK_S:
                break
            count = float(self._past.counts(start_s, start_s + WEEK_S).sum())
            if count:
                found.append(start_s)
                events += count
        return found

    def _features(self, at_s: int) -> tuple[Floats, Floats, float]:
        """Memory (j, m) and surroundings (k, m), rows summing to 1, and events in memory."""
        if at_s not in self._seen:
            memory = np.stack([_to_one(part.scores(at_s)) for part in self.memory])
            around = np.stack([_to_one(part.scores(at_s)) for part in self.around])
            events = float(self._past.decayed(at_s, MEMORY_HALF_LIFE_D).sum())
            self._seen[at_s] = memory, around, events
        return self._seen[at_s]


def _decayed(past: Past, half_life_d: float, *, target: bool) -> Callable[[int], Floats]:
    return lambda at_s: past.decayed(at_s, half_life_d, target=target)


def _decayed_group(past: Past, group: int) -> Callable[[int], Floats]:
    return lambda at_s: past.decayed_group(at_s, SMOOTH_HALF_LIFE_D, group)


def _smoothed(past: Past, bandwidth_m: float) -> Callable[[int], Floats]:
    raster = past.raster(bandwidth_m)
    return lambda at_s: past.density(at_s, bandwidth_m, raster, SMOOTH_HALF_LIFE_D) * past.size


def shrink(own: Floats, around: Floats, events: float, strength: float) -> Floats:
    """Draw each unit's own share towards what its surroundings suggest.

    Parameters
    ----------
    own, around
        Each summing to 1, shape (m,), ``around`` > 0 wherever something may happen.
    events
        Incidents the memory effectively holds, >= 0.
    strength
        How much units differ from their surroundings, > 0: the higher, the more they are drawn.

    Returns
    -------
    chance
        Shape (m,), >= 0; sums to about 1.
    """
    expected = events * around
    trust = np.divide(expected, expected + strength)
    chance: Floats = trust * own + (1 - trust) * around
    return chance


def _with_floor(chances: Floats) -> Floats:
    """With an even component below, so that no unit is impossible."""
    floor = np.full((1, chances.shape[1]), 1 / chances.shape[1])
    return np.concatenate((chances, floor))


def _fit_weeks(chances: Sequence[Floats], hits: Sequence[Floats]) -> Floats:
    used = [counts > 0 for counts in hits]
    return fit_shares(
        np.concatenate([found[:, hit] for found, hit in zip(chances, used, strict=True)], axis=1),
        np.concatenate([counts[hit] for counts, hit in zip(hits, used, strict=True)]),
    )


def _to_one(row: Floats) -> Floats:
    total = float(row.sum())
    if total <= 0:
        return np.full(len(row), 1 / len(row))
    shares: Floats = row / total
    return shares


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
