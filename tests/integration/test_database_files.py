"""Databases that cannot be used are told in plain words; old ones are upgraded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from patrol.model.errors import OutsideError
from patrol.store.database import Database, database_url
from patrol.store.migrate import alembic_config, downgrade, upgrade
from patrol.store.migrations import HEAD
from patrol.store.schema import metadata


def test_the_steps_end_at_the_tables_that_the_stores_use(tmp_path: Path) -> None:
    db = Database(database_url("sqlite", tmp_path))
    db.open()
    with db.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        script = ScriptDirectory.from_config(alembic_config(connection))
        assert script.get_current_head() == HEAD
        assert script.get_heads() == [HEAD]
    db.close()


def test_every_step_can_be_taken_back_and_again(tmp_path: Path) -> None:
    db = Database(database_url("sqlite", tmp_path))
    db.open()
    with db.write() as connection:
        downgrade(connection, "base")
    with db.write() as connection:
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    db.close()


def test_a_file_in_the_way_of_the_data_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    with pytest.raises(OutsideError, match=r"data folder .*/data cannot be written: "):
        Database(database_url("sqlite", tmp_path / "data")).open()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "patrol.sqlite").write_text("these are not the rows you are looking for" * 50)
    with pytest.raises(OutsideError, match="file is not a database"):
        Database(database_url("sqlite", tmp_path)).open()


def test_a_database_that_nobody_answers_for_is_named_without_its_password() -> None:
    url = make_url("postgresql+psycopg://patrol:hush@127.0.0.1:1/patrol")
    with pytest.raises(OutsideError) as caught:
        Database(url).open()
    assert "postgresql+psycopg://patrol:***@127.0.0.1:1/patrol" in str(caught.value)
    assert "hush" not in str(caught.value)
    assert "refused" in str(caught.value)


CHECK = """
import ctypes, sys
# Root ignores permissions by two capabilities; without them it is like everybody else.
for capability in (1, 2):
    assert ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0) in (0, -1)
import os
if os.environ.pop("AGAIN", ""):
    os.execv(sys.executable, [sys.executable, *sys.argv])
from patrol.cli.main import run
sys.exit(run(["check", "--config", sys.argv[1]]))
"""


def test_check_says_that_the_data_folder_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("county: {name: 测试县}\n", encoding="utf-8")
    script = tmp_path / "check.py"
    script.write_text(CHECK)
    (tmp_path / "data").mkdir(mode=0o555)
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "config.yaml")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        # What is left out of the bounding set is gone after the next start of a program.
        env={**os.environ, "AGAIN": "yes"},
    )
    assert "data cannot be written: Permission denied; give this user write" in done.stdout
    assert done.returncode == 4
