"""Street coverage over HTTP and by command, on a grid of streets with one camera and one plan."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from patrol.cli.main import cli
from patrol.model.camera import Camera
from tests.integration.web.county import PING, House
from tests.networks import place


@pytest.fixture
def house(untouched_house: House) -> House:
    """A camera at a corner of the grid looks 100 m east along its street."""
    look = Camera(
        *("K9", "Corner", place(200, 200), "rtsp://10.0.0.9/1"),
        heading_deg=90.0,
        fov_deg=60.0,
        range_m=100.0,
    )
    untouched_house.services.cameras.save_cameras([look])
    return untouched_house


def test_the_parts_are_the_whole_and_the_camera_sees_its_street(house: House) -> None:
    ping = house.sign_in(PING)
    found = ping.get("/api/v1/coverage").json
    county = found["towns"][-1]
    parts = sum(county[f"{name}_m"] for name in ("both", "camera", "patrol", "neither"))
    assert parts == pytest.approx(county["street_m"], abs=1)
    # The grid is 200 m wide: a sector of 100 m meets the one street along its middle.
    assert county["both_m"] + county["camera_m"] == pytest.approx(100, abs=1)
    assert county["patrol_m"] > 0
    assert found["cameras_without_heading"] == 1
    assert found["towns"][0]["town_id"] == "T1"


def test_a_camera_that_is_switched_off_sees_nothing(house: House) -> None:
    camera = house.services.cameras.get_camera("K9")
    house.services.cameras.save_cameras([replace(camera, enabled=False)])
    county = house.sign_in(PING).get("/api/v1/coverage").json["towns"][-1]
    assert county["both_m"] + county["camera_m"] == 0


def test_the_layer_holds_what_the_figures_say(house: House) -> None:
    ping = house.sign_in(PING)
    layer = json.loads(ping.get("/api/v1/coverage.geojson?days=3").data)
    kinds = [feature["properties"]["seen_by"] for feature in layer["features"]]
    assert kinds == ["both", "camera", "patrol", "neither"]
    assert layer["features"][3]["geometry"]["coordinates"]
    bad = ping.get("/api/v1/coverage?by=wish")
    assert bad.status_code == 400
    assert "by must be one of plan, passes" in bad.text


def test_the_command_says_the_same(house: House) -> None:
    config = str(Path(house.services.config_path))
    done = CliRunner().invoke(cli, ["--config", config, "report", "streets", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    asked = house.sign_in(PING).get("/api/v1/coverage").json
    assert told["towns"] == asked["towns"]


def test_a_county_without_streets_is_told_so_without_a_path(house: House) -> None:
    data_dir = house.services.config.storage.data_dir
    next(data_dir.rglob("streets.npz")).unlink()
    answer = house.sign_in(PING).get("/api/v1/coverage")
    assert (answer.status_code, answer.json["key"]) == (404, "no_streets")
    assert str(data_dir) not in answer.text
