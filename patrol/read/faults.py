"""Which rows of incidents have which fault, and the points that look wrong on a map."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats, local_minutes, midnight_peak
from patrol.model.fault import Fault
from patrol.model.place import BBox, Place

HEAVY_SHARE = 0.005
"""Share of all rows at one point above which the point is named."""
LEAST_HEAVY_ROWS = 20
NEAR_M = 60.0
"""How near to a landmark a point must lie to be named after it."""
NEAR_DUPLICATE_S = 600
"""A row at the same point within ten minutes of another is taken to tell of the same event."""
AREA_MARGIN_DEG = 0.002
MOST_POINTS = 300
"""Suspicious points of one sort that are kept for the map, those with most rows first."""
_DIGITS = 6
_LEAST_REPEATS = 3
_METERS_PER_DEG = 111_195.0


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place that stands for itself in registers: a base, a hospital, the center of a town."""

    name: str
    place: Place
    kind: str = ""
    """``base``, ``court``, ``hospital``, ``government``, ``station`` or ``center`` of a town."""

    def __str__(self) -> str:
        if self.kind == "center":
            return f"the center of {self.name}"
        return f"{self.kind} {self.name}".strip()


class Suspicion(StrEnum):
    """Why a point is on the map of suspicious points."""

    HEAVY = "heavy"
    """Holds more than 0.5 % of all rows."""
    LANDMARK = "landmark"
    """Holds at least 20 rows and lies at a base, court, hospital, station or town center."""
    REPEATED = "repeated"
    """Holds several rows that follow another within ten minutes."""
    OUTSIDE = "outside"
    """Lies outside the imported streets."""


@dataclass(frozen=True, slots=True)
class SuspectPoint:
    """One point of the map: how many rows it holds, which share of all, and what is beside it.

    ``rows`` of a repeated point are those that repeat another, not all at the point.
    """

    suspicion: Suspicion
    place: Place
    rows: int
    share: float
    address: str = ""
    near: str = ""
    near_kind: str = ""
    near_name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """n incidents as arrays, in any order; NaN where the place is unknown."""

    time_s: NDArray[np.int64]
    lon: Floats
    lat: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which have a place."""
        return np.isfinite(self.lon)


def find_faults(rows: Rows, zone: ZoneInfo, area: BBox | None) -> dict[Fault, NDArray[np.bool_]]:
    """Which rows have which fault, (n,) each; without an area nothing lies outside."""
    nothing = np.zeros(len(rows.time_s), dtype=np.bool_)
    minutes = local_minutes(rows.time_s, zone)
    peak = midnight_peak(minutes)
    return {
        Fault.NEAR_DUPLICATE: near_duplicates(rows),
        Fault.OUTSIDE: nothing if area is None else outside_area(rows, area),
        Fault.MIDNIGHT: nothing if peak is None else minutes % 1_440 <= 1,
        Fault.NO_PLACE: ~rows.known,
    }


def near_duplicates(rows: Rows) -> NDArray[np.bool_]:
    """Rows that follow another at the same point within ten minutes; the first of them is not.

    A chain of calls about one brawl is one event; two thefts at a market within ten minutes are
    taken for one as well, which is why the rows are only left out where a planner says so.
    """
    found = np.zeros(len(rows.time_s), dtype=np.bool_)
    known = np.flatnonzero(rows.known)
    if len(known) < 2:
        return found
    lon, lat = np.round(rows.lon[known], _DIGITS), np.round(rows.lat[known], _DIGITS)
    order = np.lexsort((rows.time_s[known], lat, lon))
    same = (np.diff(lon[order]) == 0) & (np.diff(lat[order]) == 0)
    soon = np.diff(rows.time_s[known][order]) <= NEAR_DUPLICATE_S
    found[known[order[1:][same & soon]]] = True
    return found


def outside_area(rows: Rows, area: BBox) -> NDArray[np.bool_]:
    """Rows whose known place lies more than 200 m outside a box."""
    box = area.grown(AREA_MARGIN_DEG)
    inside = (rows.lon >= box.west) & (rows.lon <= box.east)
    inside &= (rows.lat >= box.south) & (rows.lat <= box.north)
    outside: NDArray[np.bool_] = rows.known & ~inside
    return outside


def find_suspects(
    rows: Rows,
    addresses: Sequence[str],
    faults: Mapping[Fault, NDArray[np.bool_]],
    landmarks: Sequence[Landmark],
    total: int,
) -> tuple[SuspectPoint, ...]:
    """Points worth a look, by suspicion and falling number of rows; each point appears once.

    Parameters
    ----------
    total
        Rows of the file, those without a place included; shares are of it.
    """
    points = _gather(rows, faults)
    least = max(LEAST_HEAVY_ROWS, HEAVY_SHARE * total)
    near = _NearLandmark(landmarks)
    found: dict[Suspicion, list[SuspectPoint]] = {suspicion: [] for suspicion in Suspicion}
    for at in np.argsort(-points.rows, kind="stable").tolist():
        count, repeats = int(points.rows[at]), int(points.repeats[at])
        worth = count >= LEAST_HEAVY_ROWS or repeats >= _LEAST_REPEATS or points.outside[at]
        if not worth:
            continue
        place = Place(float(points.at[at, 0]), float(points.at[at, 1]))
        beside = near.find(place) if count >= LEAST_HEAVY_ROWS else None
        suspicion = _suspicion(
            heavy=count > least,
            outside=bool(points.outside[at]),
            beside=beside is not None,
            repeats=repeats,
        )
        if suspicion is None or len(found[suspicion]) >= MOST_POINTS:
            continue
        number = repeats if suspicion is Suspicion.REPEATED else count
        found[suspicion].append(
            SuspectPoint(
                suspicion,
                place,
                number,
                number / max(1, total),
                address=_commonest(addresses, points.members(at)),
                near=str(beside or ""),
                near_kind=beside.kind if beside else "",
                near_name=beside.name if beside else "",
            )
        )
    found[Suspicion.REPEATED].sort(key=lambda point: -point.rows)
    return tuple(point for points in found.values() for point in points)


def _suspicion(*, heavy: bool, outside: bool, beside: bool, repeats: int) -> Suspicion | None:
    if heavy:
        return Suspicion.HEAVY
    if outside:
        return Suspicion.OUTSIDE
    if beside:
        return Suspicion.LANDMARK
    return Suspicion.REPEATED if repeats >= _LEAST_REPEATS else None


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Distinct points (p, 2) with their rows, repeats, whether outside, and who lies there."""

    at: Floats
    rows: NDArray[np.int64]
    repeats: NDArray[np.int64]
    outside: NDArray[np.bool_]
    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    def members(self, point: int) -> NDArray[np.int64]:
        start = int(self.starts[point])
        return self.order[start : start + int(self.rows[point])]


