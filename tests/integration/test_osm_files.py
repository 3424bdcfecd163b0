"""OpenStreetMap files are read whole or refused with a reason."""

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest

from patrol.model.errors import InputError
from patrol.read.osm import read_streets
from patrol.routing.streets import STREET_CLASSES, Access

SEGMENT_M = 250.0

SMALL = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="22.700" lon="114.200"/>
  <node id="2" lat="22.700" lon="114.201"/>
  <node id="3" lat="22.700" lon="114.202"><tag k="barrier" v="bollard"/></node>
  <node id="4" lat="22.701" lon="114.201"><tag k="highway" v="traffic_signals"/></node>
  <node id="5" lat="22.702" lon="114.201"/>
  <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
    <tag k="highway" v="residential"/><tag k="name" v="龙岗路"/><tag k="name:en" v="Longgang Road"/>
    <tag k="lit" v="yes"/></way>
  <way id="11"><nd ref="2"/><nd ref="4"/><nd ref="5"/><nd ref="99"/>
    <tag k="highway" v="primary"/><tag k="oneway" v="yes"/></way>
  <way id="12"><nd ref="98"/><nd ref="99"/><tag k="highway" v="primary"/></way>
  <way id="13"><nd ref="1"/><nd ref="5"/><tag k="highway" v="proposed"/></way>
  <way id="14"><nd ref="1"/><nd ref="5"/><tag k="highway" v="service"/>
    <tag k="access" v="private"/></way>
  <way id="15"><nd ref="1"/><nd ref="5"/><tag k="building" v="yes"/></way>
  <relation id="20"><member type="way" ref="10" role="from"/>
    <member type="node" ref="2" role="via"/>
    <member type="way" ref="11" role="to"/><tag k="type" v="restriction"/>
    <tag k="restriction" v="no_left_turn"/><tag k="except" v="bicycle"/></relation>
  <relation id="21"><member type="way" ref="10" role="from"/>
    <member type="way" ref="14" role="via"/>
    <member type="way" ref="11" role="to"/><tag k="type" v="restriction"/>
    <tag k="restriction" v="no_u_turn"/></relation>
</osm>
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.osm"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_every_way_is_kept_or_refused_with_a_reason(small: Path) -> None:
    found = read_streets(small, SEGMENT_M)
    assert (found.read, found.kept) == (5, 2)
    assert found.refused == {
        "no street: highway=proposed": 1,
        "nobody may use it": 1,
        "nodes outside the extract": 1,
    }
    assert found.read == found.kept + sum(found.refused.values())


def test_names_light_signals_barriers_and_turns_are_read(small: Path) -> None:
    streets = read_streets(small, SEGMENT_M).network
    assert streets.seg_id == ("10-1", "10-2", "11-2", "11-4")
    assert streets.seg_name[0] == "龙岗路"
    assert streets.seg_name_en[0] == "Longgang Road"
    assert streets.seg_lit.tolist() == [1, 1, -1, -1]
    assert streets.node_flag[streets.seg_to[2]] == 1
    assert streets.node_closed[streets.seg_to[1]] == Access.CAR
    assert sorted((streets.seg_id[a], streets.seg_id[b]) for a, _, b in streets.ban) == [
        ("10-1", "11-2"),
        ("10-2", "11-2"),
    ]
    assert streets.ban_access.tolist() == [int(Access.CAR)] * 2


def test_what_was_not_read_whole_is_a_warning(small: Path) -> None:
    warnings = " / ".join(read_streets(small, SEGMENT_M).warnings)
    assert "1 ways were cut where their nodes are not in the file" in warnings
    assert "1 turn restrictions were not read" in warnings


def test_packed_files_give_the_same_network(small: Path) -> None:
    plain = read_streets(small, SEGMENT_M).network.digest
    for suffix, pack in ((".osm.gz", gzip.compress), (".osm.bz2", bz2.compress)):
        packed = small.with_name(f"small{suffix}")
        packed.write_bytes(pack(small.read_bytes()))
        assert read_streets(packed, SEGMENT_M).network.digest == plain


def test_progress_is_told(small: Path) -> None:
    told: list[tuple[str, int]] = []
    read_streets(small, SEGMENT_M, lambda what, count: told.append((what, count)))
    assert told == [("splitting ways", 2)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.osm", b"", "a.osm: the file is empty"),
        ("a.txt", b"<osm/>", "must end in .osm, .osm.gz, .osm.bz2, .osm.pbf"),
        ("a.osm", b"time,lon\n1,2\n", r"a\.osm:1: not a whole OpenStreetMap file of 13 bytes"),
        ("a.osm", b"<html/>", "not a whole OpenStreetMap file .* html"),
        ("a.osm.gz", b"no gzip at all", r"not a whole OpenStreetMap file"),
        ("a.osm.pbf", b"\xff" * 4_000, "not a whole OpenStreetMap file of 4000 bytes: PBF error"),
        ("a.osm", b'<osm version="0.6"></osm>', "no street in it: 0 ways with a highway tag"),
        ("a.osm", SMALL.encode()[:900], r"a\.osm:\d+: not a whole OpenStreetMap file"),
    ],
)
def test_bad_files_are_refused_by_name(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_streets(path, SEGMENT_M)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.osm: no such file"):
        read_streets(tmp_path / "gone.osm", SEGMENT_M)


def test_only_refused_ways_say_why(tmp_path: Path) -> None:
    path = tmp_path / "a.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" lat="1" lon="1"/><node id="2" lat="1" lon="1.1"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="construction"/></way></osm>',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="1 no street: highway=construction"):
        read_streets(path, SEGMENT_M)


def test_a_pbf_cut_short_is_refused(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes((shared_data / "osm" / "monaco.osm.pbf").read_bytes()[:150_000])
    with pytest.raises(InputError, match=r"cut\.osm\.pbf: not a whole .* 150000 bytes: PBF error"):
        read_streets(path, SEGMENT_M)


@pytest.mark.parametrize(
    ("name", "drivable_km"),
    [
        ("sanfrancisco_north_filtered.osm", 381),
        ("liechtenstein.osm.pbf", 417),
        ("porto_centre_full.osm.pbf", 179),
        ("shenzhen_longgang.osm", 186),
        ("monaco.osm.pbf", 66),
    ],
)
def test_real_extracts_are_read_whole(shared_data: Path, name: str, drivable_km: float) -> None:
    found = read_streets(shared_data / "osm" / name, SEGMENT_M)
    streets = found.network
    car = (streets.seg_access & int(Access.CAR)) != 0
    assert streets.seg_length_m[car].sum() / 1_000 == pytest.approx(drivable_km, abs=1)
    assert found.kept + sum(found.refused.values()) == found.read
    assert streets.seg_length_m.max() <= SEGMENT_M + 1e-6
    stairs = streets.seg_class == STREET_CLASSES.index("steps")
    assert not (streets.seg_access[stairs] & int(Access.CAR | Access.EBIKE)).any()
    middle = streets.midpoints()
    index, far_m = streets.nearest_segments(middle[:, 0], middle[:, 1], within_m=5)
    assert (index >= 0).all()
    assert np.median(far_m) < 0.01


def test_chinese_names_are_kept(shared_data: Path) -> None:
    streets = read_streets(shared_data / "osm" / "shenzhen_longgang.osm", SEGMENT_M).network
    names = dict(zip(streets.seg_name, streets.seg_name_en, strict=True))
    assert names["水官高速"] == "Shuiguan Expressway"
