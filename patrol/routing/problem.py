"""The one routing problem: what every engine solves and the checker checks, as arrays.

Times are whole seconds since the problem's origin (the start of the shift), intervals are
half-open. ``docs/planning.md`` states the same with formulas and sources.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.model.errors import InputError
from patrol.model.unit import Mode

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

MODES: tuple[Mode, ...] = (Mode.FOOT, Mode.EBIKE, Mode.CAR)
"""Order of the first axis of every matrix."""

UNREACHABLE_S = 1_000_000_000
"""Travel time that stands for "no way"; the sum of two still fits 32 bits."""

ALL_KINDS = 0x7FFFFFFF
"""Mask of a unit that may serve every kind of hotspot."""


def _usual_layers() -> Ints:
    return np.arange(len(MODES), dtype=np.int32)[:, None]


def _one_band() -> Ints:
    return np.zeros(1, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Travel:
    """Asymmetric travel between the problem's places, by mode and traffic band.

    Who leaves at *d* may set out at once or when a later band begins, whichever is sooner there:
    the arrival is the least of max(d, begin of band b) + time in band b, over the band of *d* and
    all later ones. So leaving later never means arriving earlier (``docs/planning.md``).

    Parameters
    ----------
    time_s, distance_m
        Seconds and meters, shape (layers, places, places): first one layer per mode of
        :data:`MODES`, the usual times, then those of bands. ``time_s`` holds
        :data:`UNREACHABLE_S` where there is no way, the same ways in all layers of a mode, and
        includes parking at the destination. The longest leg is measured by the usual way.
    layer
        Which layer a mode goes by in a band, shape (modes, bands).
    begin_s
        When each band begins, rising from 0, shape (bands,); the last one never ends.
    """

    time_s: Ints
    distance_m: Ints
    layer: Ints = field(default_factory=_usual_layers)
    begin_s: Ints = field(default_factory=_one_band)

    def __post_init__(self) -> None:
        if self.time_s.shape != self.distance_m.shape or self.time_s.ndim != 3:
            raise InputError(
                "travel matrices must share one shape (layers, places, places), got "
                f"{self.time_s.shape} and {self.distance_m.shape}"
            )
        if self.time_s.size and int(self.time_s.min()) < 0:
            raise InputError(f"travel times must be >= 0 s, got {int(self.time_s.min())}")
        _check_bands(self)

    def band_of(self, leave_s: int) -> int:
        """The band in which one leaves at a time."""
        return max(0, int(np.searchsorted(self.begin_s, leave_s, side="right")) - 1)

    def leg(self, mode: int, start: int, goal: int, leave_s: int) -> tuple[int, int]:
        """Arrival of who leaves at ``leave_s``, and the layer by which it is reached."""
        first = self.band_of(leave_s)
        best_layer = int(self.layer[mode, first])
        best_s = leave_s + int(self.time_s[best_layer, start, goal])
        for band in range(first + 1, self.begin_s.size):
            layer, begin_s = int(self.layer[mode, band]), int(self.begin_s[band])
            if begin_s + int(self.time_s[layer, start, goal]) < best_s:
                best_s, best_layer = begin_s + int(self.time_s[layer, start, goal]), layer
        return best_s, best_layer

    def arrive_s(self, mode: int, start: int, goal: int, leave_s: int) -> int:
        """When one who leaves at ``leave_s`` is there."""
        return self.leg(mode, start, goal, leave_s)[0]

    def arrivals_s(
        self,
        mode: int,
        start: int | NDArray[np.integer[Any]],
        goal: int | NDArray[np.integer[Any]],
        leave_s: NDArray[np.integer[Any]],
    ) -> NDArray[np.int64]:
        """The same for many legs at once, broadcast against each other."""
        first = np.searchsorted(self.begin_s, leave_s, side="right") - 1
        best: NDArray[np.int64] | None = None
        for band in range(self.begin_s.size):
            ways = self.time_s[self.layer[mode, band]][start, goal].astype(np.int64)
            at = np.maximum(leave_s, self.begin_s[band] if band else leave_s) + ways
            # A band that is over when one leaves is of no use.
            at = np.where(first > band, np.iinfo(np.int64).max, at)
            best = at if best is None else np.minimum(best, at)
        assert best is not None  # noqa: S101 - there is always a band
        return best

    def least_s(self, mode: int) -> Ints:
        """Least times of a mode over all bands, shape (places, places); no leg is quicker."""
        return self._over_bands(mode, np.minimum)

    def most_s(self, mode: int) -> Ints:
        """Longest times of a mode over all bands, shape (places, places); no leg is slower."""
        return self._over_bands(mode, np.maximum)

    def _over_bands(self, mode: int, choose: Any) -> Ints:
        first, *others = dict.fromkeys(self.layer[mode].tolist())
        times: Ints = self.time_s[first]
        for layer in others:
            times = choose(times, self.time_s[layer])
        return times


def _check_bands(travel: Travel) -> None:
    layer, begin_s, layers = travel.layer, travel.begin_s, travel.time_s.shape[0]
    if layer.shape != (len(MODES), begin_s.size):
        raise InputError(
            f"layer must have shape (modes, bands) = ({len(MODES)}, {begin_s.size}), "
            f"got {layer.shape}"
        )
    if not begin_s.size or begin_s[0] != 0 or np.any(np.diff(begin_s) <= 0):
        raise InputError(f"bands must begin at rising seconds from 0, got {begin_s.tolist()}")
    if layer.min() < 0 or layer.max() >= layers:
        raise InputError(f"layer must be in [0, {layers}), got {layer.min()}..{layer.max()}")
    for mode in range(len(MODES)):
        closed = travel.time_s[mode] >= UNREACHABLE_S
        for other in set(layer[mode].tolist()) - {mode}:
            if np.any((travel.time_s[other] >= UNREACHABLE_S) != closed):
                raise InputError(f"layer {other} must have the same ways as layer {mode}")


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """The units, each array of shape (units,).

    A unit leaves place ``start`` at ``start_s`` and is at place ``end`` by ``end_s``. Its rest of
    ``rest_s`` (0: none) lies within ``[rest_open_s, rest_close_s)``, where the unit then is.
    ``longest_leg_m`` limits the way between two stops; ``serves`` is a mask of hotspot kinds.
    """

    mode: Ints
    start: Ints
    end: Ints
    start_s: Ints
    end_s: Ints
    rest_s: Ints
    rest_open_s: Ints
    rest_close_s: Ints
    longest_leg_m: Ints
    serves: Ints

    @property
    def size(self) -> int:
        """Number of units."""
        return int(self.mode.size)


@dataclass(frozen=True, slots=True, eq=False)
class Hotspots:
    """The places to keep covered, n of them.

    Parameters
    ----------
    place
        Index into the travel matrices, shape (n,).
    cumulative
        Weight times hours from the origin to the start of each slot, shape (n, slots + 1),
        non-decreasing along axis 1, first column 0.
    residual_s
        How long a stop of full quality keeps the place covered, counted from arrival, shape (n,).
    gap_s
        Least time between the arrivals of two stops, by any units, shape (n,).
    most
        Most stops a plan may make there, shape (n,).
    dwell_s
        Lengths a stop may have, shape (n, options), rising along axis 1.
    kind
        Bit mask of the place's kind, matched with :attr:`Fleet.serves`, shape (n,).
    modes
        Bit ``1 << m`` is set where mode ``m`` may serve the place, shape (n,).
    window_ptr, window_open_s, window_close_s
        Arrivals allowed at hotspot h: windows ``window_ptr[h]`` to ``window_ptr[h + 1]``, rising
        and disjoint; none: any time.
    """

    place: Ints
    cumulative: Floats
    residual_s: Ints
    gap_s: Ints
    most: Ints
    dwell_s: Ints
    kind: Ints
    modes: Ints
    window_ptr: Ints
    window_open_s: Ints
    window_close_s: Ints

    @property
    def size(self) -> int:
        """Number of hotspots."""
        return int(self.place.size)


@dataclass(frozen=True, slots=True, eq=False)
class Duties:
    """Stops that must begin in a window: school gates, cadences, windowed copies of a task.

    Duty j is met where a stop at ``hotspot[j]`` begins in ``[open_s[j], close_s[j])``; meeting it
    is worth ``price[j]`` on top of the cover. All of shape (duties,), sorted by hotspot.
    """

    hotspot: Ints
    open_s: Ints
    close_s: Ints
    price: Floats

    @property
    def size(self) -> int:
        """Number of duties."""
        return int(self.hotspot.size)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of a unit: hotspot index, arrival, length."""

    hotspot: int
    arrive_s: int
    dwell_s: int

    @property
    def depart_s(self) -> int:
        """When the unit moves on."""
        return self.arrive_s + self.dwell_s


