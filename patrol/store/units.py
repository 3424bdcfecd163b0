"""Bases, units and what each unit is doing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import IntegrityError

from patrol.live.clean import Duty
from patrol.model.errors import InputError, NotFoundError
from patrol.model.place import Place
from patrol.model.unit import Base, Mode, Unit, UnitStatus
from patrol.store.database import Database, Saved
from patrol.store.rows import from_us, save_rows, to_us
from patrol.store.schema import bases, unit_statuses, units

# Asked with every request of a phone: made once, they cost a quarter.
_BY_ID = select(units).where(units.c.id == bindparam("unit_id"))
_STANDINGS = select(unit_statuses).where(
    unit_statuses.c.unit_id.in_(bindparam("unit_ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a unit is doing, and when it was on duty last."""

    status: UnitStatus
    duty: Duty | None


class BaseStore:
    """Where units start and end their shifts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_bases(self, values: Sequence[Base]) -> Saved:
        """Add bases, or rewrite those whose id is known."""
        rows = [
            {
                "id": base.id,
                "name": base.name,
                "lon": base.place.lon,
                "lat": base.place.lat,
                "town_id": base.town_id,
            }
            for base in values
        ]
        with self._db.write() as connection:
            return save_rows(connection, bases, rows)

    def list_bases(self) -> tuple[Base, ...]:
        """All bases, by id."""
        with self._db.read() as connection:
            rows = connection.execute(select(bases).order_by(bases.c.id)).all()
        return tuple(Base(row.id, row.name, Place(row.lon, row.lat), row.town_id) for row in rows)


class UnitStore:
    """Patrol units, and the status each of them last reported."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_units(self, values: Sequence[Unit]) -> Saved:
        """Add units, or rewrite those whose id is known.

        Raises
        ------
        InputError
            If two units would report under one device.
        """
        rows = [
            {
                "id": unit.id,
                "name": unit.name,
                "mode": unit.mode.value,
                "base_id": unit.base_id,
                "crew": unit.crew,
                "guard_of": unit.guard_of,
                "device_id": unit.device_id,
            }
            for unit in values
        ]
        try:
            with self._db.write() as connection:
                return save_rows(connection, units, rows)
        except IntegrityError as error:
            raise InputError(
                "units: every device_id must belong to one unit only; one of "
                f"{', '.join(sorted(unit.device_id for unit in values if unit.device_id))} "
                "is already another unit's"
            ) from error

    def list_units(self) -> tuple[Unit, ...]:
        """All units, by id."""
        with self._db.read() as connection:
            rows = connection.execute(select(units).order_by(units.c.id)).all()
        return tuple(_unit(row) for row in rows)

    def find_unit(self, unit_id: str) -> Unit | None:
        """The unit of this id."""
        with self._db.read() as connection:
            row = connection.execute(_BY_ID, {"unit_id": unit_id}).first()
        return None if row is None else _unit(row)

    def get_unit(self, unit_id: str) -> Unit:
        """The unit of this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        unit = self.find_unit(unit_id)
        if unit is None:
            raise NotFoundError(f"unit {unit_id} does not exist")
        return unit

    def find_by_device(self, device_id: str) -> Unit | None:
        """The unit whose phone or terminal reports under this identifier."""
        with self._db.read() as connection:
            row = connection.execute(select(units).where(units.c.device_id == device_id)).first()
        return None if row is None else _unit(row)

    def save_status(self, unit_id: str, status: UnitStatus, at: datetime) -> None:
        """Keep what the unit is doing from ``at`` on."""
        with self._db.write() as connection:
            known = connection.execute(
                select(unit_statuses).where(unit_statuses.c.unit_id == unit_id)
            ).first()
            was_on = known is not None and known.status != UnitStatus.OFF.value
            is_on = status is not UnitStatus.OFF
            if known is not None and not was_on and not is_on:
                # Duty ended when the unit first said so; saying it again moves nothing.
                return
            since_us = known.duty_us if known is not None else None
            row = {
                "unit_id": unit_id,
                "status": status.value,
                "at_us": to_us(at),
                "duty_us": to_us(at) if is_on and not was_on else since_us,
            }
            save_rows(connection, unit_statuses, [row])

    def get_status(self, unit_id: str) -> UnitStatus:
        """What the unit is doing; ``OFF`` where it never said."""
        with self._db.read() as connection:
            status = connection.execute(
                select(unit_statuses.c.status).where(unit_statuses.c.unit_id == unit_id)
            ).scalar()
        return UnitStatus.OFF if status is None else UnitStatus(status)

    def find_duty(self, unit_id: str) -> Duty | None:
        """When the unit was on duty last; nothing where it never was."""
        standing = self.find_standings([unit_id]).get(unit_id)
        return None if standing is None else standing.duty

    def find_standings(self, unit_ids: Collection[str]) -> dict[str, Standing]:
        """What units are doing and when they were on duty last, of those that ever said."""
        with self._db.read() as connection:
            rows = connection.execute(_STANDINGS, {"unit_ids": list(unit_ids)})
            return {row.unit_id: _standing(row) for row in rows}

    def list_statuses(self) -> dict[str, UnitStatus]:
        """Status by unit id, of the units that ever reported one."""
        with self._db.read() as connection:
            rows = connection.execute(select(unit_statuses.c.unit_id, unit_statuses.c.status))
            return {unit_id: UnitStatus(status) for unit_id, status in rows}


def _standing(row: Row[tuple[object, ...]]) -> Standing:
    status = UnitStatus(row.status)
    if row.duty_us is None:
        return Standing(status, None)
    ended = status is UnitStatus.OFF
    return Standing(status, Duty(from_us(row.duty_us), from_us(row.at_us) if ended else None))


def _unit(row: Row[tuple[object, ...]]) -> Unit:
    return Unit(
        row.id, row.name, Mode(row.mode), row.base_id, row.crew, row.guard_of, row.device_id
    )
