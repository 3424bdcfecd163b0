"""Passes are read from positions without being fooled by a phone that jitters."""

from datetime import UTC, datetime, timedelta

from patrol.live.passes import PassFinder, Spot
from patrol.model.fix import Fix, Pass
from patrol.model.place import Place

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
M_PER_LON_DEG = 111_195.0


def at(east_m: float) -> Place:
    return Place(0.5 + east_m / M_PER_LON_DEG, 0.0)


def fix(seconds: float, east_m: float, unit_id: str = "F01") -> Fix:
    return Fix(unit_id, NOON + timedelta(seconds=seconds), at(east_m))


def time(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def finder() -> PassFinder:
    spots = [Spot("h1", at(0), frozenset({"F01"})), Spot("h2", at(500))]
    return PassFinder(spots, enter_m=30.0, silence_s=300.0)


def test_walking_past_is_one_pass_from_the_first_to_the_last_fix_nearby() -> None:
    fixes = [fix(second, -95 + second) for second in range(0, 201, 10)]
    assert finder().feed(fixes) == [Pass("F01", "h1", time(70), time(140), planned=True)]


def test_jitter_at_the_edge_makes_one_pass_and_not_ten() -> None:
    jitter = [fix(10 * n, 25 if n % 2 else 40) for n in range(20)]
    away = [fix(200 + 10 * n, 200) for n in range(3)]
    found = finder().feed([*jitter, *away])
    assert found == [Pass("F01", "h1", time(10), time(190), planned=True)]


def test_a_single_jump_away_does_not_end_a_pass() -> None:
    fixes = [fix(0, 0), fix(10, 400), fix(20, 5), fix(30, 300), fix(40, 300)]
    found = finder().feed(fixes)
    assert found == [Pass("F01", "h1", time(0), time(20), planned=True)]


def test_a_unit_that_falls_silent_left_with_its_last_fix() -> None:
    watch = finder()
    assert watch.feed([fix(0, 0), fix(60, 0)]) == []
    assert watch.quiet(time(200)) == []
    assert watch.quiet(time(361)) == [Pass("F01", "h1", time(0), time(60), planned=True)]
    assert watch.feed([fix(0, 0)]) == []


def test_a_gap_in_the_track_splits_a_pass() -> None:
    watch = finder()
    ended = watch.feed([fix(0, 0), fix(10, 0), fix(400, 0), fix(410, 0)])
    assert ended == [Pass("F01", "h1", time(0), time(10), planned=True)]
    assert watch.under_way() == [Pass("F01", "h1", time(400), time(410), planned=True)]
    assert watch.finish() == watch.under_way() or watch.under_way() == []


def test_who_had_no_visit_there_makes_an_unplanned_pass() -> None:
    found = finder().feed([fix(0, 500, "C01"), fix(10, 900, "C01"), fix(20, 900, "C01")])
    assert found == [Pass("C01", "h2", time(0), time(0), planned=False)]


def test_units_do_not_disturb_each_other() -> None:
    watch = finder()
    watch.feed([fix(0, 0), fix(5, 900, "F02"), fix(10, 0), fix(15, 900, "F02")])
    assert watch.under_way() == [Pass("F01", "h1", time(0), time(10), planned=True)]


def test_without_hotspots_there_are_no_passes() -> None:
    empty = PassFinder([], enter_m=30.0, silence_s=300.0)
    assert empty.feed([fix(0, 0), fix(10, 0)]) == []
    assert empty.finish() == []
