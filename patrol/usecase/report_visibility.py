"""Police visibility by town, from where units really went.

V1 and V2 of :mod:`patrol.live.visibility`; what residents say (V3) is the safety report's.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from patrol.live.visibility import (
    V1_PASS_M,
    V2_OUTING_S,
    Floats,
    covered_share,
    fill_way,
    meeting_share,
    wilson_share,
)
from patrol.model.report import Cell, Column, Measure, Report, ReportName
from patrol.model.unit import Mode
from patrol.routing.streets import StreetNetwork
from patrol.usecase.report_towns import TownList, list_towns
from patrol.usecase.services import Services

OUTINGS = 400
"""Outings drawn for each town: the interval of a share is then at most 10 points wide."""
SEED = 1
_CELL_M = 10.0
"""Positions of one square and hour tell the same; only one of them is looked up."""
_PIECE = timedelta(hours=12)
"""Positions are read half a day at a time, so that a month does not lie in memory at once."""

COLUMNS = (
    Column("town_id", Measure.TEXT),
    Column("town", Measure.TEXT),
    Column("duty_hours", Measure.HOURS),
    Column("streets_seen", Measure.SHARE),
    Column("streets_seen_foot", Measure.SHARE),
    Column("streets_seen_ebike", Measure.SHARE),
    Column("streets_seen_car", Measure.SHARE),
    Column("outings", Measure.COUNT),
    Column("outings_meet", Measure.SHARE),
    Column("outings_low", Measure.SHARE),
    Column("outings_high", Measure.SHARE),
)


class Way(NamedTuple):
    """Where units of one mode were during a piece of duty, by time, each shape (n,)."""

    mode: Mode
    time_s: Floats
    x_m: Floats
    y_m: Floats


def report_visibility(services: Services, start: datetime, end: datetime) -> Report:
    """Visibility while published plans ran in ``[start, end)`` and until now."""
    network = services.streets.get_network()
    towns = list_towns(services)
    until = min(end, services.clock())
    duty = services.plans.list_duty(start, until) if until > start else ()
    pieces = [piece for period in duty for piece in _pieces(*period)]
    hours = sum(_hours(*piece) for piece in pieces)
    hours_seen = np.zeros((1 + len(Mode), network.segment_count), dtype=np.int64)
    met = _Outings(network, towns, duty)
    for first, last in pieces:
        ways = _read_ways(services, network, first, last)
        passed = streets_by_hour(network, ways, first.timestamp(), _hours(first, last))
        hours_seen += np.stack([passed.any(axis=0), *passed]).sum(axis=2)
        # An outing may begin in this piece and meet somebody at the beginning of the next.
        met.meet(ways, first.timestamp(), last.timestamp())
    rows = []
    for town_id in towns.ids:
        inside = towns.find_segments(town_id)
        length_m = network.seg_length_m[inside]
        shares = [
            covered_share(seen[inside], hours, length_m) if hours and inside.any() else None
            for seen in hours_seen
        ]
        rows.append((*towns.head(town_id), float(hours), *shares, *met.cells(town_id)))
    return Report(
        ReportName.VISIBILITY, start, end, COLUMNS, tuple(rows), () if pieces else ("plan_none",)
    )


def _pieces(first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    found = []
    while first < last:
        found.append((first, min(first + _PIECE, last)))
        first += _PIECE
    return found


def _hours(first: datetime, last: datetime) -> int:
    return max(1, int(np.ceil((last - first).total_seconds() / 3_600)))


def _read_ways(
    services: Services, network: StreetNetwork, first: datetime, last: datetime
) -> list[Way]:
    ways = []
    for unit in services.units.list_units():
        track = services.fixes.columns(unit.id, first, last)
        if track.time_s.size:
            x_m, y_m = network.projection.to_xy_m(track.lon, track.lat)
            ways.append(Way(unit.mode, *fill_way(track.time_s, x_m, y_m)))
    return ways


def streets_by_hour(
    network: StreetNetwork, ways: list[Way], start_s: float, hours: int
) -> NDArray[np.bool_]:
    """On which segment a unit of each mode was in which hour, shape (modes, segments, hours).

    A position belongs to the nearest street within 30 m, so that a unit on a main street is not
    seen in the lane behind the houses.
    """
    modes = {mode: number for number, mode in enumerate(Mode)}
    passed = np.zeros((len(modes), network.segment_count, hours), dtype=np.bool_)
    if not ways:
        return passed
    mode = np.concatenate([np.full(way.time_s.size, modes[way.mode]) for way in ways])
    hour = np.concatenate([(way.time_s - start_s) // 3_600 for way in ways]).astype(np.int64)
    x_m = np.concatenate([way.x_m for way in ways])
    y_m = np.concatenate([way.y_m for way in ways])
    column, row = np.floor(x_m / _CELL_M), np.floor(y_m / _CELL_M)
    _, one, cell = np.unique(
        np.column_stack((column, row)), axis=0, return_index=True, return_inverse=True
    )
    lon, lat = network.projection.to_lonlat(x_m[one], y_m[one])
    segment, _ = network.nearest_segments(lon, lat, within_m=V1_PASS_M)
    at = segment[cell.ravel()]
    on_street = (at >= 0) & (hour >= 0) & (hour < hours)
    passed[mode[on_street], at[on_street], hour[on_street]] = True
    return passed


class _Outings:
    """Outings that residents might have made, and which of them met a unit."""

    def __init__(
        self,
        network: StreetNetwork,
        towns: TownList,
        duty: tuple[tuple[datetime, datetime], ...],
    ) -> None:
        rng = np.random.default_rng(SEED)
        self.town: list[str] = []
        segment: list[NDArray[np.int64]] = []
        for town_id in towns.ids:
            members = np.flatnonzero(towns.find_segments(town_id))
            if members.size and duty:
                weight = network.seg_length_m[members]
                segment.append(rng.choice(members, OUTINGS, p=weight / weight.sum()))
                self.town += [town_id] * OUTINGS
        drawn = np.concatenate(segment) if segment else np.empty(0, np.int64)
        middle = network.midpoints()[drawn].reshape(-1, 2)
        self.x_m, self.y_m = network.projection.to_xy_m(middle[:, 0], middle[:, 1])
        self.start_s = _draw_times(rng, duty, drawn.size)
        self.met = np.zeros(drawn.size, dtype=np.bool_)

    def meet(self, ways: list[Way], first_s: float, last_s: float) -> None:
        """Note the outings that meet one of these ways."""
        if not ways:
            return
        time_s = np.concatenate([way.time_s for way in ways])
        order = np.argsort(time_s, kind="stable")
        tracks = (
            time_s[order],
            np.concatenate([way.x_m for way in ways])[order],
            np.concatenate([way.y_m for way in ways])[order],
        )
        near = (self.start_s + V2_OUTING_S > first_s) & (self.start_s < last_s) & ~self.met
        for index in np.flatnonzero(near):
            one = slice(index, index + 1)
            starts = (self.start_s[one], self.x_m[one], self.y_m[one])
            self.met[index] = meeting_share(starts, tracks).share > 0

    def cells(self, town_id: str) -> tuple[Cell, ...]:
        """Outings of the town, and the share that met a unit with its interval."""
        own = np.array([name == town_id for name in self.town], dtype=np.bool_)
        if not own.any():
            return 0, None, None, None
        share = wilson_share(int(self.met[own].sum()), int(own.sum()))
        return share.cases, share.share, share.low, share.high


def _draw_times(
    rng: np.random.Generator, duty: tuple[tuple[datetime, datetime], ...], count: int
) -> Floats:
    """Times evenly spread over the periods of duty, seconds since 1970."""
    if not duty:
        return np.empty(0)
    begins = np.array([first.timestamp() for first, _ in duty])
    lengths = np.array([(last - first).total_seconds() for first, last in duty])
    at = rng.random(count) * lengths.sum()
    before = np.concatenate(([0.0], np.cumsum(lengths)))
    which = np.minimum(np.searchsorted(before, at, side="right") - 1, len(begins) - 1)
    drawn: Floats = begins[which] + at - before[which]
    return drawn
