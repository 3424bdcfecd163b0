"""The newest state of a unit."""

from datetime import UTC, datetime

import pytest

from patrol.live.board import Signal, fix_change, fold_unit, signal_of, unit_change
from patrol.model.fix import Fix
from patrol.model.place import Place
from patrol.model.unit import Mode, Unit, UnitStatus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNIT = Unit("F01", "步巡 1", Mode.FOOT, "b1")


def test_a_units_first_fix_puts_it_on_the_map() -> None:
    state = fold_unit(None, unit_change(UNIT, UnitStatus.PATROL))
    fix = Fix("F01", NOON, Place(120.5, 30.25), speed_mps=1.5, battery_share=0.5)
    state = fold_unit(state, fix_change(fix, NOON.timestamp() + 1))
    assert state == {
        "id": "F01",
        "name": "步巡 1",
        "mode": "foot",
        "status": "patrol",
        "lon": 120.5,
        "lat": 30.25,
        "heading_deg": None,
        "speed_mps": 1.5,
        "battery_share": 0.5,
        "time": NOON.timestamp(),
        "seen": NOON.timestamp() + 1,
        "signal": "live",
    }


def test_the_old_state_is_left_alone() -> None:
    known = {"id": "F01", "time": 1.0, "lon": 1.0}
    fold_unit(known, {"id": "F01", "time": 2.0, "lon": 2.0})
    assert known == {"id": "F01", "time": 1.0, "lon": 1.0}


@pytest.mark.parametrize(
    ("age_s", "signal"),
    [(0, Signal.LIVE), (89, Signal.LIVE), (90, Signal.STALE), (300, Signal.LOST)],
)
def test_a_silent_unit_goes_stale_and_then_is_lost(age_s: float, signal: Signal) -> None:
    assert signal_of({"seen": 1_000.0}, 1_000.0 + age_s, 90, 300) is signal


def test_a_unit_that_was_never_heard_of_is_lost() -> None:
    assert signal_of({"id": "F01"}, 1_000.0, 90, 300) is Signal.LOST
