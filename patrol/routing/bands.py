"""Which traffic band holds when: clock times and weekdays of the county against seconds of a shift.

A band (``routing.bands``) changes speeds by street class; it never opens or closes a street.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from patrol.config.schema import WEEKDAYS, Band


@dataclass(frozen=True, slots=True)
class Span:
    """From ``begin_s`` of a shift on, until the next span, this band holds; ``None``: the usual."""

    begin_s: int
    band: Band | None


def find_band(bands: Iterable[Band], at: datetime, zone: ZoneInfo) -> Band | None:
    """The band that holds at a moment, ``None`` for the usual times."""
    local = at.astimezone(zone)
    minute, day = local.hour * 60 + local.minute, WEEKDAYS[local.weekday()]
    for band in bands:
        if day in band.days and band.start_min <= minute < band.end_min:
            return band
    return None


def list_spans(
    bands: Iterable[Band], start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[Span, ...]:
    """The bands of a shift, one after the other; those it does not touch are left out.

    Parameters
    ----------
    start, end
        Of the shift, aware.
    zone
        Whose clock and weekdays the bands go by.

    Returns
    -------
    spans
        At least one; the first begins at 0 s, neighbors hold different bands.
    """
    bands = tuple(bands)
    edges = {start} | {
        edge for band in bands for edge in _edges(band, start, end, zone) if start < edge < end
    }
    spans: list[Span] = []
    for edge in sorted(edges):
        band = find_band(bands, edge, zone)
        if not spans or spans[-1].band is not band:
            spans.append(Span(round((edge - start).total_seconds()), band))
    return tuple(spans)


def _edges(band: Band, start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Moments at which a band may begin or end, on all days that a shift touches."""
    first, last = (at.astimezone(zone).date() for at in (start, end))
    found: list[datetime] = []
    for count in range((last - first).days + 1):
        day = first + timedelta(days=count)
        found.append(datetime.combine(day, band.start, tzinfo=zone))
        # Midnight at the end of a day is the next day's first moment.
        ends = day + timedelta(days=1) if band.end == time(0) else day
        found.append(datetime.combine(ends, band.end, tzinfo=zone))
    return [at.astimezone(start.tzinfo) for at in found]
