"""Positions: young ones as rows, old ones sealed minute by minute."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select, union

from patrol.model.fix import Fix
from patrol.model.place import Place
from patrol.store.chunks import MINUTE_US, minute_of, pack_minute, read_minute, unpack_minute
from patrol.store.database import Database
from patrol.store.group import GroupCommit
from patrol.store.rows import add_rows, from_us, to_us, upsert
from patrol.store.schema import fixes, sealed

NO_SEQ = -1
"""Stands for a missing device sequence: a key cannot hold nothing."""


class TrackColumns(NamedTuple):
    """Fixes of one unit by time, each shape (n,)."""

    time_s: NDArray[np.float64]
    """Seconds since 1970 UTC."""
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


class FixStore:
    """Reported positions, kept as whole numbers: 1e-7 degrees (1 cm), cm/s, 0.01 degrees, dm."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._group = GroupCommit(self.add_batches)

    def add_fixes(self, values: Sequence[Fix]) -> int:
        """Add fixes and say how many were new; the key is unit, time and device sequence.

        They are on the disk when this returns; callers that come together share one commit.
        """
        return self._group.submit(values)

    def add_batches(self, batches: Sequence[Sequence[Fix]]) -> list[int]:
        """Add several senders' fixes in one transaction; how many of each were new."""
        rows = [[_fix_row(fix) for fix in batch] for batch in batches]
        every = [row for batch in rows for row in batch]
        with self._db.write() as connection:
            # Nearly always all are new, and one statement for all says so; only otherwise is it
            # worth a statement for each sender to learn whose were repeats.
            connection.exec_driver_sql("SAVEPOINT batches")
            if add_rows(connection, fixes, every).added == len(every):
                return [len(batch) for batch in rows]
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT batches")
            return [add_rows(connection, fixes, batch).added for batch in rows]

    def list_track(self, unit_id: str, start: datetime, end: datetime) -> tuple[Fix, ...]:
        """The unit's fixes of ``[start, end)``, oldest first, sealed ones too."""
        start_us, end_us = to_us(start), to_us(end)
        with self._db.read() as connection:
            rows = _sealed_rows(connection, unit_id, start_us, end_us)
            found = connection.execute(
                select(fixes).where(
                    fixes.c.unit_id == unit_id,
                    fixes.c.time_us >= start_us,
                    fixes.c.time_us < end_us,
                )
            )
            # A late fix may stand in a row beside its sealed minute, or repeat a sealed one.
            rows |= {(row["time_us"], row["seq"]): dict(row) for row in found.mappings()}
        return tuple(_fix(rows[key]) for key in sorted(rows))

    def list_minutes(self, start: datetime, end: datetime) -> Iterator[tuple[str, datetime, bytes]]:
        """Every unit's sealed minutes of ``[start, end)`` for a replay, as they are, by minute."""
        statement = (
            select(sealed)
            .where(sealed.c.minute_us >= minute_of(to_us(start)), sealed.c.minute_us < to_us(end))
            .order_by(sealed.c.minute_us, sealed.c.unit_id)
        )
        with self._db.read() as connection:
            for row in connection.execute(statement):
                yield row.unit_id, from_us(row.minute_us), row.body

    def columns(self, unit_id: str, start: datetime, end: datetime) -> TrackColumns:
        """The unit's fixes of ``[start, end)`` as arrays by time: for figures over many of them."""
        start_us, end_us = to_us(start), to_us(end)
        chunks = select(sealed.c.minute_us, sealed.c.body).where(
            sealed.c.unit_id == unit_id,
            sealed.c.minute_us >= minute_of(start_us),
            sealed.c.minute_us < end_us,
        )
        young = select(fixes.c.time_us, fixes.c.lon_e7, fixes.c.lat_e7).where(
            fixes.c.unit_id == unit_id, fixes.c.time_us >= start_us, fixes.c.time_us < end_us
        )
        with self._db.read() as connection:
            parts = [_chunk_columns(*row) for row in connection.execute(chunks)]
            rows = np.array(connection.execute(young).all(), dtype=np.int64).reshape(-1, 3)
        table = np.concatenate([*parts, rows])
        table = table[(table[:, 0] >= start_us) & (table[:, 0] < end_us)]
        table = table[np.argsort(table[:, 0], kind="stable")]
        return TrackColumns(table[:, 0] / 1e6, table[:, 1] / 1e7, table[:, 2] / 1e7)

    def find_newest(self, unit_id: str) -> Fix | None:
        """The unit's newest fix by device time."""
        newest_row = (
            select(fixes)
            .where(fixes.c.unit_id == unit_id)
            .order_by(fixes.c.time_us.desc(), fixes.c.seq.desc())
            .limit(1)
        )
        newest_minute = (
            select(sealed)
            .where(sealed.c.unit_id == unit_id)
            .order_by(sealed.c.minute_us.desc())
            .limit(1)
        )
        with self._db.read() as connection:
            row = connection.execute(newest_row).mappings().first()
            if row is not None:
                # Only old minutes are sealed; a late row beside them is the rare exception.
                return _fix(dict(row))
            minute = connection.execute(newest_minute).first()
        if minute is None:
            return None
        return _fix(unpack_minute(unit_id, minute.minute_us, minute.body)[-1])

    def list_unit_ids(self) -> tuple[str, ...]:
        """Units that have any fix."""
        both = union(select(fixes.c.unit_id), select(sealed.c.unit_id))
        with self._db.read() as connection:
            return tuple(sorted(connection.execute(both).scalars()))

    def count(self) -> int:
        """How many fixes are kept."""
        with self._db.read() as connection:
            rows = connection.execute(select(func.count()).select_from(fixes)).scalar_one()
            packed = connection.execute(select(func.sum(sealed.c.fixes))).scalar()
        return rows + int(packed or 0)

    def seal_before(self, before: datetime) -> int:
        """Pack the fixes of whole minutes older than ``before``; how many minutes were written.

        A unit at a time, so that positions that come in meanwhile wait for one unit only.
        """
        limit_us = minute_of(to_us(before))
        statement = select(fixes.c.unit_id).where(fixes.c.time_us < limit_us).distinct()
        with self._db.read() as connection:
            unit_ids = list(connection.execute(statement).scalars())
        written = 0
        for unit_id in unit_ids:
            with self._db.write() as connection:
                written += _seal_unit(connection, unit_id, limit_us)
        return written

    def drop_before(self, unit_ids: Collection[str], before: datetime) -> int:
        """Delete the units' fixes older than ``before`` and say how many.

        The key begins with the unit, so each unit's old fixes lie together. A sealed minute goes
        as a whole, once all of it is older.
        """
        before_us = to_us(before)
        dropped = 0
        for unit_id in unit_ids:
            old = (sealed.c.unit_id == unit_id, sealed.c.minute_us <= before_us - MINUTE_US)
            with self._db.write() as connection:
                packed = connection.execute(select(func.sum(sealed.c.fixes)).where(*old)).scalar()
                connection.execute(delete(sealed).where(*old))
                dropped += int(packed or 0)
                dropped += connection.execute(
                    delete(fixes).where(fixes.c.unit_id == unit_id, fixes.c.time_us < before_us)
                ).rowcount
        return dropped


