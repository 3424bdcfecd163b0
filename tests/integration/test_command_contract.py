"""The commands that people script against: options, JSON keys and exit codes, as promised.

The other tests look at what the figures are; these only at that the doors stay where they are.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from patrol.cli.main import LazyGroup, cli, run
from tests.networks import grid, place

pytestmark = pytest.mark.slow

OPTIONS = {
    "init": set(),
    "check": {"--json"},
    "import streets": {"--json"},
    "import incidents": {"--columns", "--tz", "--source", "--json"},
    "import cameras": {"--columns", "--json"},
    "import units": {"--columns", "--json"},
    "import bases": {"--columns", "--json"},
    "import sites": {"--columns", "--json"},
    "import towns": {"--columns", "--json"},
    "import survey": {"--columns", "--json"},
    "hotspots build": {"--at", "--out"},
    "hotspots backtest": {"--from", "--to", "--train-from", "--unit", "--kind", "--json"},
    "plan": {"--shift", "--date", "--seconds", "--seed", "--engine", "--out", "--json"},
    "solve-top": {"--seconds", "--seed", "--json"},
    "camera count": {"--rules", "--model", "--fps", "--json"},
    "serve": set(),
    "web": set(),
    "planner": set(),
    "cameras": set(),
    "keeper": set(),
    "simulate": set(),
    "user add": {"--role"},
    "report visibility": {"--from", "--to", "--out", "--json"},
    "report coverage": {"--from", "--to", "--out", "--json"},
    "report response": {"--from", "--to", "--out", "--json"},
    "report safety": {"--from", "--to", "--out", "--json"},
}


def find(words: str) -> click.Command:
    command: click.Command = cli
    context = click.Context(cli)
    for word in words.split():
        assert isinstance(command, LazyGroup | click.Group)
        found = command.get_command(context, word)
        assert found is not None, f"there is no command {words}"
        command = found
    return command


@pytest.mark.parametrize("words", OPTIONS)
def test_a_command_keeps_its_options(words: str) -> None:
    there = {name for parameter in find(words).params for name in parameter.opts}
    assert OPTIONS[words] | {"--config"} <= there


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid of streets, a base, three units and two months of reports, by the commands."""
    folder = tmp_path_factory.mktemp("county")
    config = folder / "config.yaml"
    assert run(["init", str(folder)]) == 0
    write_streets(folder / "streets.osm")
    spot, other = place(200, 200), place(600, 400)
    (folder / "bases.csv").write_text(f"id,name,lon,lat\nB1,Base,{spot.lon},{spot.lat}\n")
    (folder / "units.csv").write_text(
        "id,mode,base,crew\nF1,foot,B1,2\nE1,ebike,B1,2\nC1,car,B1,2\n"
    )
    first = datetime(2026, 3, 2, 1, tzinfo=UTC)
    rows = [
        f"{(first + timedelta(hours=7 * n)).isoformat()},{at.lon},{at.lat},theft\n"
        for n in range(200)
        for at in (spot if n % 3 else other,)
    ]
    (folder / "calls.csv").write_text("time,lon,lat,category\n" + "".join(rows))
    for words in (
        ["import", "streets", str(folder / "streets.osm")],
        ["import", "bases", str(folder / "bases.csv")],
        ["import", "units", str(folder / "units.csv")],
        [
            *("import", "incidents", str(folder / "calls.csv"), "--tz", "Asia/Shanghai"),
            *("--columns", "time=time,lon=lon,lat=lat,kind=category", "--source", "public"),
        ],
    ):
        assert run(["--config", str(config), *words]) == 0
    return folder


def write_streets(path: Path) -> None:
    """The test grid as an OpenStreetMap file."""
    network = grid(8, 100.0)
    nodes = "".join(
        f'<node id="{n + 1}" lon="{lon}" lat="{lat}" version="1"/>'
        for n, (lon, lat) in enumerate(zip(network.node_lon, network.node_lat, strict=True))
    )
    ways = "".join(
        f'<way id="{w + 1}" version="1"><nd ref="{a + 1}"/><nd ref="{b + 1}"/>'
        '<tag k="highway" v="residential"/></way>'
        for w, (a, b) in enumerate(zip(network.seg_from, network.seg_to, strict=True))
    )
    path.write_text(f'<osm version="0.6">{nodes}{ways}</osm>')