def _gather(rows: Rows, faults: Mapping[Fault, NDArray[np.bool_]]) -> _Points:
    known = np.flatnonzero(rows.known)
    places = np.round(np.column_stack((rows.lon[known], rows.lat[known])), _DIGITS)
    at: Floats
    at, which, counts = np.unique(
        places.reshape(-1, 2), axis=0, return_inverse=True, return_counts=True
    )
    which = which.ravel()
    order = np.argsort(which, kind="stable")
    number = len(counts)
    repeats = np.bincount(which[faults[Fault.NEAR_DUPLICATE][known]], minlength=number)
    outside = np.zeros(number, dtype=np.bool_)
    outside[which[faults[Fault.OUTSIDE][known]]] = True
    starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64)
    return _Points(at, counts, repeats, outside, known[order], starts)


def _commonest(addresses: Sequence[str], members: NDArray[np.int64]) -> str:
    if not addresses:
        return ""
    names: Counter[str] = Counter(addresses[index] for index in members.tolist())
    return names.most_common(1)[0][0]


class _NearLandmark:
    """The nearest landmark within 60 m, without measuring to all of them each time."""

    def __init__(self, landmarks: Sequence[Landmark]) -> None:
        self._landmarks = landmarks
        places = [(one.place.lon, one.place.lat) for one in landmarks]
        self._at = np.array(places, dtype=np.float64).reshape(-1, 2)

    def find(self, place: Place) -> Landmark | None:
        reach_deg = 1.05 * NEAR_M / _METERS_PER_DEG
        shrink = max(0.05, float(np.cos(np.radians(place.lat))))
        close = np.abs(self._at[:, 1] - place.lat) <= reach_deg
        close &= np.abs(self._at[:, 0] - place.lon) <= reach_deg / shrink
        away = [
            (place.distance_m(self._landmarks[at].place), at)
            for at in np.flatnonzero(close).tolist()
        ]
        distance_m, nearest = min(away, default=(NEAR_M + 1, 0))
        return self._landmarks[nearest] if distance_m <= NEAR_M else None
