"""The part of the map that comes from incidents, as the settings weigh them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from patrol.config.schema import AUTO, GENERAL_BLEND_SHARE, Hotspots
from patrol.hotspot.blend import INCIDENTS, Blend, Shaping, Smoothing, blend
from patrol.hotspot.events import WEEK_H, Floats
from patrol.hotspot.layers import hour_totals, mix_hours
from patrol.hotspot.lift import Lift
from patrol.usecase.hotspot_inputs import MapInputs
from patrol.usecase.hotspot_layers import event_weights, patrol_chances
from patrol.usecase.learned_map import LearnedMap, learned_map, street_spreading
from patrol.usecase.services import Services


@dataclass(frozen=True, slots=True, eq=False)
class IncidentPart:
    """How incidents count: what each weighs, (n,); hours, and how they are shaped.

    The weights leave campaigns aside.
    """

    inputs: MapInputs
    weights: Floats
    band_h: int
    blend_share: float
    smoothing: Smoothing | None
    lift: Lift | None
    by_shift: bool
    """Whether shifts are lifted by themselves: where nobody fixed the part of the hour."""

    def blend(
        self,
        hours: Sequence[int],
        others: Mapping[str, Floats],
        layer_weights: Mapping[str, float],
        factors: Floats | None = None,
    ) -> Blend:
        """The map at these hours of week, with other layers and what campaigns multiply by, (n,).

        Campaigns come after the normalization: they are meant to add to the map, not to be
        leveled.
        """
        events = self.inputs.events
        mix = mix_hours(hour_totals(events, self.weights), hours, self.band_h, self.blend_share)
        weights = self.weights if factors is None else self.weights * factors
        lift = None
        if self.lift is not None:
            lift = self.lift.at_hours(np.asarray(hours), by_shift=self.by_shift)
        shaping = Shaping(self.smoothing, lift)
        count = self.inputs.network.segment_count
        return blend(events, weights, mix, others, layer_weights, count, shaping)

    def whole_week(self) -> Floats:
        """Scores of the incidents alone by hour of week, shape (m, 168)."""
        return self.blend(range(WEEK_H), {}, {INCIDENTS: 1.0}).scores


def incident_part(
    services: Services, inputs: MapInputs, hotspots: Hotspots, at: datetime
) -> IncidentPart:
    """What incidents add to the map of a time; nothing after it is looked at.

    What is ``auto`` is learned from the incidents. Where that is memory and smoothing both, every
    segment is brought to the forecast that the backtest tests (:mod:`patrol.hotspot.lift`).
    """
    learned = None
    if hotspots.learns:
        learned = learned_map(services, inputs, at, hotspots.band_h)
    weights = event_weights(
        inputs.events,
        hotspots,
        int(at.timestamp()),
        learned.habits if learned is not None else None,
        patrol_chances(services, inputs, at) if hotspots.correct_patrol else None,
    )
    return IncidentPart(
        inputs=inputs,
        weights=weights,
        band_h=hotspots.band_h,
        blend_share=_blend_share(hotspots, learned),
        smoothing=_smoothing(services, inputs, hotspots, learned),
        lift=learned.lift if learned is not None and hotspots.learns_map else None,
        by_shift=hotspots.shift_blend_share == AUTO,
    )


def _blend_share(hotspots: Hotspots, learned: LearnedMap | None) -> float:
    if hotspots.shift_blend_share != AUTO:
        return hotspots.shift_blend_share
    found = learned.habits.shift_blend_share if learned is not None else None
    return GENERAL_BLEND_SHARE if found is None else found


def _smoothing(
    services: Services, inputs: MapInputs, hotspots: Hotspots, learned: LearnedMap | None
) -> Smoothing | None:
    share = hotspots.smoothing_share
    if share == AUTO:
        if learned is None:
            return None
        by_kind = np.array([kind.smooth_share for kind in learned.habits.kinds])
        return Smoothing(learned.spread, by_kind)
    if share == 0:
        return None
    return Smoothing(street_spreading(services, inputs), np.full(len(inputs.events.kinds), share))
