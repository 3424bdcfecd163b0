"""Which units are near, as the crow flies: what is worth asking the road network about."""

from collections.abc import Mapping, Sequence
from typing import Any

from patrol.model.place import Place
from patrol.model.unit import UnitStatus

FREE = frozenset({UnitStatus.PATROL, UnitStatus.BREAK})
"""Statuses of units that can be sent."""


def units_by_crow(
    place: Place, states: Sequence[Mapping[str, Any]], limit: int
) -> list[tuple[float, Mapping[str, Any]]]:
    """The nearest units on duty that have a position, with their distance in meters.

    Parameters
    ----------
    place
        Where somebody is needed.
    states
        Live states of the board.
    limit
        At most so many; road time can turn the order round, so ask for some more than are shown.
    """
    found = []
    for state in states:
        lon, lat = state.get("lon"), state.get("lat")
        if lon is None or lat is None or state.get("status", "off") == UnitStatus.OFF.value:
            continue
        found.append((place.distance_m(Place(float(lon), float(lat))), state))
    found.sort(key=lambda item: (item[0], str(item[1]["id"])))
    return found[:limit]
