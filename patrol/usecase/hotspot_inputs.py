"""What the map is made from, read from the stores and kept warm between two maps.

Snapping every incident to its street is the slow part (about a second for 100,000), and it does not
depend on weights. It is kept per database and done again only for incidents that are new.
"""

import logging
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from patrol.config.schema import Hotspots
from patrol.hotspot.events import Events, Floats, hours_of_week
from patrol.hotspot.habits import Habits, learn_habits, street_spread
from patrol.hotspot.learn import WEEK_S
from patrol.model.mark import ExcludedPoint
from patrol.model.place import Place
from patrol.model.town import Town
from patrol.read.quality import near_points
from patrol.read.towns import TownIndex
from patrol.routing.streets import StreetNetwork
from patrol.store.database import Database
from patrol.store.incidents import IncidentColumns
from patrol.store.marks import ExclusionStore
from patrol.usecase.services import Services

log = logging.getLogger(__name__)

_GROWTH = 0.05
"""Growth of the number of incidents after which habits are learned anew within a week."""


@dataclass(frozen=True, slots=True, eq=False)
class MapInputs:
    """Streets, snapped incidents and towns; what weights do not change.

    ``segment_town`` (m,) holds indices into ``towns``, -1 outside all; ``midpoints`` (m, 2) are
    (lon, lat).
    """

    network: StreetNetwork
    events: Events
    towns: tuple[Town, ...]
    segment_town: NDArray[np.int32]
    midpoints: Floats


@dataclass(frozen=True, slots=True, eq=False)
class MapHabits:
    """What was learned of every kind, and how weight spreads along the streets (m, m)."""

    habits: Habits
    spread: csr_array


@dataclass(slots=True)
class _Kept:
    """The last inputs, and by what they would have to change."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    mark: object = None
    segment_of: dict[str, int] = field(default_factory=dict)
    snapped_for: object = None
    inputs: MapInputs | None = None
    spread_of: str = ""
    spread: csr_array | None = None
    habits_of: object = None
    habits: Habits | None = None


# Keyed by the open database, so that a closed one takes its arrays with it.
_kept: "weakref.WeakKeyDictionary[Database, _Kept]" = weakref.WeakKeyDictionary()
_kept_lock = threading.Lock()


def map_inputs(services: Services, hotspots: Hotspots) -> MapInputs:
    """Read what has changed since the last call, and snap what is new.

    Raises
    ------
    NotFoundError
        If no streets are imported yet.
    """
    with _kept_lock:
        kept = _kept.setdefault(services.db, _Kept())
    with kept.lock:
        network = services.streets.get_network()
        towns = services.towns.list_towns()
        excluded = ExclusionStore(services.db).list_points()
        zone = services.config.county.timezone
        snapped_for = (network.digest, hotspots.snap_m)
        mark = (snapped_for, services.incidents.mark(), excluded, towns, zone)
        if kept.inputs is not None and kept.mark == mark:
            return kept.inputs
        if kept.snapped_for != snapped_for:
            kept.segment_of, kept.snapped_for = {}, snapped_for
        columns = services.incidents.columns()
        segment = _snap(columns, network, hotspots.snap_m, kept.segment_of)
        segment[near_points(columns.lon, columns.lat, _circles(excluded))] = -1
        midpoints = network.midpoints()
        kept.inputs = MapInputs(
            network=network,
            events=Events(
                time_s=columns.time_s,
                unit=segment,
                hour=hours_of_week(columns.time_s, services.config.county.zone),
                kind=columns.kind,
                kinds=columns.kinds,
                source=columns.source,
                sources=tuple(columns.sources),
            ),
            towns=towns,
            segment_town=town_indices(towns, midpoints),
            midpoints=midpoints,
        )
        kept.mark = mark
        return kept.inputs


def map_habits(services: Services, inputs: MapInputs, at_s: int, band_h: int) -> MapHabits:
    """What the county's own incidents teach; learned anew each week, or when many more have come.

    The first time in a process this takes a second or two; the map itself never waits for it again
    within the week.
    """
    with _kept_lock:
        kept = _kept.setdefault(services.db, _Kept())
    with kept.lock:
        network = inputs.network
        if kept.spread is None or kept.spread_of != network.digest:
            kept.spread = street_spread(network.seg_from, network.seg_to, network.node_count)
            kept.spread_of = network.digest
        events = inputs.events
        grown = int(np.log1p(events.count) / np.log1p(_GROWTH))
        wanted = (network.digest, at_s // WEEK_S, band_h, grown, events.kinds)
        if kept.habits is None or kept.habits_of != wanted:
            start_s = at_s // WEEK_S * WEEK_S
            kept.habits = learn_habits(events, kept.spread, network.seg_length_m, start_s, band_h)
            kept.habits_of = wanted
            log.info(
                "habits of %d kinds learned from %d incidents", len(events.kinds), events.count
            )
        return MapHabits(kept.habits, kept.spread)


def _circles(excluded: Sequence[ExcludedPoint]) -> list[tuple[Place, float]]:
    return [(point.place, point.radius_m) for point in excluded]


def _snap(
    columns: IncidentColumns, network: StreetNetwork, snap_m: float, segment_of: dict[str, int]
) -> NDArray[np.int32]:
    """Segment of each incident, -1 for none; only unknown ids are looked up."""
    new = np.array([name not in segment_of for name in columns.ids], dtype=np.bool_)
    if new.any():
        at = np.flatnonzero(new)
        found, _ = network.nearest_segments(
            columns.lon[at], columns.lat[at], within_m=snap_m, access=None
        )
        segment_of.update(
            zip((columns.ids[index] for index in at.tolist()), found.tolist(), strict=True)
        )
        log.info("%d incidents snapped to streets, %d of them to none", len(at), (found < 0).sum())
    return np.fromiter(
        (segment_of[name] for name in columns.ids), dtype=np.int32, count=len(columns.ids)
    )


def town_indices(towns: Sequence[Town], midpoints: Floats) -> NDArray[np.int32]:
    """Index of the town each point (m, 2) lies in, -1 for none."""
    index = {town.id: at for at, town in enumerate(towns)}
    found = TownIndex(towns).find_towns(midpoints[:, 0], midpoints[:, 1])
    return np.array([-1 if name is None else index[name] for name in found], dtype=np.int32)
