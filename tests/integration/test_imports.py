"""``patrol import``: what is kept, what is refused and why; a second import adds nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from patrol.app import opened
from patrol.cli.main import run

HEADER = "time,lon,lat,category,address\n"
GOOD = "2024-05-01 12:{minute:02d},113.5{row},22.5,theft,解放路 {row} 号\n"


def good_rows(count: int) -> str:
    return "".join(GOOD.format(minute=row % 60, row=row) for row in range(count))


@pytest.fixture
def patrol(
    tmp_path: Path, write_config: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in a county of its own; gives exit code, output and errors."""
    config = write_config()

    def command(*words: str) -> tuple[int, str, str]:
        code = run(["--config", str(config), *words])
        out, err = capsys.readouterr()
        return code, out, err

    return command


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


INCIDENTS = ("--source", "public", "--columns", "time=time,lon=lon,lat=lat,kind=category")


def test_a_second_import_adds_nothing(tmp_path: Path, patrol: Any) -> None:
    file = write(tmp_path, "calls.csv", HEADER + good_rows(30))
    first = json.loads(patrol("import", "incidents", file, *INCIDENTS, "--json")[1])
    again = json.loads(patrol("import", "incidents", file, *INCIDENTS, "--json")[1])
    assert (first["read"], first["kept"], first["added"]) == (30, 30, 30)
    assert (again["read"], again["kept"], again["added"], again["unchanged"]) == (30, 30, 0, 30)


def test_a_bad_row_is_told_and_the_others_are_kept(tmp_path: Path, patrol: Any) -> None:
    file = write(tmp_path, "calls.csv", HEADER + good_rows(30) + "soon,113.5,22.5,theft,\n")
    code, out, _ = patrol("import", "incidents", file, *INCIDENTS)
    assert code == 0
    assert "31 rows read, 30 incidents kept, 1 refused" in out
    assert "refused: row 32, column time: must be a time such as" in out


BAD_FILES = [
    pytest.param(
        "calls.csv",
        "when,lon,lat\n2024-05-01,113.5,22.5\n",
        ["there is no column 'time'", "the columns are: when, lon, lat"],
        id="wrong column",
    ),
    pytest.param("calls.csv", "", ["calls.csv is empty"], id="empty file"),
    pytest.param("calls.csv", HEADER, ["has a header but no rows"], id="header alone"),
    pytest.param(
        "calls.csv",
        HEADER + good_rows(9) + "2024-13-45 99:00,113.5,22.5,theft,\n",
        [
            "1 of 10 rows are bad (10.0%, allowed 5.0%); nothing was imported",
            "calls.csv: row 11, column time",
            "'2024-13-45 99:00'",
            "--allow-bad 0.1",
        ],
        id="ten percent bad",
    ),
    pytest.param(
        "calls.csv",
        HEADER + "2024-05-01,213.5,22.5,theft,\n",
        ["row 2, column lon: must be a number in [-180, 180], got '213.5'"],
        id="out of range",
    ),
    pytest.param(
        "calls.csv",
        "time,lon,lat,category,报警人\n2024-05-01,113.5,22.5,theft,某某\n",
        ["look like persons", "drop=报警人"],
        id="persons",
    ),
    pytest.param("calls.xlsx", "x", ["must end in one of .csv"], id="spreadsheet"),
]


@pytest.mark.parametrize(("name", "text", "messages"), BAD_FILES)
def test_a_bad_file_is_refused_with_its_reason_and_nothing_is_imported(
    tmp_path: Path, patrol: Any, name: str, text: str, messages: list[str]
) -> None:
    code, out, err = patrol("import", "incidents", write(tmp_path, name, text), *INCIDENTS)
    assert code == 2
    for message in messages:
        assert message in err
    assert out == ""
    with opened(tmp_path / "config.yaml") as services:
        assert services.incidents.list_incidents() == ()


def test_more_bad_rows_can_be_allowed(tmp_path: Path, patrol: Any) -> None:
    file = write(tmp_path, "calls.csv", HEADER + good_rows(9) + "soon,113.5,22.5,theft,\n")
    code, out, _ = patrol("import", "incidents", file, *INCIDENTS, "--allow-bad", "0.1")
    assert code == 0
    assert "9 added" in out


def test_the_source_must_be_named(tmp_path: Path, patrol: Any) -> None:
    file = write(tmp_path, "calls.csv", HEADER + good_rows(3))
    code, _, err = patrol("import", "incidents", file)
    assert code == 2
    assert "--source" in err


def test_an_unknown_zone_is_refused(tmp_path: Path, patrol: Any) -> None:
    file = write(tmp_path, "calls.csv", HEADER + good_rows(3))
    code, _, err = patrol("import", "incidents", file, *INCIDENTS, "--tz", "Peking")
    assert code == 2
    assert "--tz must be an IANA time zone such as Asia/Shanghai, got 'Peking'" in err


def headquarters(rows: int) -> str:
    return "".join(
        f"2024-05-02 {row % 24:02d}:{row % 60:02d},113.6,22.6,theft,分局大院\n"
        for row in range(rows)
    )


