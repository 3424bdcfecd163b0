"""A shift as a routing problem: units at their bases, hotspots with weights, travel on streets."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from patrol.config.schema import Routing, Shift
from patrol.model.errors import PlanError
from patrol.model.hotspot import Hotspot
from patrol.model.plan import LeftOut, Leg, Unserved
from patrol.model.town import KeySite
from patrol.model.unit import Base, Mode, Unit
from patrol.routing.problem import (
    MODES,
    UNREACHABLE_S,
    Duties,
    Fleet,
    Hotspots,
    Problem,
    Travel,
)
from patrol.routing.travel import Snapped, TravelGraph
from patrol.usecase.travel_graphs import BandGraphs

log = logging.getLogger(__name__)

SLOT_S = 1_800
"""Longest slot of the weights; weights are given by the hour."""

GUARD_M = 1_500.0
"""Guard units help out this far from their base, as the crow flies."""

DUTY_STOPS = 3.0
"""A key site's window is worth so many of the best ordinary stops, times the site's weight."""

MOST_STOPS = 16
"""Most stops a plan may make at one place."""

_POLICE = 1


@dataclass(frozen=True, slots=True, eq=False)
class ShiftProblem:
    """The problem with what its indices stand for.

    ``layers`` holds the graph behind each layer of the travel matrices, ``None`` where no unit has
    the mode; ``bands`` are those graphs by the hours they hold, none where traffic has no bands.
    ``snapped`` holds every place of the problem (bases, then hotspots) on the streets of a mode.
    ``unserved`` are hotspots that were left out because nobody can reach them, ``left_out`` units
    that cannot leave their bases.
    """

    problem: Problem
    start: datetime
    end: datetime
    units: tuple[Unit, ...]
    hotspots: tuple[Hotspot, ...]
    graphs: Mapping[Mode, TravelGraph]
    layers: tuple[TravelGraph | None, ...]
    bands: tuple[BandGraphs, ...]
    snapped: Mapping[Mode, Snapped]
    unserved: tuple[Unserved, ...]
    zone: ZoneInfo
    left_out: tuple[LeftOut, ...] = ()
    legs: dict[tuple[int, int, int], Leg] = field(default_factory=dict)
    """Ways by layer, start and goal that were asked for before; a re-plan needs few new ones."""


@dataclass(frozen=True, slots=True, eq=False)
class ShiftInput:
    """What a shift is planned from."""

    shift: Shift
    start: datetime
    end: datetime
    units: Sequence[Unit]
    bases: Sequence[Base]
    hotspots: Sequence[Hotspot]
    sites: Mapping[str, KeySite]
    graphs: Mapping[Mode, TravelGraph]
    routing: Routing
    zone: ZoneInfo
    bands: Sequence[BandGraphs] = ()
    """Graphs by traffic band, rising; none: ``graphs`` hold all the time."""

    @property
    def length_s(self) -> int:
        """Length of the shift in seconds."""
        return round((self.end - self.start).total_seconds())


def shift_times(shift: Shift, on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of a shift that begins on a local day, UTC; the end may be the day after."""
    start = datetime.combine(on, shift.start, tzinfo=zone)
    end_day = on if shift.end > shift.start else on + timedelta(days=1)
    end = datetime.combine(end_day, shift.end, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def make_shift_problem(given: ShiftInput) -> ShiftProblem:
    """Put a shift into arrays.

    Raises
    ------
    PlanError
        If there are no units, none can leave its base, there are no hotspots, none that any unit
        can reach, or the break is longer than the shift.
    """
    if not given.units:
        raise PlanError("no units to plan for: import units first (patrol import units FILE)")
    if not given.hotspots:
        raise PlanError("no hotspots to visit: the hotspot map has no weight anywhere")
    if given.shift.break_min * 60 >= given.length_s:
        raise PlanError(
            f"break must be shorter than the shift of {given.length_s // 60} min, "
            f"got {given.shift.break_min} min"
        )
    bases = {base.id: i for i, base in enumerate(given.bases)}
    reach = {mode: _snap(given, mode) for mode in given.graphs}
    left_out = _left_out(given, bases, reach)
    given = _without(given, left_out)
    open_to = _modes_of(given, reach)
    kept = [int(i) for i in np.flatnonzero(open_to > 0)]
    unserved = tuple(
        Unserved(spot.id, spot.name, "unreachable")
        for spot, bits in zip(given.hotspots, open_to, strict=True)
        if bits == 0
    )
    if not kept:
        raise PlanError(f"none of the {len(given.hotspots)} hotspots can be reached by any unit")
    spots = tuple(given.hotspots[i] for i in kept)
    places = np.concatenate([np.arange(len(bases)), len(bases) + np.array(kept)])
    snapped = {mode: found.take(places) for mode, found in reach.items()}
    guards = sorted({unit.base_id for unit in given.units if unit.guard_of is not None})
    hotspots = _hotspot_arrays(given, spots, open_to[kept], guards, len(bases))
    layers, table = _layers(given)
    problem = Problem(
        travel=_travel(given, (layers, table), snapped, len(bases)),
        fleet=_fleet(given, bases, guards),
        hotspots=hotspots,
        duties=_duties(given, spots, hotspots),
        slot_s=math.gcd(given.length_s, SLOT_S),
        horizon_s=given.length_s,
        curve_s=np.array([minute * 60 for minute, _ in given.routing.dwell_curve], np.int32),
        curve_quality=np.array([share for _, share in given.routing.dwell_curve]),
    )
    return ShiftProblem(
        problem=problem,
        start=given.start,
        end=given.end,
        units=tuple(given.units),
        hotspots=spots,
        graphs=given.graphs,
        layers=layers,
        bands=tuple(given.bands),
        snapped=snapped,
        unserved=unserved,
        zone=given.zone,
        left_out=left_out,
    )


def _snap(given: ShiftInput, mode: Mode) -> Snapped:
    """Bases, then hotspots; a hotspot on a known segment stays there."""
    graph = given.graphs[mode]
    places = [base.place for base in given.bases] + [spot.place for spot in given.hotspots]
    lon, lat = (np.array([getattr(p, axis) for p in places]) for axis in ("lon", "lat"))
    near = graph.snap(lon, lat)
    segment = np.array([-1] * len(given.bases) + [spot.segment for spot in given.hotspots])
    # A place on a stair or in an alley is not served from the road beside it.
    own = graph.snap_segments(segment.astype(np.int32))
    known = (segment >= 0) & (near.segment != segment)
    return Snapped(
        np.where(known, own.segment, near.segment).astype(np.int32),
        np.where(known, own.share, near.share),
        np.where(known, own.off_m, near.off_m),
    )


def _left_out(
    given: ShiftInput, bases: Mapping[str, int], reach: Mapping[Mode, Snapped]
) -> tuple[LeftOut, ...]:
    """Units that have nowhere to start from; the others can be planned for without them."""
    found: list[LeftOut] = []
    for unit in given.units:
        if unit.base_id not in bases:
            found.append(LeftOut(unit.id, unit.name, "base_unknown"))
        elif not reach[unit.mode].reachable[bases[unit.base_id]]:
            found.append(LeftOut(unit.id, unit.name, "base_off_streets"))
    return tuple(found)


def _without(given: ShiftInput, left_out: Sequence[LeftOut]) -> ShiftInput:
    """The shift without units that cannot be planned for; each is named in the log."""
    reasons = {one.unit_id: one.reason for one in left_out}
    gone = [unit for unit in given.units if unit.id in reasons]
    words = [
        f"unit {unit.id}: base {unit.base_id} "
        + (
            "is unknown"
            if reasons[unit.id] == "base_unknown"
            else f"is not near any street open to mode {unit.mode}"
        )
        for unit in gone
    ]
    if gone and len(gone) == len(given.units):
        raise PlanError(
            f"none of the {len(gone)} units can leave its base, such as {words[0]}", words
        )
    for text in words:
        log.warning("%s; it is left out of the plan", text)
    return replace(given, units=[unit for unit in given.units if unit.id not in reasons])


def _modes_of(given: ShiftInput, reach: Mapping[Mode, Snapped]) -> NDArray[np.int32]:
    """Bits of the modes that reach each hotspot."""
    bits = np.zeros(len(given.hotspots), np.int32)
    for mode, found in reach.items():
        bits |= found.reachable[len(given.bases) :].astype(np.int32) << MODES.index(mode)
    return bits


def _layers(given: ShiftInput) -> tuple[tuple[TravelGraph | None, ...], NDArray[np.int32]]:
    """Graphs of the travel layers: the modes' usual ones first, then those of bands that differ.

    Also which layer each mode goes by in each band, shape (modes, bands).
    """
    layers = [given.graphs.get(mode) for mode in MODES]
    table = np.tile(np.arange(len(MODES), dtype=np.int32)[:, None], (1, max(1, len(given.bands))))
    for column, band in enumerate(given.bands):
        for mode, graph in band.graphs.items():
            if not any(graph is known for known in layers):
                layers.append(graph)
            table[MODES.index(mode), column] = next(
                index for index, known in enumerate(layers) if known is graph
            )
    return tuple(layers), table


def _travel(
    given: ShiftInput,
    by_band: tuple[tuple[TravelGraph | None, ...], NDArray[np.int32]],
    snapped: Mapping[Mode, Snapped],
    bases: int,
) -> Travel:
    layers, table = by_band
    count = len(next(iter(snapped.values())))
    time_s = np.full((len(layers), count, count), UNREACHABLE_S, np.int32)
    distance_m = np.zeros_like(time_s)
    for index, graph in enumerate(layers):
        if graph is None:
            continue
        seconds, meters = graph.times(snapped[graph.mode], snapped[graph.mode])
        open_way = np.isfinite(seconds)
        stop_s = np.where(np.arange(count) >= bases, given.routing.modes[graph.mode].stop_s, 0)
        whole = np.ceil(np.where(open_way, seconds, 0)) + stop_s[None, :]
        time_s[index] = np.where(open_way, whole, UNREACHABLE_S)
        distance_m[index] = np.rint(np.where(open_way, meters, 0))
        np.fill_diagonal(time_s[index], 0)
    begin_s = np.array([band.begin_s for band in given.bands] or [0], np.int32)
    return Travel(time_s, distance_m, table, begin_s)


def _fleet(given: ShiftInput, bases: Mapping[str, int], guards: Sequence[str]) -> Fleet:
    full = np.ones(len(given.units), np.int32)
    base = np.array([bases[unit.base_id] for unit in given.units], np.int32)
    foot_m, far_m = round(given.routing.longest_foot_leg_m), np.iinfo(np.int32).max
    shift = given.shift
    return Fleet(
        mode=np.array([MODES.index(unit.mode) for unit in given.units], np.int32),
        start=base,
        end=base,
        start_s=0 * full,
        end_s=given.length_s * full,
        rest_s=shift.break_min * 60 * full,
        rest_open_s=round(shift.break_after_h * 3600) * full,
        rest_close_s=min(round(shift.break_before_h * 3600), given.length_s) * full,
        longest_leg_m=np.array(
            [foot_m if unit.mode is Mode.FOOT else far_m for unit in given.units], np.int32
        ),
        serves=np.array(
            [
                _POLICE if unit.guard_of is None else 2 << guards.index(unit.base_id)
                for unit in given.units
            ],
            np.int32,
        ),
    )


def _hotspot_arrays(
    given: ShiftInput,
    spots: Sequence[Hotspot],
    open_to: NDArray[np.int32],
    guards: Sequence[str],
    bases: int,
) -> Hotspots:
    routing, full = given.routing, np.ones(len(spots), np.int32)
    gap_s = np.array([_gap_s(given, spot) for spot in spots], np.int32)
    kind = _POLICE * full
    by_id = {base.id: base for base in given.bases}
    for bit, base_id in enumerate(guards[:29]):
        place = by_id[base_id].place
        near = [spot.place.distance_m(place) <= GUARD_M for spot in spots]
        kind |= np.array(near).astype(np.int32) << (bit + 1)
    none = np.empty(0, np.int32)
    return Hotspots(
        place=(bases + np.arange(len(spots))).astype(np.int32),
        cumulative=_cumulative(given, spots),
        residual_s=routing.residual_min * 60 * full,
        gap_s=gap_s,
        most=MOST_STOPS * full,
        dwell_s=np.tile(np.array(routing.dwell_min, np.int32) * 60, (len(spots), 1)),
        kind=kind,
        modes=open_to,
        window_ptr=np.zeros(len(spots) + 1, np.int32),
        window_open_s=none,
        window_close_s=none,
    )


def _gap_s(given: ShiftInput, spot: Hotspot) -> int:
    """Least gap; half the cadence where a key site wants more than the rule allows."""
    gap_s = given.routing.min_gap_min * 60
    site = given.sites.get(spot.site_id or "")
    if site is not None and site.cadence_min is not None:
        gap_s = min(gap_s, site.cadence_min * 30)
    return gap_s


def _cumulative(given: ShiftInput, spots: Sequence[Hotspot]) -> NDArray[np.float64]:
    slot_s = math.gcd(given.length_s, SLOT_S)
    slots = given.length_s // slot_s
    middle = [given.start + timedelta(seconds=(s + 0.5) * slot_s) for s in range(slots)]
    zone = given.zone
    hour = np.array([moment.astimezone(zone).hour for moment in middle])
    weights = _explored_raised(spots)[:, hour] * (slot_s / 3600)
    return np.concatenate([np.zeros((len(spots), 1)), np.cumsum(weights, axis=1)], axis=1)


def _explored_raised(spots: Sequence[Hotspot]) -> NDArray[np.float64]:
    """Weights by hour; a place drawn for exploration weighs at least what a middling hotspot does.

    The map gives it next to nothing, or it would have been favored; at that weight no plan would
    ever go there and the draw would teach nobody anything.
    """
    weights = np.array([spot.hour_weights for spot in spots])
    explored = np.array([spot.explored for spot in spots])
    if explored.any() and not explored.all():
        middling = np.median(weights[~explored], axis=0)
        weights[explored] = np.maximum(weights[explored], middling)
    return weights


def _duties(given: ShiftInput, spots: Sequence[Hotspot], arrays: Hotspots) -> Duties:
    best_stop = float(arrays.cumulative[:, -1].max()) * min(
        1.0, given.routing.residual_min * 60 / given.length_s
    )
    rows: list[tuple[int, int, int, float]] = []
    for h, spot in enumerate(spots):
        site = given.sites.get(spot.site_id or "")
        if site is None:
            continue
        price = max(1.0, DUTY_STOPS * best_stop) * site.weight
        rows += [(h, a, b, price) for a, b in sorted(_site_windows(given, site))]
    table = np.array([row[:3] for row in rows], np.int32).reshape(-1, 3)
    return Duties(
        table[:, 0], table[:, 1], table[:, 2], np.array([row[3] for row in rows], np.float64)
    )


def _site_windows(given: ShiftInput, site: KeySite) -> list[tuple[int, int]]:
    """Windows of a key site within the shift, in seconds from its start."""
    found: list[tuple[int, int]] = []
    local = given.start.astimezone(given.zone)
    for window in site.windows:
        for day in (-1, 0, 1):
            opens = _local(local, window.start, day)
            closes = _local(local, window.end, day + (window.end <= window.start))
            a = max(0, round((opens - given.start).total_seconds()))
            b = min(given.length_s, round((closes - given.start).total_seconds()))
            if b - a >= 60:
                found.append((a, b))
    if site.cadence_min is not None and not site.windows:
        step = site.cadence_min * 60
        found += [
            (a, min(a + step, given.length_s))
            for a in range(0, given.length_s, step)
            if min(a + step, given.length_s) - a >= step // 2
        ]
    return found


def _local(day: datetime, at: time, days: int) -> datetime:
    moment = datetime.combine(day.date() + timedelta(days=days), at, tzinfo=day.tzinfo)
    return moment.astimezone(UTC)
