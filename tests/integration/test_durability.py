"""What was acknowledged is on the disk, also when the process is killed in the middle."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patrol.model.account import AuditEntry
from patrol.model.errors import OutsideError
from patrol.model.incident import Incident, Source
from patrol.store.audit import AuditStore
from patrol.store.database import Database, database_url
from patrol.store.incidents import IncidentStore
from patrol.store.tracks import FixStore

START = datetime(2026, 11, 23, tzinfo=UTC)

WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from patrol.model.fix import Fix
from patrol.model.incident import Incident, Source
from patrol.model.place import Place
from patrol.store.database import Database, database_url
from patrol.store.incidents import IncidentStore
from patrol.store.tracks import FixStore

folder, unit = Path(sys.argv[1]), sys.argv[2]
db = Database(database_url("sqlite", folder))
db.open()
fixes, incidents = FixStore(db), IncidentStore(db)
start = datetime(2026, 11, 23, tzinfo=UTC)
number = 0
while True:
    time = start + timedelta(seconds=number)
    fixes.add_fixes([Fix(unit, time, Place(120.0, 30.0), seq=number)])
    incidents.add_incidents([Incident(f"{unit}-{number}", time, None, "x", Source.PUBLIC)])
    print(number, flush=True)
    number += 1
"""


@pytest.mark.slow
@pytest.mark.parametrize("round_number", range(2))
def test_no_acknowledged_row_is_lost_when_writers_are_killed(
    tmp_path: Path, round_number: int
) -> None:
    Database(database_url("sqlite", tmp_path)).open()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), f"U{number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    read = 20 + 7 * round_number
    for writer in writers:
        assert writer.stdout is not None
        assert [writer.stdout.readline() for _ in range(read)][-1] == f"{read - 1}\n"
    for writer in writers:
        os.kill(writer.pid, signal.SIGKILL)
    acknowledged = [len(writer.communicate()[0].splitlines()) + read for writer in writers]
    db = Database(database_url("sqlite", tmp_path))
    db.open()
    assert db.is_sound()
    kept = {one.id for one in IncidentStore(db).list_incidents()}
    for number, count in enumerate(acknowledged):
        assert {f"U{number}-{n}" for n in range(count)} <= kept
    assert FixStore(db).count() >= sum(acknowledged)
    db.close()


def test_sqlite_syncs_every_commit_and_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    db = Database(database_url("sqlite", tmp_path))
    db.open()
    with db.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    db.close()


def test_a_write_takes_the_write_lock_at_its_start(tmp_path: Path) -> None:
    db = Database(database_url("sqlite", tmp_path))
    db.open()
    other = sqlite3.connect(tmp_path / "patrol.sqlite", timeout=0, isolation_level=None)
    with db.write() as connection:
        connection.exec_driver_sql("SELECT 1")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    with db.read() as connection:
        connection.exec_driver_sql("SELECT 1")
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    other.close()
    db.close()


def test_a_full_disk_refuses_writes_keeps_reads_and_recovers(tmp_path: Path) -> None:
    db = Database(database_url("sqlite", tmp_path))
    db.open()
    store, audit = IncidentStore(db), AuditStore(db, b"0123456789abcdef")
    incidents = [
        Incident(f"i{number}", START, None, "x" * 200, Source.PUBLIC) for number in range(2_000)
    ]
    store.add_incidents(incidents[:10])
    with db.write() as connection:
        # The limit is the connection's; in one thread the pool hands out the same one again.
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(OutsideError, match="database or disk is full"):
        store.add_incidents(incidents)
    # More than the pages that migrations left free.
    entry = AuditEntry(START, "ding", "incident.report", reason="x" * 400_000)
    with pytest.raises(OutsideError, match="database or disk is full"):
        audit.add(entry)
    assert len(store.list_incidents()) == 10
    with db.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    store.add_incidents(incidents)
    audit.add(entry)
    assert len(store.list_incidents()) == 2_000
    assert audit.verify().ok
    assert db.is_sound()
    db.close()