def _chunk_columns(minute_us: int, body: bytes) -> NDArray[np.int64]:
    """Time, longitude and latitude of a sealed minute as whole numbers, shape (n, 3)."""
    minute = read_minute(body)
    return np.column_stack(
        (minute_us + minute["offset_us"].astype(np.int64), minute["lon_e7"], minute["lat_e7"])
    )


def _sealed_rows(
    connection: Connection, unit_id: str, start_us: int, end_us: int
) -> dict[tuple[int, int], dict[str, Any]]:
    statement = select(sealed).where(
        sealed.c.unit_id == unit_id,
        sealed.c.minute_us >= minute_of(start_us),
        sealed.c.minute_us < end_us,
    )
    return {
        (row["time_us"], row["seq"]): row
        for minute in connection.execute(statement)
        for row in unpack_minute(unit_id, minute.minute_us, minute.body)
        if start_us <= row["time_us"] < end_us
    }


def _seal_unit(connection: Connection, unit_id: str, limit_us: int) -> int:
    old = (fixes.c.unit_id == unit_id, fixes.c.time_us < limit_us)
    minutes: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(select(fixes).where(*old)).mappings():
        minutes.setdefault(minute_of(row["time_us"]), []).append(dict(row))
    known = select(sealed).where(sealed.c.unit_id == unit_id, sealed.c.minute_us.in_(list(minutes)))
    for minute in connection.execute(known):
        minutes[minute.minute_us] += unpack_minute(unit_id, minute.minute_us, minute.body)
    written = []
    for minute_us, rows in minutes.items():
        body = pack_minute(minute_us, rows)
        count = len(read_minute(body))
        written.append({"unit_id": unit_id, "minute_us": minute_us, "fixes": count, "body": body})
    if written:
        connection.execute(upsert(connection, sealed), written)
        connection.execute(delete(fixes).where(*old))
    return len(written)


def _scaled(value: float | None, factor: float) -> int | None:
    return None if value is None else round(value * factor)


def _unscaled(value: int | None, factor: float) -> float | None:
    return None if value is None else value / factor


def _fix_row(fix: Fix) -> dict[str, Any]:
    return {
        "unit_id": fix.unit_id,
        "time_us": to_us(fix.time),
        "seq": NO_SEQ if fix.seq is None else fix.seq,
        "lon_e7": round(fix.place.lon * 1e7),
        "lat_e7": round(fix.place.lat * 1e7),
        "speed_cmps": _scaled(fix.speed_mps, 100),
        "heading_cdeg": _scaled(fix.heading_deg, 100),
        "accuracy_dm": _scaled(fix.accuracy_m, 10),
        "battery_permille": _scaled(fix.battery_share, 1000),
    }


def _fix(row: Mapping[str, Any]) -> Fix:
    return Fix(
        unit_id=row["unit_id"],
        time=from_us(row["time_us"]),
        place=Place(row["lon_e7"] / 1e7, row["lat_e7"] / 1e7),
        speed_mps=_unscaled(row["speed_cmps"], 100),
        heading_deg=_unscaled(row["heading_cdeg"], 100),
        accuracy_m=_unscaled(row["accuracy_dm"], 10),
        battery_share=_unscaled(row["battery_permille"], 1000),
        seq=None if row["seq"] == NO_SEQ else row["seq"],
    )
