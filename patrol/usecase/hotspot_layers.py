"""Settings and stored things turned into the layers of the hotspot map."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from patrol.config.schema import AUTO, Hotspots
from patrol.hotspot.dark import dark_layer
from patrol.hotspot.events import Events, Floats
from patrol.hotspot.feedback import CORRECTED_WEIGHT, discovery_weights
from patrol.hotspot.habits import UNLEARNED_HALF_LIFE_D, Habits
from patrol.hotspot.layers import (
    Decay,
    incident_weights,
    normalized,
    site_layer,
    survey_layer,
)
from patrol.hotspot.sun import dark_hours
from patrol.model.incident import Source
from patrol.model.mark import Mark
from patrol.model.place import Projection
from patrol.model.town import Campaign, KeySite, SurveyAnswer, Town, Window
from patrol.store.marks import MarkStore
from patrol.usecase.camera_layer import camera_layer, snap_places
from patrol.usecase.hotspot_inputs import MapInputs
from patrol.usecase.services import Services

SITE_SNAP_M = 150.0
"""Farthest a key site's place may lie from its street; grounds are wide."""
CHANCE_DAYS = 28
"""Days looked back on for the chance that a patrol was somewhere."""
DAY_H = 24
_MOST_OF_AN_HOUR = 0.5


def event_weights(
    events: Events,
    hotspots: Hotspots,
    at_s: int,
    habits: Habits | None = None,
    patrol_chance: Floats | None = None,
) -> Floats:
    """What each incident weighs at a time under these settings, shape (n,).

    Parameters
    ----------
    habits
        Learned half-lives, used where the settings say ``auto``; without them such kinds have
        ``UNLEARNED_HALF_LIFE_D``.
    patrol_chance
        Chance (m,) that a patrol was on a segment, where patrol-discovered incidents are to be
        corrected by it.
    """
    general = hotspots.half_life_d
    usual_d = UNLEARNED_HALF_LIFE_D if general == AUTO else general
    decays: list[Decay] = []
    kind_weight = np.empty(len(events.kinds))
    for index, kind in enumerate(events.kinds):
        setting = hotspots.kinds.get(kind)
        kind_weight[index] = hotspots.other_kinds if setting is None else setting.weight
        own = None if setting is None else setting.half_life_d
        life_d = general if own is None else own
        decay = Decay.single(usual_d if life_d == AUTO else life_d)
        if life_d == AUTO and habits is not None:
            decay = habits.kinds[index].decay
            # A learned memory changes when incidents count, not how much their kind counts.
            kind_weight[index] *= usual_d / decay.mean_half_life_d
        decays.append(decay)
    sources = {str(source): share for source, share in hotspots.sources.items()}
    source_weight = np.array([sources.get(str(source), 0.0) for source in events.sources])
    if patrol_chance is None or Source.PATROL not in events.sources:
        return incident_weights(events, at_s, kind_weight, decays, source_weight)
    patrol = events.sources.index(Source.PATROL)
    source_weight[patrol] = CORRECTED_WEIGHT
    weights = incident_weights(events, at_s, kind_weight, decays, source_weight)
    found = events.source == patrol
    weights[found] *= discovery_weights(patrol_chance)[events.unit[found]]
    return weights


def patrol_chances(services: Services, inputs: MapInputs, at: datetime) -> Floats:
    """Share of the last four weeks' days on which a unit passed each segment, shape (m,)."""
    passes = services.passes.list_passes(at - timedelta(days=CHANCE_DAYS), at)
    days = {(one.hotspot_id, (at - one.start).days) for one in passes}
    seen = Counter(hotspot_id for hotspot_id, _ in days)
    chance = np.zeros(inputs.network.segment_count)
    for hotspot_id, count in seen.items():
        segment = inputs.network.find_segment(hotspot_id)
        if segment is not None:
            chance[segment] = min(1.0, count / CHANCE_DAYS)
    return chance


def mark_layer(marks: Sequence[Mark], on: date, inputs: MapInputs) -> Floats:
    """Planners' marks that count on a day, each spread over the streets in its circle, (m,)."""
    raw = np.zeros(inputs.network.segment_count)
    for mark in marks:
        if not mark.counts_on(on):
            continue
        x_m, y_m = Projection(mark.place).to_xy_m(inputs.midpoints[:, 0], inputs.midpoints[:, 1])
        away_m = np.hypot(x_m, y_m)
        inside = away_m <= mark.radius_m
        if not inside.any():
            inside = away_m == away_m.min(initial=np.inf)  # a circle between streets: the nearest
        length_m = np.where(inside, inputs.network.seg_length_m, 0.0)
        if length_m.sum() > 0:
            raw += mark.weight * length_m / length_m.sum()
    return normalized(raw[:, None])[:, 0]


def campaign_factors(
    events: Events,
    campaigns: Sequence[Campaign],
    towns: Sequence[Town],
    segment_town: NDArray[np.int32],
) -> Floats:
    """What campaigns multiply each incident's weight by, shape (n,)."""
    factors = np.ones(events.count)
    for campaign in campaigns:
        if campaign.site_kinds and not campaign.incident_kinds:
            continue  # It is about sites only.
        meant = np.ones(events.count, dtype=np.bool_)
        if campaign.incident_kinds:
            kinds = np.array([kind in campaign.incident_kinds for kind in events.kinds])
            meant &= kinds[events.kind]
        if campaign.town_ids:
            mine = np.array([town.id in campaign.town_ids for town in towns] + [False])
            town = np.where(events.unit >= 0, segment_town[events.unit], -1)
            meant &= mine[town]
        factors[meant] *= campaign.factor
    return factors


