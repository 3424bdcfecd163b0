"""The supervisor's reports, as JSON for the page and as files."""

import logging
import threading
from datetime import date
from typing import ClassVar

from flask import Blueprint, Response, current_app, request

from patrol.model.access import Permission
from patrol.model.errors import InputError, NotFoundError, OutsideError
from patrol.model.report import Report, ReportName
from patrol.usecase.report import ReportRequest, ask_report, make_report, report_json
from patrol.usecase.report_file import make_pdf, make_workbook
from patrol.usecase.services import Services
from patrol.web.caller import get_services
from patrol.web.language import find_language, load_texts
from patrol.web.permit import allowed
from patrol.web.reply import good

log = logging.getLogger(__name__)

reports = Blueprint("reports", __name__)

FILES = {
    "xlsx": (
        make_workbook,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "pdf": (make_pdf, "application/pdf"),
}
KEPT = 8
"""Reports kept: the file is asked for right after the page has shown the same."""


class ReportBook:
    """Makes one report at a time in this process, and keeps the newest few for their files."""

    EXTENSION: ClassVar[str] = "patrol.reports"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[ReportRequest, Report] = {}

    def make(self, services: Services, wanted: ReportRequest) -> Report:
        """Work the report out anew."""
        with self._lock:
            self._kept.pop(wanted, None)
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            made = self._kept[wanted] = make_report(services, wanted)
            return made

    def find_or_make(self, services: Services, wanted: ReportRequest) -> Report:
        """What the page has shown, or the report made anew: a file must not differ from it."""
        with self._lock:
            made = self._kept.get(wanted)
        return made or self.make(services, wanted)


def get_reports() -> ReportBook:
    """The reports of this process."""
    book: ReportBook = current_app.extensions[ReportBook.EXTENSION]
    return book


def _wanted(name: str) -> ReportRequest:
    try:
        known = ReportName(name)
    except ValueError:
        raise NotFoundError(f"there is no report {name!r}; {', '.join(ReportName)}") from None
    return ask_report(get_services(), known, _read_day("from"), _read_day("to"))


def _read_day(key: str) -> date | None:
    text = request.args.get(key)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{key} must be a day such as 2026-05-01, got {text}") from None


@reports.get("/reports/<name>")
@allowed(Permission.REPORT_SEE)
def one(name: str) -> Response:
    """One report; ``from`` and ``to`` are local days, the last not part of it."""
    made = get_reports().make(get_services(), _wanted(name))
    return good(**report_json(made))


@reports.get("/reports/<name>.<kind>")
@allowed(Permission.REPORT_SEE)
def as_file(name: str, kind: str) -> Response:
    """The same as an Excel workbook (``xlsx``) or a PDF, in the language of the page."""
    if kind not in FILES:
        raise NotFoundError(f"a report is to be had as {' or '.join(FILES)}, not as {kind!r}")
    services, wanted = get_services(), _wanted(name)
    made = get_reports().find_or_make(services, wanted)
    maker, mimetype = FILES[kind]
    language, county = find_language(), services.config.county
    title = county.name_en if language == "en" else county.name
    try:
        body = maker(made, load_texts(language), title, county.zone)
    except OutsideError as error:
        # A missing font is not "away": the reader should know to take the other file.
        log.warning("report %s as %s: %s", name, kind, error)
        raise NotFoundError("this server has no Chinese font for a PDF; take .xlsx") from error
    answer = Response(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename={name}_{wanted.first}_{wanted.last}.{kind}"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
