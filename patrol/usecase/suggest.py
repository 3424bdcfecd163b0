"""Who should go where, for all open incidents at once: least total road time."""

from dataclasses import dataclass

import numpy as np

from patrol.model.incident import IncidentStatus
from patrol.routing.assign import OUT_OF_REACH, assign
from patrol.usecase.dispatch import NearUnit, Ranker, list_nearest
from patrol.usecase.services import Services

LEFT_ALONE_S = 86_400
"""An incident without anybody costs as much as a day's drive: never left alone to save time."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Send a free unit to an incident; ``nearest`` is what sending the nearest alone would take.

    Where the two differ the unit was left to another incident, which needs it more.
    """

    incident_id: str
    unit_id: str
    travel_s: float
    nearest_s: float


def suggest_units(services: Services, rank: Ranker) -> tuple[Suggestion, ...]:
    """One free unit for every open incident that has a place, the longest open first.

    Greedy sending (the nearest unit to the first incident, then the next) can leave the last one a
    long way; minimum cost flow looks at all of them together.
    """
    waiting = [
        incident
        for incident in services.incidents.list_incidents(statuses=(IncidentStatus.OPEN,))
        if incident.status is IncidentStatus.OPEN and incident.place is not None
    ]
    waiting.sort(key=lambda incident: incident.time)
    near: list[dict[str, NearUnit]] = [
        {one.unit.id: one for one in list_nearest(services, rank, incident.place) if one.free}
        for incident in waiting
        if incident.place is not None
    ]
    units = sorted({unit_id for found in near for unit_id in found})
    if not units:
        return ()
    costs = np.full((len(units), len(waiting)), OUT_OF_REACH, np.int64)
    for goal, found in enumerate(near):
        for unit_id, one in found.items():
            costs[units.index(unit_id), goal] = round(one.travel_s)
    pairs = assign(costs, [1] * len(waiting), LEFT_ALONE_S)
    return tuple(
        Suggestion(
            waiting[goal].id,
            units[unit],
            near[goal][units[unit]].travel_s,
            min(one.travel_s for one in near[goal].values()),
        )
        for unit, goal in sorted(pairs, key=lambda pair: pair[1])
    )
