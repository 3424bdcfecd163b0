"""``docs/storage.md`` names every table, and every table that it names exists."""

import re
from pathlib import Path

from patrol.store.schema import metadata

PAGE = Path(__file__).resolve().parents[2] / "docs" / "storage.md"


def test_every_table_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(metadata.tables)


def test_every_index_that_keeps_a_promise_is_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    unique = [
        str(index.name)
        for table in metadata.tables.values()
        for index in table.indexes
        if index.unique
    ]
    assert unique
    assert [name for name in unique if f"`{name}`" not in page] == []
