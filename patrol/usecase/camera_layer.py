"""The cameras' layer: the last hour against what is usual, read anew only where it can change.

Two hundred cameras make 200,000 rows in the sixteen hours that are compared; summing them takes a
quarter of a second, and the past ones do not change. So their sums are kept, and counts that arrive
cost the sum of one hour.
"""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.crowd import LEAST_SAMPLES, Observed, crowd_layer, excess
from patrol.hotspot.events import Floats
from patrol.model.camera import Camera
from patrol.model.place import Place
from patrol.routing.streets import Access, StreetNetwork
from patrol.store.database import Database
from patrol.usecase.services import Services

CAMERA_SNAP_M = 100.0
HOUR = timedelta(hours=1)
DAY_H = 24
WEEKS, DAYS = 8, 7
_STEP_MIN = 15
"""Minutes in which the earlier hours stay the same ones: what is usual does not change faster."""
_MOST_KEPT = 4 * (WEEKS + DAYS)

Sums = Mapping[str, tuple[float, int]]


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    sums: "OrderedDict[datetime, Sums]" = field(default_factory=OrderedDict)
    made: tuple[object, Floats] | None = None
    """The last layer, and what it was made from."""


# Keyed by the open database, so that a closed one takes its sums with it.
_kept: "weakref.WeakKeyDictionary[Database, _Kept]" = weakref.WeakKeyDictionary()
_kept_lock = threading.Lock()


def camera_layer(services: Services, network: StreetNetwork, local: datetime) -> Floats:
    """Streets at cameras that count more than is usual, (m, 24); all 0 without counts."""
    cameras = services.cameras.list_cameras()
    last_hour = services.counts.sum_counts(local - HOUR, local)
    if not cameras or not last_hour:
        return np.zeros((network.segment_count, DAY_H))
    kept = _of(services)
    mark = (local, network.digest, cameras, last_hour)
    with kept.lock:
        if kept.made is not None and kept.made[0] == mark:
            return kept.made[1]
        layer = _make(services, kept, network, local, cameras, last_hour)
        kept.made = mark, layer
        return layer


def _make(
    services: Services,
    kept: _Kept,
    network: StreetNetwork,
    local: datetime,
    cameras: Sequence[Camera],
    last_hour: Sums,
) -> Floats:
    at = local.replace(minute=local.minute // _STEP_MIN * _STEP_MIN, second=0, microsecond=0)
    weeks = [_earlier(services, kept, at, 7 * back) for back in range(1, WEEKS + 1)]
    days = [_earlier(services, kept, at, back) for back in range(1, DAYS + 1)]
    excesses = []
    for camera in cameras:
        now = Observed(*last_hour.get(camera.id, (0.0, 0)))
        same_hour = _windows(weeks, camera.id)
        enough = sum(window.per_h is not None for window in same_hour) >= LEAST_SAMPLES
        # A camera of a few weeks is compared with the same hour of the last days.
        excesses.append(excess(now, same_hour if enough else _windows(days, camera.id)))
    segment = snap_places([camera.place for camera in cameras], network, CAMERA_SNAP_M)
    return crowd_layer(segment, np.array(excesses), local.hour, network.segment_count)


def snap_places(
    places: Sequence[Place], network: StreetNetwork, within_m: float
) -> NDArray[np.int32]:
    """The street segment that each place lies at, (n,); -1 where none is near."""
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    found, _ = network.nearest_segments(lon, lat, within_m=within_m, access=Access.FOOT)
    return found


def _of(services: Services) -> _Kept:
    with _kept_lock:
        return _kept.setdefault(services.db, _Kept())


def _earlier(services: Services, kept: _Kept, at: datetime, days: int) -> Sums:
    """Sums of the hour before the same local time some days ago."""
    end = at - timedelta(days=days)
    found = kept.sums.get(end)
    if found is None:
        found = kept.sums[end] = services.counts.sum_counts(end - HOUR, end)
        while len(kept.sums) > _MOST_KEPT:
            kept.sums.popitem(last=False)
    return found


def _windows(sums: Sequence[Sums], camera_id: str) -> list[Observed]:
    return [Observed(*found.get(camera_id, (0.0, 0))) for found in sums]
