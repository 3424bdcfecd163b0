"""A simulated unit keeps to its route: on the street, on time, near its stops."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.demo.walk import STROLL_M, Line, Walk
from patrol.model.place import Place
from patrol.model.plan import Break, Leg, Route, Visit
from patrol.model.unit import Mode

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
BASE = Place(123.55, 30.85)
THERE = ((123.55, 30.85), (123.552, 30.85), (123.552, 30.852))
BACK = tuple(reversed(THERE))


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def make_route(mode: Mode = Mode.FOOT, rest: Break | None = None) -> Route:
    visits = (
        Visit("h1", "H1", *THERE[-1], at(10), 600, 1.0, Leg(THERE, 413, 360)),
        Visit("h2", "H2", *BACK[-1], at(60), 600, 1.0, Leg(BACK, 413, 360)),
    )
    return Route("F01", mode, at(0), at(120), visits, Leg((), 0.0, 0), rest)


def test_a_unit_waits_at_its_base_and_leaves_in_time_for_its_first_stop() -> None:
    walk = Walk(make_route(), BASE)
    assert walk.at(at(-30)).place.distance_m(BASE) < 0.1
    assert walk.at(at(3)).place.distance_m(BASE) < 0.1
    assert walk.at(at(5)).place.distance_m(BASE) > 20
    assert walk.at(at(5)).speed_mps == pytest.approx(413 / 360, rel=0.01)


def test_a_unit_is_at_its_stop_when_the_plan_says_so() -> None:
    walk = Walk(make_route(), BASE)
    for minute in (10, 12, 15, 19.9):
        moment = walk.at(at(minute))
        assert moment.stop == 0
        assert moment.place.distance_m(Place(*THERE[-1])) <= STROLL_M + 0.1
    assert walk.at(at(21)).stop is None
    assert walk.at(at(62)).stop == 1


def test_a_walker_strolls_at_a_stop_and_a_car_is_parked() -> None:
    on_foot = [Walk(make_route(), BASE).at(at(10 + k / 4)).place for k in range(8)]
    parked = {Walk(make_route(Mode.CAR), BASE).at(at(10 + k / 4)).place for k in range(8)}
    assert len(set(on_foot)) > 4
    assert len(parked) == 1


def test_a_break_delays_the_next_leg_until_it_is_over() -> None:
    rest = Break(at(25), 1_800, after=0)
    walk = Walk(make_route(rest=rest), BASE)
    assert walk.at(at(53)).place.distance_m(Place(*THERE[-1])) < 0.1
    assert walk.at(at(53)).speed_mps == 0
    assert walk.at(at(57)).speed_mps > 0


def test_a_unit_heads_where_the_street_goes() -> None:
    walk = Walk(make_route(Mode.CAR), BASE)
    assert walk.at(at(4.2)).heading_deg == pytest.approx(90, abs=1)
    assert walk.at(at(9.8)).heading_deg == pytest.approx(0, abs=1)


def test_a_route_without_visits_stays_at_the_base() -> None:
    route = Route("F02", Mode.FOOT, at(0), at(120), (), Leg((), 0.0, 0))
    moment = Walk(route, BASE).at(at(30))
    assert moment.place.distance_m(BASE) < 0.1
    assert moment.stop is None


@given(st.floats(-30, 150), st.floats(0.1, 30))
def test_a_unit_never_moves_faster_than_its_legs(minute: float, step_s: float) -> None:
    walk = Walk(make_route(), BASE)
    one, other = walk.at(at(minute)), walk.at(at(minute) + timedelta(seconds=step_s))
    assert one.place.distance_m(other.place) <= 413 / 360 * step_s * 1.01 + 0.01


@given(st.floats(-50, 600))
def test_a_place_on_a_line_is_as_far_from_its_start_as_asked_at_most(along_m: float) -> None:
    line = Line(THERE)
    place, heading = line.at(along_m)
    assert place.distance_m(Place(*THERE[0])) <= max(along_m, 0) * 1.01 + 0.01
    assert 0 <= heading < 360
