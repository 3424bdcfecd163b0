"""Build the hotspot map of a day, pick the hotspots of a shift, and show both with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.config.schema import Hotspots
from patrol.hotspot.blend import INCIDENTS, Blend, explain
from patrol.hotspot.certainty import effective_counts, score_intervals
from patrol.hotspot.events import Floats
from patrol.hotspot.pick import pick_units
from patrol.model.clock import check_aware
from patrol.model.hotspot import Contribution, Hotspot
from patrol.model.place import Place
from patrol.model.town import KeySite, SiteKind
from patrol.routing.streets import STREET_CLASSES, StreetNetwork
from patrol.usecase.hotspot_inputs import MapInputs, map_inputs
from patrol.usecase.hotspot_layers import (
    DAY_H,
    SiteLayer,
    active_hours,
    campaign_factors,
    make_site_layer,
    other_layers,
)
from patrol.usecase.incident_part import incident_part
from patrol.usecase.services import Services
from patrol.usecase.weights import present_weights

NO_INCIDENT_WEIGHT = frozenset({SiteKind.SCHOOL, SiteKind.HOSPITAL, SiteKind.WORSHIP})
"""Sites that are watched for what they are and take no weight from incidents (guardrail G8)."""
_NO_STOP = frozenset({"motorway", "motorway_link", "trunk_link"})
"""Streets on which nobody can stop and be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class HotspotMap:
    """The scores of m street segments over the 24 hours of the local day of ``at``, or one of them.

    A score of 1 is what an average segment has. Reasons are those of all hours that were made.
    """

    at: datetime
    hour: int
    hours: tuple[int, ...]
    hotspots: Hotspots
    inputs: MapInputs
    event_weights: Floats
    """What each incident weighs, campaigns aside, shape (n,)."""
    made: Blend
    sites: SiteLayer

    @property
    def network(self) -> StreetNetwork:
        """The streets the map is of."""
        return self.inputs.network

    @property
    def scores(self) -> Floats:
        """Scores at the hour of ``at``, shape (m,)."""
        scores: Floats = self.made.scores[:, self.hours.index(self.hour)]
        return scores

    @property
    def hour_weights(self) -> Floats:
        """Scores by local hour of day, shape (m, 24).

        Raises
        ------
        RuntimeError
            If only one hour was made.
        """
        if len(self.hours) != DAY_H:
            raise RuntimeError(f"the map has hour {self.hour} alone, not the whole day")
        return self.made.scores


def build_map(services: Services, at: datetime, *, weights: Hotspots | None = None) -> HotspotMap:
    """Make the map for the local day of ``at``; fast when warm, whatever weights are tried.

    Whoever looks at one hour only asks :func:`build_hour_map`, which costs a third.

    Parameters
    ----------
    at
        Aware time; incidents, answers and campaigns up to it count.
    weights
        The section ``hotspots`` to try; the configured one by default.

    Raises
    ------
    NotFoundError
        If no streets are imported yet.
    InputError
        If ``at`` has no time zone.
    """
    check_aware(at, "time of the hotspot map")
    return _make(services, at, weights, tuple(range(DAY_H)))


def build_hour_map(
    services: Services, at: datetime, *, weights: Hotspots | None = None
) -> HotspotMap:
    """The map of the local hour of ``at`` alone, with that hour's reasons; as :func:`build_map`."""
    check_aware(at, "time of the hotspot map")
    hour = at.astimezone(services.config.county.zone).hour
    return _make(services, at, weights, (hour,))


def _make(
    services: Services, at: datetime, weights: Hotspots | None, hours: tuple[int, ...]
) -> HotspotMap:
    hotspots = weights if weights is not None else present_weights(services).hotspots
    inputs = map_inputs(services, hotspots)
    local = at.astimezone(services.config.county.zone)
    on = local.date()
    campaigns = [
        campaign for campaign in services.campaigns.list_campaigns() if campaign.counts_on(on)
    ]
    open_sites = tuple(site for site in services.sites.list_sites() if site.counts_on(on))
    sites = make_site_layer(open_sites, campaigns, inputs, hotspots.layers.sites)
    layers = {
        # A layer is one column where hours do not matter, or one for each hour of the day.
        name: layer if layer.ndim == 1 else layer[:, hours]
        for name, layer in (other_layers(services, inputs, local) | {"sites": sites.layer}).items()
    }
    part = incident_part(services, inputs, hotspots, at)
    made = part.blend(
        [on.weekday() * DAY_H + hour for hour in hours],
        layers,
        hotspots.layers.model_dump(),
        campaign_factors(inputs.events, campaigns, inputs.towns, inputs.segment_town),
    )
    return HotspotMap(
        at=at,
        hour=local.hour,
        hours=hours,
        hotspots=hotspots,
        inputs=inputs,
        event_weights=part.weights,
        made=made,
        sites=sites,
    )


