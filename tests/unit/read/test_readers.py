"""Incidents, units, bases, sites, survey answers, towns and cameras from tables."""

import json
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from patrol.model.errors import InputError
from patrol.model.incident import Source
from patrol.model.place import Place
from patrol.model.town import SiteKind, Window
from patrol.model.unit import Mode
from patrol.read.cameras import read_cameras
from patrol.read.columns import ColumnChoice, parse_choice
from patrol.read.incidents import IncidentOptions, read_incidents
from patrol.read.sites import read_sites
from patrol.read.survey import read_survey
from patrol.read.table import Row, Table
from patrol.read.towns import TownIndex, read_towns
from patrol.read.units import read_bases, read_units

NO_CHOICE = ColumnChoice()
OPTIONS = IncidentOptions(Source.PUBLIC, ZoneInfo("Asia/Shanghai"))


def table_of(text: str) -> Table:
    header, *lines = [tuple(line.split("|")) for line in text.strip().splitlines()]
    return Table("t.csv", header, tuple(Row(at, cells) for at, cells in enumerate(lines, 2)))


def reasons(text: str, **others: Any) -> list[str]:
    return [str(no) for no in read_incidents(table_of(text), OPTIONS, **others).refused]


def test_an_incident_keeps_time_place_kind_source_and_address() -> None:
    reading = read_incidents(
        table_of("time|lon|lat|kind|address\n2024-05-01 12:00|113.5|22.5|theft|解放路"), OPTIONS
    )
    (incident,) = reading.values
    assert incident.time == datetime(2024, 5, 1, 4, tzinfo=UTC)
    assert incident.place == Place(113.5, 22.5)
    assert (incident.kind, incident.source, incident.address) == ("theft", "public", "解放路")


def test_ids_come_from_the_content_and_not_from_the_order() -> None:
    first, second = "2024-05-01 12:00|113.5|22.5|theft", "2024-05-02 12:00|113.6|22.5|fight"
    one = read_incidents(table_of(f"time|lon|lat|kind\n{first}\n{second}"), OPTIONS).values
    two = read_incidents(table_of(f"time|lon|lat|kind\n{second}\n{first}"), OPTIONS).values
    assert {incident.id for incident in one} == {incident.id for incident in two}
    assert one[0].id != one[1].id


def test_equal_rows_are_one_report_and_counted() -> None:
    row = "2024-05-01 12:00|113.5|22.5|theft"
    reading = read_incidents(table_of(f"time|lon|lat|kind\n{row}\n{row}\n{row}"), OPTIONS)
    assert (len(reading.values), reading.duplicates) == (1, 2)


def test_rows_that_differ_in_a_column_that_is_not_kept_stay_two_reports() -> None:
    text = "time|lon|lat|case\n2024-05-01|113.5|22.5|1\n2024-05-01|113.5|22.5|2"
    ids = [incident.id for incident in read_incidents(table_of(text), OPTIONS).values]
    assert len(set(ids)) == 2
    assert ids == [incident.id for incident in read_incidents(table_of(text), OPTIONS).values]


@pytest.mark.parametrize("place", ["|", "0|0", "0.0|0.00"])
def test_an_unknown_place_is_kept_as_unknown(place: str) -> None:
    (incident,) = read_incidents(table_of(f"time|lon|lat\n2024-05-01|{place}"), OPTIONS).values
    assert incident.place is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("soon|113.5|22.5", "row 2, column time: must be a time such as 2024-05-01T13:45:00"),
        ("|113.5|22.5", "row 2, column time: must not be empty"),
        ("2024-05-01|213.5|22.5", "column lon: must be a number in [-180, 180], got '213.5'"),
        ("2024-05-01|113.5|north", "column lat: must be a number in [-90, 90], got 'north'"),
        ("2024-05-01|113.5|nan", "column lat: must be a number in [-90, 90], got 'nan'"),
        ("2024-05-01|113.5|", "column lat: must be given when the other coordinate is"),
    ],
)
def test_a_bad_row_names_row_column_value_and_range(row: str, message: str) -> None:
    assert message in reasons(f"time|lon|lat\n{row}")[0]


def test_incidents_with_names_are_refused_before_anything_is_read() -> None:
    table = table_of("time|lon|lat|报警人姓名\n2024-05-01|113.5|22.5|某某")
    with pytest.raises(InputError, match="look like persons"):
        read_incidents(table, OPTIONS)
    options = IncidentOptions(OPTIONS.source, OPTIONS.zone, parse_choice("drop=报警人姓名"))
    assert len(read_incidents(table, options).values) == 1


def test_units_are_read_in_chinese_and_english() -> None:
    text = "编号|呼号|巡逻方式|派出所|人数|终端\nF1|步巡一|步巡|B1|3|13912345678\nC1||CAR|B1||"
    foot, car = read_units(table_of(text), NO_CHOICE).values
    assert (foot.name, foot.mode, foot.base_id, foot.crew) == ("步巡一", Mode.FOOT, "B1", 3)
    assert foot.device_id == "13912345678"
    assert (car.name, car.mode, car.crew, car.device_id) == ("C1", Mode.CAR, 2, None)


def test_a_unit_of_an_unknown_mode_lists_the_modes() -> None:
    (no,) = read_units(table_of("id|mode|base\nF1|horse|B1"), NO_CHOICE).refused
    assert "must be one of foot, ebike, car" in str(no)
    assert "'horse'" in str(no)


