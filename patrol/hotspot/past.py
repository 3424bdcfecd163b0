"""The past as a forecast may see it: incidents on units, kinds told apart, nothing from later."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats
from patrol.hotspot.kernel import Raster, make_raster
from patrol.hotspot.layers import DAY_S, decayed_scores

WEEK_S = 7 * DAY_S
MOST_KINDS = 9
LEAST_KIND_EVENTS = 300
LEAST_KIND_SHARE = 0.01


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

    def counts(self, start_s: int, end_s: int, mask: NDArray[np.bool_] | None = None) -> Floats:
        """Target incidents by unit in ``[start_s, end_s)``, of all or of a mask (n,); (m,)."""
        part = self._part(start_s, end_s)
        keep = self.target[part] if mask is None else self.target[part] & mask[part]
        counts: Floats = np.zeros(self.unit_count)
        counts += np.bincount(self.unit[part][keep], minlength=self.unit_count)
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

    def decayed_mask(self, at_s: int, half_life_d: float, mask: NDArray[np.bool_]) -> Floats:
        """Decayed counts by unit of the target incidents of a mask (n,) before ``at_s``, (m,)."""
        part = self._part(None, at_s)
        keep = self.target[part] & mask[part]
        weight = decayed_scores((at_s - self.time_s[part][keep]) / DAY_S, half_life_d)
        scores: Floats = np.zeros(self.unit_count)
        scores += np.bincount(self.unit[part][keep], weights=weight, minlength=self.unit_count)
        return scores

    def decayed_group(self, at_s: int, half_life_d: float, group: int) -> Floats:
        """Decayed counts by unit of one group of target incidents before ``at_s``, (m,)."""
        return self.decayed_mask(at_s, half_life_d, self.group == group)

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
        return make_raster(self.center_m[:, 0], self.center_m[:, 1], bandwidth_m)

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