# ---------------------------------------------------------------------------------------------
# Hotspots from the map


def pick_hotspots(
    hotspot_map: HotspotMap, count: int, seed: int, *, hours: Sequence[int] | None = None
) -> tuple[Hotspot, ...]:
    """Pick the hotspots of a shift: every key site, the highest segments, and some drawn elsewhere.

    Parameters
    ----------
    count
        How many in all, >= 0. Key sites come first and are all taken, even where they are more: one
        left out here would be missed without a word.
    seed
        Same seed, same draw of the places that the map does not favor.
    hours
        Local hours of day that matter, each in [0, 24); all by default.
    """
    weights = hotspot_map.hour_weights
    chosen = list(range(DAY_H)) if hours is None else sorted(set(hours))
    site_hotspots, taken = _site_hotspots(hotspot_map, chosen)
    network = hotspot_map.network
    stoppable = np.array([name not in _NO_STOP for name in STREET_CLASSES])
    allowed = stoppable[network.seg_class] & (network.seg_access != 0)
    allowed[sorted(taken)] = False
    favored, explored = pick_units(
        weights[:, chosen].mean(axis=1),
        allowed,
        network.seg_length_m,
        count=max(0, count - len(site_hotspots)),
        exploration_share=hotspot_map.hotspots.exploration_share,
        seed=seed,
    )
    segments = [_segment_hotspot(hotspot_map, int(index)) for index in favored]
    drawn = [
        replace(_segment_hotspot(hotspot_map, int(index)), explored=True) for index in explored
    ]
    return (*site_hotspots, *segments, *drawn)


def _site_hotspots(hotspot_map: HotspotMap, hours: Sequence[int]) -> tuple[list[Hotspot], set[int]]:
    """One hotspot per key site, by falling score; and the segments they stand for.

    A site whose windows are all at other hours asks for nobody: as a place of the shift it would
    only be reported as one that nobody serves.
    """
    order = np.argsort(-hotspot_map.sites.scores[:, hours].mean(axis=1), kind="stable")
    found: list[Hotspot] = []
    taken: set[int] = set()
    for at in order.tolist():
        site = hotspot_map.sites.sites[at]
        if not active_hours(site.windows)[list(hours)].any():
            continue
        segment = int(hotspot_map.sites.segment[at])
        whole = segment >= 0 and site.kind not in NO_INCIDENT_WEIGHT and segment not in taken
        if whole:
            taken.add(segment)
        found.append(_site_hotspot(hotspot_map, at, site, segment, whole=whole))
    return found, taken


def _site_hotspot(
    hotspot_map: HotspotMap, at: int, site: KeySite, segment: int, *, whole: bool
) -> Hotspot:
    """A key site; ``whole``: with everything else its street segment is worth."""
    own = hotspot_map.sites.scores[at]
    contributions: tuple[Contribution, ...] = (
        (Contribution("sites", site.kind.value, 1.0),) if own.mean() > 0 else ()
    )
    hours = own
    if whole:
        hours = hotspot_map.hour_weights[segment]
        contributions = explain(hotspot_map.made, segment)
    return Hotspot(
        id=f"site:{site.id}",
        name=site.name,
        place=site.place,
        score=float(hours.mean()),
        hour_weights=tuple(map(float, hours)),
        contributions=contributions,
        segment=segment,
        site_id=site.id,
        town_id=site.town_id,
        length_m=float(hotspot_map.network.seg_length_m[segment]) if segment >= 0 else 0.0,
    )


def _segment_hotspot(hotspot_map: HotspotMap, index: int) -> Hotspot:
    network = hotspot_map.network
    hours = hotspot_map.hour_weights[index]
    lon, lat = hotspot_map.inputs.midpoints[index]
    return Hotspot(
        id=network.seg_id[index],
        name=network.seg_name[index] or network.seg_name_en[index],
        place=Place(float(lon), float(lat)),
        score=float(hours.mean()),
        hour_weights=tuple(map(float, hours)),
        contributions=explain(hotspot_map.made, index),
        segment=index,
        town_id=_town_id(hotspot_map, index),
        length_m=float(network.seg_length_m[index]),
    )


