"""Writing rows so that a repeat changes nothing, on SQLite and PostgreSQL alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, Integer, Table, and_, literal_column, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from patrol.store.database import Saved

Row = Mapping[str, Any]
Value = TypeVar("Value")

CHUNK = 500
"""Keys looked up in one statement; SQLite allows 32,766 parameters."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(value: datetime) -> int:
    """Whole microseconds since 1970 UTC, exact (``timestamp()`` is not)."""
    return (value - _EPOCH) // _MICROSECOND


def to_us_or_none(value: datetime | None) -> int | None:
    """The same where the time may be unknown."""
    return None if value is None else to_us(value)


def from_us(value: int) -> datetime:
    """The aware UTC time of :func:`to_us`."""
    return _EPOCH + value * _MICROSECOND


def from_us_or_none(value: int | None) -> datetime | None:
    """The same where the time may be unknown."""
    return None if value is None else from_us(value)


def to_json(value: Any) -> str:
    """JSON text with sorted keys, so that equal values are equal texts."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def from_json(kind: TypeAdapter[Value], text: str) -> Value:
    """Read what :func:`to_json` wrote back as a model value."""
    return kind.validate_json(text)


def save_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> Saved:
    """Insert rows that are new and rewrite those that differ; count both.

    Every row names every column. A key that comes twice counts once, the last one wins.
    """
    keys = [column.name for column in table.primary_key]
    wanted = {tuple(row[name] for name in keys): row for row in rows}
    known = dict(_known_rows(connection, table, keys, list(wanted)))
    fresh = [row for key, row in wanted.items() if key not in known]
    differing = [row for key, row in wanted.items() if key in known and known[key] != dict(row)]
    if fresh or differing:
        connection.execute(upsert(connection, table), [dict(row) for row in fresh + differing])
    return Saved(len(fresh), len(differing), len(wanted) - len(fresh) - len(differing))


def _known_rows(
    connection: Connection, table: Table, keys: list[str], wanted: list[tuple[Any, ...]]
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    columns = [table.c[name] for name in keys]
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        found = (
            columns[0].in_([key[0] for key in some])
            if len(columns) == 1
            else tuple_(*columns).in_(some)
        )
        for row in connection.execute(select(table).where(found)).mappings():
            yield tuple(row[name] for name in keys), dict(row)


def swap_row(
    connection: Connection,
    table: Table,
    to_row: Callable[[Value], Row],
    seen: Value | None,
    wanted: Value | None,
) -> bool:
    """Put a row in place of the one that was seen; whether that was still there.

    Parameters
    ----------
    to_row
        Turns a value into its row, every column of it.
    seen
        The value as it was seen; ``None``: there was none.
    wanted
        What to put there, under the same key; ``None`` takes it away.
    """
    expected = None if seen is None else to_row(seen)
    row = None if wanted is None else to_row(wanted)
    either = row if row is not None else expected
    if either is None:
        return True
    mine = and_(*(column == either[column.name] for column in table.primary_key))
    found = connection.execute(select(table).where(mine).with_for_update()).mappings().first()
    if (None if found is None else dict(found)) != (None if expected is None else dict(expected)):
        return False
    if row is None:
        connection.execute(table.delete().where(mine))
    elif expected is None:
        # Of two who add the same key at once one is refused by the key itself.
        added = dialect_insert(connection, table).on_conflict_do_nothing()
        return connection.execute(added, dict(row)).rowcount == 1
    else:
        connection.execute(table.update().where(mine), dict(row))
    return True


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that rewrites the row where its key is taken."""
    statement = dialect_insert(connection, table)
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={
            column.name: statement.excluded[column.name]
            for column in table.columns
            if column.name not in keys
        },
    )


def dialect_insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The database's own insert, which knows what to do about a taken key."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def add_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> Saved:
    """Insert rows whose key is not taken; the others stay as they are.

    Fast for very many rows: no look-up, one prepared statement.
    """
    if not rows:
        return Saved()
    added = count_written(connection, _insert_new(connection.dialect.name, table), rows)
    return Saved(added, 0, len(rows) - added)


@cache
def _insert_new(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    # Made once per table: making it costs more than adding a row.
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing(
        index_elements=[column.name for column in table.primary_key]
    )


def count_written(
    connection: Connection, statement: postgresql.Insert | sqlite.Insert, rows: Sequence[Row]
) -> int:
    """Run an insert for many rows and give how many it really wrote."""
    values = [dict(row) for row in rows]
    if connection.dialect.name == "postgresql":
        # psycopg gives no count for many rows at once; RETURNING gives one row for each.
        written = statement.returning(literal_column("1", Integer))
        return len(connection.execute(written, values).all())
    return connection.execute(statement, values).rowcount
