"""Passes: what really happened at hotspots, read from positions.

A unit is at a hotspot from the first fix within ``enter_m`` until the last one before it stays
beyond ``leave_m`` for a while. Two distances and a count of fixes keep a phone that jitters at the
edge from making ten passes out of one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from patrol.model.fix import Fix, Pass
from patrol.model.place import Place, Projection

LEAVE_FACTOR = 1.6
"""Leaving takes this many times the entering distance."""

LEAVE_FIXES = 2
"""So many fixes in a row must lie beyond it; one alone may be a jump."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A hotspot as passes see it; ``unit_ids`` are those whose routes plan a visit here."""

    hotspot_id: str
    place: Place
    unit_ids: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Stay:
    """A pass under way."""

    start: datetime
    end: datetime
    beyond: int = 0


@dataclass(slots=True)
class _Track:
    """What is known of one unit: its newest fix, and the hotspots that it is at."""

    time: datetime | None = None
    stays: dict[int, _Stay] = field(default_factory=dict)


class PassFinder:
    """Turns one unit after another's fixes into passes.

    Parameters
    ----------
    spots
        The hotspots of now.
    enter_m
        Distance within which a unit is at a hotspot, meters.
    silence_s
        A unit that is silent for longer has left every hotspot with its last fix, seconds.
    """

    def __init__(self, spots: Sequence[Spot], *, enter_m: float, silence_s: float) -> None:
        self._spots = tuple(spots)
        self._enter_m = enter_m
        self._leave_m = enter_m * LEAVE_FACTOR
        self._silence_s = silence_s
        self._tracks: dict[str, _Track] = {}
        origin = spots[0].place if spots else Place(0.0, 0.0)
        self._projection = Projection(origin)
        lon = np.array([spot.place.lon for spot in spots], dtype=np.float64)
        lat = np.array([spot.place.lat for spot in spots], dtype=np.float64)
        self._x_m, self._y_m = self._projection.to_xy_m(lon, lat)

    @property
    def spots(self) -> tuple[Spot, ...]:
        """The hotspots that are watched."""
        return self._spots

    def feed(self, fixes: Iterable[Fix]) -> list[Pass]:
        """Take fixes, each unit's in order of time, and give the passes that ended.

        A fix that is not newer than the unit's last one is left out: who got fixes late begins
        again with a new finder.
        """
        ended: list[Pass] = []
        for fix in fixes:
            track = self._tracks.setdefault(fix.unit_id, _Track())
            if track.time is not None and fix.time <= track.time:
                continue
            if track.time is not None and self._is_silence(track.time, fix.time):
                ended += self._end_all(fix.unit_id, track)
            track.time = fix.time
            ended += self._step(fix, track)
        return ended

    def quiet(self, now: datetime) -> list[Pass]:
        """End the passes of units that have been silent for too long."""
        ended: list[Pass] = []
        for unit_id, track in self._tracks.items():
            if track.stays and track.time is not None and self._is_silence(track.time, now):
                ended += self._end_all(unit_id, track)
        return ended

    def finish(self) -> list[Pass]:
        """End every pass with its last fix."""
        return [one for unit_id in self._tracks for one in self._end_all(unit_id)]

    def under_way(self) -> list[Pass]:
        """Passes that have not ended, with their end so far."""
        return [
            self._pass(unit_id, index, stay)
            for unit_id, track in self._tracks.items()
            for index, stay in sorted(track.stays.items())
        ]

    def _is_silence(self, since: datetime, until: datetime) -> bool:
        return (until - since).total_seconds() > self._silence_s

    def _step(self, fix: Fix, track: _Track) -> list[Pass]:
        distance_m = self._distances_m(fix.place)
        for index in np.flatnonzero(distance_m <= self._enter_m).tolist():
            stay = track.stays.setdefault(index, _Stay(fix.time, fix.time))
            stay.end, stay.beyond = fix.time, 0
        ended = []
        for index, stay in list(track.stays.items()):
            if distance_m[index] <= self._leave_m:
                stay.end, stay.beyond = fix.time, 0
                continue
            stay.beyond += 1
            if stay.beyond >= LEAVE_FIXES:
                ended.append(self._pass(fix.unit_id, index, stay))
                del track.stays[index]
        return ended

    def _distances_m(self, place: Place) -> NDArray[np.float64]:
        x_m, y_m = self._projection.to_xy_m(place.lon, place.lat)
        return np.hypot(self._x_m - x_m, self._y_m - y_m)

    def _end_all(self, unit_id: str, track: _Track | None = None) -> list[Pass]:
        track = track or self._tracks[unit_id]
        ended = [self._pass(unit_id, index, stay) for index, stay in sorted(track.stays.items())]
        track.stays.clear()
        return ended

    def _pass(self, unit_id: str, index: int, stay: _Stay) -> Pass:
        spot = self._spots[index]
        return Pass(unit_id, spot.hotspot_id, stay.start, stay.end, unit_id in spot.unit_ids)