def _town_id(hotspot_map: HotspotMap, index: int) -> str | None:
    town = int(hotspot_map.inputs.segment_town[index])
    return hotspot_map.inputs.towns[town].id if town >= 0 else None


def map_geojson(services: Services, hotspot_map: HotspotMap, limit: int) -> dict[str, Any]:
    """The highest segments at the map's hour as a FeatureCollection, each with its reasons.

    Each feature is the segment's line, with its middle in ``lon`` and ``lat``; the score 1 is an
    average segment. ``evidence`` tells how many incidents stand behind it, how old they are, and
    how certain they make it: the score's 95 % interval, and a word for it.
    """
    scores = hotspot_map.scores
    order = np.lexsort((np.arange(len(scores)), -scores))[: max(0, limit)]
    order = order[scores[order] > 0]
    evidence = _evidence(hotspot_map, order)
    features = [
        _feature(hotspot_map, int(index), rank, evidence[int(index)])
        for rank, index in enumerate(order, start=1)
    ]
    zone = services.config.county.zone
    return {
        "type": "FeatureCollection",
        "properties": {
            "at": hotspot_map.at.astimezone(zone).isoformat(),
            "segments": len(scores),
            "version": services.versions.newest(),
        },
        "features": features,
    }


def _evidence(hotspot_map: HotspotMap, segments: NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    events = hotspot_map.inputs.events
    at_s = int(hotspot_map.at.timestamp())
    wanted = np.zeros(hotspot_map.network.segment_count + 1, dtype=np.bool_)
    wanted[segments] = True
    weights = hotspot_map.event_weights
    # Index -1 (no segment) falls on the extra last place, which is never wanted.
    rows = np.flatnonzero(wanted[events.unit] & (weights > 0))
    found = _certainty(hotspot_map, segments)
    if not len(rows):
        return found
    rows = rows[np.argsort(events.unit[rows], kind="stable")]
    units, starts = np.unique(events.unit[rows], return_index=True)
    ages = np.split((at_s - events.time_s[rows]) / 86_400, starts[1:])
    for unit, age_d in zip(units.tolist(), ages, strict=True):
        found[unit] |= {
            "incidents": len(age_d),
            "newest_d": round(float(age_d.min()), 1),
            "median_d": round(float(np.median(age_d)), 1),
        }
    return found


def _certainty(hotspot_map: HotspotMap, segments: NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    """How far each segment's score is chance, before its incidents are counted."""
    made, scores = hotspot_map.made, hotspot_map.scores[segments]
    day = sum((part[segments] for part in made.parts.values()), np.zeros(len(segments)))
    share = np.divide(
        made.parts[INCIDENTS][segments], day, out=np.zeros(len(segments)), where=day > 0
    )
    counts = effective_counts(
        hotspot_map.inputs.events, hotspot_map.event_weights, len(hotspot_map.scores)
    )[segments]
    low, high, certainty = score_intervals(scores, share, counts)
    return {
        int(index): {
            "incidents": 0,
            "newest_d": None,
            "median_d": None,
            "effective": round(float(counts[at]), 1),
            "score_low": round(float(low[at]), 4),
            "score_high": round(float(high[at]), 4),
            "certainty": str(certainty[at]),
        }
        for at, index in enumerate(segments)
    }


def _feature(
    hotspot_map: HotspotMap, index: int, rank: int, evidence: dict[str, Any]
) -> dict[str, Any]:
    network = hotspot_map.network
    lon, lat = hotspot_map.inputs.midpoints[index]
    return {
        "type": "Feature",
        "id": rank,
        "geometry": {
            "type": "LineString",
            "coordinates": np.round(network.segment_line(index), 6).tolist(),
        },
        "properties": {
            "id": network.seg_id[index],
            "name": network.seg_name[index] or network.seg_name_en[index],
            "score": round(float(hotspot_map.scores[index]), 4),
            "rank": rank,
            "town_id": _town_id(hotspot_map, index),
            "lon": round(float(lon), 6),
            "lat": round(float(lat), 6),
            "length_m": round(float(network.seg_length_m[index]), 1),
            "contributions": [
                {"layer": part.layer, "kind": part.kind, "share": round(part.share, 6)}
                for part in explain(hotspot_map.made, index)
            ],
            "evidence": evidence,
        },
    }
