"""Which traffic band holds when, by the county's clock and weekdays."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numba import njit

from patrol.config.schema import MAIN_STREETS, SIDE_STREETS, Band, Routing
from patrol.model.errors import InputError
from patrol.model.unit import Mode
from patrol.routing.bands import find_band, list_spans
from patrol.routing.engine.leg import leave_later_by_s, reach_later_s
from patrol.routing.engine.state import FOREVER_S, make_data
from patrol.routing.problem import Travel, tiny_problem
from patrol.routing.speeds import make_pace
from patrol.routing.streets import STREET_CLASSES
from patrol.routing.travel import make_graph
from tests.networks import network, way

ZONE = ZoneInfo("Asia/Shanghai")
BANDS = tuple(Routing().bands.values())
MORNING, EVENING = BANDS
MONDAY = datetime(2026, 3, 2, tzinfo=ZONE)


def spans(
    start: datetime, hours: float, bands: tuple[Band, ...] = BANDS
) -> list[tuple[int, object]]:
    end = start + timedelta(hours=hours)
    found = list_spans(bands, start.astimezone(UTC), end.astimezone(UTC), ZONE)
    return [(span.begin_s, span.band) for span in found]


def test_a_shift_has_the_bands_it_touches_and_no_others() -> None:
    assert spans(MONDAY.replace(hour=8), 8) == [(0, MORNING), (3600, None)]
    evening = spans(MONDAY.replace(hour=16), 8)
    assert evening == [(0, None), (3600, EVENING), (3 * 3600, None)]
    assert spans(MONDAY.replace(hour=9), 8) == [(0, None)]
    assert spans(MONDAY.replace(hour=17, minute=30), 1) == [(0, EVENING)]


def test_a_shift_over_midnight_goes_by_the_weekday_of_each_hour() -> None:
    sunday = MONDAY - timedelta(days=1)
    assert spans(sunday.replace(hour=8), 8) == [(0, None)]
    assert spans(sunday.replace(hour=16), 16) == [(0, None), (15 * 3600, MORNING)]


def test_a_band_until_midnight_ends_there() -> None:
    late = Band(start=time(22), end=time(0), car={"main": 1.2})
    assert spans(MONDAY.replace(hour=20), 8, (late,)) == [
        (0, None),
        (2 * 3600, late),
        (4 * 3600, None),
    ]
    assert find_band((late,), MONDAY.replace(hour=23, minute=59), ZONE) is late
    assert find_band((late,), MONDAY + timedelta(days=1), ZONE) is None


def test_bands_that_follow_each_other_leave_no_gap() -> None:
    one = Band(start=time(7), end=time(8), car={"main": 0.5})
    two = Band(start=time(8), end=time(9), car={"main": 0.7})
    assert spans(MONDAY.replace(hour=6), 4, (one, two)) == [
        (0, None),
        (3600, one),
        (2 * 3600, two),
        (3 * 3600, None),
    ]


def test_a_class_goes_before_its_group_and_slip_roads_with_their_road() -> None:
    band = Band(start=time(7), end=time(9), car={"main": 0.6, "primary": 0.4, "side": 0.9})
    assert band.factor(Mode.CAR, "primary_link") == 0.4
    assert band.factor(Mode.CAR, "tertiary") == 0.6
    assert band.factor(Mode.CAR, "residential") == 0.9
    assert band.factor(Mode.EBIKE, "primary") == band.factor(Mode.FOOT, "primary") == 1.0


def test_every_class_of_the_streets_is_main_or_side() -> None:
    plain = {name.removesuffix("_link") for name in STREET_CLASSES}
    assert plain == set(MAIN_STREETS) | set(SIDE_STREETS)


def test_in_a_band_main_streets_take_longer_and_walkers_notice_nothing() -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (600, 0)], street_class="primary"),
        way(2, [2, 3, 1], [(600, 0), (300, 200), (0, 0)]),
    )
    usual = make_pace(streets, Mode.CAR, Routing()).seconds
    slow = make_pace(streets, Mode.CAR, Routing(), MORNING).seconds
    assert (slow / usual)[:2] == pytest.approx(1 / 0.65)
    assert (slow / usual)[2:] == pytest.approx(1 / 0.85)
    for mode in (Mode.FOOT, Mode.EBIKE):
        assert make_graph(streets, mode, Routing()) is make_graph(streets, mode, Routing(), MORNING)
    # Alike in the morning and in the evening: prepared once.
    car = make_graph(streets, Mode.CAR, Routing(), MORNING)
    assert car is make_graph(streets, Mode.CAR, Routing(), EVENING)
    assert car is not make_graph(streets, Mode.CAR, Routing())
    assert (car.segment_usable == make_graph(streets, Mode.CAR, Routing()).segment_usable).all()


def test_a_longer_way_round_is_quicker_where_the_main_street_is_jammed() -> None:
    streets = network(
        way(1, [1, 2], [(0, 0), (1000, 0)], street_class="secondary"),
        way(2, [1, 3, 2], [(0, 0), (500, 300), (1000, 0)], street_class="tertiary"),
    )
    jam = Band(start=time(7), end=time(9), car={"secondary": 0.3})
    lengths = [
        make_graph(streets, Mode.CAR, Routing(), band).times(
            make_graph(streets, Mode.CAR, Routing()).snap_segments(np.array([0]), 0.0),
            make_graph(streets, Mode.CAR, Routing()).snap_segments(np.array([0]), 1.0),
        )[1][0, 0]
        for band in (None, jam)
    ]
    assert lengths[0] == pytest.approx(1000, abs=2)
    assert lengths[1] > 1_150


@njit
def _both(travel, band, start, goal, at_s):  # type: ignore[no-untyped-def]
    return (
        reach_later_s(travel, band, 0, start, goal, at_s),
        leave_later_by_s(travel, band, 0, start, goal, at_s),
    )


def test_the_compiled_legs_go_by_the_definition() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        bands = int(rng.integers(1, 5))
        time_s = rng.integers(0, 90, (3 + bands, 2, 2)).astype(np.int32)
        begin_s = np.r_[0, np.sort(rng.choice(np.arange(1, 200), bands - 1, replace=False))]
        table = np.tile(np.arange(3)[:, None], (1, bands)).astype(np.int32)
        table[0] = 3 + np.arange(bands)
        travel = Travel(time_s, time_s, table, begin_s.astype(np.int32))
        band = np.c_[np.r_[begin_s[1:], FOREVER_S], table[0]].astype(np.int32)
        reached = [travel.arrive_s(0, 0, 1, at) for at in range(400)]
        for at in range(0, 300, 7):
            reach, leave_by = _both(time_s, band, 0, 1, at)
            assert reach == reached[at]
            in_time = [leave for leave in range(400) if reached[leave] <= at]
            # Before the shift the first band holds as well.
            first = at - int(time_s[3, 0, 1])
            assert leave_by == max([*in_time, first] if first < 0 else in_time)


def test_bands_alike_for_a_mode_cost_it_no_layer() -> None:
    problem = tiny_problem()
    ways = problem.travel.time_s
    table = np.array([[0, 0, 0], [1, 1, 1], [2, 3, 2]], np.int32)
    four = np.concatenate([ways, 2 * ways[2:]])
    banded = Travel(four, four, table, np.array([0, 3_600, 7_200], np.int32))
    data = make_data(replace(problem, travel=banded))
    assert not data.banded
    assert data.travel.shape[0] == 1


@pytest.mark.parametrize(
    ("table", "begins", "words"),
    [
        ([[0], [1], [2]], [5], "rising seconds from 0"),
        ([[0, 0], [1, 1], [2, 2]], [0, 0], "rising seconds from 0"),
        ([[0], [1], [3]], [0], r"layer must be in \[0, 3\), got 0..3"),
        ([[0], [1]], [0], r"layer must have shape \(modes, bands\)"),
    ],
)
def test_bands_that_make_no_sense_are_refused(
    table: list[list[int]], begins: list[int], words: str
) -> None:
    ways = tiny_problem().travel.time_s
    with pytest.raises(InputError, match=words):
        Travel(ways, ways, np.array(table, np.int32), np.array(begins, np.int32))


def test_a_band_opens_and_closes_no_way() -> None:
    ways = tiny_problem().travel.time_s
    closed = np.concatenate([ways, ways[2:]])
    closed[3, 0, 1] = 1_000_000_000
    table = np.array([[0, 0], [1, 1], [2, 3]], np.int32)
    with pytest.raises(InputError, match="layer 3 must have the same ways as layer 2"):
        Travel(closed, closed, table, np.array([0, 60], np.int32))
