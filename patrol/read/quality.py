"""What is wrong with a file of incidents, beyond its bad rows: the data-quality report.

Faults that are shown, because each of them has inflated or hidden real hotspots somewhere: points
that stand for "unknown" (a headquarters, a hospital), rows without a place, places outside the
county, midnight written for an unknown hour, and rows of one event counted as several.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats, MidnightPeak, local_minutes, midnight_peak
from patrol.model.fault import Fault
from patrol.model.incident import Incident
from patrol.model.place import BBox, Place, Projection
from patrol.read.columns import Reading
from patrol.read.faults import (
    HEAVY_SHARE,
    Landmark,
    Rows,
    SuspectPoint,
    Suspicion,
    find_faults,
    find_suspects,
)

__all__ = ["Landmark", "Quality", "check_quality", "incident_places", "near_points"]

_MUCH_MISSING = 0.05
_DATES_ONLY_SHARE = 0.5
_SHOWN_LANDMARKS = 10


@dataclass(frozen=True, slots=True)
class HeavyPoint:
    """One point with an unlikely share of all rows; ``near`` names a landmark beside it."""

    place: Place
    address: str
    rows: int
    share: float
    near: str = ""

    def __str__(self) -> str:
        where = self.address or "no address"
        beside = f", at {self.near}" if self.near else ""
        return (
            f"{self.place.lon:.6f},{self.place.lat:.6f} ({where}{beside}): "
            f"{self.rows} rows, {self.share:.1%}"
        )


@dataclass(frozen=True, slots=True)
class KindPlaces:
    """How many rows of a kind have no place."""

    kind: str
    rows: int
    without_place: int


@dataclass(frozen=True, slots=True)
class Quality:
    """The data-quality report of one file; shares are in [0, 1]."""

    rows: int
    kept: int
    duplicates: int
    same_event: int
    """Further rows of one time and place: several reports of one event, or several charges."""
    without_time: int
    without_place: int
    without_kind: int
    outside_area: int | None
    """``None`` where no streets are imported yet, so that there is no area to compare with."""
    heavy_points: tuple[HeavyPoint, ...]
    midnight: MidnightPeak | None
    dates_only: bool
    """Whether most times are 00:00: the file holds dates without hours."""
    kinds: tuple[KindPlaces, ...]
    near_duplicates: int = 0
    """Rows that follow another at the same point within ten minutes, ``same_event`` among them."""
    midnight_rows: int = 0
    """Rows at 00:00 or 00:01 whose hour is taken as unknown."""
    suspects: tuple[SuspectPoint, ...] = ()
    """Points for the map, heavy ones included."""

    def warnings(self) -> tuple[str, ...]:
        """The report in sentences, worst first; empty when there is nothing to say."""
        found = [
            f"one point holds more than {HEAVY_SHARE:.1%} of the rows: {point}; if it stands "
            f"for 'unknown', leave it out with --exclude-point "
            f"{point.place.lon:.6f},{point.place.lat:.6f}"
            for point in self.heavy_points
        ]
        if self.without_place:
            found.append(
                _share("have no place; they are unknown, not absent", self.without_place, self)
            )
        found.extend(
            f"kind {item.kind or 'unknown'}: {item.without_place} of {item.rows} rows have no place"
            for item in self.kinds
            if item.without_place > _MUCH_MISSING * item.rows
        )
        if self.without_time:
            found.append(_share("have no time and were refused", self.without_time, self))
        if self.outside_area:
            found.append(_share("lie outside the imported streets", self.outside_area, self))
        if self.without_kind:
            found.append(
                _share("have no kind; they weigh hotspots.other_kinds", self.without_kind, self)
            )
        if self.dates_only:
            found.append("most times are 00:00: the file has dates without hours")
        elif self.midnight is not None:
            found.append(
                f"{self.midnight.incidents} rows are at 00:00 or 00:01, where the hours beside "
                f"midnight suggest {self.midnight.usual:.0f}: their hour is taken as unknown"
            )
        if self.duplicates:
            found.append(
                _share("repeat another row exactly and were left out", self.duplicates, self)
            )
        if self.same_event:
            found.append(_share("share time and place with another row", self.same_event, self))
        if self.near_duplicates > self.same_event:
            found.append(
                _share(
                    "follow another row at the same point within 10 minutes",
                    self.near_duplicates,
                    self,
                )
            )
        landmarks = [one for one in self.suspects if one.suspicion is Suspicion.LANDMARK]
        found.extend(
            f"{point.rows} rows lie at {point.near}: {point.place.lon:.6f},{point.place.lat:.6f}"
            for point in landmarks[:_SHOWN_LANDMARKS]
        )
        return tuple(found)


def _share(what: str, rows: int, quality: Quality) -> str:
    return f"{rows} of {quality.rows} rows ({rows / quality.rows:.1%}) {what}"


def check_quality(
    reading: Reading[Incident],
    zone: ZoneInfo,
    area: BBox | None,
    landmarks: Sequence[Landmark] = (),
) -> Quality:
    """Report on a file of incidents.

    Parameters
    ----------
    reading
        What was read, before anything was excluded.
    zone
        Local zone, to see midnight.
    area
        Box of the imported streets; 200 m of margin are allowed.
    landmarks
        Places at which a heavy point is named, such as bases and hospitals.
    """
    values = reading.values
    rows = incident_rows(values)
    minutes = local_minutes(rows.time_s, zone)
    faults = find_faults(rows, zone, area)
    events = Counter((value.time, value.place) for value in values if value.place is not None)
    suspects = find_suspects(
        rows, [value.address for value in values], faults, landmarks, reading.read
    )
    return Quality(
        rows=reading.read,
        kept=len(values),
        duplicates=reading.duplicates,
        same_event=sum(events.values()) - len(events),
        without_time=sum(1 for no in reading.refused if _no_time(no.reason, no.value)),
        without_place=int(faults[Fault.NO_PLACE].sum()),
        without_kind=sum(1 for value in values if not value.kind),
        outside_area=None if area is None else int(faults[Fault.OUTSIDE].sum()),
        heavy_points=tuple(
            HeavyPoint(point.place, point.address, point.rows, point.share, point.near)
            for point in suspects
            if point.suspicion is Suspicion.HEAVY
        ),
        midnight=midnight_peak(minutes),
        dates_only=bool(len(values)) and float((minutes % 1_440 == 0).mean()) > _DATES_ONLY_SHARE,
        kinds=_kind_places(values),
        near_duplicates=int(faults[Fault.NEAR_DUPLICATE].sum()),
        midnight_rows=int(faults[Fault.MIDNIGHT].sum()),
        suspects=suspects,
    )


def incident_rows(values: Sequence[Incident]) -> Rows:
    """Incidents as arrays, in their order."""
    lon, lat = incident_places(values)
    time_s = np.array([int(value.time.timestamp()) for value in values], dtype=np.int64)
    return Rows(time_s, lon, lat)


def _no_time(reason: str, value: str) -> bool:
    return not value and reason.startswith("must not be empty")


def incident_places(values: Sequence[Incident]) -> tuple[Floats, Floats]:
    """Lon and lat of incidents, NaN where unknown, shape (n,) each."""
    pairs = [
        (value.place.lon, value.place.lat) if value.place is not None else (np.nan, np.nan)
        for value in values
    ]
    both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _kind_places(values: Sequence[Incident]) -> tuple[KindPlaces, ...]:
    rows = Counter(value.kind for value in values)
    missing = Counter(value.kind for value in values if value.place is None)
    ordered = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    return tuple(KindPlaces(kind, count, missing[kind]) for kind, count in ordered)


def near_points(
    lon: Floats, lat: Floats, points: Sequence[tuple[Place, float]]
) -> NDArray[np.bool_]:
    """Which places (n,) lie within the radius, meters, of one of the points."""
    near = np.zeros(len(lon), dtype=np.bool_)
    for center, radius_m in points:
        x_m, y_m = Projection(center).to_xy_m(lon, lat)
        near |= np.hypot(x_m, y_m) <= radius_m  # NaN compares as false: unknown is not near
    return near
