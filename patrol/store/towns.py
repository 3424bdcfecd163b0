"""Towns in the database."""

from collections.abc import Sequence

from pydantic import TypeAdapter
from sqlalchemy import select

from patrol.model.town import Ring, Town
from patrol.store.database import Database, Saved
from patrol.store.rows import from_json, save_rows, to_json
from patrol.store.schema import towns

_POLYGONS = TypeAdapter(tuple[tuple[Ring, ...], ...])


class TownStore:
    """The county's towns with their outlines."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_towns(self, values: Sequence[Town]) -> Saved:
        """Add towns, or rewrite those whose id is known."""
        rows = [
            {
                "id": town.id,
                "name": town.name,
                "polygons": to_json(town.polygons),
                "residents": town.residents,
            }
            for town in values
        ]
        with self._db.write() as connection:
            return save_rows(connection, towns, rows)

    def list_towns(self) -> tuple[Town, ...]:
        """All towns, by id."""
        with self._db.read() as connection:
            rows = connection.execute(select(towns).order_by(towns.c.id)).all()
        return tuple(
            Town(row.id, row.name, from_json(_POLYGONS, row.polygons), row.residents)
            for row in rows
        )
