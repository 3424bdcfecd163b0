"""Reports of imports, and the faults whose rows planners leave out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, select

from patrol.model.errors import NotFoundError
from patrol.model.fault import Fault, FaultChoice
from patrol.store.database import Database
from patrol.store.rows import from_us, save_rows, to_json, to_us
from patrol.store.schema import fault_choices, import_reports

KEPT_REPORTS = 50
"""Newest reports that stay; each is up to some hundred kilobytes."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import of incidents found: of which file and source, when, by whom."""

    id: str
    at: datetime
    actor: str
    file: str
    source: str
    body: Mapping[str, Any]


class ImportReportStore:
    """Reports of imports of incidents."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_report(self, report: ImportReport) -> None:
        """Keep a report; the oldest beyond the newest fifty go."""
        row = {
            "id": report.id,
            "at_us": to_us(report.at),
            "actor": report.actor,
            "file": report.file,
            "source": report.source,
            "body": to_json(report.body),
        }
        newest = (
            select(import_reports.c.id)
            .order_by(import_reports.c.at_us.desc(), import_reports.c.id.desc())
            .limit(KEPT_REPORTS)
        )
        with self._db.write() as connection:
            save_rows(connection, import_reports, [row])
            kept = connection.execute(newest).scalars().all()
            connection.execute(delete(import_reports).where(import_reports.c.id.not_in(kept)))

    def list_reports(self) -> tuple[ImportReport, ...]:
        """All that are kept, newest first."""
        table = import_reports.c
        statement = select(import_reports).order_by(table.at_us.desc(), table.id.desc())
        with self._db.read() as connection:
            return tuple(_report(row) for row in connection.execute(statement))

    def get_report(self, report_id: str) -> ImportReport:
        """The report of this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        statement = select(import_reports).where(import_reports.c.id == report_id)
        with self._db.read() as connection:
            row = connection.execute(statement).first()
        if row is None:
            raise NotFoundError(f"import report {report_id} does not exist")
        return _report(row)


def _report(row: Any) -> ImportReport:
    return ImportReport(
        row.id, from_us(row.at_us), row.actor, row.file, row.source, orjson.loads(row.body)
    )


class FaultStore:
    """Faults whose rows are left out, on the map and at every later import."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def list_choices(self) -> tuple[FaultChoice, ...]:
        """Faults that are left out, by name."""
        statement = select(fault_choices).order_by(fault_choices.c.fault)
        with self._db.read() as connection:
            return tuple(
                FaultChoice(Fault(row.fault), from_us(row.at_us), row.actor)
                for row in connection.execute(statement)
            )

    def leave_out(self, choice: FaultChoice) -> None:
        """Leave rows with a fault out from now on; saying it again changes nothing."""
        if any(known.fault is choice.fault for known in self.list_choices()):
            return
        row = {
            "fault": choice.fault.value,
            "at_us": to_us(choice.at),
            "actor": choice.actor,
        }
        with self._db.write() as connection:
            save_rows(connection, fault_choices, [row])

    def take_in(self, fault: Fault) -> None:
        """Let rows with a fault count again."""
        with self._db.write() as connection:
            connection.execute(delete(fault_choices).where(fault_choices.c.fault == fault.value))