def test_a_heavy_point_is_named_and_once_excluded_stays_out(tmp_path: Path, patrol: Any) -> None:
    file = write(tmp_path, "calls.csv", HEADER + good_rows(60) + headquarters(24))
    out = patrol("import", "incidents", file, *INCIDENTS)[1]
    assert "113.600000,22.600000 (分局大院): 24 rows, 28.6%" in out
    other = write(tmp_path, "more.csv", HEADER + headquarters(40))
    out = patrol("import", "incidents", other, *INCIDENTS, "--exclude-point", "分局大院")[1]
    assert "40 left out" in out
    assert "left out: 40 rows, point" in out
    assert "one point holds" not in out
    later = write(tmp_path, "later.csv", HEADER + headquarters(50) + good_rows(70))
    told = json.loads(patrol("import", "incidents", later, *INCIDENTS, "--json")[1])
    assert told["excluded"] == 50
    assert not any("one point holds" in warning for warning in told["warnings"])


def test_a_point_that_is_not_in_the_file_cannot_be_excluded(tmp_path: Path, patrol: Any) -> None:
    file = write(tmp_path, "calls.csv", HEADER + good_rows(3))
    code, _, err = patrol("import", "incidents", file, *INCIDENTS, "--exclude-point", "nowhere")
    assert code == 2
    assert "--exclude-point must be LON,LAT or an address in calls.csv, got 'nowhere'" in err


def square(west: float, south: float) -> list[list[list[float]]]:
    east, north = west + 1, south + 1
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


TOWNS = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": "T1", "name": "东镇", "residents": 42000},
                "geometry": {"type": "Polygon", "coordinates": square(113, 22)},
            }
        ],
    }
)
CAMERAS = """\
id,lon,lat,url,rules
K1,113.5,22.5,rtsp://10.0.0.5/1,"[{""name"":""gate"",""kind"":""line"",""points"":[[0,0],[9,9]]}]"
"""
TABLES = {
    "bases": ("bases.csv", "id,name,lon,lat\nB1,东镇所,113.5,22.5\n"),
    "units": ("units.csv", "id,name,mode,base,crew\nF01,步巡一,foot,B1,2\nC01,车巡一,car,B1,2\n"),
    "sites": ("sites.csv", "id,name,kind,lon,lat,windows\nS1,一中,school,113.5,22.5,07:30-08:30\n"),
    "cameras": ("cameras.csv", CAMERAS),
    "survey": ("survey.csv", "town,quarter,asked,safe\n东镇,2024Q3,400,312\n"),
}


def test_every_table_is_imported_once_and_finds_its_town(tmp_path: Path, patrol: Any) -> None:
    towns = write(tmp_path, "towns.geojson", TOWNS)
    assert patrol("import", "towns", towns)[0] == 0
    for what, (name, text) in TABLES.items():
        file = write(tmp_path, name, text)
        code, out, err = patrol("import", what, file, "--json")
        assert code == 0, err
        first = json.loads(out)
        again = json.loads(patrol("import", what, file, "--json")[1])
        assert (first["added"], again["added"], again["changed"]) == (first["kept"], 0, 0)
        assert first["kept"] >= 1
    with opened(tmp_path / "config.yaml") as services:
        assert services.bases.list_bases()[0].town_id == "T1"
        assert services.sites.list_sites()[0].town_id == "T1"
        assert services.cameras.list_cameras()[0].town_id == "T1"
        assert services.surveys.list_answers()[0].town_id == "T1"
        assert [unit.id for unit in services.units.list_units()] == ["C01", "F01"]


def test_towns_imported_last_are_found_for_what_is_there(tmp_path: Path, patrol: Any) -> None:
    assert patrol("import", "bases", write(tmp_path, *TABLES["bases"]))[0] == 0
    assert patrol("import", "towns", write(tmp_path, "towns.geojson", TOWNS))[0] == 0
    with opened(tmp_path / "config.yaml") as services:
        assert services.bases.list_bases()[0].town_id == "T1"


def test_a_unit_of_an_unknown_base_is_warned_about(tmp_path: Path, patrol: Any) -> None:
    code, out, _ = patrol("import", "units", write(tmp_path, *TABLES["units"]))
    assert code == 0
    assert "base B1 is not known yet" in out


def test_one_device_cannot_be_two_units(tmp_path: Path, patrol: Any) -> None:
    text = "id,mode,base,device\nF01,foot,B1,D1\nF02,foot,B1,D1\n"
    code, _, err = patrol("import", "units", write(tmp_path, "units.csv", text))
    assert code == 2
    assert "device_id D1 of unit F02 belongs to F01" in err


@pytest.mark.slow
def test_san_francisco_names_its_headquarters_and_imports_once(
    shared_data: Path, patrol: Any
) -> None:
    file = str(shared_data / "incidents" / "sf_incidents_2014_2015.csv.gz")
    words = ("import", "incidents", file, *INCIDENTS, "--tz", "America/Los_Angeles", "--json")
    first = json.loads(patrol(*words)[1])
    assert (first["read"], first["added"], first["refused"]) == (137_251, 137_251, [])
    assert first["quality"]["heavy_points"][0]["address"] == "800 Block of BRYANT ST"
    assert first["quality"]["heavy_points"][0]["share"] > 0.029
    assert first["quality"]["without_kind"] == 58_088
    again = json.loads(patrol(*words)[1])
    assert (again["added"], again["unchanged"]) == (0, 137_251)
