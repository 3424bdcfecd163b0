"""Tables from outside: CSV and GeoJSON files as rows of text, with limits on what is taken in.

Row numbers are those a spreadsheet shows: the header of a CSV file is row 1. For GeoJSON the first
feature is row 1.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patrol.model.errors import InputError

SUFFIXES = (".csv", ".csv.gz", ".geojson", ".geojson.gz", ".json")
"""What a table's file name may end in."""

_GZIP_MAGIC = b"\x1f\x8b"
_XLSX_MAGIC = b"PK\x03\x04"
_SHOWN_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold at most: bytes after decompression, and rows."""

    max_bytes: int = 512 * 1024 * 1024
    max_rows: int = 5_000_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one row was not taken; ``column`` is empty where the row as a whole is wrong."""

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}"
        if self.column:
            where += f", column {self.column}"
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row's cells as text, in the order of the table's columns; spaces around are cut."""

    number: int
    cells: tuple[str, ...]
    geometry: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows, the rows that could not be read, and what was noticed on the way."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    refused: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """How many rows the file had, good and bad."""
        return len(self.rows) + len(self.refused)


_DEFAULT_LIMITS = Limits()


def read_table(path: Path, limits: Limits = _DEFAULT_LIMITS) -> Table:
    """Read a CSV or GeoJSON file, gzipped or not.

    CSV may be UTF-8 with or without BOM, UTF-16 with BOM, or GB18030 (what a Chinese Excel writes);
    fields may be separated by comma, semicolon or tab.

    Raises
    ------
    InputError
        If the file is missing, too big, empty, of another format or of no known encoding.
    """
    _check_suffix(path.name)
    return _parse(path.name, _read_bytes(path, limits), limits)


def read_table_bytes(name: str, data: bytes, limits: Limits = _DEFAULT_LIMITS) -> Table:
    """The same for a file that came over the network, which is not unpacked.

    Raises
    ------
    InputError
        If it is empty, of another format or of no known encoding.
    """
    _check_suffix(name)
    return _parse(name, data, limits)


def _check_suffix(name: str) -> None:
    if not name.lower().endswith(SUFFIXES):
        raise InputError(f"{name}: a table's name must end in one of {', '.join(SUFFIXES)}")


def _parse(name: str, data: bytes, limits: Limits) -> Table:
    if not data.strip():
        raise InputError(f"{name} is empty")
    if data.startswith(_XLSX_MAGIC):
        raise InputError(f"{name} is a spreadsheet or archive; save it as CSV (UTF-8) first")
    text, warnings = _decode(name, data)
    if name.lower().removesuffix(".gz").endswith(".csv"):
        return _parse_csv(name, text, limits, warnings)
    return _parse_geojson(name, text, limits, warnings)


def _read_bytes(path: Path, limits: Limits) -> bytes:
    name = path.name
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == _GZIP_MAGIC
            plain.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=plain) as unpacked:
                    data = unpacked.read(limits.max_bytes + 1)
            else:
                data = plain.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise InputError(f"no file {name} in {path.parent}") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{name} is cut off or not a gzip file: {error}") from error
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from error
    if len(data) > limits.max_bytes:
        raise InputError(
            f"{name} holds more than {limits.max_bytes / 1024**2:.0f} MiB; split it into parts"
        )
    return data


def _decode(name: str, data: bytes) -> tuple[str, list[str]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gb18030":
            return text, [f"{name} is not UTF-8; read as GB18030 (Chinese Excel)"]
        return text, []
    raise InputError(f"{name} is neither UTF-8 nor GB18030 nor UTF-16 text; save it as UTF-8")


# ---------------------------------------------------------------------------------------------
# CSV


def _parse_csv(name: str, text: str, limits: Limits, warnings: list[str]) -> Table:
    if text.lower().startswith("sep="):  # Excel's own way to name the separator
        text = text.split("\n", 1)[1] if "\n" in text else ""
    lines = _csv_records(name, text)
    header = next(lines, None)
    if header is None or isinstance(header, Refusal):
        raise InputError(f"{name} has no header row that can be read")
    columns = _check_header(name, header[1])
    rows: list[Row] = []
    refused: list[Refusal] = []
    for record in lines:
        if isinstance(record, Refusal):
            refused.append(record)
            continue
        number, cells = record
        if not any(cells):
            continue
        # Excel pads and trims empty cells at the end of rows; that is not a broken row.
        cells = _trim(cells, len(columns))
        if len(cells) == len(columns):
            rows.append(Row(number, tuple(cells)))
        else:
            reason = f"has {len(cells)} fields, the header has {len(columns)}"
            refused.append(Refusal(number, "", "", reason))
        if len(rows) + len(refused) > limits.max_rows:
            raise InputError(f"{name} has more than {limits.max_rows} rows; split it into parts")
    if not rows and not refused:
        raise InputError(f"{name} has a header but no rows")
    return Table(name, columns, tuple(rows), tuple(refused), tuple(warnings))


def _csv_records(name: str, text: str) -> Iterator[tuple[int, list[str]] | Refusal]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise InputError(
                    f"{name}: row {number}: a quote is opened and never closed"
                ) from error
            yield Refusal(number, "", "", f"is not CSV: {error}")
            continue
        if number == 1 and not any(cells):
            number = 0  # empty lines above the header
            continue
        yield number, [cell.strip() for cell in cells]


def _trim(cells: list[str], width: int) -> list[str]:
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells


def _check_header(name: str, cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells.pop()
    columns = tuple(cell or f"#{index}" for index, cell in enumerate(cells, start=1))
    seen: set[str] = set()
    for column in columns:
        if column in seen:
            raise InputError(f"{name}: row 1: two columns are called {column!r}")
        seen.add(column)
    return columns


# ---------------------------------------------------------------------------------------------
# GeoJSON


def _parse_geojson(name: str, text: str, limits: Limits, warnings: list[str]) -> Table:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not JSON: {error}") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise InputError(f"{name} must be a GeoJSON FeatureCollection")
    if not features:
        raise InputError(f"{name} has no features")
    if len(features) > limits.max_rows:
        raise InputError(f"{name} has more than {limits.max_rows} features; split it into parts")
    _check_reference_system(name, document)
    good: list[tuple[int, dict[str, str], dict[str, Any] | None]] = []
    refused: list[Refusal] = []
    columns: dict[str, None] = {}
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            refused.append(Refusal(number, "", "", "is not a GeoJSON Feature"))
            continue
        cells, geometry = _feature_cells(feature)
        columns.update(dict.fromkeys(cells))
        good.append((number, cells, geometry))
    rows = tuple(
        Row(number, tuple(cells.get(column, "") for column in columns), geometry)
        for number, cells, geometry in good
    )
    return Table(name, tuple(columns), rows, tuple(refused), tuple(warnings))


def _check_reference_system(name: str, document: dict[str, Any]) -> None:
    system = document.get("crs")
    if system is not None and not any(
        known in json.dumps(system) for known in ("CRS84", "EPSG::4326", "EPSG:4326")
    ):
        raise InputError(f"{name}: coordinates must be WGS 84 degrees, got crs {system}")


def _feature_cells(feature: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any] | None]:
    properties = feature.get("properties")
    geometry = feature.get("geometry")
    cells = {
        str(key): _cell_text(value)
        for key, value in (properties if isinstance(properties, dict) else {}).items()
    }
    if "id" not in cells and feature.get("id") is not None:
        cells["id"] = _cell_text(feature["id"])
    geometry = geometry if isinstance(geometry, dict) else None
    if geometry is not None and geometry.get("type") == "Point":
        pair = geometry.get("coordinates")
        if isinstance(pair, list) and len(pair) >= 2:
            cells["lon"], cells["lat"] = _cell_text(pair[0]), _cell_text(pair[1])
    return cells, geometry


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def shown_columns(columns: tuple[str, ...]) -> str:
    """The columns there are, for an error message; a very wide table is cut."""
    shown = ", ".join(columns[:_SHOWN_COLUMNS])
    more = len(columns) - _SHOWN_COLUMNS
    return f"{shown} and {more} more" if more > 0 else shown
