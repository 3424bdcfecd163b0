"""The audit log shows every line that was changed, taken out, moved or cut off."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update

from patrol.model.account import AuditEntry
from patrol.store.audit import AuditStore
from patrol.store.database import Database
from patrol.store.schema import audit
from tests.contract.made import NOON

LINES = 12


@pytest.fixture
def log(db: Database) -> AuditStore:
    store = AuditStore(db, b"a key that only the service knows")
    for number in range(LINES):
        store.add(
            AuditEntry(
                NOON + timedelta(seconds=number), "ding", "incident.assign", f"i{number}", "d"
            )
        )
    return store


def test_an_untouched_log_is_verified_and_listed_newest_first(log: AuditStore) -> None:
    verdict = log.verify()
    assert verdict.ok
    assert verdict.lines == LINES
    assert [line.seq for line in log.list(limit=2)] == [LINES, LINES - 1]
    assert log.list(actor="sun") == ()
    assert log.list(limit=1)[0].mac == verdict.head
    assert log.verify(expected_head=verdict.head).ok


def test_who_did_something_is_found_by_object_near_its_time(log: AuditStore) -> None:
    near = {"i3": NOON + timedelta(seconds=4), "i4": NOON + timedelta(seconds=4)}
    assert log.find_actors("incident.assign", near) == {"i3": "ding", "i4": "ding"}
    assert log.find_actors("incident.close", near) == {}
    assert log.find_actors("incident.assign", {"i3": NOON + timedelta(hours=1)}) == {}
    assert log.find_actors("incident.assign", {}) == {}


@pytest.mark.parametrize(
    "column", ["at_us", "actor", "role", "device", "address", "action", "object", "reason", "mac"]
)
def test_a_changed_column_is_found_at_its_line(db: Database, log: AuditStore, column: str) -> None:
    with db.write() as connection:
        value = 1 if column == "at_us" else "somebody else"
        connection.execute(update(audit).where(audit.c.seq == 5).values({column: value}))
    assert log.verify().bad_seq == 5


def _delete_middle(db: Database) -> None:
    with db.write() as connection:
        connection.execute(delete(audit).where(audit.c.seq == 7))


def _swap(db: Database) -> None:
    with db.write() as connection:
        for one, other in ((7, -1), (8, 7), (-1, 8)):
            connection.execute(update(audit).where(audit.c.seq == one).values(seq=other))


@pytest.mark.parametrize("tamper", [_delete_middle, _swap])
def test_a_line_that_is_missing_or_moved_is_found(
    db: Database, log: AuditStore, tamper: Callable[[Database], None]
) -> None:
    tamper(db)
    assert log.verify().bad_seq == 7


def test_a_cut_end_is_found_by_the_head_that_a_report_printed(
    db: Database, log: AuditStore
) -> None:
    head = log.verify().head
    with db.write() as connection:
        connection.execute(delete(audit).where(audit.c.seq > 9))
    assert log.verify().ok
    verdict = log.verify(expected_head=head)
    assert not verdict.ok
    assert verdict.reason == "the end of the log was cut off"


def test_what_retention_drops_is_said_and_the_rest_is_verified(
    db: Database, log: AuditStore
) -> None:
    assert log.drop_before(NOON, NOON) == 0
    assert log.drop_before(NOON + timedelta(seconds=5), NOON + timedelta(days=1)) == 5
    assert log.drop_before(NOON + timedelta(seconds=7), NOON + timedelta(days=2)) == 2
    verdict = log.verify()
    assert (verdict.ok, verdict.lines) == (True, LINES - 7 + 2)
    assert [line.entry.action for line in log.list(limit=2)] == ["audit.drop", "audit.drop"]
    with db.write() as connection:
        connection.execute(delete(audit).where(audit.c.seq == 8))
    assert log.verify().bad_seq == 8


def test_a_cut_beginning_is_found(db: Database, log: AuditStore) -> None:
    with db.write() as connection:
        connection.execute(delete(audit).where(audit.c.seq < 4))
    assert log.verify().bad_seq == 1


def test_a_forged_line_about_dropping_is_found(db: Database, log: AuditStore) -> None:
    with db.write() as connection:
        connection.execute(delete(audit).where(audit.c.seq < 4))
        values = {"action": "audit.drop", "object": "3", "after": "0" * 64}
        connection.execute(update(audit).where(audit.c.seq == LINES).values(values))
    assert log.verify().bad_seq == 4


def test_another_key_verifies_nothing(db: Database, log: AuditStore) -> None:
    assert AuditStore(db, b"a key that somebody guessed").verify().bad_seq == 1
    assert log.verify().ok


def test_hostile_texts_are_kept_as_they_are(db: Database, log: AuditStore) -> None:
    entry = AuditEntry(NOON, "x'); DROP TABLE audit; --", "a\nb", "\x1b[31m", reason="甲")
    log.add(entry)
    assert log.list(limit=1)[0].entry == entry
    assert log.verify().ok
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == LINES + 1
