"""Incidents as arrays: when, on which unit of the map, of which kind, from which source."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WEEK_H = 168
HOUR_UNKNOWN = WEEK_H
"""Hour of week of an incident whose hour is not known; it counts all day."""
HOUR_BINS = WEEK_H + 1

_HOUR_S = 3_600
_PEAK_FACTOR = 1.5
_PEAK_LEAST = 20
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0.


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """n incidents on a map of units (street segments or cells).

    ``unit`` is -1 where the incident lies on no unit; ``hour`` is the local hour of week, Monday
    00:00 = 0, or :data:`HOUR_UNKNOWN`; ``kind`` and ``source`` are indices into their names.
    """

    time_s: NDArray[np.int64]
    unit: NDArray[np.int32]
    hour: NDArray[np.int16]
    kind: NDArray[np.int32]
    kinds: tuple[str, ...]
    source: NDArray[np.int32]
    sources: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of incidents."""
        return len(self.time_s)

    def only(self, keep: NDArray[np.bool_]) -> "Events":
        """Those incidents for which ``keep`` (n,) is true."""
        return Events(
            self.time_s[keep],
            self.unit[keep],
            self.hour[keep],
            self.kind[keep],
            self.kinds,
            self.source[keep],
            self.sources,
        )


def local_minutes(time_s: NDArray[np.int64], zone: ZoneInfo) -> Ints:
    """Local minutes since Monday 1969-12-29 00:00, shape (n,), daylight saving included.

    Offsets change on whole UTC hours only, so they are looked up once per hour that occurs.
    """
    if not len(time_s):
        return np.empty(0, dtype=np.int64)
    hours, which = np.unique(time_s // _HOUR_S, return_inverse=True)
    offset_s = np.array([_offset_s(int(hour) * _HOUR_S, zone) for hour in hours], dtype=np.int64)
    local_s = time_s + offset_s[which.ravel()]
    minutes: Ints = local_s // 60 + _EPOCH_WEEKDAY * 1_440
    return minutes


def _offset_s(time_s: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(time_s, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def hours_of_week(time_s: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int16]:
    """Local hour of week of each time, Monday 00:00 = 0; coded midnights are unknown.

    Registers write 00:00 or 00:01 where nobody knew the hour. Where those two minutes hold far more
    than the same minutes of the hours beside them, they say nothing about the night.
    """
    return week_hours(local_minutes(time_s, zone))


def week_hours(minutes: Ints) -> NDArray[np.int16]:
    """The same from local minutes, see :func:`local_minutes`."""
    hours = (minutes // 60 % WEEK_H).astype(np.int16)
    if midnight_peak(minutes) is not None:
        hours[minutes % 1_440 <= 1] = HOUR_UNKNOWN
    return hours


@dataclass(frozen=True, slots=True)
class MidnightPeak:
    """Incidents at local 00:00-00:01, and how many the hours beside midnight would suggest."""

    incidents: int
    usual: float


def midnight_peak(minutes: Ints) -> MidnightPeak | None:
    """The peak at midnight where there is one: at least 20 incidents and 1.5 times the usual."""
    of_day = minutes % 1_440
    at_midnight = int(np.count_nonzero(of_day <= 1))
    beside = np.isin(of_day, (1_380, 1_381, 60, 61))
    usual = float(np.count_nonzero(beside)) / 2
    if at_midnight < _PEAK_LEAST or at_midnight <= _PEAK_FACTOR * usual:
        return None
    return MidnightPeak(at_midnight, usual)
