"""Incidents from a table: one row, one report."""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from patrol.model.incident import Incident, Source
from patrol.model.place import Place
from patrol.read.columns import (
    CellError,
    Cells,
    ColumnChoice,
    Field,
    Reading,
    check_persons,
    match_columns,
    read_rows,
)
from patrol.read.table import Table
from patrol.read.times import EXAMPLES, TimeParser, make_parser

FIELDS = (
    Field("time", True, ("datetime", "occurred", "date", "时间", "报警时间", "发生时间")),
    Field("lon", True, ("lng", "long", "longitude", "x", "经度")),
    Field("lat", True, ("latitude", "y", "纬度")),
    Field("kind", False, ("category", "type", "类别", "警情类别", "类型")),
    Field("address", False, ("location", "block", "地址", "地点", "案发地点")),
    Field("id", False, ("incident_id", "编号", "警情编号")),
)
UNKNOWN_KIND = ""
"""The kind of an incident whose row names none."""


@dataclass(frozen=True, slots=True)
class IncidentOptions:
    """How a file of incidents is to be understood."""

    source: Source
    zone: ZoneInfo
    choice: ColumnChoice = ColumnChoice()  # noqa: RUF009 - frozen, so it may be shared
    time_format: str | None = None


def read_incidents(table: Table, options: IncidentOptions) -> Reading[Incident]:
    """Read incidents; those without a place are kept with ``place`` ``None``.

    Ids derive from the content, so that the same report in another file, or the same file again,
    gets the same id. Rows that agree in every column are one report, counted in ``duplicates``;
    rows that agree in what is kept but differ in another column are told apart by their order.

    Raises
    ------
    InputError
        If a needed column is missing or a column looks like persons.
    """
    places = match_columns(table, FIELDS, options.choice)
    check_persons(table, options.choice, name_is_person=True)
    parser = make_parser(
        (text for row in table.rows if (text := Cells(places, row).text("time"))),
        options.zone,
        options.time_format,
    )
    seen_rows: set[tuple[str, ...]] = set()
    seen_ids: Counter[str] = Counter()
    repeats = 0

    def parse(cells: Cells) -> Incident | None:
        nonlocal repeats
        incident = _parse_incident(cells, parser, options.source)
        if cells.row.cells in seen_rows:
            repeats += 1
            return None
        seen_rows.add(cells.row.cells)
        seen_ids[incident.id] += 1
        turn = seen_ids[incident.id]
        return incident if turn == 1 else replace(incident, id=f"{incident.id}-{turn}")

    reading = read_rows(table, places, parse)
    kept = tuple(incident for incident in reading.values if incident is not None)
    return Reading(reading.file, reading.read, kept, reading.refused, repeats, reading.warnings)


def _parse_incident(cells: Cells, parser: TimeParser, source: Source) -> Incident:
    time = _parse_time(cells, parser)
    place = cells.find_place()
    kind = cells.text("kind", UNKNOWN_KIND)
    address = cells.text("address")
    given = cells.text("id")
    name = f"{source}-{given}" if given else content_id(time, place, kind, source, address)
    return Incident(id=name, time=time, place=place, kind=kind, source=source, address=address)


def _parse_time(cells: Cells, parser: TimeParser) -> datetime:
    text = cells.text("time")
    if not text:
        raise CellError("time", "", "must not be empty")
    try:
        return parser(text)
    except (ValueError, OverflowError) as error:
        raise CellError(
            "time", text, f"must be a time such as {EXAMPLES} ({error}), or name --time-format"
        ) from error


def content_id(time: datetime, place: Place | None, kind: str, source: Source, address: str) -> str:
    """An id that is the same whenever the same report is read again."""
    where = f"{place.lon:.6f},{place.lat:.6f}" if place is not None else ""
    text = "\x1f".join((time.isoformat(), where, kind, source, address))
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()
