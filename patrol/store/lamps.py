"""Street lamps: where they stand and whether they work."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from patrol.model.street import Lamp
from patrol.store.database import Database, Saved
from patrol.store.rows import save_rows
from patrol.store.schema import lamps


@dataclass(frozen=True, slots=True, eq=False)
class LampColumns:
    """Lamps as arrays of one length n."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    works: NDArray[np.bool_]


class LampStore:
    """The county's list of lamps."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_lamps(self, values: Sequence[Lamp]) -> Saved:
        """Add lamps, or rewrite those whose id is known."""
        rows = [
            {"id": lamp.id, "lon": lamp.place.lon, "lat": lamp.place.lat, "works": lamp.works}
            for lamp in values
        ]
        with self._db.write() as connection:
            return save_rows(connection, lamps, rows)

    def mark(self) -> tuple[float, ...]:
        """What changes when lamps come, move, fail or are mended."""
        statement = select(
            func.count(),
            func.count().filter(lamps.c.works),
            func.sum(lamps.c.lon),
            func.sum(lamps.c.lat),
        )
        with self._db.read() as connection:
            return tuple(float(value or 0) for value in connection.execute(statement).one())

    def columns(self) -> LampColumns:
        """All lamps."""
        statement = select(lamps.c.lon, lamps.c.lat, lamps.c.works).order_by(lamps.c.id)
        with self._db.read() as connection:
            rows = connection.execute(statement).all()
        return LampColumns(
            np.array([row.lon for row in rows], dtype=np.float64),
            np.array([row.lat for row in rows], dtype=np.float64),
            np.array([row.works for row in rows], dtype=np.bool_),
        )