@dataclass(frozen=True, slots=True, eq=False)
class SiteLayer:
    """Key sites on the map: segment (s,), -1 off the streets; own scores (s, 24); layer (m, 24)."""

    sites: tuple[KeySite, ...]
    segment: NDArray[np.int32]
    scores: Floats
    layer: Floats


def make_site_layer(
    sites: tuple[KeySite, ...],
    campaigns: Sequence[Campaign],
    inputs: MapInputs,
    layer_weight: float,
) -> SiteLayer:
    """Key sites by their windows, weights and the campaigns of the day."""
    segment = snap_places([site.place for site in sites], inputs.network, SITE_SNAP_M)
    weight = np.array([site.weight * _site_factor(site, campaigns) for site in sites])
    active = np.array([active_hours(site.windows) for site in sites]).reshape(-1, DAY_H)
    count = inputs.network.segment_count
    raw = weight[:, None] * active
    on_map = float(raw[segment >= 0].sum(axis=0).mean()) if len(raw) else 0.0
    # A site off the streets counts as much as one on them.
    scores = raw * (count * layer_weight / on_map) if on_map > 0 else raw
    around = _surroundings(sites, campaigns, inputs, active)
    return SiteLayer(sites, segment, scores, site_layer(segment, weight, active, count, around))


def _surroundings(
    sites: Sequence[KeySite], campaigns: Sequence[Campaign], inputs: MapInputs, active: Floats
) -> Floats | None:
    """What campaigns with a radius put on the streets around their sites, (m, 24); else nothing.

    A campaign that adds w to a site adds w to its surroundings as well, spread by length over the
    streets whose middle is within the radius, in the hours of the site.
    """
    wide = [one for one in campaigns if one.radius_m > 0 and one.factor > 1]
    if not wide or not sites:
        return None
    network = inputs.network
    raw = np.zeros((network.segment_count, DAY_H))
    x_m, y_m = network.projection.to_xy_m(inputs.midpoints[:, 0], inputs.midpoints[:, 1])
    for at, site in enumerate(sites):
        for campaign in wide:
            if not _is_meant(site, campaign):
                continue
            site_x_m, site_y_m = network.projection.to_xy_m(site.place.lon, site.place.lat)
            near = np.hypot(x_m - site_x_m, y_m - site_y_m) <= campaign.radius_m
            length_m = np.where(near, network.seg_length_m, 0.0)
            if length_m.sum() > 0:
                added = site.weight * (campaign.factor - 1) / length_m.sum()
                raw += added * length_m[:, None] * active[at]
    return raw


def _site_factor(site: KeySite, campaigns: Sequence[Campaign]) -> float:
    factor = 1.0
    for campaign in campaigns:
        if _is_meant(site, campaign):
            factor *= campaign.factor
    return factor


def _is_meant(site: KeySite, campaign: Campaign) -> bool:
    if campaign.incident_kinds and not campaign.site_kinds:
        return False  # It is about incidents only.
    kind_meant = not campaign.site_kinds or site.kind in campaign.site_kinds
    town_meant = not campaign.town_ids or site.town_id in campaign.town_ids
    return kind_meant and town_meant


def active_hours(windows: Sequence[Window]) -> Floats:
    """Share of each local hour of day within the windows, shape (24,); no windows: all day."""
    if not windows:
        return np.ones(DAY_H)
    minutes = np.zeros(DAY_H * 60, dtype=np.bool_)
    for window in windows:
        start, end = _minute(window.start), _minute(window.end)
        if start < end:
            minutes[start:end] = True
        else:
            minutes[start:] = True
            minutes[:end] = True
    shares: Floats = minutes.reshape(DAY_H, 60).mean(axis=1)
    return shares


def shift_hours(services: Services) -> dict[str, NDArray[np.bool_]]:
    """Which hours of week (169,) each shift of the configuration covers; the last is unknown."""
    found: dict[str, NDArray[np.bool_]] = {}
    for name, shift in services.config.shifts.items():
        share = active_hours([Window(shift.start, shift.end)])
        found[name] = np.append(np.tile(share >= _MOST_OF_AN_HOUR, 7), False)
    return found


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def other_layers(services: Services, inputs: MapInputs, local: datetime) -> dict[str, Floats]:
    """Every layer but incidents and key sites, normalized, (m,) or (m, 24)."""
    network = inputs.network
    shortfall = town_shortfalls(
        inputs.towns,
        services.surveys.list_answers(),
        local.date(),
        services.config.county.safe_target_share,
    )
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    center = network.bbox.center
    return {
        "survey": survey_layer(inputs.segment_town, network.seg_length_m, shortfall),
        "dark": dark_layer(inputs.dark_share, network.seg_length_m, dark_hours(center, midnight)),
        "cameras": camera_layer(services, network, local),
        "marks": mark_layer(MarkStore(services.db).list_marks(), local.date(), inputs),
    }


def town_shortfalls(
    towns: Sequence[Town], answers: Sequence[SurveyAnswer], on: date, target_share: float
) -> Floats:
    """How far each town's newest answer up to a day stays below the target, shape (t,)."""
    newest: dict[str, SurveyAnswer] = {}
    for answer in sorted(answers, key=lambda answer: answer.on):
        if answer.on <= on:
            newest[answer.town_id] = answer
    return np.array(
        [
            max(0.0, target_share - newest[town.id].safe / newest[town.id].asked)
            if town.id in newest
            else 0.0
            for town in towns
        ]
    )
