"""Files on disk as tables: encodings, separators, gzip, GeoJSON, limits."""

import gzip
import json
from pathlib import Path

import pytest

from patrol.model.errors import InputError
from patrol.read.table import Limits, read_table

TEXT = "time,地址\n2024-01-01,解放路 1 号\n2024-01-02,人民路 2 号\n"


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_of_every_usual_encoding_reads_the_same(tmp_path: Path, encoding: str) -> None:
    table = read_table(write(tmp_path, "a.csv", TEXT.encode(encoding)))
    assert table.columns == ("time", "地址")
    assert [row.cells[1] for row in table.rows] == ["解放路 1 号", "人民路 2 号"]
    assert [row.number for row in table.rows] == [2, 3]
    assert bool(table.warnings) is (encoding == "gb18030")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_comma_semicolon_and_tab_separate(tmp_path: Path, separator: str) -> None:
    data = TEXT.replace(",", separator).replace("\n", "\r\n").encode()
    assert read_table(write(tmp_path, "a.csv", data)).columns == ("time", "地址")


def test_a_gzip_file_is_read_whatever_its_name_says(tmp_path: Path) -> None:
    packed = gzip.compress(TEXT.encode())
    assert len(read_table(write(tmp_path, "a.csv.gz", packed)).rows) == 2
    assert len(read_table(write(tmp_path, "b.csv", packed)).rows) == 2


def test_broken_rows_are_kept_with_number_and_reason(tmp_path: Path) -> None:
    data = b'a,b\n1,2\n3\n4,5,6\n"x"y,1\n\n7,8,,\n'
    table = read_table(write(tmp_path, "a.csv", data))
    assert [row.cells for row in table.rows] == [("1", "2"), ("7", "8")]
    reasons = {refusal.row: refusal.reason for refusal in table.refused}
    assert reasons[3] == "has 1 fields, the header has 2"
    assert reasons[4] == "has 3 fields, the header has 2"
    assert reasons[5].startswith("is not CSV")
    assert table.read == 5


def test_a_quoted_line_break_stays_in_its_row(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "a.csv", b'a,b\n"x\ny",1\nz,2\n'))
    assert [row.number for row in table.rows] == [2, 3]
    assert table.rows[0].cells[0] == "x\ny"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b" \r\n", "a.csv is empty"),
        ("a.csv", b"a,b\n", "has a header but no rows"),
        ("a.csv", b"a,a\n1,2\n", "two columns are called 'a'"),
        ("a.csv", b'a,b\n1,"2\n3,4\n', "row 2: a quote is opened and never closed"),
        ("a.csv", b"PK\x03\x04rest", "spreadsheet or archive"),
        ("a.csv", b"a\xff\xfe\xff,b\n1,2\n", "neither UTF-8 nor GB18030"),
        ("a.csv.gz", gzip.compress(b"a,b\n" * 50, mtime=0)[:-12], "cut off or not a gzip file"),
        ("a.xlsx", b"x", "must end in one of .csv"),
        ("a.geojson", b"{", "is not JSON"),
        ("a.geojson", b"[" * 100_000, "is not JSON"),
        ("a.geojson", b'{"type": "Feature"}', "must be a GeoJSON FeatureCollection"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "has no features"),
    ],
)
def test_a_file_that_is_no_table_says_why(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_table(write(tmp_path, name, data))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file gone"):
        read_table(tmp_path / "gone.csv")


def test_a_bomb_is_stopped_at_the_limit(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 2_000_000))
    with pytest.raises(InputError, match="more than 1 MiB"):
        read_table(path, Limits(max_bytes=1024 * 1024))
    with pytest.raises(InputError, match="more than 100 rows"):
        read_table(path, Limits(max_rows=100))


def test_geojson_points_give_lon_and_lat(tmp_path: Path) -> None:
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": 7,
                "properties": {"kind": "theft", "lit": True, "n": 3, "none": None},
                "geometry": {"type": "Point", "coordinates": [113.5, 22.5]},
            },
            "nonsense",
        ],
    }
    table = read_table(write(tmp_path, "a.geojson", json.dumps(collection).encode()))
    assert dict(zip(table.columns, table.rows[0].cells, strict=True)) == {
        "kind": "theft",
        "lit": "true",
        "n": "3",
        "none": "",
        "id": "7",
        "lon": "113.5",
        "lat": "22.5",
    }
    assert table.refused[0].row == 2


def test_geojson_in_another_reference_system_is_refused(tmp_path: Path) -> None:
    collection = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}},
        "features": [{"type": "Feature", "properties": {}, "geometry": None}],
    }
    with pytest.raises(InputError, match="must be WGS 84 degrees"):
        read_table(write(tmp_path, "a.geojson", json.dumps(collection).encode()))
