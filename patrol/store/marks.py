"""Planners' marks, excluded points and kept backtests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, select

from patrol.model.errors import NotFoundError
from patrol.model.mark import ExcludedPoint, Mark
from patrol.model.place import Place
from patrol.store.database import Database, Saved
from patrol.store.rows import Row, from_us, save_rows, swap_row, to_json, to_us
from patrol.store.schema import backtests, excluded_points, marks


class MarkStore:
    """Weight that planners put on the map by hand."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_marks(self, values: Sequence[Mark]) -> Saved:
        """Add marks, or rewrite those whose id is known."""
        with self._db.write() as connection:
            return save_rows(connection, marks, [_mark_row(mark) for mark in values])

    def swap_mark(self, seen: Mark | None, mark: Mark | None) -> bool:
        """Put a mark in place of the one that was seen; whether that was still there."""
        with self._db.write() as connection:
            return swap_row(connection, marks, _mark_row, seen, mark)

    def list_marks(self) -> tuple[Mark, ...]:
        """All marks, by id."""
        with self._db.read() as connection:
            rows = connection.execute(select(marks).order_by(marks.c.id)).all()
        return tuple(
            Mark(
                id=row.id,
                place=Place(row.lon, row.lat),
                radius_m=row.radius_m,
                weight=row.weight,
                reason=row.reason,
                first=row.first,
                last=row.last,
                actor=row.actor,
            )
            for row in rows
        )


def _mark_row(mark: Mark) -> Row:
    return {
        "id": mark.id,
        "lon": mark.place.lon,
        "lat": mark.place.lat,
        "radius_m": float(mark.radius_m),
        "weight": float(mark.weight),
        "reason": mark.reason,
        "first": mark.first,
        "last": mark.last,
        "actor": mark.actor,
    }


class ExclusionStore:
    """Points whose incidents must not count, remembered for every later import."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_points(self, values: Sequence[ExcludedPoint]) -> Saved:
        """Add points, or rewrite those that are known."""
        rows = [
            {
                "id": point.id,
                "lon": point.place.lon,
                "lat": point.place.lat,
                "radius_m": point.radius_m,
                "label": point.label,
                "at_us": to_us(point.at),
            }
            for point in values
        ]
        with self._db.write() as connection:
            return save_rows(connection, excluded_points, rows)

    def list_points(self) -> tuple[ExcludedPoint, ...]:
        """All excluded points, by id."""
        statement = select(excluded_points).order_by(excluded_points.c.id)
        with self._db.read() as connection:
            return tuple(
                ExcludedPoint(Place(row.lon, row.lat), row.radius_m, row.label, from_us(row.at_us))
                for row in connection.execute(statement)
            )

    def drop_point(self, point_id: str) -> None:
        """Let a point count again.

        Raises
        ------
        NotFoundError
            If it was not excluded.
        """
        with self._db.write() as connection:
            gone = connection.execute(
                delete(excluded_points).where(excluded_points.c.id == point_id)
            ).rowcount
        if not gone:
            raise NotFoundError(f"point {point_id} is not excluded")


@dataclass(frozen=True, slots=True)
class KeptBacktest:
    """A backtest as it was kept: when, with which version of the weights, and its figures."""

    id: str
    at: datetime
    version: int
    body: Mapping[str, Any]


class BacktestStore:
    """Backtests and what they showed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_backtest(self, kept: KeptBacktest) -> Saved:
        """Keep a backtest."""
        row = {
            "id": kept.id,
            "at_us": to_us(kept.at),
            "version": kept.version,
            "body": to_json(kept.body),
        }
        with self._db.write() as connection:
            return save_rows(connection, backtests, [row])

    def list_backtests(self, limit: int = 20) -> tuple[KeptBacktest, ...]:
        """The newest backtests, newest first."""
        statement = select(backtests).order_by(backtests.c.at_us.desc(), backtests.c.id)
        with self._db.read() as connection:
            return tuple(
                KeptBacktest(row.id, from_us(row.at_us), row.version, orjson.loads(row.body))
                for row in connection.execute(statement.limit(limit))
            )
