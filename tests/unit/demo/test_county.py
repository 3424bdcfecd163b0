"""The county's tables hold together: every unit has a base, every street lies in a town."""

from datetime import date

import shapely
from shapely.geometry import shape

from patrol.demo.county import make_survey, make_towns
from patrol.demo.places import list_landmarks, list_stations, list_units
from patrol.demo.streets import make_streets


def test_there_are_12_foot_10_ebike_and_8_car_units_from_known_bases() -> None:
    units = list_units()
    modes = [unit["mode"] for unit in units]
    bases = {base["id"] for base in list_stations(make_streets(7).drawing)}
    assert [modes.count(mode) for mode in ("foot", "ebike", "car")] == [12, 10, 8]
    assert {unit["base_id"] for unit in units} == bases
    assert sum(bool(unit["guard_of"]) for unit in units) == 3


def test_every_node_of_every_street_lies_in_exactly_one_town() -> None:
    made = make_streets(7)
    areas = [shape(feature["geometry"]) for feature in make_towns(made)["features"]]
    lon, lat = zip(
        *((p.lon, p.lat) for p in map(made.drawing.place, made.drawing.points)), strict=True
    )
    inside = sum(shapely.contains_xy(area, lon, lat).astype(int) for area in areas)
    used = {node for way in made.drawing.ways if "highway" in way.tags for node in way.nodes}
    assert {int(inside[node - 1]) for node in used} == {1}


def test_towns_do_not_overlap() -> None:
    areas = [shape(feature["geometry"]) for feature in make_towns(make_streets(7))["features"]]
    whole = shapely.union_all(areas)
    assert abs(sum(area.area for area in areas) - whole.area) < 1e-9


def test_landmarks_have_windows_or_a_cadence() -> None:
    for row in list_landmarks(make_streets(7).drawing):
        assert row["windows"] or row["cadence_min"], row["id"]


def test_the_survey_holds_the_last_four_whole_quarters() -> None:
    rows = make_survey(date(2026, 2, 3), 1)
    assert list(dict.fromkeys(row["quarter"] for row in rows)) == [
        "2025Q1",
        "2025Q2",
        "2025Q3",
        "2025Q4",
    ]
    assert all(0 <= int(row["safe"]) <= int(row["asked"]) for row in rows)
