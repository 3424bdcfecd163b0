"""Incidents and the units sent to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from patrol.model.errors import ConflictError, NotFoundError
from patrol.model.incident import Assignment, Incident, IncidentStatus, Source
from patrol.model.place import Place
from patrol.store.database import Database, Saved
from patrol.store.rows import (
    add_rows,
    from_us,
    from_us_or_none,
    save_rows,
    to_us,
    to_us_or_none,
)
from patrol.store.schema import assignments, incidents


@dataclass(frozen=True, slots=True, eq=False)
class IncidentColumns:
    """Incidents as arrays of one length n, oldest first, for the hotspot map.

    ``time_s`` is in seconds since 1970 UTC; ``lon`` and ``lat`` are NaN where the place is
    unknown; ``kind`` and ``source`` are indices into ``kinds`` and ``sources``.
    """

    ids: tuple[str, ...]
    time_s: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    kinds: tuple[str, ...]
    kind: NDArray[np.int32]
    sources: tuple[Source, ...]
    source: NDArray[np.int32]


class IncidentStore:
    """Calls and reports."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_incidents(self, values: Sequence[Incident]) -> Saved:
        """Add incidents whose id is new; known ones stay as they are."""
        rows = [_row(incident) for incident in values]
        with self._db.write() as connection:
            return add_rows(connection, incidents, rows)

    def save_incident(self, incident: Incident) -> Saved:
        """Add the incident, or rewrite the one of its id."""
        with self._db.write() as connection:
            return save_rows(connection, incidents, [_row(incident)])

    def set_status(self, incident_id: str, status: IncidentStatus) -> bool:
        """Change how far an incident has got; ``False`` where it is closed (or unknown) already.

        One statement, so that whoever closes an incident cannot be overwritten by a step that was
        decided before.
        """
        statement = (
            update(incidents)
            .where(incidents.c.id == incident_id, incidents.c.status != IncidentStatus.CLOSED.value)
            .values(status=status.value)
        )
        with self._db.write() as connection:
            return connection.execute(statement).rowcount > 0

    def find_incident(self, incident_id: str) -> Incident | None:
        """The incident of this id."""
        statement = select(incidents).where(incidents.c.id == incident_id)
        with self._db.read() as connection:
            row = connection.execute(statement).first()
        return None if row is None else _incident(row)

    def get_incident(self, incident_id: str) -> Incident:
        """The incident of this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        incident = self.find_incident(incident_id)
        if incident is None:
            raise NotFoundError(f"incident {incident_id} does not exist")
        return incident

    def list_incidents(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        statuses: Collection[IncidentStatus] | None = None,
        limit: int | None = None,
    ) -> tuple[Incident, ...]:
        """Incidents of ``[since, until)`` with one of the statuses, newest first."""
        statement = select(incidents).order_by(incidents.c.time_us.desc(), incidents.c.id)
        if since is not None:
            statement = statement.where(incidents.c.time_us >= to_us(since))
        if until is not None:
            statement = statement.where(incidents.c.time_us < to_us(until))
        if statuses is not None:
            statement = statement.where(
                incidents.c.status.in_([status.value for status in statuses])
            )
        with self._db.read() as connection:
            return tuple(_incident(row) for row in connection.execute(statement.limit(limit)))

    def list_kinds(self) -> dict[str, int]:
        """How many incidents each kind has."""
        statement = (
            select(incidents.c.kind, func.count().label("number"))
            .group_by(incidents.c.kind)
            .order_by(incidents.c.kind)
        )
        with self._db.read() as connection:
            return {row.kind: row.number for row in connection.execute(statement)}

    def mark(self) -> tuple[int, int, int]:
        """What changes when incidents come or go: how many there are, first and last time."""
        table = incidents.c
        statement = select(func.count(), func.min(table.time_us), func.max(table.time_us))
        with self._db.read() as connection:
            count, first, last = connection.execute(statement).one()
        return count, first or 0, last or 0

    def columns(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> IncidentColumns:
        """Incidents of ``[since, until)`` as arrays, oldest first."""
        table = incidents.c
        statement = select(
            table.id, table.time_us, table.lon, table.lat, table.kind, table.source
        ).order_by(table.time_us, table.id)
        if since is not None:
            statement = statement.where(table.time_us >= to_us(since))
        if until is not None:
            statement = statement.where(table.time_us < to_us(until))
        with self._db.read() as connection:
            rows = connection.execute(statement).all()
        ids, time_us, lon, lat, kind, source = zip(*rows, strict=True) if rows else ((),) * 6
        kinds = tuple(sorted(set(kind)))
        sources = tuple(Source)
        kind_index = {name: index for index, name in enumerate(kinds)}
        source_index = {name.value: index for index, name in enumerate(sources)}
        return IncidentColumns(
            ids=ids,
            time_s=np.array(time_us, dtype=np.int64) // 1_000_000,
            lon=np.array(lon, dtype=np.float64),
            lat=np.array(lat, dtype=np.float64),
            kinds=kinds,
            kind=np.array([kind_index[name] for name in kind], dtype=np.int32),
            sources=sources,
            source=np.array([source_index[name] for name in source], dtype=np.int32),
        )

    def drop_before(self, before: datetime) -> int:
        """Delete closed incidents older than ``before`` and say how many."""
        with self._db.write() as connection:
            return connection.execute(
                delete(incidents).where(
                    incidents.c.time_us < to_us(before),
                    incidents.c.status == IncidentStatus.CLOSED.value,
                )
            ).rowcount


class AssignmentStore:
    """Units sent to incidents; a unit has at most one assignment that has not ended."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, assignment: Assignment) -> None:
        """Send a unit.

        Raises
        ------
        ConflictError
            If the unit is already sent somewhere, or the id is taken.
        """
        try:
            with self._db.write() as connection:
                connection.execute(assignments.insert(), _assignment_row(assignment))
        except IntegrityError as error:
            raise ConflictError(
                f"unit {assignment.unit_id} already has an assignment that has not ended"
            ) from error

    def save(self, assignment: Assignment) -> Saved:
        """Add the assignment, or rewrite the one of its id."""
        try:
            with self._db.write() as connection:
                return save_rows(connection, assignments, [_assignment_row(assignment)])
        except IntegrityError as error:
            raise ConflictError(
                f"unit {assignment.unit_id} already has an assignment that has not ended"
            ) from error

    def set_step(self, assignment_id: str, step: str, at: datetime) -> bool:
        """Note the time of a step (``accepted``, ``arrived``, ``ended``), the first time only.

        ``False`` where the assignment has ended (or is unknown) already. One statement, so that
        two steps at the same moment cannot undo each other.
        """
        column = assignments.c[f"{step}_us"]
        statement = (
            update(assignments)
            .where(assignments.c.id == assignment_id, assignments.c.ended_us.is_(None))
            .values({column: func.coalesce(column, to_us(at))})
        )
        with self._db.write() as connection:
            return connection.execute(statement).rowcount > 0

    def get(self, assignment_id: str) -> Assignment:
        """The assignment of this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with self._db.read() as connection:
            row = connection.execute(
                select(assignments).where(assignments.c.id == assignment_id)
            ).first()
        if row is None:
            raise NotFoundError(f"assignment {assignment_id} does not exist")
        return _assignment(row)

    def find_active_for_unit(self, unit_id: str) -> Assignment | None:
        """The unit's assignment that has not ended."""
        statement = select(assignments).where(
            assignments.c.unit_id == unit_id, assignments.c.ended_us.is_(None)
        )
        with self._db.read() as connection:
            row = connection.execute(statement).first()
        return None if row is None else _assignment(row)

    def list_for_incident(self, incident_id: str) -> tuple[Assignment, ...]:
        """All units sent to the incident, first sent first."""
        return self.list_for_incidents([incident_id]).get(incident_id, ())

    def list_for_incidents(
        self, incident_ids: Collection[str]
    ) -> dict[str, tuple[Assignment, ...]]:
        """The same for several incidents at once, by incident id."""
        statement = (
            select(assignments)
            .where(assignments.c.incident_id.in_(list(incident_ids)))
            .order_by(assignments.c.assigned_us, assignments.c.id)
        )
        found: dict[str, tuple[Assignment, ...]] = {}
        with self._db.read() as connection:
            for row in connection.execute(statement):
                found[row.incident_id] = (*found.get(row.incident_id, ()), _assignment(row))
        return found

    def list_between(self, start: datetime, end: datetime) -> dict[str, tuple[Assignment, ...]]:
        """Units sent to incidents reported in ``[start, end)``, by incident id."""
        statement = (
            select(assignments)
            .join(incidents, incidents.c.id == assignments.c.incident_id)
            .where(incidents.c.time_us >= to_us(start), incidents.c.time_us < to_us(end))
            .order_by(assignments.c.assigned_us, assignments.c.id)
        )
        found: dict[str, tuple[Assignment, ...]] = {}
        with self._db.read() as connection:
            for row in connection.execute(statement):
                found[row.incident_id] = (*found.get(row.incident_id, ()), _assignment(row))
        return found

    def list_active(self) -> tuple[Assignment, ...]:
        """Every assignment that has not ended, first sent first."""
        statement = (
            select(assignments)
            .where(assignments.c.ended_us.is_(None))
            .order_by(assignments.c.assigned_us, assignments.c.id)
        )
        with self._db.read() as connection:
            return tuple(_assignment(row) for row in connection.execute(statement))