def test_bases_need_a_place() -> None:
    reading = read_bases(table_of("id|lon|lat\nB1|113.5|22.5\nB2||"), NO_CHOICE)
    assert [base.id for base in reading.values] == ["B1"]
    assert "must hold a place" in str(reading.refused[0])


def test_sites_have_windows_of_local_time() -> None:
    text = "id|kind|lon|lat|windows|weight\nS1|学校|113.5|22.5|07:30-08:30；16:00-24:00|2"
    (site,) = read_sites(table_of(text), NO_CHOICE).values
    assert (site.kind, site.weight) == (SiteKind.SCHOOL, 2)
    assert site.windows == (Window(time(7, 30), time(8, 30)), Window(time(16), time(0)))


@pytest.mark.parametrize("windows", ["morning", "07:30", "7:30-8:30 or so", "25:00-26:00"])
def test_windows_that_cannot_be_read_are_refused(windows: str) -> None:
    text = f"id|kind|lon|lat|windows\nS1|school|113.5|22.5|{windows}"
    (no,) = read_sites(table_of(text), NO_CHOICE).refused
    assert no.column == "windows"


@pytest.mark.parametrize("quarter", ["2024Q3", "2024-q3", "2024年第三季度", "2024年3季度"])
def test_a_survey_row_may_name_a_quarter(quarter: str) -> None:
    text = f"town|quarter|asked|safe\nT1|{quarter}|400|312"
    (answer,) = read_survey(table_of(text), NO_CHOICE).values
    assert (answer.on, answer.asked, answer.safe) == (date(2024, 9, 30), 400, 312)


def test_more_safe_than_asked_is_refused() -> None:
    (no,) = read_survey(table_of("town|on|asked|safe\nT1|2024-09-30|10|11"), NO_CHOICE).refused
    assert "safe must be in [0, 10], got 11" in str(no)


def square(west: float, south: float, size: float = 1.0) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def town_table(*outlines: dict[str, Any] | None) -> Table:
    rows = tuple(
        Row(at, (f"T{at}", f"Town {at}", "1000"), outline) for at, outline in enumerate(outlines, 1)
    )
    return Table("towns.geojson", ("id", "name", "residents"), rows)


def test_a_place_lies_in_its_town_and_outside_in_none() -> None:
    outlines = [{"type": "Polygon", "coordinates": square(at, 0)} for at in (0, 1)]
    towns = read_towns(town_table(*outlines), NO_CHOICE).values
    index = TownIndex(towns)
    found = index.find_towns(
        np.array([0.5, 1.5, 5.0, np.nan, 1.0]), np.array([0.5, 0.5, 0.5, 0.5, 0.5])
    )
    assert found == ["T1", "T2", None, None, "T1"]


def test_a_town_with_a_hole_and_two_parts_is_kept_whole() -> None:
    hole = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6], [0.4, 0.4]]
    outline = {
        "type": "MultiPolygon",
        "coordinates": [[square(0, 0)[0], hole], square(3, 0)],
    }
    (town,) = read_towns(town_table(outline), NO_CHOICE).values
    assert (town.residents, [len(part) for part in town.polygons]) == (1000, [2, 1])
    assert TownIndex([town]).find_towns(np.array([0.5, 0.1]), np.array([0.5, 0.1])) == [None, "T1"]


def test_an_outline_that_crosses_itself_is_mended() -> None:
    bow = [[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]]
    (town,) = read_towns(town_table({"type": "Polygon", "coordinates": bow}), NO_CHOICE).values
    assert all(len(ring) >= 4 for part in town.polygons for ring in part)


@pytest.mark.parametrize(
    ("outline", "message"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "must be Polygon or MultiPolygon"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2], [0, 0]]]}, "enclose an area"),
        ({"type": "Polygon", "coordinates": square(12_700_000, 0)}, "WGS 84 degrees"),
    ],
)
def test_a_town_without_a_proper_outline_is_refused(outline: dict[str, Any], message: str) -> None:
    (no,) = read_towns(town_table(outline), NO_CHOICE).refused
    assert message in str(no)


def test_no_towns_give_no_town() -> None:
    assert TownIndex([]).find_towns(np.array([1.0]), np.array([1.0])) == [None]


def test_a_camera_takes_its_rules_from_a_column_or_a_rules_file() -> None:
    rules = json.dumps([{"name": "gate", "kind": "line", "points": [[0, 0], [9, 9]]}])
    text = f"id|lon|lat|url|rules\nK1|113.5|22.5|rtsp://10.0.0.5/1|{rules}\nK2|113.5|22.5|a.mp4|"
    first, second = read_cameras(table_of(text), NO_CHOICE).values
    assert first.rules[0].name == "gate"
    assert second.rules == ()
    _, filled = read_cameras(table_of(text), NO_CHOICE, {"K2": first.rules}).values
    assert filled.rules == first.rules
    with pytest.raises(InputError, match="has no camera 'K9' that the rules name"):
        read_cameras(table_of(text), NO_CHOICE, {"K9": first.rules})


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("rtsp://admin:secret@10.0.0.5/1", "must not carry a user or password"),
        ("ftp://10.0.0.5/1", "must start with one of rtsp"),
        ("", "must not be empty"),
    ],
)
def test_a_camera_url_with_a_password_or_strange_scheme_is_refused(url: str, message: str) -> None:
    (no,) = read_cameras(table_of(f"id|lon|lat|url\nK1|113.5|22.5|{url}"), NO_CHOICE).refused
    assert message in str(no)
    assert "secret@" not in str(no)
    assert "secret@" not in no.value