@pytest.fixture
def told(county: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Run a command with --json; standard output must hold that object and nothing else."""

    def command(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        assert run(["--config", str(county / "config.yaml"), *words, "--json"]) == 0
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return command


def test_a_second_import_says_that_it_added_nothing(county: Path, told: Any) -> None:
    streets = told("import", "streets", str(county / "streets.osm"))
    assert {"read", "kept", "refused", "warnings"} <= streets.keys()
    assert (streets["added"], streets["changed"], streets["removed"]) == (0, 0, 0)
    units = told("import", "units", str(county / "units.csv"))
    assert {"read", "kept", "refused", "warnings"} <= units.keys()
    assert (units["added"], units["unchanged"]) == (0, 3)


def test_check_names_mistakes_and_warnings(told: Any) -> None:
    answer = told("check")
    assert answer["ok"] is True
    assert isinstance(answer["warnings"], list)


@pytest.mark.parametrize("unit", ["cell:150", "segment"])
def test_a_backtest_has_the_promised_keys(told: Any, unit: str) -> None:
    answer = told(
        *("hotspots", "backtest", "--from", "2026-04-06", "--to", "2026-04-20", "--unit", unit)
    )
    assert {
        *("unit", "area_km2", "weeks", "incidents", "hit_rate", "pai", "pei", "ci95", "baselines")
    } <= answer.keys()
    assert {"0.01", "0.05"} <= answer["hit_rate"].keys()
    assert {"kde", "decayed_counts"} <= answer["baselines"].keys()
    assert (answer["unit"], answer["weeks"]) == (unit, 2)


def test_a_plan_has_the_promised_keys(county: Path, told: Any) -> None:
    out = county / "plan.geojson"
    answer = told(
        *("plan", "--shift", "day", "--date", "2026-05-01", "--seconds", "1", "--seed", "1"),
        *("--engine", "local", "--out", str(out)),
    )
    assert {"value", "coverage_share", "bound", "routes", "unserved"} <= answer.keys()
    visit = next(visit for route in answer["routes"] for visit in route["visits"])
    assert {"hotspot", "arrive", "dwell_s", "mode", "distance_m"} <= visit.keys()
    assert json.loads(out.read_text())["type"] == "FeatureCollection"


def test_a_map_is_written_as_geojson(county: Path) -> None:
    out = county / "hotspots.geojson"
    words = ["hotspots", "build", "--at", "2026-05-01T20:00", "--out", str(out)]
    assert run(["--config", str(county / "config.yaml"), *words]) == 0
    features = json.loads(out.read_text())["features"]
    assert features
    assert all(
        abs(sum(part["share"] for part in one["properties"]["contributions"]) - 1) < 1e-4
        for one in features
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("plan", "--shift", "dawn", "--date", "2026-05-01", "--out", "p"), 2),
        (("plan", "--shift", "day", "--date", "2026-05-01", "--out", "p", "--seconds", "-1"), 2),
        (("import", "streets", "nowhere.osm"), 2),
        (("import", "incidents", "nowhere.csv", "--source", "public"), 2),
        (("import", "incidents", "nowhere.csv", "--source", "rumor"), 2),
        (("camera", "count", "rtsp://127.0.0.1:9/none", "--rules", "RULES"), 4),
        (("camera", "count", "nowhere.avi", "--rules", "RULES"), 2),
        (("hotspots", "build", "--at", "soon", "--out", "h"), 2),
        (("solve-top", "nowhere.txt", "--seconds", "1"), 2),
        (("user", "add", "ding", "--role", "king"), 2),
    ],
)
def test_exit_codes_are_as_promised(
    county: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [{name: gate, kind: line, points: [[1, 1], [9, 9]]}]\n")
    line = [str(rules) if word == "RULES" else word for word in words]
    assert run(["--config", str(county / "config.yaml"), *line]) == code
