"""Which unit should start from which base: from the map to units that were moved."""

import json
from datetime import date
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.cli.main import run
from patrol.model.errors import InputError, PlanError
from patrol.model.unit import Base, Mode, Unit
from patrol.usecase.suggest_bases import apply_bases, suggest_bases
from tests.integration.thefts import thefts_in_the_east
from tests.integration.web.county import write_config
from tests.networks import grid, place

pytestmark = pytest.mark.slow

DAY = date(2030, 3, 4)
UNITS = [
    *(Unit(f"F0{n}", f"Foot {n}", Mode.FOOT, "WEST") for n in (1, 2, 3)),
    Unit("C01", "Car 1", Mode.CAR, "EAST"),
    Unit("G01", "Guard 1", Mode.FOOT, "WEST", guard_of="mall"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """All is happening in the east, three of four units start in the west."""
    shift = {"start": "08:00", "end": "12:00", "break_min": 0}
    made = write_config(
        tmp_path,
        shifts={"day": shift},
        routing={"bound_seconds": 0, "longest_foot_leg_m": 800},
        hotspots={"count": 12, "exploration_share": 0.0},
    )
    with opened(made) as services:
        services.streets.save_network(grid(12, 200.0))
        services.bases.save_bases(
            [Base("WEST", "West", place(100, 1000)), Base("EAST", "East", place(2000, 1000))]
        )
        services.units.save_units(UNITS)
        services.incidents.add_incidents(thefts_in_the_east(services.clock()))
    return made


def test_units_go_where_the_weight_is_and_guards_stay(path: Path) -> None:
    shares: list[float] = []
    with opened(path) as services:
        found = suggest_bases(services, "day", DAY, 0.3, shares.append)
        assert {need.base_id: (need.has, need.wanted) for need in found.needs} == {
            "EAST": (1, 4), "WEST": (3, 0)
        }  # fmt: skip
        assert [move.unit_id for move in found.moves] == ["F01", "F02", "F03"]
        for move in found.moves:
            assert (move.base_id, move.to_base_id) == ("WEST", "EAST")
            assert move.way_before_s is None or move.way_after_s < move.way_before_s
        assert found.gain > 0
        assert (shares[0], shares[-1]) == (0.0, 1.0)
        assert apply_bases(services, found) == 3
        homes = {unit.id: unit.base_id for unit in services.units.list_units()}
        assert homes["F01"] == homes["C01"] == "EAST"
        assert homes["G01"] == "WEST"
        again = suggest_bases(services, "day", DAY, 0.3, lambda _: None)
        assert (again.moves, again.gain) == ((), 0.0)


def test_the_command_suggests_and_moves_only_when_asked_to(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--config", str(path), "bases", "--shift", "day", "--date", "2030-03-04"]
    assert run([*words, "--seconds", "0.3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["moved"], len(told["moves"])) == (0, 3)
    assert told["gain"] == pytest.approx(told["after"] - told["before"])
    assert run([*words, "--seconds", "0.3", "--apply"]) == 0
    assert "3 units moved" in capsys.readouterr().out
    assert run([*words, "--seconds", "0.3", "--apply"]) == 0
    assert "no unit moved" in capsys.readouterr().out


def test_what_cannot_be_asked_is_told(path: Path) -> None:
    with opened(path) as services:
        with pytest.raises(InputError, match="shift must be one of day, got dusk"):
            suggest_bases(services, "dusk", DAY, 1, lambda _: None)
        with pytest.raises(InputError, match=r"seconds must be in \(0, 600\], got 0"):
            suggest_bases(services, "day", DAY, 0, lambda _: None)


def test_one_base_leaves_nothing_to_assign(tmp_path: Path) -> None:
    made = write_config(
        tmp_path, shifts={"day": {"start": "08:00", "end": "12:00", "break_min": 0}}
    )
    with opened(made) as services:
        services.bases.save_bases([Base("WEST", "West", place(100, 1000))])
        with pytest.raises(PlanError, match="two bases or more, there are 1"):
            suggest_bases(services, "day", DAY, 1, lambda _: None)
