"""Reports as files: a workbook for those who go on reckoning, a PDF for those who sign.

Texts come in as a catalogue, so that the same report can be written in both languages.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from fontTools.ttLib import TTLibError  # type: ignore[import-untyped]  # it brings no types
from fpdf import FPDF, FontFace
from fpdf.errors import FPDFException
from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from patrol.model.errors import OutsideError
from patrol.model.report import COUNTY, Cell, Column, Measure, Report

Texts = Mapping[str, str]

_FORMATS = {
    Measure.COUNT: "#,##0",
    Measure.SHARE: "0.0%",
    Measure.CHANGE: "+0.0%;-0.0%;0.0%",
    Measure.MINUTES: "0.0",
    Measure.HOURS: "0.0",
    Measure.KM: "0.0",
}
_WIDEST = 40

FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
)
_FONT_MAGIC = {b"\x00\x01\x00\x00", b"true", b"OTTO", b"ttcf"}
FONT_NAMES = (
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "NotoSansSC-Regular.ttf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
)
"""Fonts with Chinese characters that Linux systems carry, best first."""


def column_text(column: Column, texts: Texts) -> str:
    """The head of a column, its measure named."""
    return texts[f"report.col.{column.key}"]


def cell_text(cell: Cell, column: Column, texts: Texts) -> str:
    """A cell as a person reads it; a dash where nothing is known."""
    if cell is None or cell == "":
        return "–"
    if column.measure is Measure.WORD:
        return texts.get(f"report.word.{cell}", str(cell))
    if isinstance(cell, str):
        return cell
    if column.measure is Measure.SHARE:
        return f"{cell:.1%}"
    if column.measure is Measure.CHANGE:
        return f"{100 * cell:+.1f}"
    if column.measure is Measure.COUNT:
        return f"{cell:,.0f}"
    return f"{cell:,.1f}"


def shown(report: Report, texts: Texts) -> tuple[tuple[Column, ...], list[list[Cell]]]:
    """Columns and rows as they are shown: without town ids, the county under its own name."""
    keys = [column.key for column in report.columns]
    if "town_id" not in keys:
        return report.columns, [list(row) for row in report.rows]
    at = [number for number, key in enumerate(keys) if key != "town_id"]
    town, town_id = keys.index("town"), keys.index("town_id")
    rows = []
    for row in report.rows:
        cells = list(row)
        if row[town_id] == COUNTY:
            cells[town] = texts["report.county"]
        rows.append([cells[number] for number in at])
    return tuple(report.columns[number] for number in at), rows


def head_lines(report: Report, texts: Texts, county: str, zone: ZoneInfo) -> tuple[str, ...]:
    """Title, county with period, what the figures mean, and the remarks."""
    first, last = (moment.astimezone(zone) for moment in (report.start, report.end))
    period = texts["report.period"].replace("{first}", _day(first)).replace("{last}", _day(last))
    return (
        texts[f"report.{report.name}.title"],
        f"{county} · {period}",
        texts[f"report.{report.name}.about"],
        *(texts[f"report.note.{note}"] for note in report.notes),
    )


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def make_workbook(report: Report, texts: Texts, county: str, zone: ZoneInfo) -> bytes:
    """The report as an Excel workbook: numbers stay numbers, texts never become formulas."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(texts[f"report.{report.name}.title"][:31])
    title, *rest = head_lines(report, texts, county, zone)
    for number, line in enumerate((title, *rest), start=1):
        _put_text(_at(sheet, number, 1), line).font = Font(bold=number == 1)
    columns, rows = shown(report, texts)
    top = len(rest) + 3
    for at, column in enumerate(columns, start=1):
        head = _put_text(_at(sheet, top, at), column_text(column, texts))
        head.font = Font(bold=True)
        head.alignment = Alignment(wrap_text=True, vertical="top")
        width = max([len(cell_text(row[at - 1], column, texts)) for row in rows] + [9])
        sheet.column_dimensions[head.column_letter].width = min(_WIDEST, 1.4 * width)
    for number, row in enumerate(rows, start=top + 1):
        for at, (cell, column) in enumerate(zip(row, columns, strict=True), start=1):
            _put(_at(sheet, number, at), cell, column, texts)
    sheet.freeze_panes = _at(sheet, top + 1, 2)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _at(sheet: Worksheet, row: int, column: int) -> SheetCell:
    # Nothing is merged in our sheets, so a cell is never the hidden part of another.
    return cast("SheetCell", sheet.cell(row, column))


def _put(target: SheetCell, cell: Cell, column: Column, texts: Texts) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        word = cell_text(cell, column, texts) if column.measure is Measure.WORD else cell
        _put_text(target, word)
        return
    target.value = cell
    target.number_format = _FORMATS[column.measure]


def _put_text(target: SheetCell, text: str) -> SheetCell:
    # A name such as "=cmd|..." would be a formula; openpyxl refuses control characters.
    target.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    target.data_type = "s"
    return target


def make_pdf(
    report: Report,
    texts: Texts,
    county: str,
    zone: ZoneInfo,
    folders: Sequence[Path] = FONT_FOLDERS,
) -> bytes:
    """The report as a PDF of A4 pages, printed the same way for the same data.

    Raises
    ------
    OutsideError
        If the machine has no font with Chinese characters.
    """
    pdf = FPDF(orientation="landscape")
    pdf.set_creation_date(report.end)
    pdf.set_auto_page_break(auto=True, margin=12)
    _take_font(pdf, folders)
    pdf.add_page()
    title, *rest = head_lines(report, texts, county, zone)
    pdf.set_font("cjk", size=16)
    pdf.cell(text=title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("cjk", size=9)
    for line in rest:
        pdf.multi_cell(0, 5, text=line, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)
    columns, rows = shown(report, texts)
    pdf.set_font("cjk", size=8)
    plain = FontFace(emphasis="")
    with pdf.table(
        headings_style=plain,
        text_align=["LEFT" if _is_text(column) else "RIGHT" for column in columns],
        col_widths=[2 if at == 0 else 1.2 for at in range(len(columns))],
        line_height=5,
    ) as table:
        table.row([column_text(column, texts) for column in columns])
        for row in rows:
            table.row([cell_text(*pair, texts) for pair in zip(row, columns, strict=True)])
    return bytes(pdf.output())


def _is_text(column: Column) -> bool:
    return column.measure in {Measure.TEXT, Measure.WORD}


def _take_font(pdf: FPDF, folders: Sequence[Path]) -> None:
    for path in find_fonts(folders):
        try:
            pdf.add_font("cjk", fname=path)
        except (FPDFException, TTLibError, OSError, ValueError, NotImplementedError):
            continue
        return
    raise OutsideError(
        "no font with Chinese characters for a PDF: install fonts-wqy-microhei or fonts-noto-cjk "
        f"(looked for {', '.join(FONT_NAMES[:3])} and others under "
        f"{', '.join(map(str, folders))}), or take the report as .xlsx"
    )


def find_fonts(folders: Sequence[Path]) -> list[Path]:
    """Fonts with Chinese characters below the folders, best first."""
    there = {path.name: path for folder in folders if folder.is_dir() for path in _files(folder)}
    return [there[name] for name in FONT_NAMES if name in there]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.[to]t[cf]") if path.is_file() and _is_font(path)]


def _is_font(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in _FONT_MAGIC
    except OSError:
        return False
