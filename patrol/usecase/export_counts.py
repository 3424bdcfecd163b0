"""Counts for others: bins of whole minutes, with small numbers left out where bins are short.

A minute in which two people passed says something about two people; five minutes in which fifty
did says something about a street. Below :data:`LEAST_OPEN_MIN` a number under k is not told, and
neither is nobody: who knows that the minute before was empty knows who came.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from patrol.model.camera import Count, ObjectClass
from patrol.model.errors import InputError

LEAST_OPEN_MIN = 5
"""From this length on bins are told as they are, minutes."""
MOST_BIN_MIN = 1_440
COLUMNS = (
    *("camera_id", "rule", "start", "bin_min", "watched_s", "class", "direction"),
    *("value", "peak", "suppressed"),
)


@dataclass(frozen=True, slots=True)
class CountBin:
    """What one rule counted in a bin; ``value`` and ``peak`` are ``None`` where they are withheld.

    ``watched_s`` is how much of the bin the feed was watched: a bin without watching is not there.
    """

    camera_id: str
    rule: str
    start: datetime
    bin_min: int
    watched_s: int
    object_class: ObjectClass
    direction: str
    value: float | None
    peak: float | None

    @property
    def suppressed(self) -> bool:
        """Whether the numbers are withheld."""
        return self.value is None


def bin_counts(
    counts: Iterable[Count], bin_min: int, k: int, zones: Collection[tuple[str, str]] = ()
) -> list[CountBin]:
    """Put counts into bins; a bin belongs to the one in which its interval began.

    Crossings and notices are added up; the occupancy of a zone is averaged over what was watched.

    Parameters
    ----------
    counts
        As the store has them, each of at most a minute.
    bin_min
        Length of a bin, in [1, 1440] minutes; bins begin at midnight UTC.
    k
        The smallest number told in bins shorter than :data:`LEAST_OPEN_MIN`, >= 1.
    zones
        (camera id, rule) of the rules whose value is a mean, not a number of events.

    Returns
    -------
    bins
        By time, camera, rule, class and direction.
    """
    if not 1 <= bin_min <= MOST_BIN_MIN:
        raise InputError(f"bin_min must be in [1, {MOST_BIN_MIN}], got {bin_min}")
    parts: dict[tuple[datetime, str, str, ObjectClass, str], list[Count]] = defaultdict(list)
    watched: dict[tuple[datetime, str, str], dict[datetime, int]] = defaultdict(dict)
    for count in counts:
        start = _floor(count.start, bin_min)
        where = (start, count.camera_id, count.rule)
        parts[*where, count.object_class, count.direction].append(count)
        watched[where][count.start] = count.length_s
    found = []
    for key in sorted(parts):
        start, camera_id, rule, object_class, direction = key
        watched_s = sum(watched[start, camera_id, rule].values())
        value = _joined(parts[key], watched_s if (camera_id, rule) in zones else None)
        peak = max(count.peak for count in parts[key])
        open_bin = bin_min >= LEAST_OPEN_MIN
        value_told = round(value, 3) if open_bin or value >= k else None
        peak_told = peak if open_bin or (value_told is not None and peak >= k) else None
        found.append(
            CountBin(
                *(camera_id, rule, start, bin_min, watched_s, object_class, direction),
                *(value_told, peak_told),
            )
        )
    return found


def _joined(counts: Sequence[Count], watched_s: int | None) -> float:
    if watched_s is None:
        return sum(count.value for count in counts)
    return sum(count.value * count.length_s for count in counts) / max(1, watched_s)


def _floor(at: datetime, bin_min: int) -> datetime:
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    past = (at - midnight) // timedelta(minutes=bin_min)
    return midnight + past * timedelta(minutes=bin_min)


def write_counts(bins: Iterable[CountBin], k: int) -> str:
    """The bins as CSV; a withheld number is written as ``<5``."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in bins:
        writer.writerow(
            (
                one.camera_id,
                one.rule,
                one.start.isoformat().replace("+00:00", "Z"),
                one.bin_min,
                one.watched_s,
                one.object_class.value,
                one.direction,
                f"<{k}" if one.value is None else f"{one.value:g}",
                "" if one.peak is None else f"{one.peak:g}",
                int(one.suppressed),
            )
        )
    return out.getvalue()
