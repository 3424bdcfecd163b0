"""``patrol report``: what was done and how it was planned, by town, mode or shift and period."""

from collections.abc import Callable
from pathlib import Path

import click

from patrol.cli.hotspots import parse_day
from patrol.cli.output import print_json, print_text
from patrol.cli.program import pass_services
from patrol.model.errors import InputError, OutsideError
from patrol.model.report import Report, ReportName
from patrol.usecase.report import ask_report, make_report, report_json
from patrol.usecase.report_file import (
    cell_text,
    column_text,
    head_lines,
    make_pdf,
    make_workbook,
    shown,
)
from patrol.usecase.services import Services
from patrol.web.language import LANGUAGES, load_texts

Command = Callable[..., None]

ABOUT = {
    ReportName.VISIBILITY: "On which share of streets and hours a unit was seen, by town.",
    ReportName.COVERAGE: "Which of the planned visits were really made, by town.",
    ReportName.RESPONSE: "Minutes from a report to the first unit on the scene, by town.",
    ReportName.SAFETY: "Residents' answers by town and quarter: target met, not shown, missed.",
    ReportName.FAIRNESS: "How evenly plans loaded the units of a mode: hours, way, nights.",
    ReportName.GUARANTEE: "Which share of the weight plans kept within its response ring.",
}


@click.group("report")
def report() -> None:
    """Reports by town, mode or shift and period: on the screen, as JSON, Excel or PDF."""


def _make_command(name: ReportName) -> None:
    @report.command(name.value, help=ABOUT[name])
    @click.option("--from", "first", help="First day, local; default: some days back.")
    @click.option("--to", "last", help="Day after the last one; default: tomorrow.")
    @click.option(
        "--out", type=click.Path(path_type=Path), help="File to write, .xlsx or .pdf by its name."
    )
    @click.option(
        "--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @pass_services
    def command(
        services: Services,
        first: str | None,
        last: str | None,
        out: Path | None,
        lang: str,
        *,
        as_json: bool,
    ) -> None:
        request = ask_report(
            services,
            name,
            None if first is None else parse_day("--from", first),
            None if last is None else parse_day("--to", last),
        )
        made = make_report(services, request)
        if out is not None:
            _write(services, made, out, lang)
        if as_json:
            told = {} if out is None else {"out": str(out)}
            print_json({"ok": True, **report_json(made), **told})
        elif out is not None:
            print_text(str(out))
        else:
            _show(services, made, lang)


def _county(services: Services, lang: str) -> str:
    county = services.config.county
    return county.name_en if lang == "en" else county.name


def _write(services: Services, made: Report, out: Path, lang: str) -> None:
    makers = {".xlsx": make_workbook, ".pdf": make_pdf}
    maker = makers.get(out.suffix.lower())
    if maker is None:
        raise InputError(f"--out must end in .xlsx or .pdf, got {out.name}")
    body = maker(made, load_texts(lang), _county(services, lang), services.config.county.zone)
    try:
        out.write_bytes(body)
    except OSError as error:
        raise OutsideError(f"{out} cannot be written: {error.strerror or error}") from error


def _show(services: Services, made: Report, lang: str) -> None:
    texts = load_texts(lang)
    for line in head_lines(made, texts, _county(services, lang), services.config.county.zone):
        print_text(line)
    columns, rows = shown(made, texts)
    for row in rows:
        cells = [
            f"{column_text(column, texts)} {cell_text(cell, column, texts)}"
            for cell, column in zip(row[1:], columns[1:], strict=True)
        ]
        print_text(f"{cell_text(row[0], columns[0], texts)}: {', '.join(cells)}")


for _name in ReportName:
    _make_command(_name)

commands: list[click.Command] = [report]
