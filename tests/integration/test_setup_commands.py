"""``patrol init`` and ``patrol check`` on real folders."""

import json
from pathlib import Path

import numpy as np
import pytest

from patrol.app import opened
from patrol.cli.main import run
from patrol.config.load import load_config
from patrol.config.schema import Config
from patrol.model.camera import Camera, Rule, RuleKind
from patrol.model.place import Place
from patrol.model.town import KeySite, SiteKind, Town
from patrol.model.unit import Base, Mode, Unit
from patrol.read.osm import read_streets

OSM = """<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lon="120.000" lat="30.0"/><node id="2" lon="120.002" lat="30.0"/>
 <node id="3" lon="120.004" lat="30.0"/>
 <way id="7"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
  <tag k="highway" v="footway"/><tag k="name" v="巷"/></way>
</osm>
"""


@pytest.fixture
def county(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["init", str(tmp_path / "county")]) == 0
    capsys.readouterr()
    return tmp_path / "county" / "config.yaml"


def check(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, list[str]]]:
    capsys.readouterr()
    code = run(["check", "--config", str(path), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_init_writes_every_default_and_never_overwrites(
    county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = load_config(county)
    assert made.storage.data_dir == county.parent / "data"
    assert made.hotspots == Config().hotspots
    county.write_text("county: {name: 我的县}\n", encoding="utf-8")
    assert run(["init", str(county.parent)]) == 2
    assert "exists already and is left as it is" in capsys.readouterr().err
    assert county.read_text(encoding="utf-8") == "county: {name: 我的县}\n"


def test_init_says_where_it_may_not_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run(["init", str(tmp_path / "file" / "county")]) == 4
    assert "cannot be written: Not a directory" in capsys.readouterr().err


def test_check_tells_every_mistake_of_the_configuration_at_once(
    county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county.write_text("web: {port: 0}\nbus: {urll: embedded}\nlive: [1]\n")
    code, found = check(county, capsys)
    assert code == 2
    assert [line.split(" ")[0] for line in found["mistakes"]] == [
        "config.yaml:1:",
        "config.yaml:2:",
        "config.yaml:3:",
    ]
    assert not (county.parent / "data" / "patrol.sqlite").exists()


def test_check_tells_a_database_that_does_not_answer(
    county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county.write_text(
        "storage: {database_url: 'postgresql+psycopg://patrol:hush@127.0.0.1:1/patrol'}\n"
    )
    code, found = check(county, capsys)
    assert code == 4
    assert "127.0.0.1:1/patrol" in found["mistakes"][0]
    assert "hush" not in found["mistakes"][0]


def test_check_tells_what_an_empty_county_lacks(
    county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = check(county, capsys)
    assert code == 2
    assert found["mistakes"] == ["streets: none were imported; run `patrol import streets FILE`"]
    assert [line.split(":")[0] for line in found["warnings"]] == ["towns", "units", "incidents"]


def test_check_tells_every_mistake_of_the_data_at_once(
    county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    osm = county.parent / "streets.osm"
    osm.write_text(OSM, encoding="utf-8")
    with opened(county) as services:
        network = read_streets(osm, 250.0).network
        assert np.isfinite(network.seg_length_m).all()
        services.streets.save_network(network)
        ring = ((119.9, 29.9), (120.1, 29.9), (120.1, 30.1), (119.9, 29.9))
        services.towns.save_towns([Town("t1", "镇", ((ring,),))])
        services.bases.save_bases(
            [Base("b1", "所", Place(120.001, 30.0), "t9"), Base("far", "远", Place(121.0, 31.0))]
        )
        services.units.save_units(
            [
                Unit("F01", "步 1", Mode.FOOT, "b1"),
                Unit("C01", "车 1", Mode.CAR, "b1"),
                Unit("F02", "步 2", Mode.FOOT, "far"),
                Unit("F03", "步 3", Mode.FOOT, "nowhere"),
            ]
        )
        services.sites.save_sites([KeySite("s1", "岛", SiteKind.OTHER, Place(120.5, 30.5))])
        rule = Rule("gate", RuleKind.LINE, ((0, 0), (9, 9)))
        services.cameras.save_cameras(
            [
                Camera("k1", "好", Place(120.0, 30.0), "rtsp://127.0.0.1/1", rules=(rule,)),
                Camera("k2", "坏", Place(120.0, 30.0), "http://169.254.169.254/latest"),
                Camera("k3", "密", Place(120.0, 30.0), "rtsp://10.0.0.1/1", secret="gate"),
            ]
        )
    code, found = check(county, capsys)
    assert code == 2
    assert [line.partition(": ")[0] for line in found["mistakes"]] == [
        "base b1",
        "unit F03",
        "base far",
        "base b1",
        "site s1",
        "camera k2",
        "camera k3",
    ]
    assert found["mistakes"][0] == "base b1: town t9 does not exist"
    assert found["mistakes"][3] == "base b1: no street that car units may use lies within 250 m"
    assert "PATROL_SECRET_GATE" in found["mistakes"][6]
    assert "camera k2: has no rules, so it counts nothing" in found["warnings"]
