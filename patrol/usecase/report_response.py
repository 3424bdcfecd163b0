"""Response: from the report to the first unit on the scene, against the county's rings."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from patrol.live.visibility import wilson_share
from patrol.model.incident import Assignment, Incident, Source
from patrol.model.report import COUNTY, Cell, Column, Measure, Report, ReportName
from patrol.usecase.services import Services

COLUMNS = (
    Column("town_id", Measure.TEXT),
    Column("town", Measure.TEXT),
    Column("incidents", Measure.COUNT),
    Column("dispatched", Measure.COUNT),
    Column("arrived", Measure.COUNT),
    Column("assign_median_min", Measure.MINUTES),
    Column("travel_median_min", Measure.MINUTES),
    Column("arrive_median_min", Measure.MINUTES),
    Column("arrive_p90_min", Measure.MINUTES),
    Column("within_first", Measure.SHARE),
    Column("within_second", Measure.SHARE),
    Column("within_third", Measure.SHARE),
    Column("third_low", Measure.SHARE),
    Column("third_high", Measure.SHARE),
)


@dataclass(slots=True)
class _Times:
    """What happened to one town's incidents, minutes."""

    incidents: int = 0
    dispatched: int = 0
    assign_min: list[float] = field(default_factory=list)
    travel_min: list[float] = field(default_factory=list)
    arrive_min: list[float] = field(default_factory=list)

    def add(self, incident: Incident, sent: Sequence[Assignment]) -> None:
        self.incidents += 1
        if not sent:
            return
        self.dispatched += 1
        first = min(item.assigned for item in sent)
        self.assign_min.append(_minutes(incident.time, first))
        there = [item for item in sent if item.arrived is not None]
        if there:
            best = min(there, key=lambda item: item.arrived or item.assigned)
            arrived = best.arrived or best.assigned
            self.travel_min.append(_minutes(best.assigned, arrived))
            self.arrive_min.append(_minutes(incident.time, arrived))


def _minutes(start: datetime, end: datetime) -> float:
    # A clock of a device may be a little behind the dispatcher's.
    return max(0.0, (end - start).total_seconds() / 60)


def report_response(services: Services, start: datetime, end: datetime) -> Report:
    """Incidents reported in ``[start, end)`` by town; what patrols found themselves is left out."""
    incidents = [
        incident
        for incident in services.incidents.list_incidents(start, end)
        if incident.source is not Source.PATROL
    ]
    sent = services.assignments.list_between(start, end)
    names = {town.id: town.name for town in services.towns.list_towns()}
    times: defaultdict[str, _Times] = defaultdict(_Times)
    for incident in incidents:
        for town_id in {incident.town_id, COUNTY}:
            if town_id is not None:
                times[town_id].add(incident, sent.get(incident.id, ()))
    rings = services.config.routing.response_min
    rows = tuple(
        (town_id, names.get(town_id, ""), *_cells(times[town_id], rings))
        for town_id in (*names, COUNTY)
    )
    notes = []
    if times[COUNTY].dispatched < times[COUNTY].incidents:
        notes.append("response_undispatched")
    if not times[COUNTY].arrive_min:
        notes.append("response_none")
    return Report(ReportName.RESPONSE, start, end, COLUMNS, rows, tuple(notes))


def _cells(times: _Times, rings: tuple[int, int, int]) -> tuple[Cell, ...]:
    arrived = np.array(times.arrive_min)
    within = [wilson_share(int((arrived <= ring).sum()), arrived.size) for ring in rings]
    known = bool(arrived.size)
    return (
        times.incidents,
        times.dispatched,
        int(arrived.size),
        _quantile(times.assign_min, 0.5),
        _quantile(times.travel_min, 0.5),
        _quantile(times.arrive_min, 0.5),
        _quantile(times.arrive_min, 0.9),
        *(share.share if known else None for share in within),
        within[-1].low if known else None,
        within[-1].high if known else None,
    )


def _quantile(values: Sequence[float], share: float) -> float | None:
    return float(np.quantile(values, share)) if len(values) else None
