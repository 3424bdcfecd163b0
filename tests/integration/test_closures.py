"""Closed streets are driven round while the closure holds, and nothing else changes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from patrol.cli.main import run
from patrol.config.schema import Routing
from patrol.model.errors import InputError, NotFoundError
from patrol.model.street import Closure
from patrol.model.unit import Mode
from patrol.routing.travel import make_graph
from patrol.store.streets import StreetStore
from tests.networks import grid, lonlat

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def store(tmp_path: Path, watch: Watch) -> StreetStore:
    store = StreetStore(tmp_path, watch)
    store.save_network(grid(4))
    return store


def _closure(**changed: object) -> Closure:
    values = {
        "id": "c1",
        "segment_ids": ("1000-0",),
        "modes": frozenset({Mode.CAR}),
        "start": START,
        "end": START + HOUR,
        "reason": "施工",
    }
    return Closure(**(values | changed))  # type: ignore[arg-type]


def _meters(store: StreetStore, mode: Mode) -> float:
    graph = make_graph(store.get_network(), mode, Routing())
    start, end = graph.snap(*lonlat(0, 30)), graph.snap(*lonlat(100, 30))
    return float(graph.times(start, end)[1][0, 0])


def test_a_closed_street_is_driven_round_and_walked_through(store: StreetStore) -> None:
    assert _meters(store, Mode.CAR) == pytest.approx(160, abs=1)
    store.save_closure(_closure())
    assert _meters(store, Mode.CAR) == pytest.approx(240, abs=1)
    assert _meters(store, Mode.FOOT) == pytest.approx(160, abs=1)


def test_a_closure_ends_by_itself(store: StreetStore, watch: Watch) -> None:
    store.save_closure(_closure())
    closed = store.get_network()
    assert store.get_network() is closed
    watch.now = START + HOUR
    assert _meters(store, Mode.CAR) == pytest.approx(160, abs=1)
    assert store.get_network().digest == grid(4).digest
    assert store.list_closures() == ()


def test_a_closure_of_tomorrow_closes_nothing_today(store: StreetStore) -> None:
    tomorrow = _closure(start=START + 24 * HOUR, end=None)
    store.save_closure(tomorrow)
    assert store.get_network().digest == grid(4).digest
    assert store.list_closures() == (tomorrow,)


def test_other_modes_keep_their_prepared_travel(store: StreetStore) -> None:
    before = {mode: make_graph(store.get_network(), mode, Routing()).key for mode in Mode}
    store.save_closure(_closure())
    after = {mode: make_graph(store.get_network(), mode, Routing()).key for mode in Mode}
    assert [mode for mode in Mode if before[mode] != after[mode]] == [Mode.CAR]


def test_closures_are_seen_by_other_processes_and_survive_a_restart(
    store: StreetStore, tmp_path: Path, watch: Watch
) -> None:
    other = StreetStore(tmp_path, watch)
    assert other.get_network().digest == grid(4).digest
    store.save_closure(_closure())
    assert other.get_network().digest == store.get_network().digest
    assert StreetStore(tmp_path, watch).list_closures() == (_closure(),)


def test_a_street_is_opened_again_by_hand(store: StreetStore) -> None:
    store.save_closure(_closure(end=None))
    store.remove_closure("c1")
    assert store.get_network().digest == grid(4).digest
    with pytest.raises(NotFoundError, match="there is no closure c1"):
        store.remove_closure("c1")


def test_a_closure_of_an_unknown_street_is_refused(store: StreetStore) -> None:
    with pytest.raises(InputError, match="closure c1: no street segment 9-9"):
        store.save_closure(_closure(segment_ids=("1000-0", "9-9")))


def test_a_closure_is_replaced_by_one_of_the_same_id(store: StreetStore) -> None:
    store.save_closure(_closure())
    store.save_closure(_closure(segment_ids=("1001-4",)))
    assert [one.segment_ids for one in store.list_closures()] == [("1001-4",)]


def test_a_damaged_file_of_closures_is_named(store: StreetStore, tmp_path: Path) -> None:
    (tmp_path / "closures.json").write_text("[{}]")
    with pytest.raises(InputError, match=r"closures\.json: not a file of closures"):
        store.get_network()


def test_a_closure_that_went_with_a_new_import_is_passed_over(
    store: StreetStore, tmp_path: Path, watch: Watch
) -> None:
    store.save_closure(_closure(segment_ids=("1003-12", "2003-3")))
    store.save_network(grid(3))
    network = store.get_network()
    np.testing.assert_array_equal(network.seg_access, grid(3).seg_access)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"end": START}, "must be after"),
        ({"segment_ids": ()}, "needs an id, segments and modes"),
        ({"modes": frozenset()}, "needs an id, segments and modes"),
        ({"start": datetime(2026, 3, 2)}, "has no time zone"),  # noqa: DTZ001 - what is refused
    ],
)
def test_a_closure_cannot_be_built_wrong(changed: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _closure(**changed)


def test_a_dispatcher_closes_a_street_by_name_lists_it_and_opens_it(
    write_config: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(write_config())]
    StreetStore(tmp_path / "data").save_network(grid(3))
    assert run(["streets", "close", "--name", "Row 1", "--mode", "car", "--json", *config]) == 0
    closed = json.loads(capsys.readouterr().out)
    assert (closed["modes"], closed["segments"]) == (["car"], ["1001-3", "1001-4"])
    run(["streets", "closed", "--json", *config])
    assert json.loads(capsys.readouterr().out)["closures"][0]["id"] == closed["id"]
    assert run(["streets", "open", closed["id"], *config]) == 0
    run(["streets", "closed", *config])
    assert "no street is closed" in capsys.readouterr().out


def test_a_street_is_closed_by_place_until_a_local_time(
    write_config: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(write_config())]
    StreetStore(tmp_path / "data").save_network(grid(3))
    lon, lat = lonlat(50, 4)
    near = ["--near", str(lon), str(lat), "--from", "2099-01-01", "--until", "2099-01-02"]
    assert run(["streets", "close", *near, "--json", *config]) == 0
    closed = json.loads(capsys.readouterr().out)
    assert closed["segments"] == ["1000-0"]
    assert datetime.fromisoformat(closed["end"]) == datetime(2099, 1, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "name what to close"),
        (["--name", "Nowhere Street"], "no street is called Nowhere Street"),
        (["--near", "1.0", "2.0"], "no street within 50 m of 1.0, 2.0"),
        (["--segment", "9-9"], "no street segment 9-9"),
    ],
)
def test_what_cannot_be_closed_is_named(
    write_config: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    config = ["--config", str(write_config())]
    StreetStore(tmp_path / "data").save_network(grid(3))
    assert run(["streets", "close", *options, *config]) == 2
    assert message in capsys.readouterr().err
