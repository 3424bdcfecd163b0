"""Streets on disk: imported once, replaced whole, prepared travel kept and mended."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from patrol.cli.main import run
from patrol.config.schema import Routing
from patrol.model.errors import InputError, NotFoundError, OutsideError
from patrol.model.unit import Mode
from patrol.store.streets import KEPT_HIERARCHIES, StreetStore
from patrol.usecase.import_streets import import_streets
from patrol.usecase.travel_graphs import open_graphs
from tests.networks import grid

OSM = """<osm version="0.6"><node id="1" lat="22.70" lon="114.20"/>
<node id="2" lat="22.70" lon="114.21"/><node id="3" lat="22.71" lon="114.21"/>
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/>
<tag k="name" v="{name}"/></way>
<way id="8"><nd ref="2"/><nd ref="3"/><tag k="highway" v="{highway}"/></way></osm>
"""


@pytest.fixture
def osm(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str = "龙岗路", highway: str = "primary") -> Path:
        path = tmp_path / "county.osm"
        path.write_text(OSM.format(name=name, highway=highway), encoding="utf-8")
        return path

    return write


def test_a_network_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    store = StreetStore(tmp_path)
    store.save_network(grid(3))
    assert StreetStore(tmp_path).get_network().digest == grid(3).digest


def test_a_network_is_read_once_until_it_changes(tmp_path: Path) -> None:
    store = StreetStore(tmp_path)
    store.save_network(grid(3))
    assert store.get_network() is store.get_network()
    StreetStore(tmp_path).save_network(grid(4))
    assert store.get_network().digest == grid(4).digest


def test_no_streets_say_how_to_import_them(tmp_path: Path) -> None:
    assert StreetStore(tmp_path).find_network() is None
    with pytest.raises(NotFoundError, match="run `patrol import streets FILE` first"):
        StreetStore(tmp_path).get_network()


def test_a_damaged_file_says_so_and_is_replaced_by_an_import(
    tmp_path: Path, osm: Callable[..., Path]
) -> None:
    store = StreetStore(tmp_path)
    store.save_network(grid(3))
    store.path.write_bytes(store.path.read_bytes()[:500])
    with pytest.raises(InputError, match="not a whole street file"):
        store.get_network()
    assert import_streets(store, osm(), 250).added > 0
    assert store.get_network().segment_count > 0


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(OutsideError, match=r"cannot write streets"):
        StreetStore(blocked / "data").save_network(grid(2))


def test_importing_the_same_file_again_adds_nothing(
    tmp_path: Path, osm: Callable[..., Path]
) -> None:
    store = StreetStore(tmp_path / "data")
    first = import_streets(store, osm(), 250)
    written = store.path.stat().st_mtime_ns
    again = import_streets(store, osm(), 250)
    assert (first.read, first.kept, first.added) == (2, 2, first.segments)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert again.unchanged == first.segments
    assert store.path.stat().st_mtime_ns == written


def test_a_changed_file_says_what_changed(tmp_path: Path, osm: Callable[..., Path]) -> None:
    store = StreetStore(tmp_path / "data")
    before = import_streets(store, osm(), 250)
    after = import_streets(store, osm(name="新路", highway="construction"), 250)
    assert after.refused == {"no street: highway=construction": 1}
    assert after.changed > 0
    assert after.removed > 0
    assert after.unchanged == 0
    assert after.changed + after.removed == before.segments


def test_a_refused_file_leaves_the_streets_as_they_were(
    tmp_path: Path, osm: Callable[..., Path]
) -> None:
    store = StreetStore(tmp_path / "data")
    import_streets(store, osm(), 250)
    kept = store.get_network().digest
    bad = osm()
    bad.write_text(bad.read_text(encoding="utf-8")[:200], encoding="utf-8")
    with pytest.raises(InputError, match=r"county\.osm:\d+: not a whole OpenStreetMap file"):
        import_streets(store, bad, 250)
    assert store.get_network().digest == kept


def test_prepared_travel_is_kept_for_the_next_process(tmp_path: Path) -> None:
    StreetStore(tmp_path).save_network(grid(5))
    told: list[str] = []
    first = open_graphs(StreetStore(tmp_path), Routing(), [Mode.CAR], told.append)[Mode.CAR]
    assert len(told) == 1
    second = open_graphs(StreetStore(tmp_path), Routing(), [Mode.CAR], told.append)[Mode.CAR]
    assert len(told) == 1
    assert second is not first
    places = first.snap_segments(np.arange(12, dtype=np.int32))
    np.testing.assert_array_equal(first.costs(places, places), second.costs(places, places))


def test_damaged_prepared_travel_is_made_anew(tmp_path: Path) -> None:
    StreetStore(tmp_path).save_network(grid(4))
    graph = open_graphs(StreetStore(tmp_path), Routing(), [Mode.FOOT])[Mode.FOOT]
    (kept,) = tmp_path.glob("travel-foot-*.npz")
    kept.write_bytes(b"rubbish")
    again = open_graphs(StreetStore(tmp_path), Routing(), [Mode.FOOT])[Mode.FOOT]
    places = graph.snap_segments(np.arange(8, dtype=np.int32))
    np.testing.assert_array_equal(again.costs(places, places), graph.costs(places, places))
    assert kept.stat().st_size > 100


def test_only_the_newest_prepared_travel_is_kept(tmp_path: Path) -> None:
    store = StreetStore(tmp_path)
    for number in range(KEPT_HIERARCHIES + 3):
        store.save_hierarchy(Mode.FOOT, f"key{number}", {"a": np.arange(3)})
    store.save_hierarchy(Mode.CAR, "other", {"a": np.arange(3)})
    assert len(list(tmp_path.glob("travel-foot-*.npz"))) == KEPT_HIERARCHIES
    assert store.find_hierarchy(Mode.CAR, "other") is not None
    assert store.find_hierarchy(Mode.FOOT, "key0") is None


def test_the_command_prints_one_json_object(
    write_config: Callable[..., Path], osm: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(write_config())
    assert run(["import", "streets", str(osm()), "--config", config, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["ok"] is True
    assert (printed["read"], printed["kept"], printed["refused"]) == (2, 2, {})
    assert printed["added"] == printed["segments"]


def test_the_command_says_what_it_did_in_words(
    write_config: Callable[..., Path], osm: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(write_config())
    run(["import", "streets", str(osm()), "--config", config])
    run(["import", "streets", str(osm(highway="construction")), "--config", config])
    said = capsys.readouterr().out
    assert "2 ways read, 1 kept, 1 refused" in said
    assert "refused 1: no street: highway=construction" in said
    assert "0 new" in said


def test_the_command_ends_with_2_on_a_bad_file(
    write_config: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(b"\x00" * 50)
    assert run(["import", "streets", str(bad), "--config", str(write_config())]) == 2
    assert "bad.osm.pbf: not a whole OpenStreetMap file of 50 bytes" in capsys.readouterr().err
