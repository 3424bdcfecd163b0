"""What happened: where all units were and what was reported, on one timeline."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.incident import Assignment, Incident
from patrol.store.tracks import TrackColumns
from patrol.usecase.access import Caller, write_audit
from patrol.usecase.services import Services

LONGEST = timedelta(hours=24)
SHORTEST = timedelta(minutes=1)
STEPS = 1_500
"""About so many positions of a unit: more than a screen can show one after the other."""
LEAST_STEP_S = 5
_E5 = 100_000


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """The interval ``[start, end)`` that is wanted."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        check_aware(self.start, "replay: from")
        check_aware(self.end, "replay: to")
        if not SHORTEST <= self.end - self.start <= LONGEST:
            raise InputError(
                f"a replay takes 1 minute to {LONGEST.total_seconds() / 3600:.0f} hours, "
                f"got {self.start.isoformat()} to {self.end.isoformat()}"
            )

    @property
    def step_s(self) -> int:
        """Seconds that share one position of a unit."""
        span_s = (self.end - self.start).total_seconds()
        return max(LEAST_STEP_S, round(span_s / STEPS))


def make_replay(services: Services, caller: Caller, request: ReplayRequest) -> dict[str, Any]:
    """Positions and incidents of an interval; each look is written to the audit log.

    Positions are thinned to one a step, the last in it: whole seconds after ``start`` and degrees
    times 100,000 (about a meter), because a shift of a county is a hundred thousand of them.
    """
    start, end = request.start, request.end
    # Written before anything is shown: what cannot be audited is not shown.
    write_audit(services, caller, "track.replay", f"{start.isoformat()}/{end.isoformat()}")
    units = []
    for unit in services.units.list_units():
        track = services.fixes.columns(unit.id, start, end)
        if track.time_s.size:
            place = thin(track, start.timestamp(), request.step_s)
            units.append({"id": unit.id, "name": unit.name, "mode": unit.mode.value} | place)
    sent = services.assignments.list_between(start, end)
    return {
        "from": start,
        "to": end,
        "step_s": request.step_s,
        "units": units,
        "incidents": [
            _incident(incident, sent.get(incident.id, ()))
            for incident in reversed(services.incidents.list_incidents(start, end))
        ],
    }


def thin(track: TrackColumns, start_s: float, step_s: int) -> dict[str, list[int]]:
    """The last position of every step: ``t_s`` after the start, ``lon_e5``, ``lat_e5``."""
    step = (track.time_s - start_s) // step_s
    last = np.flatnonzero(np.append(np.diff(step) != 0, True))
    return {
        "t_s": np.rint(track.time_s[last] - start_s).astype(int).tolist(),
        "lon_e5": np.rint(track.lon[last] * _E5).astype(int).tolist(),
        "lat_e5": np.rint(track.lat[last] * _E5).astype(int).tolist(),
    }


def _incident(incident: Incident, sent: tuple[Assignment, ...]) -> dict[str, Any]:
    arrived = [item.arrived for item in sent if item.arrived is not None]
    ended = [item.ended for item in sent if item.ended is not None]
    place = incident.place
    return {
        "id": incident.id,
        "time": incident.time,
        "kind": incident.kind,
        "address": incident.address,
        "lon": None if place is None else place.lon,
        "lat": None if place is None else place.lat,
        "assigned": min((item.assigned for item in sent), default=None),
        "arrived": min(arrived, default=None),
        "ended": max(ended) if sent and len(ended) == len(sent) else None,
        "units": [item.unit_id for item in sent],
    }
