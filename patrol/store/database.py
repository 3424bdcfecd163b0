"""The connection to SQLite or PostgreSQL, by one code; and what every write reports."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from patrol.model.errors import OutsideError
from patrol.store.migrations import HEAD

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 15_000
"""How long SQLite waits for another process's write before it gives up."""

POOL_SIZE = 8
POOL_OVERFLOW = 24
"""Connections beyond the pool in a burst; a web worker has hundreds of threads, few of which read
at once."""

CONNECT_TIMEOUT_S = 5
"""How long a PostgreSQL server may take to answer."""

WRITE_OPTION = "patrol_write"


@dataclass(frozen=True, slots=True)
class Saved:
    """What a write did: rows that were new, that differed, and that were there already."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Saved") -> "Saved":
        return Saved(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
        )


def database_url(setting: str, data_dir: Path) -> URL:
    """Turn ``storage.database_url`` into SQLAlchemy's form; ``sqlite`` is a file in the folder."""
    if setting == "sqlite":
        return URL.create("sqlite", database=str(data_dir / "patrol.sqlite"))
    return make_url(setting)


class Database:
    """One database for all stores.

    Writes are acknowledged only after they are on disk: SQLite runs in WAL mode with
    ``synchronous=FULL``. Within a process writers queue at a lock, because SQLite's own waiting is
    by sleeping and unfair; between processes SQLite's busy time-out does it.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._write_lock = threading.Lock()
        self._engine = _make_engine(url)

    @property
    def shown(self) -> str:
        """The address without its password."""
        return self.url.render_as_string(hide_password=True)

    def open(self) -> None:
        """Connect, and create or upgrade the tables.

        Raises
        ------
        OutsideError
            If the database cannot be reached or its folder cannot be written.
        """
        if self.is_sqlite and self.url.database:
            _check_folder(Path(self.url.database))
        with self.write() as connection:
            if not self.is_sqlite:
                # Two processes that start together must not both create the tables.
                connection.execute(text("SELECT pg_advisory_xact_lock(7274621)"))
            if self._revision(connection) != HEAD:
                # Alembic takes a third of a second to import; most starts have nothing to do.
                from patrol.store.migrate import upgrade  # noqa: PLC0415

                upgrade(connection)

    def _revision(self, connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.execute(
            text("SELECT version_num FROM alembic_version")
        ).scalar()
        return revision

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, on one consistent state."""
        with self._told_plainly(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes; committed when the block ends, undone when it raises."""
        lock = self._write_lock if self.is_sqlite else threading.Lock()
        with self._told_plainly(), lock, self._engine.connect() as plain:
            connection = plain.execution_options(**{WRITE_OPTION: True})
            with connection.begin():
                yield connection

    def is_sound(self) -> bool:
        """Whether the database answers; SQLite also checks its own pages."""
        with self.read() as connection:
            if self.is_sqlite:
                return connection.execute(text("PRAGMA quick_check(1)")).scalar() == "ok"
            return connection.execute(text("SELECT 1")).scalar() == 1

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _told_plainly(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            # Subclasses for broken constraints, wrong statements and wrong data are not the
            # outside world's fault; a file that is no database comes as the class itself.
            if type(error) not in (DatabaseError, OperationalError):
                raise
            raise OutsideError(f"database {self.shown}: {_reason(error)}") from error
        except sqlite3.OperationalError as error:
            raise OutsideError(f"database {self.shown}: {error}") from error
        except InterfaceError as error:
            raise OutsideError(f"database {self.shown}: {_reason(error)}") from error


def _reason(error: DBAPIError) -> str:
    """The driver's own words, first line only; SQLAlchemy's wrapping holds the whole statement."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__


def _check_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab"):
            pass
    except OSError as error:
        raise OutsideError(
            f"data folder {file.parent} cannot be written: {error.strerror or error}; "
            f"give this user write permission or set storage.data_dir to another folder"
        ) from error


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # None: the driver must not begin transactions by itself, or a write would begin as a read.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA cache_size=-16000")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes may be refused without waiting; one that is
    # going to write therefore takes the write lock at its start.
    immediate = connection.get_execution_options().get(WRITE_OPTION, False)
    # Straight to the driver: by way of SQLAlchemy this costs as much as a small query.
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")
