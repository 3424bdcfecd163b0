"""Layers weighed into one map, and what each score is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from patrol.hotspot.events import Events, Floats
from patrol.hotspot.layers import HourMix, mixed_scores
from patrol.model.errors import InputError
from patrol.model.hotspot import Contribution

if TYPE_CHECKING:
    from scipy.sparse import csr_array

INCIDENTS = "incidents"
_LEAST_SHARE = 0.005
"""Contributions smaller than this are gathered under ``other`` of their layer."""


@dataclass(frozen=True, slots=True, eq=False)
class Smoothing:
    """Spreads a share of each kind, (k,) in [0, 1]; ``spread`` (m, m) keeps sums."""

    spread: "csr_array"
    kind_share: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Shaping:
    """What is done to the incidents' part: spread over the neighborhood, then lifted.

    ``lift`` (m, h) is what each unit is multiplied by (:mod:`patrol.hotspot.lift`); the sum over
    all units of an hour stays as it was.
    """

    smoothing: Smoothing | None = None
    lift: Floats | None = None


PLAIN = Shaping()


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """A blended map of m units over h hours.

    ``scores`` (m, h) is the sum of the layers; 1 is what an average unit would have if incidents
    were all there is, that is, layer weights x share of the layer x m.
    ``parts`` holds each layer's mean over the hours, (m,); ``kind_parts`` (m, k) splits the
    incidents' part by kind.
    """

    scores: Floats
    parts: Mapping[str, Floats]
    kind_parts: Floats
    kinds: tuple[str, ...]

    @property
    def day_scores(self) -> Floats:
        """Mean over the hours, shape (m,)."""
        mean: Floats = self.scores.mean(axis=1)
        return mean


def blend(
    events: Events,
    weights: Floats,
    mix: HourMix,
    others: Mapping[str, Floats],
    layer_weights: Mapping[str, float],
    unit_count: int,
    shaping: Shaping = PLAIN,
) -> Blend:
    """Add up the weighed layers.

    Parameters
    ----------
    events, weights
        Incidents and what each weighs, (n,).
    mix
        Factors for the h hours asked for.
    others
        The other layers, each normalized, (m, h) or (m,) where they do not depend on the hour.
    layer_weights
        Weight by layer name, >= 0; must name ``incidents`` and every one of ``others``.
    shaping
        What is done to the incidents' part before it is added; nothing by default.

    Raises
    ------
    InputError
        If a layer has no weight.
    """
    missing = ({INCIDENTS} | set(others)) - set(layer_weights)
    if missing:
        raise InputError(f"no weight for layer {min(missing)}")
    scale = unit_count * layer_weights[INCIDENTS]
    scores = mixed_scores(events, weights, mix, unit_count)
    kind_parts = _kind_parts(events, weights, mix, unit_count)
    smoothing, lift = shaping.smoothing, shaping.lift
    if smoothing is not None and smoothing.kind_share.any():
        share = smoothing.kind_share
        around = mixed_scores(events, weights * share[events.kind], mix, unit_count)
        scores += smoothing.spread @ around - around
        spread_parts = kind_parts * share
        kind_parts += smoothing.spread @ spread_parts - spread_parts
        # What was spread away was there before: anything below zero is rounding.
        np.maximum(scores, 0.0, out=scores)
        np.maximum(kind_parts, 0.0, out=kind_parts)
    if lift is not None:
        # Every hour keeps its level, and every kind of a unit is lifted alike.
        before, level = scores.mean(axis=1), scores.sum(axis=0)
        scores *= lift
        scores *= np.divide(level, scores.sum(axis=0), out=np.ones_like(level), where=level > 0)
        lifted = scores.mean(axis=1)
        kind_parts *= np.divide(lifted, before, out=np.ones_like(lifted), where=before > 0)[:, None]
    scores *= scale
    kind_parts *= scale
    parts: dict[str, Floats] = {INCIDENTS: kind_parts.sum(axis=1)}
    for name, layer in others.items():
        weighed = layer * (unit_count * layer_weights[name])
        scores += weighed if weighed.ndim == 2 else weighed[:, None]
        parts[name] = weighed.mean(axis=1) if weighed.ndim == 2 else weighed
    return Blend(scores, parts, kind_parts, events.kinds)


def _kind_parts(events: Events, weights: Floats, mix: HourMix, unit_count: int) -> Floats:
    known = events.unit >= 0
    kinds = max(1, len(events.kinds))
    mean_factor = mix.factor.mean(axis=1)
    flat = events.unit[known].astype(np.int64) * kinds + events.kind[known]
    sums: Floats = np.zeros(unit_count * kinds)
    sums += np.bincount(
        flat, weights=weights[known] * mean_factor[events.hour[known]], minlength=len(sums)
    )
    return sums.reshape(unit_count, kinds)


def explain(made: Blend, unit: int) -> tuple[Contribution, ...]:
    """What a unit's mean score is made of, largest first; shares sum to 1.

    A unit without any score has no contributions.
    """
    total = sum(float(part[unit]) for part in made.parts.values())
    if total <= 0:
        return ()
    found: dict[tuple[str, str], float] = {}
    for layer, part in made.parts.items():
        if layer == INCIDENTS:
            continue
        if part[unit] > 0:
            found[layer, ""] = float(part[unit]) / total
    for kind, value in zip(made.kinds, made.kind_parts[unit], strict=False):
        share = float(value) / total
        if share <= 0:
            continue
        name = kind if share >= _LEAST_SHARE else "other"
        found[INCIDENTS, name] = found.get((INCIDENTS, name), 0.0) + share
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Contribution(layer, kind, share) for (layer, kind), share in ordered)
