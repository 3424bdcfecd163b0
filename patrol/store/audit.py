"""The audit log: append-only lines, each with a MAC over itself and all lines before it."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, text

from patrol.model.account import AuditEntry, AuditLine
from patrol.store.database import Database
from patrol.store.rows import from_us, to_json, to_us
from patrol.store.schema import audit

FIRST_MAC = ""
"""What the first line is chained to."""

DROPPED = "audit.drop"
"""Action of the line that retention leaves in the place of what it deleted."""

_VERIFY_ROWS = 5_000
"""Lines read at once while verifying."""


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What verifying found: lines read, the first bad one and why, and the newest line's MAC.

    The head is what a daily report prints: a log whose end was cut off has another one.
    """

    lines: int
    head: str
    bad_seq: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether every line is as it was written."""
        return self.bad_seq is None


class AuditStore:
    """The log and its key; whoever can write the database but lacks the key cannot forge it."""

    def __init__(self, db: Database, key: bytes) -> None:
        self._db = db
        self._key = key

    def add(self, entry: AuditEntry) -> AuditLine:
        """Append one line; committed when this returns."""
        with self._db.write() as connection:
            return self._append(connection, entry)

    def _append(self, connection: Connection, entry: AuditEntry) -> AuditLine:
        if not self._db.is_sqlite:
            # Two writers must not chain to the same line; on SQLite the write lock does it.
            connection.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
        last = connection.execute(
            select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)
        ).first()
        seq, before = (1, FIRST_MAC) if last is None else (last.seq + 1, last.mac)
        line = AuditLine(seq, entry, self._mac(before, seq, entry))
        connection.execute(audit.insert(), _row(line))
        return line

    def drop_before(self, before: datetime, at: datetime) -> int:
        """Delete the oldest lines, as retention asks, and say in a line of their own where to.

        That line holds the MAC that the rest is chained to, so the rest can still be verified.
        """
        with self._db.write() as connection:
            last = connection.execute(
                select(audit.c.seq, audit.c.mac)
                .where(audit.c.at_us < to_us(before))
                .order_by(audit.c.seq.desc())
                .limit(1)
            ).first()
            if last is None:
                return 0
            entry = AuditEntry(at, actor="keeper", action=DROPPED, object=str(last.seq))
            self._append(connection, replace(entry, after=last.mac))
            return connection.execute(delete(audit).where(audit.c.seq <= last.seq)).rowcount

    def list(
        self,
        limit: int = 100,
        *,
        before_seq: int | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> tuple[AuditLine, ...]:
        """The newest lines, newest first."""
        statement = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        if before_seq is not None:
            statement = statement.where(audit.c.seq < before_seq)
        if actor is not None:
            statement = statement.where(audit.c.actor == actor)
        if action is not None:
            statement = statement.where(audit.c.action == action)
        with self._db.read() as connection:
            return tuple(_line(row) for row in connection.execute(statement))

    def find_actors(self, action: str, at: Mapping[str, datetime]) -> dict[str, str]:
        """Who did something to some objects, by object.

        Parameters
        ----------
        action
            What was done.
        at
            When, by object; a line is looked for within five seconds of it, as the lines are in
            the order of time and not of objects.
        """
        if not at:
            return {}
        around = timedelta(seconds=5)
        statement = (
            select(audit.c.object, audit.c.actor)
            .where(
                audit.c.at_us >= to_us(min(at.values()) - around),
                audit.c.at_us <= to_us(max(at.values()) + around),
                audit.c.action == action,
                audit.c.object.in_(list(at)),
            )
            .order_by(audit.c.seq.desc())
        )
        with self._db.read() as connection:
            return {row.object: row.actor for row in connection.execute(statement)}

    def verify(self, expected_head: str | None = None) -> AuditVerdict:
        """Recompute every MAC and name the first line that is not as it was written.

        Parameters
        ----------
        expected_head
            MAC of a line that is known to have been there, as a report printed it; a log that no
            longer holds it was cut off or rewritten.
        """
        with self._db.read() as connection:
            before, expected_seq = _beginning(connection)
            count, head_seen = 0, expected_head in (None, before)
            for line in _all_lines(connection):
                if line.seq != expected_seq:
                    return AuditVerdict(count, before, expected_seq, "line is missing")
                if not hmac.compare_digest(line.mac, self._mac(before, line.seq, line.entry)):
                    return AuditVerdict(count, before, line.seq, "line was changed")
                before, expected_seq, count = line.mac, line.seq + 1, count + 1
                head_seen = head_seen or line.mac == expected_head
        if not head_seen:
            return AuditVerdict(count, before, expected_seq, "the end of the log was cut off")
        return AuditVerdict(count, before)

    def _mac(self, before: str, seq: int, entry: AuditEntry) -> str:
        body = to_json({**asdict(entry), "at": to_us(entry.at), "seq": seq})
        return hmac.new(self._key, f"{before}{body}".encode(), hashlib.sha256).hexdigest()


def _beginning(connection: Connection) -> tuple[str, int]:
    """What the first line that is left must be chained to, and its number."""
    row = connection.execute(
        select(audit).where(audit.c.action == DROPPED).order_by(audit.c.seq.desc()).limit(1)
    ).first()
    if row is None or not row.object.isdecimal():
        return FIRST_MAC, 1
    return row.after, int(row.object) + 1


def _all_lines(connection: Connection) -> Iterator[AuditLine]:
    after = 0
    while True:
        rows = connection.execute(
            select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(_VERIFY_ROWS)
        ).all()
        for row in rows:
            yield _line(row)
        if len(rows) < _VERIFY_ROWS:
            return
        after = rows[-1].seq


def _row(line: AuditLine) -> dict[str, Any]:
    fields = asdict(line.entry)
    at_us = to_us(fields.pop("at"))
    return {**fields, "at_us": at_us, "seq": line.seq, "mac": line.mac}


def _line(row: Row[Any]) -> AuditLine:
    entry = AuditEntry(
        at=from_us(row.at_us),
        actor=row.actor,
        action=row.action,
        object=row.object,
        role=row.role,
        device=row.device,
        address=row.address,
        before=row.before,
        after=row.after,
        reason=row.reason,
    )
    return AuditLine(row.seq, entry, row.mac)
