"""What the map is made from, read from the stores and kept warm between two maps.

Reading incidents and snapping each to its street is the slow part, and it does not depend on
weights. It is kept per database and done again only for incidents that are new
(:mod:`patrol.usecase.incident_arrays`).
"""

import threading
import weakref
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.config.schema import Hotspots
from patrol.hotspot.dark import LAMP_STEP_M, dark_shares, tagged_dark
from patrol.hotspot.events import Events, Floats
from patrol.model.fault import Fault
from patrol.model.mark import ExcludedPoint
from patrol.model.place import Place
from patrol.model.town import Town
from patrol.read.faults import Rows, find_faults
from patrol.read.quality import near_points
from patrol.read.towns import TownIndex
from patrol.routing.streets import StreetNetwork
from patrol.store.database import Database
from patrol.store.incidents import IncidentColumns
from patrol.store.lamps import LampStore
from patrol.store.marks import ExclusionStore
from patrol.store.quality import FaultStore
from patrol.usecase.incident_arrays import KeptIncidents
from patrol.usecase.services import Services


@dataclass(frozen=True, slots=True, eq=False)
class MapInputs:
    """Streets, snapped incidents and towns; what weights do not change.

    ``segment_town`` (m,) holds indices into ``towns``, -1 outside all; ``midpoints`` (m, 2) are
    (lon, lat); ``dark_share`` (m,) is the part of each segment that no lamp lights.
    """

    network: StreetNetwork
    events: Events
    towns: tuple[Town, ...]
    segment_town: NDArray[np.int32]
    midpoints: Floats
    dark_share: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What only streets, towns and lamps change."""

    midpoints: Floats
    segment_town: NDArray[np.int32]
    dark_share: Floats


@dataclass(slots=True)
class _Kept:
    """The last inputs, and by what they would have to change."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    mark: object = None
    incidents: KeptIncidents = field(default_factory=KeptIncidents)
    ground_of: object = None
    ground: _Ground | None = None
    inputs: MapInputs | None = None


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
        faults = frozenset(choice.fault for choice in FaultStore(services.db).list_choices())
        zone = services.config.county.zone
        columns = kept.incidents.refresh(services.incidents, network, hotspots.snap_m, zone)
        ground_of = (network.digest, towns, LampStore(services.db).mark())
        mark = (ground_of, kept.incidents.version, excluded, faults)
        if kept.inputs is not None and kept.mark == mark:
            return kept.inputs
        if kept.ground is None or kept.ground_of != ground_of:
            kept.ground, kept.ground_of = _make_ground(services, network, towns), ground_of
        kept.inputs = MapInputs(
            network=network,
            events=kept.incidents.events(left_out(columns, excluded, faults, zone)),
            towns=towns,
            segment_town=kept.ground.segment_town,
            midpoints=kept.ground.midpoints,
            dark_share=kept.ground.dark_share,
        )
        kept.mark = mark
        return kept.inputs


def _make_ground(services: Services, network: StreetNetwork, towns: tuple[Town, ...]) -> _Ground:
    midpoints = network.midpoints()
    return _Ground(midpoints, town_indices(towns, midpoints), _dark_share(services, network))


def left_out(
    columns: IncidentColumns,
    excluded: Sequence[ExcludedPoint],
    faults: Collection[Fault],
    zone: ZoneInfo,
) -> NDArray[np.bool_]:
    """Incidents (n,) that planners left out: at excluded points, or with a fault."""
    circles: list[tuple[Place, float]] = [(point.place, point.radius_m) for point in excluded]
    out = near_points(columns.lon, columns.lat, circles)
    if faults:
        rows = Rows(columns.time_s, columns.lon, columns.lat)
        # Outside the streets nothing snaps, so that no area is needed here.
        found = find_faults(rows, zone, None)
        for fault in faults:
            out |= found[fault]
    return out


def _dark_share(services: Services, network: StreetNetwork) -> Floats:
    tagged = tagged_dark(network.seg_lit)
    lamps = LampStore(services.db).columns()
    if not len(lamps.lon):
        return tagged
    unit, point_m = street_points(network, LAMP_STEP_M)
    lamp_m = np.column_stack(network.projection.to_xy_m(lamps.lon, lamps.lat))
    return dark_shares(tagged, unit, point_m, lamp_m, lamps.works)


def street_points(network: StreetNetwork, step_m: float) -> tuple[NDArray[np.int64], Floats]:
    """Points along all streets: the segment of each, (p,), and its local meters, (p, 2)."""
    lines = network.lines_m()
    count = np.maximum(1, np.round(network.seg_length_m / step_m).astype(np.int64))
    owner = np.repeat(np.arange(len(lines)), count)
    first = np.cumsum(count) - count
    step = (np.arange(len(owner)) - first[owner] + 0.5) / count[owner]
    points = shapely.line_interpolate_point(lines[owner], step, normalized=True)
    return owner, np.column_stack((shapely.get_x(points), shapely.get_y(points)))


def town_indices(towns: Sequence[Town], midpoints: Floats) -> NDArray[np.int32]:
    """Index of the town each point (m, 2) lies in, -1 for none."""
    index = {town.id: at for at, town in enumerate(towns)}
    found = TownIndex(towns).find_towns(midpoints[:, 0], midpoints[:, 1])
    return np.array([-1 if name is None else index[name] for name in found], dtype=np.int32)
