"""Where a unit is that keeps to its route: along the streets, stopping where and when it should."""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.model.place import Place, Projection
from patrol.model.plan import Leg, Route
from patrol.model.unit import Mode

STROLL_M = 18.0
"""How far a unit on foot strolls from its stop; less than the distance that counts as a pass."""
STROLL_S = 120.0
"""One stroll there and back."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a unit is at one time; ``stop`` is the number of the visit it is at, if it is."""

    place: Place
    speed_mps: float
    heading_deg: float
    stop: int | None


class Line:
    """A way along the streets, asked by the meter.

    Parameters
    ----------
    points
        (lon, lat) pairs, at least one.
    """

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self._projection = Projection(Place(*points[0]))
        self._xy_m = [self._projection.to_xy_m(lon, lat) for lon, lat in points]
        self._along_m = [0.0]
        for one, other in zip(self._xy_m, self._xy_m[1:], strict=False):
            self._along_m.append(self._along_m[-1] + math.dist(one, other))

    @property
    def length_m(self) -> float:
        """Length of the whole line."""
        return self._along_m[-1]

    def at(self, along_m: float) -> tuple[Place, float]:
        """The place so many meters from the start (clipped to the line), and the heading."""
        along_m = min(max(along_m, 0.0), self.length_m)
        index = min(max(bisect.bisect_right(self._along_m, along_m) - 1, 0), len(self._xy_m) - 2)
        if index < 0 or self.length_m == 0:
            return Place(*self._projection.to_lonlat(*self._xy_m[0])), 0.0
        (x0, y0), (x1, y1) = self._xy_m[index], self._xy_m[index + 1]
        piece_m = self._along_m[index + 1] - self._along_m[index]
        share = (along_m - self._along_m[index]) / piece_m if piece_m else 0.0
        lon, lat = self._projection.to_lonlat(x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        return Place(lon, lat), math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the shift: on the way along a line, then at its end until the next begins."""

    start: datetime
    travel_s: float
    line: Line
    stop: int | None
    stay_from: datetime
    stay_until: datetime


class Walk:
    """A route as it is walked, asked by the time.

    Parameters
    ----------
    route
        The published route.
    base
        Where the unit is before its first leg.
    """

    def __init__(self, route: Route, base: Place) -> None:
        self.route = route
        self._strolls = route.mode is Mode.FOOT
        self._stretches = _stretches(route, base)
        self._starts = [stretch.start for stretch in self._stretches]

    def at(self, time: datetime) -> Moment:
        """Where the unit is; before the shift at its base, after it where the route ends."""
        index = max(bisect.bisect_right(self._starts, time) - 1, 0)
        stretch = self._stretches[index]
        on_way_s = (time - stretch.start).total_seconds()
        if on_way_s < 0:
            place, heading = stretch.line.at(0)
            return Moment(place, 0.0, heading, None)
        if on_way_s < stretch.travel_s:
            place, heading = stretch.line.at(stretch.line.length_m * on_way_s / stretch.travel_s)
            return Moment(place, stretch.line.length_m / stretch.travel_s, heading, None)
        is_stay = stretch.stay_from <= time < stretch.stay_until
        stop = stretch.stop if is_stay else None
        if stop is not None and self._strolls:
            return self._strolling(stretch, (time - stretch.stay_from).total_seconds())
        place, heading = stretch.line.at(stretch.line.length_m)
        return Moment(place, 0.0, heading, stop)

    def _strolling(self, stretch: _Stretch, since_s: float) -> Moment:
        """Back along the street and forth again, never far from the stop."""
        reach_m = min(STROLL_M, stretch.line.length_m)
        phase = 2 * math.pi * since_s / STROLL_S
        back_m = reach_m * (1 - math.cos(phase)) / 2
        place, heading = stretch.line.at(stretch.line.length_m - back_m)
        speed_mps = reach_m * math.pi / STROLL_S * abs(math.sin(phase))
        if math.sin(phase) > 0:
            heading = (heading + 180) % 360
        return Moment(place, speed_mps, heading, stretch.stop)


def _stretches(route: Route, base: Place) -> list[_Stretch]:
    stretches = []
    free = route.start
    for number, visit in enumerate(route.visits):
        free = _after_break(route, number - 1, free)
        leave = visit.arrive + timedelta(seconds=visit.dwell_s)
        # A unit that would come too early waits where it is, not at the door.
        start = max(free, visit.arrive - timedelta(seconds=visit.leg.travel_s))
        line = Line(visit.leg.line or ((base.lon, base.lat), (visit.lon, visit.lat)))
        stretches.append(_Stretch(start, visit.leg.travel_s, line, number, visit.arrive, leave))
        free = leave
    free = _after_break(route, len(route.visits) - 1, free)
    stretches.append(_back(route.back, free, base))
    return stretches


def _after_break(route: Route, number: int, free: datetime) -> datetime:
    rest = route.rest
    if rest is None or rest.after != number:
        return free
    return max(free, rest.start + timedelta(seconds=rest.length_s))


def _back(leg: Leg, free: datetime, base: Place) -> _Stretch:
    line = Line(leg.line or ((base.lon, base.lat),))
    home = free + timedelta(seconds=leg.travel_s)
    return _Stretch(free, leg.travel_s, line, None, home, home)
