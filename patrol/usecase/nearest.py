"""Which units can be at a place soonest, by road and by how they move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from patrol.model.place import Place
from patrol.model.unit import Mode
from patrol.routing.streets import StreetNetwork
from patrol.routing.travel import TravelGraph

REACH_M = 2_000.0
"""Farthest a unit or an incident may lie from a street of the mode; beyond, no time is given."""
WALK_MPS = 4.5 / 3.6 / 1.3
"""Pace of the last stretch off the streets: walking speed, with 30 % for not going straight."""

Candidate = tuple[str, Mode, Place]
"""A unit's id, how it moves, where it is."""


@dataclass(frozen=True, slots=True)
class NearestUnits:
    """Ranks units by time over the streets of their mode; for each mode one backward search."""

    network: StreetNetwork
    graphs: Mapping[Mode, TravelGraph]

    def rank(self, place: Place, candidates: Sequence[Candidate]) -> list[tuple[str, float, float]]:
        """Order units by the time they need to a place.

        Parameters
        ----------
        place
            Where a unit is needed.
        candidates
            Units that may be sent.

        Returns
        -------
        ranking
            (unit id, travel seconds, meters), soonest first; ``inf`` for both where the unit's mode
            cannot get there, at the end. Equal times are ordered by id.
        """
        rows: list[tuple[str, float, float]] = []
        for mode in {candidate[1] for candidate in candidates}:
            rows += self._rank_mode(mode, place, [row for row in candidates if row[1] is mode])
        return sorted(rows, key=lambda row: (row[1], row[0]))

    def _rank_mode(
        self, mode: Mode, place: Place, candidates: Sequence[Candidate]
    ) -> list[tuple[str, float, float]]:
        graph = self.graphs[mode]
        lon = np.array([here.lon for _, _, here in candidates])
        lat = np.array([here.lat for _, _, here in candidates])
        units = graph.snap(lon, lat, within_m=REACH_M)
        goal = graph.snap(place.lon, place.lat, within_m=REACH_M)
        seconds, meters = (matrix[:, 0] for matrix in graph.times(units, goal))
        off_m = units.off_m + goal.off_m[0]
        return [
            (unit_id, float(travel_s), float(length_m))
            for (unit_id, _, _), travel_s, length_m in zip(
                candidates, seconds + off_m / WALK_MPS, meters + off_m, strict=True
            )
        ]