def _row(incident: Incident) -> dict[str, Any]:
    place = incident.place
    return {
        "id": incident.id,
        "time_us": to_us(incident.time),
        "lon": None if place is None else place.lon,
        "lat": None if place is None else place.lat,
        "kind": incident.kind,
        "source": incident.source.value,
        "status": incident.status.value,
        "address": incident.address,
        "note": incident.note,
        "town_id": incident.town_id,
    }


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=row.id,
        time=from_us(row.time_us),
        place=None if row.lon is None else Place(row.lon, row.lat),
        kind=row.kind,
        source=Source(row.source),
        status=IncidentStatus(row.status),
        address=row.address,
        note=row.note,
        town_id=row.town_id,
    )


def _assignment_row(assignment: Assignment) -> dict[str, Any]:
    return {
        "id": assignment.id,
        "incident_id": assignment.incident_id,
        "unit_id": assignment.unit_id,
        "assigned_us": to_us(assignment.assigned),
        "accepted_us": to_us_or_none(assignment.accepted),
        "arrived_us": to_us_or_none(assignment.arrived),
        "ended_us": to_us_or_none(assignment.ended),
    }


def _assignment(row: Row[Any]) -> Assignment:
    return Assignment(
        id=row.id,
        incident_id=row.incident_id,
        unit_id=row.unit_id,
        assigned=from_us(row.assigned_us),
        accepted=from_us_or_none(row.accepted_us),
        arrived=from_us_or_none(row.arrived_us),
        ended=from_us_or_none(row.ended_us),
    )
