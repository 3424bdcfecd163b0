"""Leaving the route: to an incident and its scene, or back to the route afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.demo.walk import Line, Moment, Walk
from patrol.model.incident import Assignment
from patrol.model.place import Place
from patrol.model.unit import Mode

ACCEPT_S = 4.0
"""How long an officer takes to read the call and accept it."""
SCENE_S = 180.0
"""How long a simulated incident takes."""
NEAR_M = 60.0
"""Closer than this to where the route is, a unit simply carries on."""

FindWay = Callable[[Mode, Place, Place], tuple[Sequence[tuple[float, float]], float]]
"""The way between two places by mode: (lon, lat) pairs, and seconds."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One way off the route, from the moment it began."""

    assignment_id: str | None
    accept_at: datetime
    arrive_at: datetime
    finish_at: datetime
    line: Line

    @classmethod
    def to_incident(
        cls,
        mode: Mode,
        here: Place,
        assignment: Assignment,
        there: Place,
        now: datetime,
        find_way: FindWay,
    ) -> "Errand":
        """To an incident: read, accept, go, and stay at the scene."""
        points, travel_s = find_way(mode, here, there)
        accept = now + timedelta(seconds=ACCEPT_S)
        arrive = accept + timedelta(seconds=travel_s)
        return cls(assignment.id, accept, arrive, arrive + timedelta(seconds=SCENE_S), Line(points))

    @classmethod
    def join(
        cls,
        mode: Mode,
        here: Place,
        walk: Walk,
        paced: datetime,
        now: datetime,
        find_way: FindWay,
    ) -> "Errand | None":
        """Back to the route: to its next stop, and there until the route gets there as well.

        ``None`` where the route is at hand anyway.
        """
        if walk.at(paced).place.distance_m(here) <= NEAR_M:
            return None
        following = [
            visit
            for visit in walk.route.visits
            if visit.arrive + timedelta(seconds=visit.dwell_s) > paced
        ]
        there = (
            Place(following[0].lon, following[0].lat)
            if following
            else walk.at(walk.route.end).place
        )
        points, travel_s = find_way(mode, here, there)
        arrive = now + timedelta(seconds=travel_s)
        wait_s = (following[0].arrive - paced).total_seconds() if following else 0.0
        return cls(None, now, arrive, max(arrive, now + timedelta(seconds=wait_s)), Line(points))

    def at(self, now: datetime) -> Moment:
        """Where the unit is on this errand."""
        travel_s = (self.arrive_at - self.accept_at).total_seconds()
        on_way_s = (now - self.accept_at).total_seconds()
        if travel_s <= 0 or on_way_s >= travel_s:
            place, heading = self.line.at(self.line.length_m)
            return Moment(place, 0.0, heading, None)
        place, heading = self.line.at(self.line.length_m * max(on_way_s, 0.0) / travel_s)
        return Moment(place, self.line.length_m / travel_s if on_way_s > 0 else 0.0, heading, None)

    def is_over(self, now: datetime) -> bool:
        """Whether there is nothing left to do on it."""
        return now >= self.finish_at
