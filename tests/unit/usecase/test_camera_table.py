"""A rule and a camera written down are read back as they were, whatever kind they are."""

from dataclasses import fields

import pytest

from patrol.model.camera import LASTING_S, LINE_KINDS, Camera, Rule, RuleKind
from patrol.model.place import Place
from patrol.read.cameras import read_cameras
from patrol.read.columns import ColumnChoice
from patrol.read.rules import make_rules
from patrol.read.table import read_table_bytes
from patrol.usecase.camera_table import rule_entry, write_camera_table

LINE = ((0.0, 0.0), (10.0, 20.0))
ZONE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0))


def make_rule(kind: RuleKind) -> Rule:
    return Rule(
        f"rule {kind}",
        kind,
        LINE if kind in LINE_KINDS else ZONE,
        over=7 if kind is RuleKind.CROWDING else 0,
        lasting_s=33.0 if kind in LASTING_S else 0.0,
        direction="left_to_right" if kind is RuleKind.WRONG_WAY else "",
        least_height_px=12.0,
    )


@pytest.mark.parametrize("kind", RuleKind)
def test_a_rule_comes_back_whole(kind: RuleKind) -> None:
    rule = make_rule(kind)
    assert make_rules({"rules": [rule_entry(rule)]}, "here") == (rule,)


def test_no_field_of_a_rule_is_forgotten_when_it_is_written_down() -> None:
    written = {key for kind in RuleKind for key in rule_entry(make_rule(kind))}
    assert written == {field.name for field in fields(Rule)}


def test_an_inventory_comes_back_whole_and_without_formulas() -> None:
    rules = tuple(make_rule(kind) for kind in RuleKind)
    camera = Camera(
        *("K1", "夜市, 东口", Place(-1.5, 51.25), "rtsp://10.0.0.1/1"),
        rules=rules,
        tags=("入口", "夜市"),
        size_px=(640, 480),
        fov_deg=61.5,
    )
    text = write_camera_table([camera])
    table = read_table_bytes("cameras.csv", ("\ufeff" + text).encode())
    assert read_cameras(table, ColumnChoice()).values == (camera,)
    sly = write_camera_table([Camera("K1", "=1+1", Place(0.5, 0.5), "rtsp://10.0.0.1/1")])
    assert ",'=1+1," in sly


def test_what_a_file_has_no_column_for_stays_as_the_inventory_has_it() -> None:
    known = Camera(
        *("K1", "旧", Place(1.0, 1.0), "rtsp://10.0.0.1/1"),
        rules=(make_rule(RuleKind.ZONE),),
        size_px=(320, 240),
        enabled=False,
    )
    table = read_table_bytes("c.csv", b"id,name,lon,lat,url\nK1,new,2,2,rtsp://10.0.0.2/1\n")
    (read,) = read_cameras(table, ColumnChoice(), known={"K1": known}).values
    assert (read.name, read.url) == ("new", "rtsp://10.0.0.2/1")
    assert (read.rules, read.size_px, read.enabled) == (known.rules, (320, 240), False)