@dataclass(frozen=True, slots=True)
class Passing:
    """A unit goes past a hotspot at ``at_s`` without stopping."""

    hotspot: int
    at_s: int


@dataclass(frozen=True, slots=True)
class UnitRoute:
    """Stops of one unit in order; the rest begins at ``rest_s`` after stop ``rest_after``.

    ``rest_s`` is -1 where there is none; ``rest_after`` -1 is before the first stop. Stops frozen
    by a re-plan come first and are part of ``stops``.
    """

    stops: tuple[Stop, ...] = ()
    rest_s: int = -1
    rest_after: int = -1


@dataclass(frozen=True, slots=True)
class Solution:
    """One route per unit, in the fleet's order."""

    routes: tuple[UnitRoute, ...]

    @property
    def stops(self) -> int:
        """Number of stops in all routes."""
        return sum(len(route.stops) for route in self.routes)


def _no_frozen() -> tuple[tuple[Stop, ...], ...]:
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A shift to plan.

    ``slot_s`` is the length of a weight slot and ``horizon_s`` the end of the last one.
    ``curve_s`` and ``curve_quality`` are the corners of the dwell curve: what share of the residual
    time a stop of that length earns. ``frozen[u]`` are stops of unit u that are done or under way:
    they count as cover and stay; the unit then goes on from ``fleet.start`` at ``fleet.start_s``.
    """

    travel: Travel
    fleet: Fleet
    hotspots: Hotspots
    duties: Duties
    slot_s: int
    horizon_s: int
    curve_s: Ints
    curve_quality: Floats
    frozen: tuple[tuple[Stop, ...], ...] = field(default_factory=_no_frozen)

    def __post_init__(self) -> None:
        slots = self.hotspots.cumulative.shape[1] - 1
        if self.slot_s <= 0 or slots * self.slot_s != self.horizon_s:
            raise InputError(
                f"horizon_s must be slots x slot_s = {slots} x {self.slot_s}, got {self.horizon_s}"
            )
        if self.frozen and len(self.frozen) != self.fleet.size:
            raise InputError(
                f"frozen must name all {self.fleet.size} units or none, got {len(self.frozen)}"
            )
        _check_places(self)
        _check_windows(self)

    @property
    def units(self) -> int:
        """Number of units."""
        return self.fleet.size

    def frozen_of(self, unit: int) -> tuple[Stop, ...]:
        """The frozen stops of a unit, in order."""
        return self.frozen[unit] if self.frozen else ()

    def cover_s(self, hotspot: int, dwell_s: int) -> int:
        """How long a stop of ``dwell_s`` covers a hotspot, seconds from arrival."""
        quality = float(np.interp(dwell_s, self.curve_s, self.curve_quality))
        return round(quality * int(self.hotspots.residual_s[hotspot]))

    def allowed(self) -> NDArray[np.bool_]:
        """Which unit may serve which hotspot at all, shape (units, hotspots).

        Mode access, kinds, and a way there and back that is open to the mode.
        """
        modes = self.fleet.mode
        by_mode = (self.hotspots.modes[None, :] >> modes[:, None]) & 1 > 0
        by_kind = (self.fleet.serves[:, None] & self.hotspots.kind[None, :]) != 0
        out = self.travel.time_s[
            modes[:, None], self.fleet.start[:, None], self.hotspots.place[None, :]
        ]
        back = self.travel.time_s[
            modes[:, None], self.hotspots.place[None, :], self.fleet.end[:, None]
        ]
        reached: NDArray[np.bool_] = (out < UNREACHABLE_S) & (back < UNREACHABLE_S)
        return np.asarray(by_mode & by_kind & reached)


def _check_places(problem: Problem) -> None:
    places = problem.travel.time_s.shape[1]
    for name, index in (
        ("fleet.start", problem.fleet.start),
        ("fleet.end", problem.fleet.end),
        ("hotspots.place", problem.hotspots.place),
    ):
        if index.size and not (index.min() >= 0 and index.max() < places):
            raise InputError(f"{name} must be in [0, {places}), got {index.min()}..{index.max()}")
    if problem.hotspots.dwell_s.size and problem.hotspots.dwell_s.min() < 0:
        raise InputError(f"dwell_s must be >= 0, got {problem.hotspots.dwell_s.min()}")
    if np.any(np.diff(problem.hotspots.cumulative, axis=1) < 0):
        raise InputError("hotspot weights must be >= 0 in every slot")


def _check_windows(problem: Problem) -> None:
    spots, fleet = problem.hotspots, problem.fleet
    if np.any(spots.window_open_s >= spots.window_close_s):
        worst = int(np.argmax(spots.window_open_s - spots.window_close_s))
        raise InputError(
            f"window {worst} must open before it closes, got "
            f"[{spots.window_open_s[worst]}, {spots.window_close_s[worst]}) s"
        )
    short = np.flatnonzero(
        (fleet.rest_s > 0) & (fleet.rest_close_s - fleet.rest_open_s < fleet.rest_s)
    )
    if short.size:
        unit = int(short[0])
        raise InputError(
            f"rest of unit {unit} must fit its window [{fleet.rest_open_s[unit]}, "
            f"{fleet.rest_close_s[unit]}) s, got {fleet.rest_s[unit]} s"
        )


def no_duties() -> Duties:
    """Duties of a problem that has none."""
    none = np.empty(0, np.int32)
    return Duties(none, none, none, np.empty(0, np.float64))


def tiny_problem() -> Problem:
    """One unit on foot and one hotspot next to its base: enough to compile every kernel."""
    one = np.ones(1, np.int32)
    time_s = np.full((len(MODES), 2, 2), 60, np.int32)
    return Problem(
        travel=Travel(time_s, time_s),
        fleet=Fleet(
            mode=0 * one,
            start=0 * one,
            end=0 * one,
            start_s=0 * one,
            end_s=14_400 * one,
            rest_s=600 * one,
            rest_open_s=3_600 * one,
            rest_close_s=10_800 * one,
            longest_leg_m=1_000 * one,
            serves=one,
        ),
        hotspots=Hotspots(
            place=one,
            cumulative=np.array([[0.0, 2.0, 4.0]]),
            residual_s=3_600 * one,
            gap_s=1_800 * one,
            most=4 * one,
            dwell_s=np.array([[600, 900]], np.int32),
            kind=one,
            modes=one,
            window_ptr=np.zeros(2, np.int32),
            window_open_s=np.empty(0, np.int32),
            window_close_s=np.empty(0, np.int32),
        ),
        duties=no_duties(),
        slot_s=7_200,
        horizon_s=14_400,
        curve_s=np.array([0, 900], np.int32),
        curve_quality=np.array([0.0, 1.0]),
    )
