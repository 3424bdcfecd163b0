"""Which positions are believed, and what is said of the others."""

from datetime import UTC, datetime, timedelta

import pytest

from patrol.live.clean import Duty, FixRules, clean_fixes
from patrol.model.fix import Fix
from patrol.model.place import Place

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ON_DUTY = Duty(NOON - timedelta(hours=20))
RULES = FixRules(max_speed_kmh=160.0)
M_PER_LON_DEG = 111_195.0


def fix(seconds: float, east_m: float = 0.0, **fields: float) -> Fix:
    place = Place(0.5 + east_m / M_PER_LON_DEG, 0.0)
    return Fix("F01", NOON + timedelta(seconds=seconds), place, **fields)  # type: ignore[arg-type]


def reasons(
    fixes: list[Fix], duty: Duty | None = ON_DUTY, previous: Fix | None = None
) -> list[str]:
    cleaned = clean_fixes(fixes, rules=RULES, now=NOON, duty=duty, previous=previous)
    found = {one.index: one.reason for one in cleaned.refused}
    assert len(cleaned.kept) + len(found) == len(fixes)
    return [found.get(index, "") for index in range(len(fixes))]


def test_fixes_that_follow_each_other_are_kept_in_the_order_of_their_time() -> None:
    sent = [fix(-10, 30), fix(-30, 0), fix(-20, 15)]
    cleaned = clean_fixes(sent, rules=RULES, now=NOON, duty=ON_DUTY)
    assert cleaned.kept == (sent[1], sent[2], sent[0])
    assert cleaned.refused == ()


def test_nothing_is_kept_from_a_unit_that_was_never_on_duty() -> None:
    assert reasons([fix(-5)], duty=None) == ["unit was off duty: positions are kept on duty only"]


def test_what_was_buffered_on_duty_is_kept_after_the_unit_went_off() -> None:
    duty = Duty(NOON - timedelta(hours=8), NOON - timedelta(hours=1))
    assert reasons([fix(-2 * 3600), fix(-60), fix(-9 * 3600)], duty) == [
        "",
        "unit was off duty: positions are kept on duty only",
        "unit was off duty: positions are kept on duty only",
    ]


def test_a_clock_that_is_hours_wrong_is_told_by_how_much() -> None:
    assert reasons([fix(3_600), fix(-72 * 3_600), fix(60)]) == [
        "time must be at most 120 s ahead of the server, got 3600 s",
        "time must be at most 48 h old, got 72.0 h",
        "",
    ]


def test_a_device_without_a_position_is_refused() -> None:
    nowhere = Fix("F01", NOON, Place(0.0, 0.0))
    assert reasons([nowhere]) == ["place is 0, 0, which devices send that have none"]


def test_a_cell_towers_guess_is_refused() -> None:
    assert reasons([fix(-5, accuracy_m=1_500.0), fix(-4, accuracy_m=30.0)]) == [
        "accuracy_m must be at most 500, got 1500",
        "",
    ]


def test_a_sequence_number_that_no_database_holds_is_refused() -> None:
    assert reasons([fix(-5, seq=2**70), fix(-4, seq=-1), fix(-3, seq=2**53)]) == [
        f"seq must be in [0, {2**53}], got {2**70}",
        f"seq must be in [0, {2**53}], got -1",
        "",
    ]


def test_a_lone_jump_is_refused_and_what_follows_it_is_kept() -> None:
    assert reasons([fix(-30), fix(-20, 9_000), fix(-10, 20)]) == [
        "",
        "a jump of 9000 m in 10 s is faster than 160 km/h",
        "",
    ]


def test_a_jump_that_what_follows_agrees_with_is_kept() -> None:
    assert reasons([fix(-30), fix(-20, 9_000), fix(-10, 9_020)]) == ["", "", ""]


def test_a_jump_from_what_was_kept_before_is_refused() -> None:
    assert reasons([fix(-1, 5_000)], previous=fix(-2)) == [
        "a jump of 5000 m in 1 s is faster than 160 km/h"
    ]


def test_a_late_batch_is_not_compared_with_the_newest_fix() -> None:
    assert reasons([fix(-600, 50_000), fix(-590, 50_010)], previous=fix(-2)) == ["", ""]


def test_a_repeat_is_no_mistake() -> None:
    assert reasons([fix(-5, seq=3), fix(-5, seq=3)]) == ["", ""]


@pytest.mark.parametrize("speed_kmh", [20.0, 80.0, 150.0])
def test_a_car_at_an_allowed_speed_is_believed(speed_kmh: float) -> None:
    step_m = speed_kmh / 3.6 * 5
    assert reasons([fix(-50 + 5 * n, n * step_m) for n in range(10)]) == [""] * 10
