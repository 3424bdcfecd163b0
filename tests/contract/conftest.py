"""One set of tests on every database and every Redis.

SQLite and the embedded Valkey always run. ``PATROL_TEST_POSTGRES`` (an SQLAlchemy URL) and
``PATROL_TEST_REDIS`` (a ``redis://`` URL) add the others; without them those tests say that they
were left out.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, make_url, text

from patrol.bus.connect import connect_bus
from patrol.store.database import Database, database_url

POSTGRES = "PATROL_TEST_POSTGRES"
REDIS = "PATROL_TEST_REDIS"


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind, its tables made."""
    made = (
        _sqlite(tmp_path) if request.param == "sqlite" else _postgres(os.environ.get(POSTGRES, ""))
    )
    yield from made


def _sqlite(folder: Path) -> Iterator[Database]:
    database = Database(database_url("sqlite", folder))
    database.open()
    yield database
    database.close()


def _postgres(address: str) -> Iterator[Database]:
    if not address:
        pytest.skip(f"PostgreSQL was left out: {POSTGRES} names no database")
    schema = f"test_{uuid.uuid4().hex}"
    admin = create_engine(address)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = make_url(address).update_query_dict({"options": f"-csearch_path={schema}"})
    database = Database(url)
    try:
        database.open()
        yield database
    finally:
        database.close()
        with admin.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        admin.dispose()


@pytest.fixture(params=["embedded", "remote"])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["redis.Redis"]:
    """An empty Redis of each kind."""
    address = "embedded"
    if request.param == "remote":
        address = os.environ.get(REDIS, "")
        if not address:
            pytest.skip(f"a real Redis was left out: {REDIS} names none")
    bus = connect_bus(address, tmp_path_factory.mktemp("bus"))
    bus.client.flushdb()
    yield bus.client
    bus.client.flushdb()
    bus.close()
