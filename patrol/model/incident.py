"""Incidents: calls and reports, with where they came from and how they are handled."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patrol.model.clock import check_aware
from patrol.model.place import Place


class Source(StrEnum):
    """Who reported an incident; patrol-discovered ones must not feed the map (feedback)."""

    PUBLIC = "public"
    CAMERA = "camera"
    GUARD = "guard"
    PATROL = "patrol"


class IncidentStatus(StrEnum):
    """How far an incident has got."""

    OPEN = "open"
    ASSIGNED = "assigned"
    ONSCENE = "onscene"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Incident:
    """One call or report. ``place`` is ``None`` where it is unknown, which is not the same as none.

    ``note`` is free text of the dispatcher about the place; never about a person.
    """

    id: str
    time: datetime
    place: Place | None
    kind: str
    source: Source
    status: IncidentStatus = IncidentStatus.CLOSED
    address: str = ""
    note: str = ""
    town_id: str | None = None

    def __post_init__(self) -> None:
        check_aware(self.time, f"incident {self.id}: time")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A unit sent to an incident; times are ``None`` until that step is reached."""

    id: str
    incident_id: str
    unit_id: str
    assigned: datetime
    accepted: datetime | None = None
    arrived: datetime | None = None
    ended: datetime | None = None
