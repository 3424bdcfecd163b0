"""The supervisor's reports: visibility, coverage, response, safety, fairness, guarantee."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from patrol.model.errors import InputError
from patrol.model.report import Report, ReportName
from patrol.usecase.report_coverage import report_coverage
from patrol.usecase.report_fairness import report_fairness
from patrol.usecase.report_guarantee import report_guarantee
from patrol.usecase.report_response import report_response
from patrol.usecase.report_safety import report_safety
from patrol.usecase.report_visibility import report_visibility
from patrol.usecase.services import Services

LONGEST_D = {
    ReportName.VISIBILITY: 31,
    ReportName.COVERAGE: 92,
    ReportName.RESPONSE: 1_830,
    ReportName.SAFETY: 3_660,
    ReportName.FAIRNESS: 92,
    ReportName.GUARANTEE: 92,
}
"""Longest period of a report, days: what reads positions or plans must not run for minutes."""

USUAL_D = {
    ReportName.VISIBILITY: 7,
    ReportName.COVERAGE: 7,
    ReportName.RESPONSE: 28,
    ReportName.SAFETY: 366,
    ReportName.FAIRNESS: 28,
    ReportName.GUARANTEE: 28,
}
"""Days up to today where no period is asked for."""

_MAKERS: dict[ReportName, Callable[[Services, datetime, datetime], Report]] = {
    ReportName.VISIBILITY: report_visibility,
    ReportName.COVERAGE: report_coverage,
    ReportName.RESPONSE: report_response,
    ReportName.SAFETY: report_safety,
    ReportName.FAIRNESS: report_fairness,
    ReportName.GUARANTEE: report_guarantee,
}


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Which report, over the local days ``[first, last)``."""

    name: ReportName
    first: date
    last: date

    def __post_init__(self) -> None:
        longest = LONGEST_D[self.name]
        if not 1 <= (self.last - self.first).days <= longest:
            raise InputError(
                f"the {self.name} report takes 1 to {longest} days (the last day is not part of "
                f"it), got {self.first} to {self.last}"
            )


def ask_report(
    services: Services, name: ReportName, first: date | None, last: date | None
) -> ReportRequest:
    """The request with its usual period where a day is not given: up to and with today."""
    today = services.clock().astimezone(services.config.county.zone).date()
    end = last or today + timedelta(days=1)
    return ReportRequest(name, first or end - timedelta(days=USUAL_D[name]), end)


def make_report(services: Services, request: ReportRequest) -> Report:
    """Work the report out from what is stored."""
    zone = services.config.county.zone
    start = datetime.combine(request.first, time(), zone)
    end = datetime.combine(request.last, time(), zone)
    return _MAKERS[request.name](services, start, end)


def report_json(report: Report) -> dict[str, Any]:
    """The report as ``--json`` and the API give it; shares in [0, 1], ``null`` for unknown."""
    return {
        "report": report.name.value,
        "from": report.start,
        "to": report.end,
        "columns": [
            {"key": column.key, "measure": column.measure.value} for column in report.columns
        ],
        "rows": report.records(),
        "notes": list(report.notes),
    }
