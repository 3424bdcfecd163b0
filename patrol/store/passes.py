"""Passes: what units really did at hotspots, as seen from positions or said by the officer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from patrol.model.fix import Pass
from patrol.store.database import Database, Saved
from patrol.store.rows import from_us, save_rows, to_us
from patrol.store.schema import passes


class PassStore:
    """Visits that were really made, as seen from positions or said by the officer."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_passes(self, values: Sequence[Pass]) -> Saved:
        """Add passes, or rewrite the end of one of the same unit, hotspot and start."""
        with self._db.write() as connection:
            return save_rows(connection, passes, [_pass_row(item) for item in values])

    def replace_passes(
        self, unit_id: str, start: datetime, end: datetime, values: Sequence[Pass]
    ) -> None:
        """Put these in the place of the unit's passes seen in ``[start, end)``, at once.

        Check-ins, which have no length, stay: nobody but the officer made them.
        """
        with self._db.write() as connection:
            connection.execute(
                delete(passes).where(
                    passes.c.unit_id == unit_id,
                    passes.c.start_us >= to_us(start),
                    passes.c.start_us < to_us(end),
                    passes.c.end_us > passes.c.start_us,
                )
            )
            save_rows(connection, passes, [_pass_row(item) for item in values])

    def list_passes(
        self, start: datetime, end: datetime, unit_id: str | None = None
    ) -> tuple[Pass, ...]:
        """Passes that began in ``[start, end)``, oldest first."""
        statement = (
            select(passes)
            .where(passes.c.start_us >= to_us(start), passes.c.start_us < to_us(end))
            .order_by(passes.c.start_us, passes.c.unit_id, passes.c.hotspot_id)
        )
        if unit_id is not None:
            statement = statement.where(passes.c.unit_id == unit_id)
        with self._db.read() as connection:
            return tuple(
                Pass(
                    row.unit_id,
                    row.hotspot_id,
                    from_us(row.start_us),
                    from_us(row.end_us),
                    row.planned,
                )
                for row in connection.execute(statement)
            )

    def drop_before(self, before: datetime) -> int:
        """Delete passes that began before ``before``."""
        with self._db.write() as connection:
            return connection.execute(
                delete(passes).where(passes.c.start_us < to_us(before))
            ).rowcount


def _pass_row(item: Pass) -> dict[str, Any]:
    return {
        "unit_id": item.unit_id,
        "hotspot_id": item.hotspot_id,
        "start_us": to_us(item.start),
        "end_us": to_us(item.end),
        "planned": item.planned,
    }
